//! Envoy's own configuration: the endpoints of its clusters, and nothing that it listens on.

use super::super::key::meaning;
use super::super::url::distinct;
use super::super::{Address, Found, Plane, value};
use crate::parse::Node;
use rustc_hash::FxHashSet;

/// What the clusters of a file lead to, each with the index of its first endpoint's line. `None` if it is not Envoy's.
pub(super) fn scan(root: &Node) -> Option<Vec<(usize, Found)>> {
    if root.get("static_resources").is_none()
        && root.get("staticResources").is_none()
        && root.get("resources").is_none()
    {
        return None;
    }
    let mut clusters = Vec::new();
    walk(root, &mut |node| {
        if ["load_assignment", "loadAssignment"].iter().any(|key| node.get(key).is_some())
            || (node.get("hosts").is_some() && node.get("connect_timeout").is_some())
        {
            clusters.push(node.clone());
        }
    });
    if clusters.is_empty() && root.get("resources").is_some() {
        return None;
    }
    let watching = watching(root);
    Some(clusters.iter().filter_map(|cluster| endpoints(cluster, &watching)).collect())
}

/// One cluster of Envoy's is one of ours: any endpoint may answer.
fn endpoints(cluster: &Node, watching: &FxHashSet<String>) -> Option<(usize, Found)> {
    let mut line = None;
    let mut found: Option<Found> = None;
    let mut addresses: Vec<Address> = Vec::new();
    walk(cluster, &mut |node| {
        let socket = node.get("socket_address").or_else(|| node.get("socketAddress"));
        let Some(host) = socket.and_then(|s| s.get("address")) else { return };
        let port = socket.and_then(|s| s.str("port_value").or_else(|| s.str("portValue"))).unwrap_or_default();
        let text = format!("{}:{port}", host.text().unwrap_or_default());
        if let Some(one) = value::of_meaning(&meaning("upstream_address"), "", &text).pop() {
            line = line.or(Some(host.line()));
            addresses.extend(one.addresses.iter().cloned());
            found = found.take().or(Some(one));
        }
    });
    let mut found = found?;
    found.addresses = distinct(addresses);
    if cluster.str("name").is_some_and(|name| watching.contains(name)) {
        found.plane = Plane::Telemetry;
    }
    Some((usize::try_from(line?).unwrap_or(1).saturating_sub(1), found))
}

/// Clusters that only receive traces, logs and statistics.
fn watching(root: &Node) -> FxHashSet<String> {
    let mut names = FxHashSet::default();
    walk(root, &mut |node| {
        for key in ["tracing", "access_log", "accessLog", "stats_sinks", "statsSinks"] {
            let Some(below) = node.get(key) else { continue };
            walk(below, &mut |node| {
                let keys = ["cluster_name", "clusterName", "collector_cluster", "collectorCluster", "cluster"];
                names.extend(keys.iter().filter_map(|key| node.str(key)).map(str::to_owned));
            });
        }
    });
    names
}

/// Every node of a tree; YAML nests at most 255 deep.
fn walk(node: &Node, visit: &mut impl FnMut(&Node)) {
    visit(node);
    for item in node.items() {
        walk(item, visit);
    }
    for (_, _, child) in node.fields() {
        walk(child, visit);
    }
}
