//! Who has a sidecar: by labels and annotations of namespaces and pods, or because the container is there.

use crate::facts::kubernetes::cluster::Cluster;
use crate::facts::kubernetes::object::Object;
use crate::facts::kubernetes::role::Role;
use crate::facts::kubernetes::workload::Workload;
use crate::facts::{Callers, Evidence, Key};
use crate::parse::Node;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// More different sizes than this are rounded up, so that a limit of a host is not said once for each workload.
const SIZES: usize = 64;

/// The workloads of a mesh.
#[derive(Debug, Default)]
pub(super) struct Members {
    /// All of them. Shared: a mesh has many policies.
    pub all: Arc<BTreeSet<Key>>,
    /// The same by what brings them in.
    pub by_evidence: BTreeMap<Evidence, Arc<BTreeSet<Key>>>,
    /// All workloads of the cluster.
    everybody: Arc<BTreeSet<Key>>,
    /// Members, or all workloads if the input shows none, by namespace.
    by_namespace: BTreeMap<Arc<str>, Arc<BTreeSet<Key>>>,
    /// Members, or all workloads if the input shows none, by the most instances that they may have. Of workloads of
    /// which that is not known (one for each machine) there is none.
    by_size: BTreeMap<u32, Arc<BTreeSet<Key>>>,
}

impl Members {
    /// The workloads for which `injected` finds what brings the sidecar in, given the object of their namespace.
    pub(super) fn of<'a>(
        cluster: &Cluster<'a>,
        injected: impl Fn(&Workload<'a>, Option<&'a Object>) -> Option<Evidence>,
    ) -> Self {
        let mut by_evidence: BTreeMap<Evidence, BTreeSet<Key>> = BTreeMap::new();
        for workload in &cluster.workloads {
            let namespace = cluster.all(Role::Namespace, "default", workload.namespace()).first().copied();
            let Some(evidence) = injected(workload, namespace) else { continue };
            by_evidence.entry(evidence).or_default().insert(workload.key.clone());
        }
        let all: BTreeSet<Key> = by_evidence.values().flatten().cloned().collect();
        let mut by_size: BTreeMap<u32, BTreeSet<Key>> = BTreeMap::new();
        let mut by_namespace: BTreeMap<Arc<str>, BTreeSet<Key>> = BTreeMap::new();
        for workload in cluster.workloads.iter().filter(|w| all.is_empty() || all.contains(&w.key)) {
            by_namespace.entry(workload.namespace().into()).or_default().insert(workload.key.clone());
            if let Some(size) = workload.most_replicas(cluster) {
                by_size.entry(size).or_default().insert(workload.key.clone());
            }
        }
        if by_size.len() > SIZES {
            let mut rounded: BTreeMap<u32, BTreeSet<Key>> = BTreeMap::new();
            for (size, keys) in by_size {
                rounded.entry(size.checked_next_power_of_two().unwrap_or(u32::MAX)).or_default().extend(keys);
            }
            by_size = rounded;
        }
        let by_size = by_size.into_iter().map(|(size, keys)| (size, Arc::new(keys))).collect();
        let by_namespace = by_namespace.into_iter().map(|(name, keys)| (name, Arc::new(keys))).collect();
        let by_evidence = by_evidence.into_iter().map(|(evidence, keys)| (evidence, Arc::new(keys))).collect();
        let everybody = Arc::new(cluster.workloads.iter().map(|w| w.key.clone()).collect());
        Self { all: Arc::new(all), by_evidence, everybody, by_namespace, by_size }
    }

    /// Whether the input shows none. Then a mesh's resources are all that says that there is one.
    pub(super) fn is_empty(&self) -> bool {
        self.all.is_empty()
    }

    /// Whom a resource of the mesh is for: its members, or every workload if the input shows none.
    pub(super) fn callers(&self) -> Callers {
        Callers::Components(if self.is_empty() { self.everybody.clone() } else { self.all.clone() })
    }

    /// The same, but for those of one namespace only.
    pub(super) fn callers_in(&self, namespace: &str) -> Callers {
        Callers::Components(self.by_namespace.get(namespace).cloned().unwrap_or_default())
    }

    /// Whether a workload is one of [`Members::callers`].
    pub(super) fn calls(&self, key: &Key) -> bool {
        self.is_empty() || self.all.contains(key)
    }

    /// Members with as many instances at most, to turn what each sidecar allows into what a component may do.
    pub(super) fn sizes(&self) -> impl Iterator<Item = (u32, &Arc<BTreeSet<Key>>)> {
        self.by_size.iter().map(|(size, keys)| (*size, keys))
    }
}

/// A label or annotation of an object and where it stands.
pub(super) fn mark<'n>(metadata: Option<&'n Node>, sort: &str, key: &str) -> Option<(&'n str, Evidence)> {
    let node = metadata?.path(&["metadata", sort, key])?;
    Some((node.text()?, Evidence::new(node.at(), format!("metadata.{sort}.{key}"))))
}

/// A container of the pod by its name, native sidecars included, and where it stands.
pub(super) fn container(workload: &Workload<'_>, name: &str) -> Option<Evidence> {
    let spec = workload.pod_spec()?;
    let lists = ["containers", "initContainers"].into_iter().filter_map(|list| spec.get(list));
    let named = lists.flat_map(Node::items).find_map(|c| c.get("name").filter(|n| n.text() == Some(name)))?;
    Some(Evidence::new(named.at(), "containers.name"))
}
