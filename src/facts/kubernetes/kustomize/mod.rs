//! Kustomize: which objects a kustomization deploys, and what it makes of them.
//!
//! A kustomization that no other one includes is a root, and a root is a world of its own: staging and production
//! share a base and nothing else. What lies beside a root joins it; the rest is one more world.

mod build;
mod generate;
mod json_patch;
mod kustomization;
mod merge;
mod rename;
mod target;
mod transform;
mod tree;

pub use kustomization::Kustomization;
pub(super) use kustomization::is_kustomization;

use super::cluster::World;
use super::object::Object;
use crate::facts::Facts;
use crate::source::Files;
use build::{Builder, NOT_APPLIED, is_remote};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// The folders of the roots that are not followed whole here, because they or what they include need kustomize itself.
pub fn to_render(kustomizations: &[Kustomization]) -> Vec<Arc<str>> {
    let by_folder: BTreeMap<&str, &Kustomization> = kustomizations.iter().map(|k| (&*k.folder, k)).collect();
    let inner = |k: &Kustomization| -> Vec<String> {
        k.includes().filter_map(|(node, _)| Some(k.path(node.text()?))).filter(|path| **path != *k.folder).collect()
    };
    let included: BTreeSet<String> = kustomizations.iter().flat_map(inner).collect();
    let needs = |k: &Kustomization| {
        NOT_APPLIED.iter().any(|key| k.node.get(key).is_some())
            || k.includes().any(|(node, _)| node.text().is_some_and(is_remote))
    };
    let mut roots = Vec::new();
    for (folder, root) in by_folder.iter().filter(|(folder, k)| !included.contains(**folder) && !k.is_component()) {
        let (mut open, mut seen) = (vec![*root], BTreeSet::from([*folder]));
        while let Some(next) = open.pop() {
            if needs(next) {
                roots.push(root.folder.clone());
                break;
            }
            let parts = inner(next);
            let parts = parts.iter().filter_map(|path| by_folder.get_key_value(path.as_str()));
            open.extend(parts.filter(|(folder, _)| seen.insert(**folder)).map(|(_, k)| *k));
        }
    }
    roots
}

/// Divides objects into worlds.
pub(super) fn worlds(
    objects: Vec<Object>,
    kustomizations: Vec<Kustomization>,
    files: &dyn Files,
    facts: &mut Facts,
) -> Vec<World> {
    let mut by_folder: BTreeMap<Arc<str>, Kustomization> = BTreeMap::new();
    for kustomization in kustomizations {
        // Kustomize wants one file in a folder; of several the first one counts.
        let known = by_folder.entry(kustomization.folder.clone()).or_insert_with(|| kustomization.clone());
        if kustomization.node.at() < known.node.at() {
            *known = kustomization;
        }
    }
    let included: BTreeSet<String> = by_folder
        .values()
        .flat_map(|k| {
            k.includes().filter_map(|(node, _)| Some(k.path(node.text()?))).filter(|path| **path != *k.folder)
        })
        .collect();
    let mut by_file: BTreeMap<Arc<str>, Vec<Object>> = BTreeMap::new();
    for object in objects {
        by_file.entry(object.file().clone()).or_default().push(object);
    }
    by_file.values_mut().for_each(|objects| objects.sort_by_cached_key(|o| o.node.at()));

    let mut builder = Builder::new(&by_folder, &by_file, files);
    let mut worlds = Vec::new();
    let roots = by_folder.values().filter(|k| !included.contains(&*k.folder));
    // After the roots come circles, which have none; whatever is left of them is read from its first folder.
    for kustomization in roots.chain(by_folder.values()) {
        if !builder.is_reached(&kustomization.folder) {
            let objects = builder.build(kustomization);
            let folder = if kustomization.folder.is_empty() { "." } else { &kustomization.folder };
            worlds.push(World {
                scope: format!("kubernetes:{folder}").into(),
                partial: kustomization.is_component(),
                objects,
            });
        }
    }
    let reached = builder.finish(facts);
    by_file.retain(|file, _| !reached.contains(file));
    worlds.push(World { scope: "kubernetes".into(), partial: false, objects: Vec::new() });
    for (file, objects) in by_file {
        let home = worlds.iter().enumerate().filter(|(_, w)| !w.partial).max_by_key(|(_, w)| depth_of(&w.scope, &file));
        if let Some(world) = home.map(|(i, _)| i).and_then(|i| worlds.get_mut(i)) {
            world.objects.extend(objects);
        }
    }
    for world in &mut worlds {
        world.objects.sort_by_cached_key(|o| (o.node.at(), o.kind.clone(), o.namespace.clone(), o.name.clone()));
    }
    worlds.retain(|world| !world.objects.is_empty());
    worlds
}

/// How close a scope is to a file that no kustomization names. A manifest that lies in the folder of a root, or below,
/// is applied beside it (`kubectl apply -f`), so it belongs to that world rather than to a world apart.
fn depth_of(scope: &str, file: &str) -> usize {
    match scope.strip_prefix("kubernetes:") {
        None => 1,
        Some(".") if !file.starts_with(['/', '.']) => 2,
        Some(folder) => match file.strip_prefix(folder) {
            Some(rest) if rest.starts_with('/') || folder == "/" => folder.len() + 2,
            _ => 0,
        },
    }
}
