use super::{Evidence, Key, Kind};
use std::sync::Arc;

/// A value and whether anybody wrote it down.
#[derive(Clone, Debug, PartialEq, PartialOrd)]
pub struct Assumable<T> {
    /// The value.
    pub value: T,
    /// Written in the input, rather than a platform's default or ours.
    pub explicit: bool,
    /// Where, if anywhere.
    pub evidence: Option<Evidence>,
}

impl<T> Assumable<T> {
    /// A value that the input states.
    pub fn explicit(value: T, evidence: Evidence) -> Self {
        Self { value, explicit: true, evidence: Some(evidence) }
    }

    /// A platform's default.
    pub fn default(value: T) -> Self {
        Self { value, explicit: false, evidence: None }
    }
}

/// How a component is known to be user-facing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum EntryOrigin {
    /// `spec.entry` of a native manifest or `linchpin.toml`.
    Declared,
    /// An Ingress.
    Ingress,
    /// A Gateway API, mesh or edge-proxy route.
    Gateway,
    /// A Service of type LoadBalancer.
    LoadBalancer,
    /// A Service of type NodePort.
    NodePort,
    /// A published Compose port.
    PublishedPort,
    /// An API event of a function.
    ApiEvent,
    /// Root server spans.
    Traces,
    /// Nobody depends on it and there is no other entry.
    Assumed,
}

impl EntryOrigin {
    /// The word of the output contract.
    pub fn word(self) -> &'static str {
        match self {
            EntryOrigin::Declared => "declared",
            EntryOrigin::Ingress => "ingress",
            EntryOrigin::Gateway => "gateway",
            EntryOrigin::LoadBalancer => "load-balancer",
            EntryOrigin::NodePort => "node-port",
            EntryOrigin::PublishedPort => "published-port",
            EntryOrigin::ApiEvent => "api-event",
            EntryOrigin::Traces => "traces",
            EntryOrigin::Assumed => "assumed",
        }
    }
}

/// That a component is user-facing.
#[derive(Clone, Debug, PartialEq)]
pub struct EntryFact {
    /// How it is known.
    pub origin: EntryOrigin,
    /// Declared or observed weight; `None` counts as 1.
    pub weight: Option<f64>,
    /// Where it is said.
    pub evidence: Evidence,
}

/// Numbers about a component that analyses use; `None` is unknown, never zero. Times in milliseconds.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Settings {
    /// Requests per second that all replicas together can serve.
    pub capacity_rps: Option<f64>,
    /// Requests that all replicas together can hold at once (for a pool: its size).
    pub capacity_concurrency: Option<f64>,
    /// Requests per second that users offer (at an entry) or others add from outside.
    pub load_rps: Option<f64>,
    /// Requests per second above which it turns them away at once: throttling at the edge.
    pub shed_rps: Option<f64>,
    /// Median of its own work.
    pub p50_ms: Option<f64>,
    /// 99th percentile of its own work.
    pub p99_ms: Option<f64>,
    /// What it allows itself for a request.
    pub timeout_ms: Option<f64>,
    /// How long it has to finish requests when told to stop.
    pub drain_ms: Option<f64>,
    /// Share of reads that a cache answers.
    pub hit_rate: Option<f64>,
    /// Times that a queue delivers a message before it gives up on it, the first included; infinite: until the message
    /// is too old.
    pub deliveries: Option<f64>,
    /// Messages that a queue gives up on are kept elsewhere (a dead-letter queue).
    pub dead_letter: Option<bool>,
    /// How long a queue keeps a message that nobody takes.
    pub retention_ms: Option<f64>,
    /// How long a delivered message is hidden from other consumers (SQS visibility timeout, Pub/Sub ack deadline).
    pub visibility_ms: Option<f64>,
    /// Share of its instances that a rollout may take away at once, 0 to 1.
    pub rollout_unavailable: Option<f64>,
    /// Instances that a rollout may add to the most that there are otherwise, as a share of them.
    pub rollout_surge: Option<f64>,
}

/// What keeps all instances of a component in one place.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Bond {
    /// They share a volume that can be attached to one machine at a time.
    Volume,
    /// They are told to be where the others are.
    Affinity,
    /// What runs them has one machine.
    Host,
}

/// What chooses the machines of a component's instances, and is told to keep them apart in its own words.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Scheduler {
    /// Kubernetes.
    #[default]
    Kubernetes,
    /// Docker's Swarm.
    Swarm,
}

/// How surely the instances of a component are not all in one place of a sort (one machine, one zone), from the weakest
/// to the strongest.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Apart {
    /// They always are.
    Together(Bond),
    /// They may be: nothing says anything.
    #[default]
    Unsaid,
    /// They may be if that is more convenient: a preference.
    Preferred,
    /// They must not be.
    Demanded,
}

impl Apart {
    /// The word of the output contract.
    pub fn word(self) -> &'static str {
        match self {
            Apart::Together(_) => "together",
            Apart::Unsaid => "unsaid",
            Apart::Preferred => "preferred",
            Apart::Demanded => "demanded",
        }
    }
}

/// Which places all instances of a component share, as far as the platform that runs them is told: what they share takes
/// all of them with it. Of several variants the least holds.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Spread {
    /// Whether they are on different machines.
    pub machines: Apart,
    /// Whether they are in different zones.
    pub zones: Apart,
    /// Who is to be told so.
    pub scheduler: Scheduler,
    /// Where that is said, if anywhere.
    pub evidence: Option<Evidence>,
}

impl Spread {
    /// Takes the stronger of what is known and of what is said of machines and zones.
    pub(super) fn strengthen(&mut self, machines: Apart, zones: Apart, evidence: Evidence) {
        if machines > self.machines || zones > self.zones {
            self.evidence = Some(evidence);
        }
        self.machines = self.machines.max(machines);
        self.zones = self.zones.max(zones);
    }

    /// All of them are in one place, whatever else is said.
    pub(super) fn bound(machines: Apart, zones: Apart, evidence: Evidence) -> Self {
        Self { machines, zones, scheduler: Scheduler::default(), evidence: Some(evidence) }
    }
}

/// What a reader says of one component. Several facts with the same key are one component (with variants).
#[derive(Clone, Debug, PartialEq)]
pub struct ComponentFact {
    /// Who it is.
    pub key: Key,
    /// What sort of thing; of several facts the most specific one holds, a native manifest's before all.
    pub kind: Kind,
    /// Whether `kind` was stated rather than guessed from an image.
    pub kind_stated: bool,
    /// Other names that people or traces know it by (Service names, container names, physical names).
    pub aliases: Vec<Arc<str>>,
    /// Number of interchangeable instances; `None` if the reader cannot know. Written 0 means off.
    pub replicas: Option<Assumable<u32>>,
    /// What keeps its instances apart; `None` if the reader knows no scheduler that places them.
    pub spread: Option<Spread>,
    /// Instances that must work; absent means 1.
    pub need: Option<Assumable<u32>>,
    /// Whether it is user-facing.
    pub entry: Option<EntryFact>,
    /// Compose profiles; a service with profiles is no entry unless one is chosen.
    pub profiles: Vec<Arc<str>>,
    /// The container images that it runs, as they are written: who changes one changes all that run it.
    pub images: Vec<Arc<str>>,
    /// It only watches others (collectors, scrapers, dashboards): its edges are of the telemetry plane.
    pub telemetry: bool,
    /// Who owns it.
    pub owner: Option<Arc<str>>,
    /// `service.name`, if the manifest sets it for telemetry (`OTEL_SERVICE_NAME`, `OTEL_RESOURCE_ATTRIBUTES`).
    pub service_name: Option<Arc<str>>,
    /// Numbers.
    pub settings: Settings,
    /// The deployment of several in one tree that this fact comes from (a file or folder): for variants.
    pub variant: Arc<str>,
    /// It was stated by the native manifest, whose fields win one by one.
    pub native: bool,
    /// Where it stands.
    pub evidence: Evidence,
}

impl ComponentFact {
    /// A component of which nothing is known but that it is there.
    pub fn new(key: Key, kind: Kind, evidence: Evidence) -> Self {
        Self {
            key,
            kind,
            kind_stated: false,
            aliases: Vec::new(),
            replicas: None,
            spread: None,
            need: None,
            entry: None,
            profiles: Vec::new(),
            images: Vec::new(),
            telemetry: false,
            owner: None,
            service_name: None,
            settings: Settings::default(),
            variant: evidence.at.file.clone(),
            native: false,
            evidence,
        }
    }
}
