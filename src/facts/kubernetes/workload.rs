//! What runs pods, whatever its kind, to one component.

use super::autoscaler;
use super::cluster::Cluster;
use super::lifecycle;
use super::object::Object;
use super::owner;
use super::selector::{Labels, labels};
use super::spread;
use crate::facts::address::{is_telemetry_image, kind_of_image, kind_of_port};
use crate::facts::native;
use crate::facts::{Assumable, Class, ComponentFact, Evidence, Key, Kind, Settings};
use crate::parse::Node;
use std::sync::Arc;

/// Labels that a StatefulSet gives each of its pods are made for this many pods at most.
const ORDINALS: i64 = 64;

/// What runs pods.
#[derive(Debug)]
pub(super) struct Workload<'a> {
    /// Who it is.
    pub key: Key,
    /// What defines it; for one that the input only knows by its pods, the first of them.
    pub object: &'a Object,
    /// Kind of the controller: `Deployment`, `Pod`, ….
    pub controller: String,
    /// Label sets of its pods: of the template, and of its pods in a dump.
    pub labels: Vec<Labels>,
    /// Its pods in a dump; a bare Pod is its own.
    pub pods: Vec<&'a Object>,
    /// Its replicas, where only the pods are known.
    counted: Option<u32>,
    /// The Deployment whose pods a Rollout of Argo runs.
    referred: Option<&'a Object>,
}

impl<'a> Workload<'a> {
    /// A workload that the input defines, with the objects that it owns.
    pub(super) fn new(scope: &Arc<str>, object: &'a Object, owned: Vec<&'a Object>) -> Self {
        Self::build(scope, &object.kind, &object.name, object, owned)
    }

    /// A workload of which the input only holds what it owns; nothing without any.
    pub(super) fn absent(scope: &Arc<str>, kind: &str, name: &str, owned: Vec<&'a Object>) -> Option<Self> {
        // A replica set says more than a pod: it has the template.
        let object = owned.iter().copied().find(|o| &*o.kind != "Pod").or(owned.first().copied())?;
        let count = match owned.iter().filter(|o| &*o.kind == "Pod").count() {
            0 => owned.iter().filter_map(|o| o.node.path(&["spec", "replicas"])?.int()).sum(),
            pods => i64::try_from(pods).unwrap_or(i64::MAX),
        };
        let mut workload = Self::build(scope, kind, name, object, owned);
        workload.counted = u32::try_from(count).ok();
        Some(workload)
    }

    fn build(scope: &Arc<str>, kind: &str, name: &str, object: &'a Object, owned: Vec<&'a Object>) -> Self {
        let class = if matches!(kind, "Job" | "CronJob") { Class::Job } else { Class::Workload };
        let reference = owner::referred(object);
        let is_meant = |o: &&Object| reference.is_some_and(|(_, kind, name)| &*o.kind == kind && &*o.name == name);
        let referred = owned.iter().copied().find(is_meant);
        let mut pods = owned;
        pods.retain(|o| &*o.kind == "Pod");
        if &*object.kind == "Pod" && !pods.iter().any(|p| std::ptr::eq(*p, object)) {
            pods.push(object);
        }
        let mut workload = Self {
            key: Key::new(scope, class, object.namespace(), name),
            object,
            controller: kind.to_owned(),
            labels: Vec::new(),
            pods,
            counted: None,
            referred,
        };
        workload.labels = workload.label_sets();
        workload
    }

    /// Labels of the template with those that the platform adds, and those of pods in the input.
    fn label_sets(&self) -> Vec<Labels> {
        let mut template = labels(self.template().and_then(|t| t.path(&["metadata", "labels"])));
        let name = self.key.name.to_string();
        match self.controller.as_str() {
            "DeploymentConfig" => drop(template.insert("deploymentconfig".to_owned(), name)),
            "Job" => {
                template.insert("job-name".to_owned(), name.clone());
                template.insert("batch.kubernetes.io/job-name".to_owned(), name);
            }
            "Service" => drop(template.insert("serving.knative.dev/service".to_owned(), name)),
            _ => {}
        }
        let mut sets = vec![template.clone()];
        sets.extend(self.pods.iter().map(|p| labels(p.node.path(&["metadata", "labels"]))));
        if self.controller == "StatefulSet" {
            for ordinal in 0..self.written_replicas().and_then(Node::int).unwrap_or(1).min(ORDINALS) {
                let mut pod = template.clone();
                let pod_name = format!("{}-{ordinal}", self.key.name);
                pod.insert("statefulset.kubernetes.io/pod-name".to_owned(), pod_name);
                sets.push(pod);
            }
        }
        sets.dedup();
        sets
    }

    /// The namespace that it runs in.
    pub(super) fn namespace(&self) -> &str {
        self.object.namespace()
    }

    /// The pod template: a mapping with `metadata` and `spec`.
    pub(super) fn template(&self) -> Option<&'a Node> {
        let node = &self.object.node;
        match &*self.object.kind {
            "Pod" => Some(node),
            "CronJob" => node.path(&["spec", "jobTemplate", "spec", "template"]),
            _ => node.path(&["spec", "template"]).or_else(|| self.referred?.node.path(&["spec", "template"])),
        }
    }

    /// The Deployment whose pods a Rollout of Argo runs.
    pub(super) fn referred(&self) -> Option<&'a Object> {
        self.referred
    }

    /// Pods that the Deployment behind a Rollout goes on running: all of them, unless the Rollout takes them down.
    /// `None` if it does not say a number.
    fn beside(&self) -> Option<u32> {
        let Some(deployment) = self.referred else { return Some(0) };
        match self.object.node.path(&["spec", "workloadRef"]).and_then(|r| r.str("scaleDown")) {
            Some("onsuccess" | "progressively") => Some(0),
            _ => match deployment.node.path(&["spec", "replicas"]).filter(|n| !n.is_null()) {
                Some(node) => node.int().and_then(|n| u32::try_from(n).ok()),
                None => Some(1),
            },
        }
    }

    /// The specification of its pods.
    pub(super) fn pod_spec(&self) -> Option<&'a Node> {
        self.template()?.get("spec")
    }

    /// Its containers, init containers not included.
    pub(super) fn containers(&self) -> &'a [Node] {
        self.pod_spec().and_then(|s| s.get("containers")).map(Node::items).unwrap_or_default()
    }

    fn written_replicas(&self) -> Option<&'a Node> {
        self.object.node.path(&["spec", "replicas"])
    }

    /// Number of its pods at least; `None` if that is not known: one pod a node, or a number that is none.
    pub(super) fn replicas(&self, cluster: &Cluster<'_>) -> Option<Assumable<u32>> {
        let written = |node: &Node, field: &'static str| {
            let count = u32::try_from(node.int()?).ok()?;
            Some(Assumable::explicit(count, Evidence::new(node.at(), field)))
        };
        if let Some(count) = self.counted {
            return Some(Assumable::explicit(count, self.evidence()));
        }
        match self.controller.as_str() {
            "DaemonSet" => return None,
            "Pod" | "CronJob" => return Some(Assumable::default(1)),
            "Job" => {
                return match self.object.node.path(&["spec", "parallelism"]) {
                    Some(node) => written(node, "spec.parallelism"),
                    None => Some(Assumable::default(1)),
                };
            }
            "Service" => return autoscaler::knative_minimum(self),
            _ => {}
        }
        let node = self.written_replicas().filter(|n| !n.is_null());
        let stated = node.and_then(|n| written(n, "spec.replicas"));
        let fewest = match autoscaler::minimum(cluster, self) {
            // An autoscaler leaves alone what was scaled to nothing by hand.
            _ if stated.as_ref().is_some_and(|s| s.value == 0) => stated,
            Some(minimum) => minimum,
            None if node.is_some() => stated,
            None => Some(Assumable::default(1)),
        };
        let fewest = fewest.and_then(|of| Some(Assumable { value: of.value.saturating_add(self.beside()?), ..of }));
        match fewest {
            Some(several) if several.value > 1 => match spread::only_one(self, cluster) {
                Some((_, node)) => {
                    Some(Assumable::explicit(1, Evidence::new(node.at(), "volumes.persistentVolumeClaim")))
                }
                None => Some(several),
            },
            fewest => fewest,
        }
    }

    /// Number of its pods at most; `None` for one pod a node, of which the number is unknown.
    pub(super) fn most_replicas(&self, cluster: &Cluster<'_>) -> Option<u32> {
        let fewest = self.replicas(cluster)?.value;
        Some(autoscaler::maximum(cluster, self).filter(|_| fewest > 0).map_or(fewest, |most| most.max(fewest)))
    }

    /// The container that the pod is about: the annotated one, the one whose name says most of the workload's, or the
    /// first one that is no sidecar for telemetry.
    pub(super) fn main_container(&self) -> Option<&'a Node> {
        let containers = self.containers();
        let annotations = self.template().and_then(|t| t.path(&["metadata", "annotations"]));
        let annotated = annotations.and_then(|a| a.str("kubectl.kubernetes.io/default-container"));
        let workload = format!("-{}-", self.key.name);
        let is_part = |name: &&str| !name.is_empty() && workload.contains(&format!("-{name}-"));
        let namesake = || {
            let named = containers.iter().filter(|c| c.str("name").as_ref().is_some_and(is_part));
            // Of equally long names the first one, so that the order decides and nothing else.
            named.rev().max_by_key(|c| c.str("name").map_or(0, str::len))
        };
        annotated
            .and_then(|name| containers.iter().find(|c| c.str("name") == Some(name)))
            .or_else(namesake)
            .or_else(|| containers.iter().find(|c| !c.str("image").is_some_and(is_telemetry_image)))
            .or(containers.first())
    }

    /// Whether it only watches others: its main container does, which is the first of all if all of them do.
    pub(super) fn is_telemetry(&self) -> bool {
        self.main_container().and_then(|c| c.str("image")).is_some_and(is_telemetry_image)
    }

    /// The name of its main container.
    pub(super) fn container_name(&self) -> Option<&'a str> {
        self.main_container()?.str("name")
    }

    /// What it is, by its image, its name or the ports that it listens on.
    pub(super) fn kind(&self) -> Kind {
        if self.key.class == Class::Job {
            return Kind::Job;
        }
        let main = self.main_container();
        let image = main.and_then(|c| c.str("image"));
        let ports = main.and_then(|c| c.get("ports")).map(Node::items).unwrap_or_default();
        let by_port = || ports.iter().find_map(|p| kind_of_port(p.get("containerPort")?.int()?));
        image
            .and_then(kind_of_image)
            .or_else(|| kind_of_image(&self.key.name))
            .or_else(by_port)
            .unwrap_or(Kind::Service)
    }

    /// The image of the main container.
    pub(super) fn image(&self) -> Option<&'a str> {
        self.main_container().and_then(|container| container.str("image"))
    }

    /// The images of all its containers, those that run first included.
    fn images(&self) -> Vec<Arc<str>> {
        let first = self.pod_spec().and_then(|s| s.get("initContainers")).map(Node::items).unwrap_or_default();
        self.containers().iter().chain(first).filter_map(|c| c.str("image")).map(Arc::from).collect()
    }

    fn evidence(&self) -> Evidence {
        Evidence::new(self.object.name_node().at(), "metadata.name")
    }

    fn owner(&self) -> Option<Arc<str>> {
        let metadata = [Some(&self.object.node), self.template()];
        let mut places = metadata.into_iter().flatten().filter_map(|n| n.get("metadata"));
        places.find_map(|metadata| {
            let values = ["labels", "annotations"].into_iter().filter_map(|sort| metadata.get(sort));
            values.flat_map(|v| [v.str("owner"), v.str("team")]).flatten().find(|o| !o.is_empty()).map(Into::into)
        })
    }

    /// Its own labels and those of its pods.
    pub(super) fn label_pairs(&self) -> Vec<(Arc<str>, Arc<str>)> {
        let own = labels(self.object.node.path(&["metadata", "labels"]));
        let all = own.into_iter().chain(self.labels.first().cloned().unwrap_or_default());
        all.map(|(key, value)| (key.into(), value.into())).collect()
    }

    /// What its annotations and labels, and after them those of its pods, say to linchpin. What stands in both alike is
    /// said once.
    pub(super) fn settings(&self) -> Vec<(&'a str, &'a Node)> {
        let mut settings: Vec<(&str, &Node)> = Vec::new();
        for object in [Some(&self.object.node), self.template()].into_iter().flatten() {
            let sorts = ["annotations", "labels"].iter().filter_map(|sort| object.path(&["metadata", sort]));
            for (key, _, value) in sorts.flat_map(Node::fields).filter(|(key, ..)| key.starts_with(native::PREFIX)) {
                if !settings.iter().any(|(known, other)| *known == key && other.text() == value.text()) {
                    settings.push((key, value));
                }
            }
        }
        settings
    }

    /// The component that it is; aliases, entry and service name are known to others.
    pub(super) fn component(&self, cluster: &Cluster<'_>) -> ComponentFact {
        let replicas = self.replicas(cluster);
        let (timeout_ms, capacity_concurrency) = lifecycle::knative(self, replicas.as_ref().map(|r| r.value));
        let settings = Settings {
            timeout_ms,
            capacity_concurrency,
            drain_ms: lifecycle::drain_ms(self),
            rollout_unavailable: lifecycle::rollout_unavailable(self, replicas.as_ref().map(|r| r.value)),
            rollout_surge: self.most_replicas(cluster).and_then(|most| lifecycle::rollout_surge(self, most)),
            ..Settings::default()
        };
        let stays = !matches!(self.controller.as_str(), "Job" | "CronJob" | "Pod");
        ComponentFact {
            spread: replicas.as_ref().filter(|_| stays).map(|r| spread::of(self, cluster, r.value)),
            replicas,
            images: self.images(),
            telemetry: self.is_telemetry(),
            owner: self.owner(),
            settings,
            ..ComponentFact::new(self.key.clone(), self.kind(), self.evidence())
        }
    }
}
