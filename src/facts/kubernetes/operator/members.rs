//! How many instances a custom resource has, and how many of them must work.

use super::super::object::Object;
use super::missing;
use super::table::{Count, Need, Operator};
use crate::facts::{Assumable, Evidence};
use crate::parse::Node;
use crate::source::Problem;

/// Instances, and how many must work: `k` of `n`.
#[derive(Clone, Debug, Default)]
pub(super) struct Members {
    /// How many there are; `None` if nobody says.
    pub replicas: Option<Assumable<u32>>,
    /// How many must work; `None` is one.
    pub need: Option<Assumable<u32>>,
}

/// More than half.
pub(super) fn majority(n: u32) -> u32 {
    n / 2 + 1
}

impl Members {
    /// So many, of which so many must work.
    pub(super) fn new(replicas: Option<Assumable<u32>>, need: impl Fn(u32) -> u32) -> Self {
        let needed = replicas.as_ref().map(|r| need(r.value).min(r.value)).filter(|n| *n > 1);
        let need = needed.map(Assumable::default);
        Self { replicas, need }
    }

    /// What a resource of the table says.
    pub(super) fn of(object: &Object, operator: &Operator, problems: &mut Vec<Problem>) -> Self {
        let spec = &object.node;
        // Switched off on purpose.
        if spec.path(&["spec", "pause"]).or(spec.path(&["spec", "stopped"])).and_then(Node::bool) == Some(true) {
            let at =
                spec.path(&["spec", "pause"]).or(spec.path(&["spec", "stopped"])).map_or_else(|| spec.at(), Node::at);
            return Self { replicas: Some(Assumable::explicit(0, Evidence::new(at, "spec.pause"))), need: None };
        }
        let need = |n: u32| if operator.need == Need::Majority { majority(n) } else { 1 };
        match operator.count {
            Count::At(path, default) => Self::new(stated(object, path, default, problems), need),
            Count::Positive(path, default) => {
                let stated = stated(object, path, Some(default), problems);
                Self::new(stated.map(|s| if s.value == 0 { Assumable { value: default, ..s } } else { s }), need)
            }
            Count::Sum(list, field) => Self::new(sum(object, list, field, |_| true), need),
            Count::Voters(members, arbiters) => {
                let voters = stated(object, members, None, problems);
                let more = object.node.path(arbiters).and_then(count).unwrap_or(0);
                Self::new(voters.map(|v| Assumable { value: v.value.saturating_add(more), ..v }), majority)
            }
            Count::Nodes(list, field, roles) => nodes(object, list, field, roles),
            Count::Shards => shards(object),
            Count::Keyspaces => keyspaces(object),
            Count::MariaDb => {
                let replicas = stated(object, &["spec", "replicas"], Some(1), problems);
                let on = |field: &str| {
                    let node = object.node.path(&["spec", field]);
                    node.is_some_and(|n| n.get("enabled").and_then(Node::bool) != Some(false) && !n.is_null())
                };
                match (on("galera"), on("replication")) {
                    (true, _) => Self::new(replicas, majority),
                    (_, true) => Self::new(replicas, |_| 1),
                    // Each instance has data of its own.
                    _ => Self::new(replicas, |n| n),
                }
            }
            Count::Kafka | Count::Unsaid => Self::default(),
        }
    }
}

/// A whole number that can be a count.
pub(super) fn count(node: &Node) -> Option<u32> {
    u32::try_from(node.int()?).ok()
}

/// The number at a path. One that is no number is a problem, and so is one that must be there and is not.
pub(super) fn stated(
    object: &Object,
    path: &[&str],
    default: Option<u32>,
    problems: &mut Vec<Problem>,
) -> Option<Assumable<u32>> {
    match object.node.path(path).filter(|n| !n.is_null()) {
        Some(node) => match count(node) {
            Some(value) => Some(Assumable::explicit(value, Evidence::new(node.at(), path.join(".")))),
            None => {
                let reason = format!("`{}` must be a whole number, 0 or more; taken as unknown", path.join("."));
                problems.push(Problem::new(node.at(), reason));
                None
            }
        },
        None => {
            let problem = missing(object, path);
            let misspelt =
                problem.as_ref().is_some_and(|p| p.remedy.as_ref().is_some_and(|r| r.contains("may be meant")));
            if default.is_none() || misspelt {
                problems.extend(problem);
            }
            default.map(Assumable::default)
        }
    }
}

/// The sum of a field over the items that count; an item without it has one.
fn sum(object: &Object, list: &[&str], field: &str, counts: impl Fn(&Node) -> bool) -> Option<Assumable<u32>> {
    let list_node = object.node.path(list)?;
    let items = list_node.items().iter().filter(|item| counts(item));
    let values = items.map(|item| item.get(field).and_then(count).unwrap_or(1));
    let total = values.fold(0u32, u32::saturating_add);
    Some(Assumable::explicit(total, Evidence::new(list_node.at(), format!("{}[].{field}", list.join(".")))))
}

/// Nodes of which those that may become master must keep a majority, and of the others one must work.
fn nodes(object: &Object, list: &[&str], field: &str, roles: &[&str]) -> Members {
    let has = |item: &Node, role: &str| {
        // `node.roles` may be one key with a dot in it; without roles a node has all of them.
        match item.path(roles).or_else(|| item.path(&["config", "node", "roles"])) {
            Some(list) => list
                .items()
                .iter()
                .any(|r| r.text().is_some_and(|r| r == role || r == "cluster_manager" && role == "master")),
            None => item.path(&["config", &format!("node.{role}")]).and_then(Node::bool) != Some(false),
        }
    };
    let all = sum(object, list, field, |_| true);
    let of = |role: &str| sum(object, list, field, |item| has(item, role)).map_or(0, |n| n.value);
    let (masters, data) = (of("master"), of("data"));
    let tolerated = masters.saturating_sub(majority(masters.max(1))).min(data.saturating_sub(1));
    Members::new(all, |n| n.saturating_sub(tolerated))
}

/// Shards of replicas: the cluster survives what its weakest shard survives.
fn shards(object: &Object) -> Members {
    let clusters = object.node.path(&["spec", "configuration", "clusters"]).map(Node::items).unwrap_or_default();
    let layout = |cluster: &Node, field: &str| cluster.path(&["layout", field]).and_then(count).unwrap_or(1);
    let sizes: Vec<(u32, u32)> =
        clusters.iter().map(|c| (layout(c, "shardsCount"), layout(c, "replicasCount"))).collect();
    let total = sizes.iter().fold(0u32, |n, (s, r)| n.saturating_add(s.saturating_mul(*r)));
    let spare = sizes.iter().map(|(_, replicas)| replicas.saturating_sub(1)).min().unwrap_or(0);
    let at = object.node.path(&["spec", "configuration", "clusters"]).map_or_else(|| object.node.at(), Node::at);
    let replicas =
        (total > 0).then(|| Assumable::explicit(total, Evidence::new(at, "spec.configuration.clusters[].layout")));
    Members::new(replicas, |n| n.saturating_sub(spare))
}

/// Only tablets of type `replica` can become primary; each shard needs one.
fn keyspaces(object: &Object) -> Members {
    let keyspaces = object.node.path(&["spec", "keyspaces"]);
    let mut total = 0u32;
    let mut spare: Option<u32> = None;
    for keyspace in keyspaces.map(Node::items).unwrap_or_default() {
        for partitioning in keyspace.get("partitionings").map(Node::items).unwrap_or_default() {
            let Some(equal) = partitioning.get("equal") else { continue };
            let pools = equal.path(&["shardTemplate", "tabletPools"]).map(Node::items).unwrap_or_default();
            let able = pools.iter().filter(|p| p.str("type").unwrap_or("replica") == "replica");
            let of_shard = able.filter_map(|p| count(p.get("replicas")?)).fold(0u32, u32::saturating_add);
            let parts = equal.get("parts").and_then(count).unwrap_or(1);
            total = total.saturating_add(of_shard.saturating_mul(parts));
            let left = of_shard.saturating_sub(1);
            spare = Some(spare.map_or(left, |s| s.min(left)));
        }
    }
    let at = keyspaces.map_or_else(|| object.node.at(), Node::at);
    let replicas = (total > 0).then(|| Assumable::explicit(total, Evidence::new(at, "spec.keyspaces[].tabletPools")));
    Members::new(replicas, |n| n.saturating_sub(spare.unwrap_or(0)))
}
