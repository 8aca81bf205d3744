//! What is needed to bring pods up again: the registry that their images come from, where it is one of the cluster's own.

use super::cluster::Cluster;
use crate::facts::address::parse_one;
use crate::facts::{Confidence, Criticality, DependencyFact, Evidence, Facts, Interaction, Plane, Target};
use crate::parse::Node;
use std::collections::BTreeSet;

/// A dependency of interaction `recover` on each registry whose host is a Service; other hosts are nobody's here.
pub(super) fn link(cluster: &Cluster<'_>, facts: &mut Facts) {
    for workload in &cluster.workloads {
        let init = workload.pod_spec().and_then(|s| s.get("initContainers")).map(Node::items).unwrap_or_default();
        let mut seen = BTreeSet::new();
        for image in workload.containers().iter().chain(init).filter_map(|c| c.get("image")) {
            let host = image.text().and_then(registry).filter(|host| seen.insert(*host));
            let Some(address) = host.and_then(parse_one) else { continue };
            let target = Target::Addresses { addresses: vec![address], certain: false };
            let evidence = Evidence::new(image.at(), "image");
            let fact = DependencyFact::new(workload.key.clone(), target, Interaction::Recover, evidence);
            let fact = fact.plane(Plane::Startup).criticality(Criticality::Soft);
            facts.dependencies.push(fact.confidence(Confidence::Inferred));
        }
    }
}

/// The host of an image's registry: what stands before the first slash, if it can be a host.
fn registry(image: &str) -> Option<&str> {
    let (host, _) = image.split_once('/')?;
    (host.contains('.') || host.contains(':')).then_some(host)
}

#[cfg(test)]
mod tests {
    use super::registry;

    /// The first part of an image is a registry only if it has a dot or a port.
    #[test]
    fn registries() {
        for (image, host) in [
            ("nginx", None),
            ("library/nginx:1", None),
            ("registry.infra:5000/shop/web@sha256:0", Some("registry.infra:5000")),
            ("registry:5000/web", Some("registry:5000")),
            ("ghcr.io/a/b", Some("ghcr.io")),
        ] {
            assert_eq!(registry(image), host, "{image}");
        }
    }
}
