//! Addresses that a running cluster gave to Services and pods, as dumps show them.

use super::object::Object;
use super::workload::Workload;
use crate::parse::Node;
use std::net::IpAddr;

/// What a Service answers to beside its name: its addresses within the cluster, and those of its load balancer.
pub(super) fn of_service(service: &Object) -> impl Iterator<Item = (&Node, String)> {
    let spec = |field: &'static str| service.node.path(&["spec", field]);
    let balancers = service.node.path(&["status", "loadBalancer", "ingress"]).map(Node::items).unwrap_or_default();
    let lists = ["clusterIPs", "externalIPs"].into_iter().filter_map(spec).flat_map(Node::items);
    let single = ["clusterIP", "loadBalancerIP"].into_iter().filter_map(spec);
    let outside = balancers.iter().flat_map(|b| ["ip", "hostname"].into_iter().filter_map(|field| b.get(field)));
    single.chain(lists).chain(outside).filter_map(address)
}

/// The addresses of a workload's pods; those of pods on their machine's network are the machine's.
pub(super) fn of_pods<'a>(workload: &'a Workload<'_>) -> impl Iterator<Item = (&'a Node, String)> {
    let own = |pod: &&&Object| {
        let host = pod.node.path(&["spec", "hostNetwork"]).and_then(Node::bool);
        let phase = pod.node.path(&["status", "phase"]).and_then(Node::text);
        // The address of a pod that has ended belongs to another one by now.
        host != Some(true) && !matches!(phase, Some("Succeeded" | "Failed"))
    };
    workload.pods.iter().filter(own).filter_map(|pod| address(pod.node.path(&["status", "podIP"])?))
}

fn address(node: &Node) -> Option<(&Node, String)> {
    let text = node.text()?.to_lowercase();
    (text.contains('.') || text.parse::<IpAddr>().is_ok()).then_some((node, text))
}
