use super::text::clean;
use crate::parse::spans::Attribute;
use serde::{Deserialize, Serialize};

/// A service as traces know it. Namespace is `service.namespace`, else `k8s.namespace.name`, else empty.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct ServiceKey {
    /// Its namespace, empty if spans name none.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub namespace: String,
    /// `service.name`, else the function's, workload's or container's name.
    pub name: String,
}

/// Where a service runs, as far as its resource says: what it is matched to manifests by. A service has several if it
/// runs in several places. Empty means not said.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(default)]
pub struct Identity {
    /// Kubernetes cluster.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub cluster: String,
    /// Kubernetes namespace.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub namespace: String,
    /// Kind of its Kubernetes workload in lower case: `deployment`, `statefulset`, …; empty if only a pod is known.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub workload_kind: String,
    /// Name of its Kubernetes workload, which may be guessed from a pod's or ReplicaSet's name.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub workload: String,
    /// Its container.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub container: String,
    /// Cloud region.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub region: String,
}

/// Who a resource is; nothing if it does not say.
pub fn identify(attributes: &[(Attribute, &str)]) -> Option<(ServiceKey, Identity)> {
    let get = |wanted: Attribute| {
        attributes.iter().find(|(a, text)| *a == wanted && !text.trim().is_empty()).map_or("", |(_, text)| *text)
    };
    let (workload_kind, workload) = workload(get);
    let container = first([get(Attribute::KubernetesContainer), get(Attribute::ContainerName)]);
    let name = first([get(Attribute::ServiceName), get(Attribute::FaasName), &workload, container]);
    if name.is_empty() {
        return None;
    }
    let namespace = first([get(Attribute::ServiceNamespace), get(Attribute::KubernetesNamespace)]);
    let owned = |text: &str| clean(text).into_owned();
    Some((
        ServiceKey { namespace: owned(namespace), name: owned(name) },
        Identity {
            cluster: owned(get(Attribute::KubernetesCluster)),
            namespace: owned(get(Attribute::KubernetesNamespace)),
            workload_kind: workload_kind.into(),
            workload: owned(&workload),
            container: owned(container),
            region: owned(get(Attribute::CloudRegion)),
        },
    ))
}

fn first<const N: usize>(texts: [&str; N]) -> &str {
    texts.into_iter().find(|text| !text.is_empty()).unwrap_or_default()
}

fn workload<'a>(get: impl Fn(Attribute) -> &'a str) -> (&'static str, String) {
    let named = [
        (Attribute::KubernetesDeployment, "deployment"),
        (Attribute::KubernetesStatefulSet, "statefulset"),
        (Attribute::KubernetesDaemonSet, "daemonset"),
        (Attribute::KubernetesCronJob, "cronjob"),
        (Attribute::KubernetesJob, "job"),
    ];
    for (attribute, kind) in named {
        if !get(attribute).is_empty() {
            return (kind, get(attribute).to_owned());
        }
    }
    let replica_set = get(Attribute::KubernetesReplicaSet);
    if !replica_set.is_empty() {
        return match without_suffix(replica_set, is_template_hash) {
            Some(deployment) => ("deployment", deployment.to_owned()),
            None => ("replicaset", replica_set.to_owned()),
        };
    }
    ("", pod_owner(get(Attribute::KubernetesPod)).to_owned())
}

/// The workload that a pod's name is made of: `cart-7d9f8b6c5-x2b4z` belongs to a Deployment, `db-0` to a StatefulSet,
/// `agent-x2b4z` to a DaemonSet or Job.
fn pod_owner(pod: &str) -> &str {
    let lower = |text: &str| text.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit());
    if let Some(owner) = without_suffix(pod, |s| s.len() == 5 && lower(s)).and_then(|rest| {
        without_suffix(rest, |s| (6..=10).contains(&s.len()) && lower(s) && s.bytes().any(|b| b.is_ascii_digit()))
    }) {
        return owner;
    }
    without_suffix(pod, |s| s.len() <= 4 && s.bytes().all(|b| b.is_ascii_digit()))
        .or_else(|| without_suffix(pod, |s| s.len() == 5 && s.bytes().all(is_safe)))
        .unwrap_or(pod)
}

fn without_suffix(name: &str, is_suffix: impl Fn(&str) -> bool) -> Option<&str> {
    name.rsplit_once('-')
        .filter(|(rest, suffix)| !rest.is_empty() && !suffix.is_empty() && is_suffix(suffix))
        .map(|(rest, _)| rest)
}

/// A hash of a pod template: up to ten of the characters that Kubernetes uses in generated names.
fn is_template_hash(text: &str) -> bool {
    (6..=10).contains(&text.len()) && text.bytes().all(is_safe) && text.bytes().any(|b| b.is_ascii_digit())
}

/// Kubernetes leaves out vowels and what looks like them, so that no words come about.
fn is_safe(byte: u8) -> bool {
    b"bcdfghjklmnpqrstvwxz2456789".contains(&byte)
}

#[cfg(test)]
mod tests {
    use super::*;
    use Attribute::*;

    /// Name and namespace come from the best attribute that is there.
    #[test]
    fn services_have_names() {
        for (attributes, expected) in [
            (
                &[(ServiceName, "cart"), (ServiceNamespace, "shop"), (KubernetesNamespace, "prod")][..],
                Some(("shop", "cart")),
            ),
            (&[(ServiceName, "cart"), (KubernetesNamespace, "prod")], Some(("prod", "cart"))),
            (&[(ServiceName, " cart\n")], Some(("", "cart"))),
            (&[(FaasName, "resize"), (KubernetesDeployment, "x")], Some(("", "resize"))),
            (&[(ServiceName, ""), (KubernetesPod, "cart-7d9f8b6c5-x2b4z")], Some(("", "cart"))),
            (&[(KubernetesNamespace, "prod")], None),
            (&[], None),
        ] {
            let found = identify(attributes).map(|(service, _)| service);
            let expected =
                expected.map(|(namespace, name)| ServiceKey { namespace: namespace.into(), name: name.into() });
            assert_eq!(found, expected);
        }
    }

    /// The workload is found behind the names that Kubernetes generates.
    #[test]
    fn workloads_are_found() {
        for (attribute, name, expected) in [
            (KubernetesDeployment, "cart", ("deployment", "cart")),
            (KubernetesReplicaSet, "cart-7d9f8b6c5", ("deployment", "cart")),
            (KubernetesReplicaSet, "cart-service", ("replicaset", "cart-service")),
            (KubernetesPod, "cart-api-7d9f8b6c5-x2b4z", ("", "cart-api")),
            (KubernetesPod, "agent-x2b4z", ("", "agent")),
            (KubernetesPod, "db-0", ("", "db")),
            (KubernetesPod, "db", ("", "db")),
        ] {
            let (_, identity) = identify(&[(attribute, name)]).unwrap();
            assert_eq!((identity.workload_kind.as_str(), identity.workload.as_str()), expected, "{name}");
        }
    }
}
