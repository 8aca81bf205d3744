//! Versions of resources that do not exist: their fields may mean something else, so that is said.

use super::object::Object;
use crate::source::{Problem, unknown};

/// The versions that each group has had, the current one first.
const VERSIONS: [(&str, &[&str]); 29] = [
    ("apps", &["v1", "v1beta2", "v1beta1"]),
    ("batch", &["v1", "v1beta1", "v2alpha1"]),
    ("autoscaling", &["v2", "v1", "v2beta2", "v2beta1"]),
    ("policy", &["v1", "v1beta1"]),
    ("networking.k8s.io", &["v1", "v1beta1", "v1alpha1"]),
    ("storage.k8s.io", &["v1", "v1beta1", "v1alpha1"]),
    ("discovery.k8s.io", &["v1", "v1beta1"]),
    ("gateway.networking.k8s.io", &["v1", "v1beta1", "v1alpha2", "v1alpha3"]),
    ("gateway.networking.x-k8s.io", &["v1alpha1"]),
    ("networking.istio.io", &["v1", "v1beta1", "v1alpha3"]),
    ("projectcontour.io", &["v1", "v1alpha1"]),
    ("traefik.io", &["v1alpha1"]),
    ("traefik.containo.us", &["v1alpha1"]),
    ("getambassador.io", &["v3alpha1", "v2", "v1", "v0"]),
    ("configuration.konghq.com", &["v1", "v1beta1", "v1alpha1"]),
    ("consul.hashicorp.com", &["v1alpha1"]),
    ("appmesh.k8s.aws", &["v1beta2", "v1beta1"]),
    ("linkerd.io", &["v1alpha2", "v1alpha1"]),
    ("policy.linkerd.io", &["v1beta3", "v1beta2", "v1beta1", "v1alpha1"]),
    ("dapr.io", &["v1alpha1", "v2alpha1"]),
    ("keda.sh", &["v1alpha1"]),
    ("argoproj.io", &["v1alpha1"]),
    ("serving.knative.dev", &["v1", "v1beta1", "v1alpha1"]),
    ("route.openshift.io", &["v1"]),
    ("apps.openshift.io", &["v1"]),
    ("postgresql.cnpg.io", &["v1"]),
    ("rabbitmq.com", &["v1beta1"]),
    ("kafka.strimzi.io", &["v1", "v1beta2", "v1beta1", "v1alpha1"]),
    ("elasticsearch.k8s.elastic.co", &["v1", "v1beta1", "v1alpha1"]),
];

/// What is wrong with an object's version, if its group is known and has none like it.
pub(super) fn check(object: &Object) -> Option<Problem> {
    let (_, known) = VERSIONS.iter().find(|(group, _)| *group == &*object.group)?;
    if known.contains(&&*object.version) {
        return None;
    }
    // An item of a typed list has the list's.
    let at = object.node.get("apiVersion").map_or_else(|| object.node.at(), |node| node.at());
    let what = format!("version of {}, which is read as if it were {}:", object.group, known.first()?);
    Some(unknown(&what, &object.version, known, at))
}
