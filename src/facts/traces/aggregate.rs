use super::intern::{Interner, Symbol};
use super::links::{Lowest, Sender};
use super::measure::queue;
use super::messages::{self, Handled, Handler, Span};
use super::node::Mode;
use super::record::{Link, Record, UNKNOWN};
use super::sampling::ONE;
use super::service::{Identity, ServiceKey};
use super::summary::{self, Callee, Calls, EdgeKey, Endpoint, Operation, Spans, Summary, add};
use rustc_hash::FxHashMap;
use std::collections::{BTreeMap, BTreeSet};

/// A dependency by symbols: dependent, provider, what it does.
pub type Edge = (Symbol, Symbol, Mode);

/// Sums over the traces that one worker has joined, by symbols. [`Aggregate::summary`] gives them their names.
#[derive(Debug, Default)]
pub struct Aggregate {
    /// What became of the spans.
    pub spans: Spans,
    /// Spans by service.
    pub service_spans: FxHashMap<Symbol, u64>,
    /// Requests by service and operation.
    pub operations: FxHashMap<(Symbol, Symbol), Operation>,
    /// Calls by edge and the caller's operation. [`Calls::callees`] stay empty here.
    pub calls: FxHashMap<(Edge, Symbol), Calls>,
    /// Calls by edge and both operations.
    pub callees: FxHashMap<(Edge, Symbol, Symbol), Callee>,
    /// How often a call to another provider ran beside one over the edge.
    pub parallel: FxHashMap<(Edge, Symbol), u64>,
    /// Spans that sent messages, for links from elsewhere.
    pub senders: Lowest<Sender>,
    /// Links whose senders were not there.
    pub awaited: Lowest<Link>,
}

impl Aggregate {
    /// Counts a request: a span where work came into a service.
    pub fn request(&mut self, service: Symbol, span: &Record, is_entry: bool) {
        let operation = self.operations.entry((service, span.name)).or_default();
        operation.requests += 1;
        add(&mut operation.adjusted, span.weight);
        if is_entry {
            operation.entries += 1;
            add(&mut operation.entries_adjusted, span.weight);
        }
        operation.errors += u64::from(span.traits.failed);
        if span.duration != UNKNOWN {
            operation.latency.add(span.duration);
        }
    }

    /// Adds calls between two services that somebody else counted.
    pub fn dependency(&mut self, (caller, callee): (Symbol, Symbol), n: u64) {
        for service in [caller, callee] {
            self.service_spans.entry(service).or_default();
        }
        let calls = self.calls.entry(((caller, callee, Mode::Call), 0)).or_default();
        add(&mut calls.calls, n);
        add(&mut calls.adjusted, n.saturating_mul(ONE));
    }

    /// Adds what another worker has joined.
    pub fn merge(&mut self, mut other: Aggregate) {
        if self.calls.len() < other.calls.len() {
            std::mem::swap(self, &mut other);
        }
        self.spans.merge(other.spans);
        for (key, n) in other.service_spans {
            add(self.service_spans.entry(key).or_default(), n);
        }
        for (key, operation) in other.operations {
            self.operations.entry(key).or_default().merge(&operation);
        }
        for (key, calls) in other.calls {
            self.calls.entry(key).or_default().merge(&calls);
        }
        for (key, callee) in other.callees {
            self.callees.entry(key).or_default().merge(callee);
        }
        for (key, n) in other.parallel {
            add(self.parallel.entry(key).or_default(), n);
        }
        self.senders.merge(other.senders);
        self.awaited.merge(other.awaited);
    }

    /// The same by names.
    pub fn summary(self, texts: &Interner, identities: BTreeMap<Symbol, BTreeSet<Identity>>) -> Summary {
        let mut names = Names { texts, endpoints: FxHashMap::default() };
        let mut summary = Summary { spans: self.spans, ..Summary::default() };
        for (symbol, identities) in identities {
            if let Some(service) = names.service(symbol) {
                summary.services.entry(service).or_default().identities.extend(identities);
            }
        }
        for (symbol, n) in self.service_spans {
            if let Some(service) = names.service(symbol) {
                summary.services.entry(service).or_default().spans += n;
            }
        }
        for ((symbol, name), operation) in self.operations {
            if let Some(service) = names.service(symbol) {
                let operations = &mut summary.services.entry(service).or_default().operations;
                operations.insert(texts.text(name).to_owned(), operation);
            }
        }
        // Names are looked up and written out once for each edge.
        let mut edges: FxHashMap<Edge, summary::Edge> = FxHashMap::default();
        for ((edge, operation), calls) in self.calls {
            edges.entry(edge).or_default().operations.insert(texts.text(operation).to_owned(), calls);
        }
        for ((edge, operation, name), callee) in self.callees {
            let calls = edges.entry(edge).or_default().operations.entry(texts.text(operation).to_owned()).or_default();
            calls.callees.insert(texts.text(name).to_owned(), callee);
        }
        for ((edge, other), n) in self.parallel {
            if let Some(other) = names.endpoint(other) {
                edges.entry(edge).or_default().parallel.insert(other, n);
            }
        }
        for (message, senders) in self.senders.held {
            for sender in senders {
                summary.messages.sent(message, names.sender(&sender));
            }
        }
        for (message, links) in self.awaited.held {
            for link in links {
                if let Some(handled) = names.handled(&link) {
                    summary.messages.handled(message, handled);
                }
            }
        }
        summary.spans.odd("unlisted", self.senders.left_out);
        summary.edges = edges.into_iter().filter_map(|(edge, found)| Some((names.edge(edge)?, found))).collect();
        summary
    }
}

struct Names<'t> {
    texts: &'t Interner,
    endpoints: FxHashMap<Symbol, Option<Endpoint>>,
}

impl Names<'_> {
    fn endpoint(&mut self, symbol: Symbol) -> Option<Endpoint> {
        self.endpoints.entry(symbol).or_insert_with(|| Endpoint::decode(self.texts.text(symbol))).clone()
    }

    fn service(&mut self, symbol: Symbol) -> Option<ServiceKey> {
        match self.endpoint(symbol)? {
            Endpoint::Service(key) => Some(key),
            Endpoint::Node(_) => None,
        }
    }

    fn sender(&mut self, Sender { span, request, service }: &Sender) -> messages::Sender {
        if let Some(queue) = queue(span, Mode::Publish).and_then(|sent| self.endpoint(sent)) {
            return messages::Sender::Queue(queue.into());
        }
        let by = Span {
            service: self.service(*service),
            operation: self.texts.text(request.name).to_owned(),
            name: self.texts.text(span.name).to_owned(),
            adjusted: span.weight,
            failed: span.traits.failed,
            request_failed: (!request.is_call()).then_some(request.traits.failed),
            access: span.traits.access,
        };
        messages::Sender::Span {
            by: by.into(),
            start: span.start,
            duration: Some(span.duration).filter(|&d| d != UNKNOWN),
        }
    }

    fn handled(&mut self, Link { consumer, first, .. }: &Link) -> Option<Handled> {
        let by = Handler {
            service: self.service(consumer.service)?,
            name: self.texts.text(consumer.name).to_owned(),
            queue: queue(consumer, Mode::Consume).and_then(|received| self.endpoint(received)),
            adjusted: consumer.weight,
            failed: consumer.traits.failed,
            access: consumer.traits.access,
            first: *first,
        };
        Some(Handled { by: by.into(), start: consumer.start })
    }

    fn edge(&mut self, (from, to, mode): Edge) -> Option<EdgeKey> {
        Some(EdgeKey { from: self.service(from)?, to: self.endpoint(to)?, mode })
    }
}
