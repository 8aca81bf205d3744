//! The objects of one scope, indexed for the references between them.

use super::audience::Audiences;
use super::autoscaler;
use super::object::Object;
use super::owner::{self, Owner};
use super::role::Role;
use super::selector::Selector;
use super::workload::Workload;
use crate::facts::Key;
use rustc_hash::FxHashMap;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// The objects of one scope, before they are linked.
#[derive(Debug)]
pub(super) struct World {
    /// The scope: `kubernetes`, or `kubernetes:<folder>` of a kustomization.
    pub scope: Arc<str>,
    /// It is only a part of something (a kustomize component by itself): what it lacks is no finding.
    pub partial: bool,
    /// Its objects, in order of place.
    pub objects: Vec<Object>,
}

/// Objects by namespace and name.
type Named<'a> = FxHashMap<&'a str, FxHashMap<&'a str, Vec<&'a Object>>>;

/// A [`World`] with its indexes.
pub(super) struct Cluster<'a> {
    pub scope: Arc<str>,
    pub partial: bool,
    /// Workloads, instances already folded into their owners, in order of place.
    pub workloads: Vec<Workload<'a>>,
    /// Whom shared variables speak to.
    pub audiences: Audiences,
    by_role: BTreeMap<Role, Vec<&'a Object>>,
    by_name: FxHashMap<Role, Named<'a>>,
    by_label: FxHashMap<(String, String, String), Vec<usize>>,
    by_namespace: BTreeMap<String, Vec<usize>>,
    /// Services by the stem of the variables that describe them, as `namespace/NAME`.
    by_variable: FxHashMap<String, &'a Object>,
    by_pod: FxHashMap<(String, &'a str), usize>,
    by_scaled: Named<'a>,
}

impl<'a> Cluster<'a> {
    pub(super) fn new(world: &'a World) -> Self {
        let mut cluster = Self {
            scope: world.scope.clone(),
            partial: world.partial,
            workloads: Vec::new(),
            audiences: Audiences::default(),
            by_role: BTreeMap::new(),
            by_name: FxHashMap::default(),
            by_label: FxHashMap::default(),
            by_namespace: BTreeMap::new(),
            by_variable: FxHashMap::default(),
            by_pod: FxHashMap::default(),
            by_scaled: FxHashMap::default(),
        };
        for object in &world.objects {
            cluster.by_role.entry(object.role).or_default().push(object);
            let named = cluster.by_name.entry(object.role).or_default();
            named.entry(object.namespace()).or_default().entry(&*object.name).or_default().push(object);
            if object.role == Role::Service {
                let stem = object.name.to_uppercase().replace('-', "_");
                cluster.by_variable.entry(format!("{}/{stem}", object.namespace())).or_insert(object);
            }
        }
        for &scaler in cluster.by_role.get(&Role::Autoscaler).into_iter().flatten() {
            if let Some(target) = autoscaler::target(&scaler.node) {
                cluster.by_scaled.entry(scaler.namespace()).or_default().entry(target).or_default().push(scaler);
            }
        }
        cluster.workloads = workloads(&cluster.scope, cluster.of(Role::Workload));
        for (i, workload) in cluster.workloads.iter().enumerate() {
            let namespace = workload.namespace().to_owned();
            for (key, value) in workload.labels.iter().flatten() {
                let posting = cluster.by_label.entry((namespace.clone(), key.clone(), value.clone())).or_default();
                if posting.last() != Some(&i) {
                    posting.push(i);
                }
            }
            for pod in &workload.pods {
                cluster.by_pod.insert((namespace.clone(), &pod.name), i);
            }
            cluster.by_namespace.entry(namespace).or_default().push(i);
        }
        cluster.audiences = Audiences::of(&cluster);
        cluster
    }

    /// All objects of a role, in order of place.
    pub(super) fn of(&self, role: Role) -> &[&'a Object] {
        self.by_role.get(&role).map(Vec::as_slice).unwrap_or_default()
    }

    /// All objects of a name, in order of place: variants of one.
    pub(super) fn all(&self, role: Role, namespace: &str, name: &str) -> &[&'a Object] {
        self.by_name.get(&role).map(|named| in_names(named, namespace, name)).unwrap_or_default()
    }

    /// The object of a name that stands nearest to a referrer: variants of one system bring their own configuration.
    pub(super) fn find(&self, role: Role, namespace: &str, name: &str, near: &Object) -> Option<&'a Object> {
        self.all(role, namespace, name).iter().copied().reduce(|best, other| {
            let common = |object: &Object| common_folders(object.file(), near.file());
            if common(other) > common(best) { other } else { best }
        })
    }

    /// The keys of the workloads in a namespace that a selector selects; an empty selector selects none here.
    pub(super) fn select(&self, namespace: &str, selector: &Selector) -> BTreeSet<Key> {
        if selector.is_empty() {
            return BTreeSet::new();
        }
        let postings = selector.equalities().map(|(key, value)| {
            let posting = self.by_label.get(&(namespace.to_owned(), key.to_owned(), value.to_owned()));
            posting.map(Vec::as_slice).unwrap_or_default()
        });
        let everybody = || self.by_namespace.get(namespace).map(Vec::as_slice).unwrap_or_default();
        let candidates = postings.min_by_key(|p| p.len()).unwrap_or_else(everybody);
        let workloads = candidates.iter().filter_map(|&i| self.workloads.get(i));
        workloads.filter(|w| w.labels.iter().any(|l| selector.matches(l))).map(|w| w.key.clone()).collect()
    }

    /// The namespaces that hold workloads.
    pub(super) fn namespaces(&self) -> impl Iterator<Item = &str> {
        self.by_namespace.keys().map(String::as_str)
    }

    /// Whether a namespace holds workloads.
    pub(super) fn has_workloads(&self, namespace: &str) -> bool {
        self.by_namespace.contains_key(namespace)
    }

    /// The workload that a pod of the input is an instance of.
    pub(super) fn workload_of_pod(&self, namespace: &str, pod: &str) -> Option<&Workload<'a>> {
        self.by_pod.get(&(namespace.to_owned(), pod)).and_then(|&i| self.workloads.get(i))
    }

    /// The autoscalers of what has a name, whatever its kind.
    pub(super) fn scalers(&self, namespace: &str, name: &str) -> &[&'a Object] {
        in_names(&self.by_scaled, namespace, name)
    }

    /// The Service that variables such as `STEM_SERVICE_HOST` describe to the pods of a namespace.
    pub(super) fn service_by_variable(&self, namespace: &str, stem: &str) -> Option<&'a Object> {
        self.by_variable.get(&format!("{namespace}/{stem}")).copied()
    }
}

fn in_names<'n, 'a>(named: &'n Named<'a>, namespace: &str, name: &str) -> &'n [&'a Object] {
    named.get(namespace).and_then(|names| names.get(name)).map(Vec::as_slice).unwrap_or_default()
}

/// How many folders two files share; the same file is nearest.
pub(super) fn common_folders(a: &str, b: &str) -> usize {
    if a == b {
        return usize::MAX;
    }
    let folders = |path: &str| path.rsplit_once('/').map_or(0, |(folder, _)| folder.split('/').count());
    let shared = a.split('/').zip(b.split('/')).take_while(|(a, b)| a == b).count();
    shared.min(folders(a)).min(folders(b))
}

/// The components among objects of role [`Role::Workload`], each with its instances.
fn workloads<'a>(scope: &Arc<str>, objects: &[&'a Object]) -> Vec<Workload<'a>> {
    let owners = owner::owners(objects);
    let mut members: BTreeMap<usize, Vec<&'a Object>> = BTreeMap::new();
    let mut absent: BTreeMap<(&str, &(String, String)), Vec<&'a Object>> = BTreeMap::new();
    for (&object, owner) in objects.iter().zip(&owners) {
        match owner {
            Owner::Itself => {}
            Owner::Owned(i) => members.entry(*i).or_default().push(object),
            Owner::Absent(owner) => absent.entry((object.namespace(), owner)).or_default().push(object),
        }
    }
    let present = objects.iter().zip(&owners).enumerate().filter(|(_, (_, owner))| **owner == Owner::Itself);
    let mut workloads: Vec<_> =
        present.map(|(i, (&object, _))| Workload::new(scope, object, members.remove(&i).unwrap_or_default())).collect();
    workloads.extend(
        absent.into_iter().filter_map(|((_, (kind, name)), instances)| Workload::absent(scope, kind, name, instances)),
    );
    workloads
}
