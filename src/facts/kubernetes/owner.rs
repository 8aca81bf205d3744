//! Who owns whom in a dump: pods and replica sets are instances of a workload, not components.

use super::cluster::common_folders;
use super::object::Object;
use super::role::{self, Role};
use crate::parse::Node;
use rustc_hash::FxHashMap;

/// Longest chain of owners that means anything: Pod, ReplicaSet, Deployment, and an operator's resource or two.
const DEPTH: usize = 8;

/// What an object of role [`Role::Workload`] belongs to.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Owner {
    /// Itself: it is a component.
    Itself,
    /// The workload at this index of the same list.
    Owned(usize),
    /// A workload that the input does not hold, by kind and name.
    Absent((String, String)),
}

/// The owner of each of `workloads`, in their order.
pub(super) fn owners(workloads: &[&Object]) -> Vec<Owner> {
    let mut by_name = FxHashMap::default();
    for (i, object) in workloads.iter().enumerate() {
        by_name.entry((&*object.kind, object.namespace(), &*object.name)).or_insert(i);
    }
    let mut owners: Vec<Owner> = (0..workloads.len()).map(|i| owner(workloads, &by_name, i)).collect();
    for (i, rollout) in workloads.iter().enumerate() {
        if let Some((_, kind, name)) = referred(rollout)
            && let Some(deployment) = nearest(workloads, rollout, kind, name)
            && let Some(owner) = owners.get_mut(deployment)
        {
            *owner = Owner::Owned(i);
        }
    }
    owners
}

/// Whose pods a Rollout of Argo runs instead of its own: the node that names it, its kind and its name.
pub(super) fn referred(object: &Object) -> Option<(&Node, &str, &str)> {
    let rollout = &*object.kind == "Rollout" && object.node.path(&["spec", "template"]).is_none();
    let reference = object.node.path(&["spec", "workloadRef"]).filter(|_| rollout)?;
    let name = reference.get("name")?;
    Some((name, reference.str("kind")?, name.text()?))
}

/// The workload of a name that stands nearest to a Rollout: variants of one system bring their own.
fn nearest(workloads: &[&Object], rollout: &Object, kind: &str, name: &str) -> Option<usize> {
    let named = |o: &Object| &*o.kind == kind && &*o.name == name && o.namespace() == rollout.namespace();
    let found = workloads.iter().enumerate().filter(|(_, o)| named(o)).map(|(i, _)| i);
    let common = |i: &usize| workloads.get(*i).map_or(0, |o| common_folders(o.file(), rollout.file()));
    // Of equally near ones the first, in order of place.
    found.reduce(|best, other| if common(&other) > common(&best) { other } else { best })
}

fn owner(workloads: &[&Object], by_name: &FxHashMap<(&str, &str, &str), usize>, start: usize) -> Owner {
    let mut current = start;
    for _ in 0..DEPTH {
        let object = workloads[current];
        let Some((kind, name)) = controller(object) else {
            return if current == start { Owner::Itself } else { Owner::Owned(current) };
        };
        match by_name.get(&(kind, object.namespace(), name)) {
            Some(&next) => current = next,
            None => return Owner::Absent(absent(object, kind, name)),
        }
    }
    // A circle of owners owns nothing.
    Owner::Itself
}

/// The workload that controls an object, by kind and name. Other owners (an operator's resource, a machine) leave it
/// a component of its own.
fn controller(object: &Object) -> Option<(&str, &str)> {
    let references = object.node.path(&["metadata", "ownerReferences"])?.items();
    let stated = references.iter().find(|r| r.get("controller").and_then(Node::bool) == Some(true));
    let reference = stated.or(references.first())?;
    let (kind, name) = (reference.str("kind")?, reference.str("name")?);
    let group = reference.str("apiVersion")?.rsplit_once('/').map_or("", |(group, _)| group);
    (role::of(group, kind) == Ok(Role::Workload)).then_some((kind, name))
}

/// The name of what stands behind an owner that is not in the input: a ReplicaSet's is its Deployment's with a hash,
/// a CronJob's Jobs carry the minute at which they were due.
fn absent(object: &Object, kind: &str, name: &str) -> (String, String) {
    let hash = object.node.path(&["metadata", "labels"]).and_then(|l| l.str("pod-template-hash"));
    let stem = |suffix: &str| name.strip_suffix(suffix)?.strip_suffix('-').filter(|stem| !stem.is_empty());
    match (kind, hash) {
        ("ReplicaSet", Some(hash)) => match stem(hash) {
            Some(deployment) => ("Deployment".to_owned(), deployment.to_owned()),
            None => (kind.to_owned(), name.to_owned()),
        },
        ("Job", _) => match name.rsplit_once('-') {
            Some((stem, minute)) if minute.len() >= 8 && minute.bytes().all(|b| b.is_ascii_digit()) => {
                ("CronJob".to_owned(), stem.to_owned())
            }
            _ => (kind.to_owned(), name.to_owned()),
        },
        _ => (kind.to_owned(), name.to_owned()),
    }
}
