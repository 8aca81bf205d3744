use super::access::{Access, access};
use super::intern::{Interner, Local, Symbol};
use super::node::{self, Mode};
use super::problems::Problems;
use super::record::{Link, PARTS, Record, Traits, UNKNOWN, part};
use super::service::{Identity, ServiceKey, identify};
use super::summary::{Endpoint, Spans};
use super::{sampling, text};
use crate::parse::spans::{Attribute, ResourceIndex, Sink, Span, SpanKind, Status};
use crate::source::{Problem, Tally};
use rustc_hash::FxHashMap;
use std::collections::{BTreeMap, BTreeSet};
use std::mem;
use std::sync::Mutex;

/// Caches of what raw texts mean are emptied beyond this many entries: some inputs never repeat themselves.
const LARGEST_CACHE: usize = 1 << 16;

/// Where one worker puts what it reads: spans reduced to records, and everything that is not kept per span.
#[derive(Debug)]
pub struct Collector<'s> {
    strings: Local<'s>,
    /// The resources of the current block, by [`ResourceIndex`].
    resources: Vec<Resource>,
    /// Raw operation names met before.
    operations: FxHashMap<Box<str>, Symbol>,
    /// What raw attributes say of the other side.
    peers: FxHashMap<Box<[u8]>, KnownPeer>,
    peer_key: Vec<u8>,
    /// Spans by part of their trace.
    pub records: Vec<Vec<Record>>,
    /// Links by part of the trace that they lead to.
    pub links: Vec<Vec<Link>>,
    /// Where services run.
    pub identities: BTreeMap<Symbol, BTreeSet<Identity>>,
    /// Calls that somebody else counted, by caller and callee.
    pub dependencies: BTreeMap<(Symbol, Symbol), u64>,
    /// Spans seen, and dropped while reading.
    pub spans: Spans,
    /// Documents read.
    pub documents: Tally,
    /// What was wrong with documents.
    pub problems: Problems,
}

#[derive(Debug)]
struct Resource {
    service: Symbol,
    /// Name of the service, for nodes that are its own.
    name: String,
}

#[derive(Clone, Copy, Debug, Default)]
struct KnownPeer {
    node: Symbol,
    mode: Option<Mode>,
    semantic: bool,
}

impl<'s> Collector<'s> {
    /// A collector whose symbols are shared with others'.
    pub fn new(strings: &'s Mutex<Interner>) -> Self {
        Self {
            strings: Local::new(strings),
            resources: Vec::new(),
            operations: FxHashMap::default(),
            peers: FxHashMap::default(),
            peer_key: Vec::new(),
            records: vec![Vec::new(); PARTS],
            links: vec![Vec::new(); PARTS],
            identities: BTreeMap::new(),
            dependencies: BTreeMap::new(),
            spans: Spans::default(),
            documents: Tally::default(),
            problems: Problems::default(),
        }
    }

    /// Forgets the resources of the block before: their indices are not used any more.
    pub fn next_block(&mut self) {
        self.resources.clear();
    }

    fn operation(&mut self, span: &Span<'_>) -> Symbol {
        // "GET" alone says nothing; the route does.
        let route = if span.name.contains(['/', ' ', '.']) { None } else { attribute(span, Attribute::HttpRoute) };
        if let Some(route) = route {
            let name = format!("{} {route}", span.name);
            return self.strings.number(&text::operation(&name));
        }
        if let Some(&known) = self.operations.get(span.name) {
            return known;
        }
        let number = self.strings.number(&text::operation(span.name));
        bounded(&mut self.operations).insert(span.name.into(), number);
        number
    }

    fn peer(&mut self, span: &Span<'_>, resource: ResourceIndex) -> KnownPeer {
        let Some(resource) = self.resources.get(resource.0 as usize) else { return KnownPeer::default() };
        let mut key = mem::take(&mut self.peer_key);
        key.clear();
        key.extend(resource.service.to_le_bytes());
        key.push(span.kind as u8);
        if node::key(span.attributes, &mut key) {
            let known = match self.peers.get(key.as_slice()) {
                Some(&known) => known,
                None => {
                    let known = node::peer(span, &resource.name).map_or(KnownPeer::default(), |peer| KnownPeer {
                        node: self.strings.number(&Endpoint::Node(peer.node).encode()),
                        mode: Some(peer.mode),
                        semantic: peer.semantic,
                    });
                    bounded(&mut self.peers).insert(key.as_slice().into(), known);
                    known
                }
            };
            self.peer_key = key;
            known
        } else {
            self.peer_key = key;
            KnownPeer::default()
        }
    }
}

impl Sink for Collector<'_> {
    fn resource(&mut self, attributes: &[(Attribute, &str)]) -> ResourceIndex {
        let index = ResourceIndex(u32::try_from(self.resources.len()).unwrap_or(u32::MAX));
        let resource = match identify(attributes) {
            None => Resource { service: 0, name: String::new() },
            Some((key, identity)) => {
                let name = key.name.clone();
                let service = self.strings.number(&Endpoint::Service(key).encode());
                let identities = self.identities.entry(service).or_default();
                if !identities.contains(&identity) {
                    identities.insert(identity);
                }
                Resource { service, name }
            }
        };
        self.resources.push(resource);
        index
    }

    fn span(&mut self, resource: ResourceIndex, span: &Span<'_>) {
        self.spans.seen += 1;
        let service = self.resources.get(resource.0 as usize).map_or(0, |r| r.service);
        let name = self.operation(span);
        // A server's span describes its caller and itself; who calls it is known from the caller's span.
        let peer = if span.kind == SpanKind::Server { KnownPeer::default() } else { self.peer(span, resource) };
        let adjusted = if span.trace_state.is_empty() { None } else { sampling::adjusted_count(span.trace_state) };
        if adjusted.is_some() {
            self.spans.odd("sampled", 1);
        }
        let [trace_high, trace] = halves(span.trace);
        let record = Record {
            trace,
            trace_high,
            id: u64::from_be_bytes(span.id),
            parent: span.parent.map_or(0, u64::from_be_bytes),
            start: span.start_ns.unwrap_or(0),
            duration: span.duration_ns.unwrap_or(UNKNOWN),
            weight: adjusted.unwrap_or(sampling::ONE),
            service,
            name,
            peer: peer.node,
            traits: Traits {
                kind: kind(span, peer),
                mode: peer.mode,
                access: if peer.semantic { access(span) } else { Access::Unknown },
                failed: failed(span),
                shared: span.shared,
                follows_from: span.follows_from,
                resent: resent(span),
                semantic: peer.semantic,
            },
        };
        let consumes = span.kind == SpanKind::Consumer || record.traits.mode == Some(Mode::Consume);
        if consumes && service != 0 {
            for (i, &(trace, id)) in span.links.iter().enumerate() {
                let [trace_high, trace] = halves(trace);
                let link = Link { trace, trace_high, span: u64::from_be_bytes(id), first: i == 0, consumer: record };
                if let Some(links) = self.links.get_mut(part(trace)) {
                    links.push(link);
                }
            }
        }
        if let Some(records) = self.records.get_mut(record.part()) {
            records.push(record);
        }
    }

    fn dropped(&mut self, reason: &'static str) {
        self.spans.seen += 1;
        self.spans.drop(reason);
    }

    fn dependency(&mut self, caller: &str, callee: &str, calls: u64) {
        let mut number = |name: &str| {
            let key = ServiceKey { namespace: String::new(), name: text::clean(name).into_owned() };
            self.strings.number(&Endpoint::Service(key).encode())
        };
        let sum = self.dependencies.entry((number(caller), number(callee))).or_default();
        *sum = sum.saturating_add(calls);
    }

    fn document(&mut self) {
        self.documents.used();
    }

    fn left_aside(&mut self, what: &'static str) {
        self.documents.ignored(what);
    }

    fn failed(&mut self, problem: Problem) {
        self.documents.failed();
        self.problems.push(problem);
    }
}

fn bounded<K, V>(cache: &mut FxHashMap<K, V>) -> &mut FxHashMap<K, V> {
    if cache.len() >= LARGEST_CACHE {
        cache.clear();
    }
    cache
}

fn halves(trace: [u8; 16]) -> [u64; 2] {
    let whole = u128::from_be_bytes(trace);
    [(whole >> 64) as u64, whole as u64]
}

fn attribute<'a>(span: &Span<'a>, wanted: Attribute) -> Option<&'a str> {
    span.attributes.iter().find(|(a, _)| *a == wanted).map(|(_, text)| *text)
}

/// Spans without a kind that describe a store, a queue or a peer service are calls.
fn kind(span: &Span<'_>, peer: KnownPeer) -> SpanKind {
    let says_service = || attribute(span, Attribute::PeerService).is_some();
    match (span.kind, peer.mode) {
        (SpanKind::Unspecified, Some(Mode::Consume)) => SpanKind::Consumer,
        (SpanKind::Unspecified, Some(Mode::Publish)) => SpanKind::Producer,
        (SpanKind::Unspecified, Some(Mode::Call)) if peer.semantic || says_service() => SpanKind::Client,
        (kind, _) => kind,
    }
}

/// The codes that gRPC's conventions count as errors of the server, by number and by name.
pub(super) const RPC_FAILURES: &[&str] = &[
    "2",
    "4",
    "12",
    "13",
    "14",
    "15",
    "UNKNOWN",
    "DEADLINE_EXCEEDED",
    "UNIMPLEMENTED",
    "INTERNAL",
    "UNAVAILABLE",
    "DATA_LOSS",
];

/// The status says so, or there is none and the protocol's own status does.
fn failed(span: &Span<'_>) -> bool {
    use Attribute::*;
    match span.status {
        Status::Error => true,
        Status::Ok => false,
        Status::Unset => span.attributes.iter().any(|(attribute, text)| match attribute {
            HttpResponseStatusCode | HttpStatusCode => text.len() == 3 && text.starts_with('5'),
            RpcGrpcStatusCode | RpcStatusCode | RpcResponseStatusCode => RPC_FAILURES.contains(text),
            ErrorType => !text.is_empty(),
            _ => false,
        }),
    }
}

fn resent(span: &Span<'_>) -> bool {
    span.attributes.iter().any(|(attribute, text)| {
        matches!(attribute, Attribute::HttpRequestResendCount | Attribute::HttpResendCount)
            && !matches!(*text, "" | "0")
    })
}
