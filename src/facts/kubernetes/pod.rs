//! What a workload's pods refer to: addresses in their environment, command lines, probes and mounted files; the
//! ConfigMaps, Secrets and volumes that they need to start.

use super::autoscaler;
use super::cluster::Cluster;
use super::environment::Environment;
use super::mount::{self, Mounts};
use super::owner;
use super::role::Role;
use super::workload::Workload;
use crate::facts::address::{Address, Found, Setting, in_command, in_settings, is_telemetry_image};
use crate::facts::{
    CallPolicy, Class, Confidence, Criticality, DependencyFact, Evidence, Interaction, Key, Note, Plane, Program,
    Target, Variable, pools,
};
use crate::parse::Node;
use crate::source::Location;
use crate::source::Problem;
use std::collections::BTreeMap;
use std::sync::Arc;

/// ConfigMaps that platforms put into every namespace.
const PROVIDED: [&str; 4] =
    ["kube-root-ca.crt", "openshift-service-ca.crt", "istio-ca-root-cert", "linkerd-identity-trust-roots"];

/// Longest text, in bytes, that is searched for the line of an address: one search for every address in it.
const SEARCHED: usize = 1 << 16;

/// What the pods of one workload refer to.
#[derive(Default)]
pub(super) struct References {
    /// Dependencies.
    pub dependencies: Vec<DependencyFact>,
    /// What it does with its calls, if it is a proxy and mounts its configuration.
    pub policies: Vec<CallPolicy>,
    /// What is wrong with the files that it mounts.
    pub problems: Vec<Problem>,
    /// References to ConfigMaps that are not there.
    pub notes: Vec<Note>,
    /// The name under which it reports to telemetry.
    pub service_name: Option<Arc<str>>,
    /// What its main container runs.
    pub program: Option<Program>,
}

/// Reads what the pods of a workload refer to.
pub(super) fn references<'a>(cluster: &'a Cluster<'a>, workload: &'a Workload<'a>) -> References {
    let mut reader = Reader { cluster, workload, references: References::default(), mounted: BTreeMap::new() };
    if let Some(spec) = workload.pod_spec() {
        reader.pod(spec);
    } else if let Some((node, kind, name)) = owner::referred(workload.object)
        && !cluster.partial
    {
        reader.references.notes.push(Note::Dangling {
            from: Some(workload.key.clone()),
            target: format!("{kind} {}/{name}", workload.namespace()),
            evidence: Evidence::new(node.at(), "spec.workloadRef.name"),
        });
    }
    reader.finish()
}

/// A ConfigMap, Secret or claim that the pods need to start.
struct Mounted {
    optional: bool,
    evidence: Evidence,
}

struct Reader<'a> {
    cluster: &'a Cluster<'a>,
    workload: &'a Workload<'a>,
    references: References,
    mounted: BTreeMap<(Role, &'a str), Mounted>,
}

/// When a container runs and what for.
#[derive(Clone, Copy, PartialEq)]
enum Stage {
    Runtime,
    Startup,
    Telemetry,
}

impl<'a> Reader<'a> {
    fn pod(&mut self, spec: &'a Node) {
        let mounts = Mounts::of(self.cluster, self.workload, spec);
        for source in mounts.sources() {
            self.mount(source.role, source.name, source.optional, source.node, &source.field);
        }
        for claim in mounts.claims() {
            self.mount(Role::Claim, claim.name, false, claim.node, "volumes.persistentVolumeClaim");
        }
        for (node, field) in mounts.servers() {
            let found = in_settings(&[Setting { key: field, value: node.text().unwrap_or_default() }]);
            for (_, mut found) in found {
                found.interaction = Interaction::Mount;
                self.found(found, Stage::Runtime, node, None, field);
            }
        }
        for secret in spec.get("imagePullSecrets").map(Node::items).unwrap_or_default() {
            if let Some(name) = secret.get("name") {
                self.mount(Role::Secret, name.text().unwrap_or_default(), false, name, "imagePullSecrets");
            }
        }
        let telemetry = self.workload.is_telemetry();
        for container in spec.get("initContainers").map(Node::items).unwrap_or_default() {
            // An init container that always restarts is a sidecar.
            let stage = if container.str("restartPolicy") != Some("Always") {
                Stage::Startup
            } else if is_telemetry(container) {
                Stage::Telemetry
            } else {
                Stage::Runtime
            };
            self.container(container, stage, &mounts);
        }
        for container in self.workload.containers() {
            // A telemetry back end's own edges are the graph's to judge; a sidecar's never count for its host.
            let sidecar = is_telemetry(container) && !telemetry;
            self.container(container, if sidecar { Stage::Telemetry } else { Stage::Runtime }, &mounts);
        }
    }

    fn container(&mut self, container: &'a Node, stage: Stage, mounts: &Mounts<'a>) {
        let environment = Environment::of(self.cluster, self.workload, container);
        for source in &environment.sources {
            self.mount(source.role, source.name, source.optional, source.node, &source.field);
        }
        self.environment(&environment, stage);
        self.command(container, &environment, stage);
        for probe in ["livenessProbe", "readinessProbe", "startupProbe"] {
            if let Some(node) = container.get(probe) {
                self.probe(node, probe, &environment, stage);
            }
        }
        if self.workload.main_container().is_some_and(|main| std::ptr::eq(main, container)) {
            self.references.program = Some(self.program(container, &environment, mounts));
        }
        for file in mounts.files(container) {
            for (line, found) in file.addresses(&environment).iter() {
                self.found(found.clone(), stage, file.node, Some(*line), &file.field);
            }
            if stage == Stage::Runtime {
                let instances = self.workload.most_replicas(self.cluster);
                let problems = &mut self.references.problems;
                let policies = file.policies(&self.workload.key, instances, &environment, problems);
                self.references.policies.extend(policies);
            }
        }
    }

    fn program(&self, container: &'a Node, environment: &Environment<'a>, mounts: &Mounts<'a>) -> Program {
        let (key, name) = (self.workload.key.clone(), self.workload.object.name_node());
        let variable = |v: &super::environment::Variable<'a>| Variable {
            name: v.name.as_str().into(),
            value: v.value.as_str().into(),
            evidence: Evidence::new(v.node.at(), format!("env.{}", v.name)),
        };
        let words = ["command", "args"].into_iter().filter_map(|field| container.get(field)).flat_map(Node::items);
        let files = mounts.files(container);
        Program {
            labels: self.workload.label_pairs(),
            image: container.str("image").map(pools::image_name),
            most: autoscaler::most(self.cluster, self.workload),
            environment: environment.variables.iter().map(variable).collect(),
            arguments: words.filter_map(Node::text).map(|text| environment.expand(text).into()).collect(),
            files: files.iter().filter(|f| f.configures()).map(|f| f.mounted()).collect(),
            ..Program::new(key, Evidence::new(name.at(), "metadata.name"))
        }
    }

    fn environment(&mut self, environment: &Environment<'a>, stage: Stage) {
        let variables = &environment.variables;
        let settings: Vec<_> = variables.iter().map(|v| Setting { key: &v.name, value: &v.value }).collect();
        for (i, mut found) in in_settings(&settings) {
            if let Some(variable) = variables.get(i) {
                if let Some(audience) = variable.shared.and_then(|object| self.cluster.audiences.get(object)) {
                    let names = [&*self.workload.key.name].into_iter().chain(self.workload.image());
                    if !audience.hears(&variable.name, self.workload.kind().is_store(), names) {
                        continue;
                    }
                    found.addresses.retain(|address| audience.peers_at(address, &self.workload.key).is_none());
                    if found.addresses.is_empty() {
                        continue;
                    }
                    if audience.is_everybody() {
                        found.confidence = Confidence::Inferred;
                    }
                }
                self.found(found, stage, variable.node, None, &format!("env.{}", variable.name));
            }
        }
        if stage == Stage::Runtime && self.references.service_name.is_none() {
            self.references.service_name = service_name(environment);
        }
    }

    fn command(&mut self, container: &'a Node, environment: &Environment<'a>, stage: Stage) {
        let words = |field: &'static str| {
            let items = container.get(field).map(Node::items).unwrap_or_default();
            items.iter().filter_map(move |node| Some((field, node, node.text()?)))
        };
        let words: Vec<_> = words("command").chain(words("args")).collect();
        self.words(&words, environment, stage);
    }

    fn words(&mut self, words: &[(&str, &'a Node, &str)], environment: &Environment<'a>, stage: Stage) {
        let expand = |text: &str| environment.expand_shell(&environment.expand(text));
        let expanded: Vec<String> = words.iter().map(|(_, _, text)| expand(text)).collect();
        let borrowed: Vec<&str> = expanded.iter().map(String::as_str).collect();
        for (i, found) in in_command(&borrowed) {
            if let Some((field, node, _)) = words.get(i) {
                self.found(found, stage, node, None, field);
            }
        }
    }

    /// A probe is a dependency only where it asks somebody else; then it is noted besides, because what is slow there
    /// restarts what is healthy here.
    fn probe(&mut self, probe: &'a Node, field: &str, environment: &Environment<'a>, stage: Stage) {
        let before = self.references.dependencies.len();
        self.probed(probe, field, environment, stage);
        for fact in self.references.dependencies.iter().skip(before) {
            let Target::Addresses { addresses, certain } = &fact.to else { continue };
            for address in addresses {
                let Address::Host { host, .. } = address else { continue };
                let own = host.split('.').next() == Some(&*self.workload.key.name);
                if !own && (*certain || self.is_name(host)) {
                    self.references.notes.push(Note::ProbeAsks {
                        from: self.workload.key.clone(),
                        probe: field.into(),
                        host: host.as_str().into(),
                        evidence: fact.evidence.clone(),
                    });
                }
            }
        }
    }

    /// Whether a Service of the namespace has this name.
    fn is_name(&self, host: &str) -> bool {
        let name = host.split('.').next().unwrap_or(host);
        !self.cluster.all(Role::Service, self.workload.namespace(), name).is_empty()
    }

    fn probed(&mut self, probe: &'a Node, field: &str, environment: &Environment<'a>, stage: Stage) {
        for how in ["httpGet", "tcpSocket"] {
            if let Some(host) = probe.path(&[how, "host"])
                && let Some(value) = host.text()
            {
                for (_, found) in in_settings(&[Setting { key: "probe.host", value }]) {
                    self.found(found, stage, host, None, &format!("{field}.{how}.host"));
                }
            }
        }
        let command = probe.path(&["exec", "command"]).map(Node::items).unwrap_or_default();
        let words: Vec<_> = command.iter().filter_map(|node| Some((field, node, node.text()?))).collect();
        self.words(&words, environment, stage);
    }

    /// Adds a dependency on what was found in the text of a node.
    fn found(&mut self, found: Found, stage: Stage, node: &Node, line: Option<usize>, field: &str) {
        let at = place(node, line, &found.addresses);
        let (plane, interaction) = match stage {
            _ if found.plane == Plane::Telemetry => (Plane::Telemetry, found.interaction),
            Stage::Runtime => (found.plane, found.interaction),
            Stage::Startup => (Plane::Startup, Interaction::Startup),
            Stage::Telemetry => (Plane::Telemetry, found.interaction),
        };
        let target = Target::Addresses { addresses: found.addresses, certain: found.certain };
        let evidence = Evidence::new(at, field);
        let fact = DependencyFact::new(self.workload.key.clone(), target, interaction, evidence)
            .plane(plane)
            .confidence(found.confidence);
        self.references.dependencies.push(DependencyFact { criticality: found.criticality, ..fact });
    }

    fn mount(&mut self, role: Role, name: &'a str, optional: bool, node: &Node, field: &str) {
        if name.is_empty() {
            return;
        }
        let mounted = Mounted { optional, evidence: Evidence::new(node.at(), field) };
        let known = self
            .mounted
            .entry((role, name))
            .or_insert_with(|| Mounted { optional, evidence: mounted.evidence.clone() });
        // What one place needs is needed, whatever the others say.
        if known.optional && !optional {
            *known = mounted;
        }
    }

    fn finish(mut self) -> References {
        let namespace = self.workload.namespace();
        for ((role, name), Mounted { optional, evidence }) in std::mem::take(&mut self.mounted) {
            let object = self.cluster.find(role, namespace, name, self.workload.object);
            if role == Role::ConfigMap && object.is_none() {
                if !optional && !self.cluster.partial && !PROVIDED.contains(&name) {
                    let target = format!("ConfigMap {namespace}/{name}");
                    self.references.notes.push(Note::Dangling {
                        from: Some(self.workload.key.clone()),
                        target,
                        evidence,
                    });
                }
                continue;
            }
            let (class, plane) = match role {
                Role::Claim => (Class::Volume, Plane::Runtime),
                Role::Secret => (Class::Secret, Plane::Startup),
                _ => (Class::Config, Plane::Startup),
            };
            let target = Target::Component(Key::new(&self.cluster.scope, class, namespace, name));
            let criticality = if optional { Criticality::Soft } else { Criticality::Hard };
            let fact = DependencyFact::new(self.workload.key.clone(), target, Interaction::Mount, evidence);
            self.references.dependencies.push(fact.plane(plane).criticality(criticality));
        }
        if let Some((key, evidence)) = mount::own_volume(self.workload, self.cluster) {
            let target = Target::Component(key);
            let fact = DependencyFact::new(self.workload.key.clone(), target, Interaction::Mount, evidence);
            self.references.dependencies.push(fact.criticality(Criticality::Hard));
        }
        self.references
    }
}

fn is_telemetry(container: &Node) -> bool {
    container.str("image").is_some_and(is_telemetry_image)
}

/// `service.name` as OpenTelemetry's SDKs read it: the variable of its own beats the list of attributes.
fn service_name(environment: &Environment<'_>) -> Option<Arc<str>> {
    let resolved = |name: &str| (!name.is_empty() && !name.contains("$(")).then(|| name.into());
    if let Some(name) = environment.value("OTEL_SERVICE_NAME") {
        return resolved(name.trim());
    }
    let attributes = environment.value("OTEL_RESOURCE_ATTRIBUTES")?;
    let mut pairs = attributes.split(',').filter_map(|pair| pair.split_once('='));
    pairs.find(|(key, _)| key.trim() == "service.name").and_then(|(_, name)| resolved(name.trim()))
}

/// Where in the text of a node an address stands: its line in a block, otherwise the node.
fn place(node: &Node, line: Option<usize>, addresses: &[Address]) -> Location {
    let names = || {
        addresses.iter().map(|a| match a {
            Address::Host { host, .. } => host.as_str(),
            Address::Resource { name, .. } => name.as_str(),
        })
    };
    let holds = |line: &str| {
        let line = line.to_lowercase();
        names().any(|name| line.contains(&name.to_lowercase()))
    };
    let line = line.or_else(|| node.text().filter(|t| t.len() <= SEARCHED)?.lines().position(holds));
    line.map_or_else(|| node.at(), |line| node.at_text_line(line))
}
