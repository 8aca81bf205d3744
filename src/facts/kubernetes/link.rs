//! From objects to facts, one world at a time.

use super::cluster::{Cluster, World};
use super::kustomize::{self, Kustomization};
use super::mesh::Meshes;
use super::object::Object;
use super::pod::{self, References};
use super::role::Role;
use super::service::Exposure;
use super::{
    dapr, disruption, eventing, job, keda, numbers, operator, placement, policy, quota, release, repair, route,
    service, service_entry, shape, storage, stray, version,
};
use crate::config::Platform;
use crate::facts::{ComponentFact, Facts, Program, native};
use crate::source::{Files, Problem};
use rayon::prelude::*;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// Labels by which people call a workload when its own name is another.
const NICKNAMES: [&str; 3] = ["app.kubernetes.io/name", "app", "k8s-app"];

/// Turns all objects of the input into facts. `files` reads what kustomizations name; `platform` says which versions
/// run. The result does not depend on the order of the objects.
pub fn link(objects: Vec<Object>, kustomizations: Vec<Kustomization>, files: &dyn Files, platform: &Platform) -> Facts {
    let mut facts = Facts::default();
    let mut worlds = kustomize::worlds(objects, kustomizations, files, &mut facts);
    stray::adopt(&mut worlds);
    for mut world in worlds {
        world.objects.retain(|object| {
            // An IstioOperator that is given to the installer needs no name.
            if &*object.kind == "IstioOperator" {
                return true;
            }
            if object.name.is_empty() {
                let problem = Problem::new(object.node.at(), format!("{} without a name", object.kind));
                facts.problems.push(problem.remedy("give it a metadata.name"));
            }
            !object.name.is_empty()
        });
        facts.merge(world_facts(&world, platform));
    }
    facts
}

fn world_facts(world: &World, platform: &Platform) -> Facts {
    let cluster = Cluster::new(world);
    let mut facts = Facts::default();
    facts.problems.extend(world.objects.iter().filter_map(version::check));
    world.objects.iter().for_each(|object| shape::check(object, &mut facts.problems));
    // A mesh may be configured where nothing of it is deployed, and what a release deploys is not in the input.
    let whole = |o: &&Object| o.role.namespaced() && !matches!(o.role, Role::Traffic | Role::Release);
    let namespaced = world.objects.iter().filter(whole);
    let namespaces: BTreeSet<&str> = namespaced.map(Object::namespace).collect();
    facts.namespaces = namespaces.into_iter().map(|n| (world.scope.clone(), n.into())).collect();
    let exposure = service::link(&cluster, &mut facts);
    let nicknames = nicknames(&cluster);
    // The order of the results is the order of the workloads, whatever the number of threads.
    let read: Vec<References> = cluster.workloads.par_iter().map(|w| pod::references(&cluster, w)).collect();
    for (i, (workload, references)) in cluster.workloads.iter().zip(read).enumerate() {
        let component = workload.component(&cluster);
        let names = nicknames.get(&i).map(Vec::as_slice).unwrap_or_default();
        let mut component = exposed(component, references.service_name, names, &exposure);
        let settings = workload.settings();
        if !settings.is_empty() {
            facts.merge(native::from_labels(&mut component, &settings));
        }
        if let Some(program) = references.program {
            facts.programs.push(Program { names: component.aliases.clone(), ..program });
        }
        facts.components.push(component);
        facts.dependencies.extend(references.dependencies);
        facts.policies.extend(references.policies);
        facts.problems.extend(references.problems);
        facts.notes.extend(references.notes);
        placement::workload(workload, &mut facts);
    }
    operator::link(&cluster, &|fact| exposed(fact, None, &[], &exposure), &mut facts);
    let meshes = Meshes::of(&cluster, platform, &mut facts.problems);
    let gateways = route::link(&cluster, &meshes, &mut facts);
    meshes.link(&cluster, &gateways, &mut facts);
    policy::link(&cluster, &mut facts);
    dapr::link(&cluster, &mut facts);
    eventing::link(&cluster, &mut facts);
    keda::link(&cluster, &mut facts);
    job::link(&cluster, &mut facts);
    release::link(&cluster, &mut facts);
    repair::link(&cluster, &mut facts);
    disruption::link(&cluster, &mut facts);
    numbers::check(&cluster, &mut facts.problems);
    facts.problems.extend(cluster.audiences.problems());
    quota::link(&cluster, &mut facts);
    service_entry::link(&cluster, &mut facts);
    storage::link(&cluster, &mut facts);
    storage::templates(&cluster, &mut facts);
    placement::domains(&cluster, &mut facts);
    facts
}

/// The fact with what its Services, its labels and its environment call it.
fn exposed(
    mut fact: ComponentFact,
    service_name: Option<Arc<str>>,
    nicknames: &[&str],
    exposure: &Exposure,
) -> ComponentFact {
    let of_services = exposure.aliases.get(&fact.key).into_iter().flatten().map(String::as_str);
    let aliases: BTreeSet<&str> = of_services.chain(nicknames.iter().copied()).collect();
    fact.aliases = aliases.into_iter().map(Into::into).collect();
    fact.entry = exposure.entries.get(&fact.key).cloned();
    fact.service_name = service_name;
    fact
}

/// Names of main containers and application labels that mean one workload of their namespace only.
fn nicknames<'a>(cluster: &'a Cluster<'_>) -> BTreeMap<usize, Vec<&'a str>> {
    let mut meanings: BTreeMap<(&str, &str), BTreeSet<&str>> = BTreeMap::new();
    let candidates = || {
        cluster.workloads.iter().enumerate().flat_map(|(i, workload)| {
            let labels = workload.labels.first();
            let labels = NICKNAMES.iter().filter_map(move |key| labels?.get(*key)).map(String::as_str);
            let container = workload.container_name();
            let names: BTreeSet<&str> = labels
                .chain(container)
                .chain(workload.referred().map(|o| &*o.name))
                .filter(|n| !n.is_empty())
                .collect();
            names.into_iter().map(move |name| (i, workload, name))
        })
    };
    for (_, workload, name) in candidates() {
        meanings.entry((workload.namespace(), name)).or_default().insert(&workload.key.name);
    }
    for workload in &cluster.workloads {
        meanings.entry((workload.namespace(), &workload.key.name)).or_default().insert(&workload.key.name);
    }
    let mut nicknames: BTreeMap<usize, Vec<&str>> = BTreeMap::new();
    for (i, workload, name) in candidates() {
        let alone = meanings.get(&(workload.namespace(), name)).is_some_and(|m| m.len() == 1);
        if alone && *name != *workload.key.name {
            nicknames.entry(i).or_default().push(name);
        }
    }
    nicknames
}
