use super::messages::Messages;
use super::node::{Mode, Node};
use super::service::{Identity, ServiceKey};
use super::sketch::Sketch;
use crate::facts::Kind;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// What traces say, small enough to keep: who calls whom and how that went. It does not grow with the traffic, only
/// with the number of services, operations and edges; and, up to a bound, with that of messages, because links between
/// traces are followed from one summary to another.
///
/// Summaries add up: if no trace is split between them, merging gives exactly the summary of everything read at once.
/// All numbers are counts, extremes or sets, so neither order nor grouping matters.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Summary {
    /// What became of the spans.
    pub spans: Spans,
    /// Services that recorded spans, or that others counted calls of.
    pub services: BTreeMap<ServiceKey, Service>,
    /// Dependencies: caller (publisher, consumer) → callee (queue).
    pub edges: BTreeMap<EdgeKey, Edge>,
    /// Messages whose other side may be in another summary.
    pub messages: Messages,
}

/// The account of spans: `seen = used + dropped`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Spans {
    /// All spans that were decoded.
    pub seen: u64,
    /// Those that took part, if only to connect others.
    pub used: u64,
    /// The others, by reason: `duplicate`, `invalid-id`, `no-service`.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub dropped: BTreeMap<String, u64>,
    /// Used spans that ask for attention, by what is odd: `orphan` (its parent is not there), `cycle` (it is its own
    /// ancestor), `no-time`, `unlinked` (it handles a message whose sender's span is not there, once for each), `unlisted`
    /// (it sent a message that links from other summaries are not followed to, because there are too many), `no-peer` (a
    /// call that does not say whom), `sampled` (it says how many requests it stands for).
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub odd: BTreeMap<String, u64>,
}

/// What is known of one service.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Service {
    /// Where it runs.
    pub identities: BTreeSet<Identity>,
    /// Spans that it recorded.
    pub spans: u64,
    /// What it was asked to do.
    pub operations: BTreeMap<String, Operation>,
}

/// Requests that a service handled under one operation: spans without a parent in the same service.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Operation {
    /// Requests.
    pub requests: u64,
    /// The same adjusted for sampling, in thousandths.
    pub adjusted: u64,
    /// Requests that came from outside: server spans at the root of their trace.
    #[serde(skip_serializing_if = "is_zero")]
    pub entries: u64,
    /// The same adjusted for sampling, in thousandths.
    #[serde(skip_serializing_if = "is_zero")]
    pub entries_adjusted: u64,
    /// Requests that failed.
    #[serde(skip_serializing_if = "is_zero")]
    pub errors: u64,
    /// How long they took.
    #[serde(skip_serializing_if = "Sketch::is_empty")]
    pub latency: Sketch,
}

/// Which dependency.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct EdgeKey {
    /// The dependent.
    pub from: ServiceKey,
    /// The provider.
    pub to: Endpoint,
    /// What it does with it.
    pub mode: Mode,
}

/// One end of a dependency.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Endpoint {
    /// It recorded spans itself.
    Service(ServiceKey),
    /// Only its callers speak of it.
    Node(Node),
}

impl Endpoint {
    /// As one text that no other endpoint has, for interning. Names hold no control characters.
    pub(super) fn encode(&self) -> String {
        match self {
            Endpoint::Service(ServiceKey { namespace, name }) => format!("{namespace}{SEPARATOR}{name}"),
            Endpoint::Node(Node { kind, system, address, port, name }) => {
                let port = port.map(|p| p.to_string()).unwrap_or_default();
                [kind.word(), system, address, &port, name].join(SEPARATOR)
            }
        }
    }

    /// What [`Endpoint::encode`] made a text of.
    pub(super) fn decode(text: &str) -> Option<Self> {
        let parts: Vec<&str> = text.split(SEPARATOR).collect();
        match *parts.as_slice() {
            [namespace, name] => Some(Endpoint::Service(ServiceKey { namespace: namespace.into(), name: name.into() })),
            [kind, system, address, port, name] => Some(Endpoint::Node(Node {
                kind: Kind::from_word(kind)?,
                system: system.into(),
                address: address.into(),
                port: port.parse().ok(),
                name: name.into(),
            })),
            _ => None,
        }
    }
}

/// Not in any name: names are cleaned of control characters.
const SEPARATOR: &str = "\u{1f}";

/// A dependency as it was seen.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Edge {
    /// Calls by the operation of the caller that made them. Empty name: the caller's operation is unknown.
    pub operations: BTreeMap<String, Calls>,
    /// Other providers that were called while a call of this edge was running, with how many times.
    pub parallel: BTreeMap<Endpoint, u64>,
}

/// Calls over one dependency for one operation of the caller.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Calls {
    /// Calls, repetitions included.
    pub calls: u64,
    /// The same adjusted for sampling, in thousandths.
    pub adjusted: u64,
    /// Calls that failed on either side.
    #[serde(skip_serializing_if = "is_zero")]
    pub errors: u64,
    /// Failed calls whose caller's own outcome is known.
    #[serde(skip_serializing_if = "is_zero")]
    pub failures: u64,
    /// Of those, how many left the caller's own request without an error.
    #[serde(skip_serializing_if = "is_zero")]
    pub contained: u64,
    /// Requests of the caller that made at least one call: over its operation's requests, the share.
    pub requests: u64,
    /// Most calls that one request made.
    pub most_calls: u64,
    /// Calls that repeat a failed one, or say that they repeat one.
    #[serde(skip_serializing_if = "is_zero")]
    pub retries: u64,
    /// Most tries of one call, the first included.
    pub most_tries: u64,
    /// Calls that only read.
    #[serde(skip_serializing_if = "is_zero")]
    pub reads: u64,
    /// Calls that change data.
    #[serde(skip_serializing_if = "is_zero")]
    pub writes: u64,
    /// Calls that ended after the caller's own request: nobody waited for them.
    #[serde(skip_serializing_if = "is_zero")]
    pub detached: u64,
    /// Calls whose callee began before them: clocks differ. Durations are each taken by one clock.
    #[serde(skip_serializing_if = "is_zero")]
    pub skewed: u64,
    /// How long the caller waited; the callee's own time where the caller's is unknown.
    #[serde(skip_serializing_if = "Sketch::is_empty")]
    pub latency: Sketch,
    /// First start and last start in nanoseconds since the epoch.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub window: Option<(u64, u64)>,
    /// The same calls by the callee's operation (for nodes: by the name of the call).
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub callees: BTreeMap<String, Callee>,
}

/// Calls from one operation to another.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Callee {
    /// Calls.
    pub calls: u64,
    /// Calls that failed.
    #[serde(skip_serializing_if = "is_zero")]
    pub errors: u64,
    /// Requests of the caller that made at least one.
    pub requests: u64,
}

fn is_zero(n: &u64) -> bool {
    *n == 0
}

impl Summary {
    /// Adds another summary to this one.
    pub fn merge(&mut self, other: Summary) {
        self.spans.merge(other.spans);
        for (key, service) in other.services {
            let held = self.services.entry(key).or_default();
            held.identities.extend(service.identities);
            add(&mut held.spans, service.spans);
            for (name, operation) in service.operations {
                held.operations.entry(name).or_default().merge(&operation);
            }
        }
        for (key, edge) in other.edges {
            let held = self.edges.entry(key).or_default();
            for (name, calls) in edge.operations {
                held.operations.entry(name).or_default().merge(&calls);
            }
            for (endpoint, times) in edge.parallel {
                add(held.parallel.entry(endpoint).or_default(), times);
            }
        }
        self.add_messages(other.messages);
    }

    /// Requests of a service over all its operations.
    pub fn requests(&self, service: &ServiceKey) -> u64 {
        self.services.get(service).map_or(0, |s| s.operations.values().fold(0, |sum, o| sum.saturating_add(o.requests)))
    }
}

impl Spans {
    /// Adds another account to this one.
    pub fn merge(&mut self, other: Spans) {
        add(&mut self.seen, other.seen);
        add(&mut self.used, other.used);
        for (reason, n) in other.dropped {
            add(self.dropped.entry(reason).or_default(), n);
        }
        for (what, n) in other.odd {
            add(self.odd.entry(what).or_default(), n);
        }
    }

    /// Counts a dropped span that was counted as seen before.
    pub fn drop(&mut self, reason: &'static str) {
        add(self.dropped.entry(reason.to_owned()).or_default(), 1);
    }

    /// Counts something odd about a used span.
    pub fn odd(&mut self, what: &'static str, n: u64) {
        if n > 0 {
            add(self.odd.entry(what.to_owned()).or_default(), n);
        }
    }

    /// Whether every span is accounted for.
    pub fn balanced(&self) -> bool {
        self.seen == self.dropped.values().fold(self.used, |sum, &n| sum.saturating_add(n))
    }
}

impl Operation {
    /// Adds other requests of the same operation.
    pub fn merge(&mut self, other: &Operation) {
        add(&mut self.requests, other.requests);
        add(&mut self.adjusted, other.adjusted);
        add(&mut self.entries, other.entries);
        add(&mut self.entries_adjusted, other.entries_adjusted);
        add(&mut self.errors, other.errors);
        self.latency.merge(&other.latency);
    }
}

impl Edge {
    /// All calls of the dependency, whatever the operation.
    pub fn total(&self) -> Calls {
        self.operations.values().fold(Calls::default(), |mut sum, calls| {
            sum.merge(calls);
            sum
        })
    }
}

impl Calls {
    /// Adds other calls of the same dependency.
    pub fn merge(&mut self, other: &Calls) {
        for (held, n) in [
            (&mut self.calls, other.calls),
            (&mut self.adjusted, other.adjusted),
            (&mut self.errors, other.errors),
            (&mut self.failures, other.failures),
            (&mut self.contained, other.contained),
            (&mut self.requests, other.requests),
            (&mut self.retries, other.retries),
            (&mut self.reads, other.reads),
            (&mut self.writes, other.writes),
            (&mut self.detached, other.detached),
            (&mut self.skewed, other.skewed),
        ] {
            add(held, n);
        }
        self.most_calls = self.most_calls.max(other.most_calls);
        self.most_tries = self.most_tries.max(other.most_tries);
        self.latency.merge(&other.latency);
        if let Some((first, last)) = other.window {
            self.extend_window(first, last);
        }
        for (name, callee) in &other.callees {
            self.callees.entry(name.clone()).or_default().merge(*callee);
        }
    }

    /// Makes the time window hold these starts.
    pub fn extend_window(&mut self, first: u64, last: u64) {
        let (from, to) = self.window.unwrap_or((first, last));
        self.window = Some((from.min(first), to.max(last)));
    }
}

impl Callee {
    /// Adds other calls between the same operations.
    pub fn merge(&mut self, other: Callee) {
        add(&mut self.calls, other.calls);
        add(&mut self.errors, other.errors);
        add(&mut self.requests, other.requests);
    }
}

/// Sums saturate: a hostile summary must not make them wrap.
pub(super) fn add(sum: &mut u64, n: u64) {
    *sum = sum.saturating_add(n);
}
