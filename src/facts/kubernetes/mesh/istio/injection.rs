use crate::facts::Evidence;
use crate::facts::kubernetes::mesh::members::{container, mark};
use crate::facts::kubernetes::object::Object;
use crate::facts::kubernetes::workload::Workload;

const INJECT: &str = "sidecar.istio.io/inject";
const REVISION: &str = "istio.io/rev";

/// What brings Istio's sidecar into the pods of a workload. The pod's own word beats that of its namespace; pods on the
/// network of their machine never get one.
pub(super) fn evidence(workload: &Workload<'_>, namespace: Option<&Object>) -> Option<Evidence> {
    if let Some(there) = container(workload, "istio-proxy") {
        return Some(there);
    }
    let spec = workload.pod_spec()?;
    if spec.get("hostNetwork").and_then(crate::parse::Node::bool) == Some(true) {
        return None;
    }
    let pod = workload.template();
    let own = ["labels", "annotations"].into_iter().find_map(|sort| mark(pod, sort, INJECT));
    match own {
        Some((word, evidence)) => (word == "true").then_some(evidence),
        None => {
            let namespace = namespace.map(|o| &o.node);
            let enabled = mark(namespace, "labels", "istio-injection");
            match enabled {
                Some((word, evidence)) => (word == "enabled").then_some(evidence),
                None => mark(pod, "labels", REVISION)
                    .or_else(|| mark(namespace, "labels", REVISION))
                    .filter(|(revision, _)| !revision.is_empty())
                    .map(|(_, evidence)| evidence),
            }
        }
    }
}
