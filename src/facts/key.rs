use std::fmt;
use std::sync::Arc;

/// What sort of thing a component is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    /// Where requests come in: an Ingress or Gateway route, an API event.
    Entry,
    /// A long-running program.
    Service,
    /// A serverless function or state machine.
    Function,
    /// Something that runs and ends.
    Job,
    /// A database or other durable store.
    Datastore,
    /// A cache.
    Cache,
    /// A queue or broker.
    Queue,
    /// A publish-subscribe topic.
    Topic,
    /// Blob storage.
    ObjectStore,
    /// Something outside the input, known by its host.
    External,
    /// A volume.
    Volume,
    /// A ConfigMap or other shared configuration.
    Config,
    /// A secret; only its name is ever known to us.
    Secret,
    /// A limited shared capacity.
    Pool,
    /// A machine.
    Node,
    /// An availability zone.
    Zone,
    /// A region.
    Region,
}

impl Kind {
    /// All kinds, in order.
    pub const ALL: [Kind; 17] = [
        Kind::Entry,
        Kind::Service,
        Kind::Function,
        Kind::Job,
        Kind::Datastore,
        Kind::Cache,
        Kind::Queue,
        Kind::Topic,
        Kind::ObjectStore,
        Kind::External,
        Kind::Volume,
        Kind::Config,
        Kind::Secret,
        Kind::Pool,
        Kind::Node,
        Kind::Zone,
        Kind::Region,
    ];

    /// The word used in ids.
    pub fn word(self) -> &'static str {
        match self {
            Kind::Entry => "entry",
            Kind::Service => "service",
            Kind::Function => "function",
            Kind::Job => "job",
            Kind::Datastore => "datastore",
            Kind::Cache => "cache",
            Kind::Queue => "queue",
            Kind::Topic => "topic",
            Kind::ObjectStore => "object-store",
            Kind::External => "external",
            Kind::Volume => "volume",
            Kind::Config => "config",
            Kind::Secret => "secret",
            Kind::Pool => "pool",
            Kind::Node => "node",
            Kind::Zone => "zone",
            Kind::Region => "region",
        }
    }

    /// The kind that a word names.
    pub fn from_word(word: &str) -> Option<Kind> {
        Kind::ALL.into_iter().find(|k| k.word() == word)
    }

    /// Whether it keeps what others give it.
    pub fn is_store(self) -> bool {
        matches!(self, Kind::Datastore | Kind::Cache | Kind::Queue | Kind::Topic | Kind::ObjectStore)
    }

    /// Whether it is a place where others run: a fault domain of its own.
    pub fn is_place(self) -> bool {
        matches!(self, Kind::Node | Kind::Zone | Kind::Region)
    }

    /// The class of things among which a name of this kind is unique.
    pub fn class(self) -> Class {
        match self {
            Kind::Service
            | Kind::Function
            | Kind::Datastore
            | Kind::Cache
            | Kind::Queue
            | Kind::Topic
            | Kind::ObjectStore => Class::Workload,
            Kind::Job => Class::Job,
            Kind::Entry => Class::Entry,
            Kind::External => Class::External,
            Kind::Volume => Class::Volume,
            Kind::Config => Class::Config,
            Kind::Secret => Class::Secret,
            Kind::Pool => Class::Pool,
            Kind::Node => Class::Node,
            Kind::Zone => Class::Zone,
            Kind::Region => Class::Region,
        }
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.word())
    }
}

/// Things of one class in one scope and namespace have different names. The order is the order in which a bare name
/// is looked up.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Class {
    /// Whatever runs and is called, stores included: its exact kind may be corrected by a later reader.
    Workload,
    /// What runs and ends.
    Job,
    /// Entry routes.
    Entry,
    /// Hosts outside the input.
    External,
    /// Volumes.
    Volume,
    /// Shared configuration.
    Config,
    /// Secrets.
    Secret,
    /// Pools.
    Pool,
    /// Machines.
    Node,
    /// Zones.
    Zone,
    /// Regions.
    Region,
}

/// Scope of native documents: they extend components of other scopes; what is left is visible from every scope.
pub const NATIVE: &str = "native";

/// How readers name a component before the graph gives it an id.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Key {
    /// The world it lives in: `kubernetes`, `kubernetes:overlays/staging`, `compose:shop`; empty for externals, nodes,
    /// zones and regions, which are the same from everywhere.
    pub scope: Arc<str>,
    /// Its class.
    pub class: Class,
    /// Its namespace; `None` for externals and placement domains.
    pub namespace: Option<Arc<str>>,
    /// Its name.
    pub name: Arc<str>,
}

impl Key {
    /// A key in a scope and namespace.
    pub fn new(scope: &Arc<str>, class: Class, namespace: &str, name: &str) -> Self {
        Self { scope: scope.clone(), class, namespace: Some(namespace.into()), name: name.into() }
    }

    /// A key that is the same from everywhere: an external host or a placement domain.
    pub fn global(class: Class, name: &str) -> Self {
        Self { scope: "".into(), class, namespace: None, name: name.into() }
    }
}
