use super::aggregate::Aggregate;
use super::intern::Symbol;
use super::links::{Sender, meet, message, sends};
use super::node::Mode;
use super::record::{Link, Record, UNKNOWN};
use super::summary::{Calls, add};
use super::tree::{NONE, Tree};
use crate::parse::spans::SpanKind;

/// One call over one edge.
#[derive(Clone, Copy, Debug)]
pub(super) struct Call {
    /// Index of the caller's request.
    request: u32,
    from: Symbol,
    to: Symbol,
    mode: Mode,
    /// The callee's operation, or the name of the call.
    pub(super) callee: Symbol,
    /// The caller's operation.
    operation: Symbol,
    /// What tries of one call have in common: the span above them.
    parent: u32,
    start: u64,
    end: Option<u64>,
    duration: u64,
    id: u64,
    weight: u64,
    pub(super) failed: bool,
    /// Whether the caller's own request failed, if that is known.
    caller_failed: Option<bool>,
    resent: bool,
    detached: bool,
    skewed: bool,
    reads: bool,
    writes: bool,
}

/// Turns trees of spans into calls and counts them. Kept between traces for what it has allocated.
#[derive(Debug, Default)]
pub struct Measure {
    tree: Tree,
    /// Callees' spans found right under a call site.
    callees: Vec<u32>,
    /// A callee's span was found under the call site, if only under one within it.
    is_answered: Vec<bool>,
    /// A call site is above the span's position in its request: it is not the last word about its peer.
    has_call_below: Vec<bool>,
    calls: Vec<Call>,
}

impl Measure {
    /// Counts one trace: its spans sorted by id without duplicates, and the links that lead into it.
    pub fn trace(&mut self, spans: &[Record], links: &[Link], into: &mut Aggregate) {
        self.tree.build(spans);
        self.calls.clear();
        self.requests(spans, into);
        self.mark_call_sites(spans);
        for i in 0..spans.len() {
            if let Some(above) = self.tree.crossing(i) {
                self.crossing(spans, i, above);
            }
            self.peer(spans, i, into);
        }
        self.links(spans, links, into);
        count(&mut self.calls, into);
        count_parallel(&mut self.calls, into);
        into.spans.odd("orphan", self.tree.orphans);
        into.spans.odd("cycle", self.tree.cycles);
    }

    fn requests(&self, spans: &[Record], into: &mut Aggregate) {
        let mut without_time = 0;
        for (i, span) in spans.iter().enumerate() {
            if span.service != 0 {
                *into.service_spans.entry(span.service).or_default() += 1;
            }
            without_time += u64::from(span.start == 0 || span.duration == UNKNOWN);
            if self.tree.request[i] as usize == i && self.tree.service[i] != 0 {
                let is_root = span.parent == 0 && self.tree.parent[i] == NONE;
                let served = matches!(span.traits.kind, SpanKind::Server | SpanKind::Unspecified);
                into.request(self.tree.service[i], span, is_root && served);
            }
        }
        into.spans.odd("no-time", without_time);
    }

    /// Counts callees of call sites, and marks what has a call site below it. Each walk up ends where an earlier one
    /// was, so all of them together are linear.
    fn mark_call_sites(&mut self, spans: &[Record]) {
        self.callees.clear();
        self.callees.resize(spans.len(), 0);
        self.is_answered.clear();
        self.is_answered.resize(spans.len(), false);
        self.has_call_below.clear();
        self.has_call_below.resize(spans.len(), false);
        for (i, span) in spans.iter().enumerate() {
            if let Some(above) = self.tree.crossing(i) {
                let site = self.tree.origin(above);
                self.callees[site] += 1;
                // An outer call site (a client around a client) has been answered as well.
                let mut answered = Some(site);
                while let Some(at) = answered
                    && !self.is_answered[at]
                {
                    self.is_answered[at] = true;
                    answered = self.tree.outer_site(at);
                }
            }
            if span.is_call() {
                let mut at = self.tree.parent[i];
                while at != NONE
                    && self.tree.request[at as usize] == self.tree.request[i]
                    && !self.has_call_below[at as usize]
                {
                    self.has_call_below[at as usize] = true;
                    at = self.tree.parent[at as usize];
                }
            }
        }
    }

    /// A span of one service under a span of another: a call between them.
    fn crossing(&mut self, spans: &[Record], i: usize, above: usize) {
        let callee = &spans[i];
        let site = self.tree.origin(above);
        let (from, to) = (self.tree.service[site], self.tree.service[i]);
        if from == 0 {
            return;
        }
        let caller = &spans[site];
        let call = self.call(spans, site, to, Mode::Call);
        let is_message = caller.traits.kind == SpanKind::Producer
            || callee.traits.kind == SpanKind::Consumer
            || callee.traits.mode == Some(Mode::Consume);
        if is_message {
            self.message(spans, site, i);
            return;
        }
        let mode = if callee.traits.follows_from { Mode::Publish } else { Mode::Call };
        // With several callees the site's times are those of all of them together.
        let own_times = self.callees[site] == 1 && caller.duration != UNKNOWN && caller.is_call();
        let (start, end, duration) = if own_times {
            (call.start, call.end, call.duration)
        } else {
            (callee.start, callee.end(), callee.duration)
        };
        let failed = callee.traits.failed || self.callees[site] == 1 && caller.is_call() && caller.traits.failed;
        let skewed = callee.start != 0 && caller.start != 0 && callee.start < caller.start;
        self.calls.push(Call {
            mode,
            callee: callee.name,
            start,
            end,
            duration,
            id: callee.id,
            weight: callee.weight,
            failed,
            skewed,
            ..call
        });
    }

    /// A message from a producer's span to a consumer's. The queue between them stands on either, or on none.
    fn message(&mut self, spans: &[Record], site: usize, i: usize) {
        let (producer, consumer) = (&spans[site], &spans[i]);
        match (queue(producer, Mode::Publish), queue(consumer, Mode::Consume)) {
            // Each side's own span speaks for itself; here only what connects them is missing.
            (Some(sent), Some(received)) if sent == received => {}
            (Some(sent), _) => self.calls.push(self.call(spans, i, sent, Mode::Consume)),
            (None, Some(received)) => self.calls.push(self.call(spans, site, received, Mode::Publish)),
            (None, None) => {
                let call = self.call(spans, site, self.tree.service[i], Mode::Publish);
                let failed = consumer.traits.failed || call.failed;
                self.calls.push(Call { callee: consumer.name, id: consumer.id, failed, ..call });
            }
        }
    }

    /// What a span says of its other side, where nobody there recorded a span.
    fn peer(&mut self, spans: &[Record], i: usize, into: &mut Aggregate) {
        let span = &spans[i];
        if self.tree.service[i] == 0 {
            return;
        }
        if span.peer == 0 {
            let unanswered = span.traits.kind == SpanKind::Client && !self.is_answered[i];
            into.spans.odd("no-peer", u64::from(unanswered && !self.has_call_below[i]));
            return;
        }
        let Some(mode) = span.traits.mode else { return };
        let outer = self.tree.outer_site(i).map(|outer| &spans[outer]);
        // A span within a span about the same thing: a driver within a mapper, HTTP within a store's client.
        if outer.is_some_and(|outer| outer.peer == span.peer || outer.traits.semantic && !span.traits.semantic) {
            return;
        }
        let about_message = mode != Mode::Call;
        let says_call = match span.traits.kind {
            SpanKind::Client | SpanKind::Producer => true,
            SpanKind::Consumer => about_message,
            // Some instrumentations give their spans no better kind; a client span below is the better witness.
            SpanKind::Internal | SpanKind::Unspecified => span.traits.semantic && !self.has_call_below[i],
            SpanKind::Server => false,
        };
        let answered = !about_message && self.is_answered[i];
        // A consumer within its own receive span.
        let repeated = self.tree.parent[i] != NONE && {
            let parent = &spans[self.tree.parent[i] as usize];
            span.traits.kind == SpanKind::Consumer && parent.peer == span.peer && parent.traits.mode == span.traits.mode
        };
        if says_call && !answered && !repeated {
            self.calls.push(self.call(spans, i, span.peer, mode));
        }
    }

    /// Consumers that say which of this trace's messages they handle; and for those in other ingestions, its senders.
    fn links(&self, spans: &[Record], links: &[Link], into: &mut Aggregate) {
        for link in links {
            let start = spans.partition_point(|s| s.id < link.span);
            match self.sender(spans, start).filter(|sender| sender.span.id == link.span) {
                // Below its sender as well, it is a call already.
                Some(_) if link.consumer.trace == link.trace && link.consumer.parent == link.span => {}
                Some(sender) => meet(&sender, link, into),
                None => {
                    into.spans.odd("unlinked", 1);
                    into.awaited.add(message(link.trace, link.span), *link);
                }
            }
        }
        let mut start = 0;
        for same_id in spans.chunk_by(|a, b| a.id == b.id) {
            if let Some(sender) = self.sender(spans, start) {
                into.senders.add(message(sender.span.trace, sender.span.id), sender);
            }
            start += same_id.len();
        }
    }

    /// The span that sent a message among those that have the same id as the one at `start`, the first of them.
    fn sender(&self, spans: &[Record], start: usize) -> Option<Sender> {
        let id = spans.get(start)?.id;
        let candidates = (start..spans.len()).take_while(|&j| spans[j].id == id).filter(|&j| sends(&spans[j]));
        let i = candidates.min_by_key(|&j| !spans[j].is_call())?;
        Some(Sender { span: spans[i], request: spans[self.tree.request[i] as usize], service: self.tree.service[i] })
    }

    /// The call that a span makes, as far as the span alone tells.
    fn call(&self, spans: &[Record], site: usize, to: Symbol, mode: Mode) -> Call {
        let request = self.tree.request[site] as usize;
        let call = call_of(&spans[site], &spans[request], self.tree.service[site], to, mode);
        Call { request: request as u32, parent: self.tree.parent[site], ..call }
    }
}

/// The queue that a span sends to or receives from, if it names it.
pub(super) fn queue(span: &Record, mode: Mode) -> Option<Symbol> {
    (span.peer != 0 && span.traits.mode == Some(mode)).then_some(span.peer)
}

/// The call that a span makes as a part of a request.
pub(super) fn call_of(span: &Record, request: &Record, from: Symbol, to: Symbol, mode: Mode) -> Call {
    use super::access::Access;
    // A call that nothing in its service asked for has no request whose outcome could tell.
    let caller_failed = (!request.is_call()).then_some(request.traits.failed);
    let detached = match (span.end(), request.end()) {
        (Some(end), Some(request_end)) => mode == Mode::Call && !request.is_call() && end > request_end,
        _ => false,
    };
    Call {
        request: NONE,
        from,
        to,
        mode,
        callee: span.name,
        operation: request.name,
        parent: NONE,
        start: span.start,
        end: span.end(),
        duration: span.duration,
        id: span.id,
        weight: span.weight,
        failed: span.traits.failed,
        caller_failed: caller_failed.filter(|_| mode != Mode::Consume),
        resent: span.traits.resent,
        detached,
        skewed: false,
        reads: span.traits.access == Access::Read,
        writes: span.traits.access == Access::Write,
    }
}

/// Adds one call, which is the first of `requests` requests to use its edge, and returns the edge's sums.
pub(super) fn record<'a>(call: &Call, requests: u64, into: &'a mut Aggregate) -> &'a mut Calls {
    let edge = (call.from, call.to, call.mode);
    let callee = into.callees.entry((edge, call.operation, call.callee)).or_default();
    callee.calls += 1;
    callee.errors += u64::from(call.failed);
    callee.requests += requests;
    let calls = into.calls.entry((edge, call.operation)).or_default();
    calls.calls += 1;
    calls.requests += requests;
    add(&mut calls.adjusted, call.weight);
    calls.errors += u64::from(call.failed);
    if call.failed
        && let Some(caller_failed) = call.caller_failed
    {
        calls.failures += 1;
        calls.contained += u64::from(!caller_failed);
    }
    calls.most_calls = calls.most_calls.max(1);
    calls.most_tries = calls.most_tries.max(1);
    calls.detached += u64::from(call.detached);
    calls.skewed += u64::from(call.skewed);
    calls.reads += u64::from(call.reads);
    calls.writes += u64::from(call.writes);
    if call.duration != UNKNOWN && call.mode != Mode::Consume {
        calls.latency.add(call.duration);
    }
    if call.start != 0 {
        calls.extend_window(call.start, call.start);
    }
    calls
}

/// Counts the calls of one trace, and what only shows between calls: requests, repetitions.
fn count(calls: &mut [Call], into: &mut Aggregate) {
    calls.sort_unstable_by_key(|c| (c.request, c.to, c.mode, c.callee, c.parent, c.start, c.id));
    let mut last: Option<Call> = None;
    let (mut calls_of_request, mut tries) = (0, 0);
    for call in calls {
        let same = |c: &Call| c.request == call.request && c.to == call.to && c.mode == call.mode;
        let same_request = last.as_ref().is_some_and(same);
        let same_callee = same_request && last.is_some_and(|l| l.callee == call.callee);
        let repeats = same_callee
            && last.is_some_and(|l| l.parent == call.parent && l.failed && l.end.is_some_and(|end| end <= call.start));
        calls_of_request = if same_request { calls_of_request + 1 } else { 1 };
        tries = if repeats { tries + 1 } else { 1 };
        let sums = record(call, u64::from(!same_request), into);
        sums.most_calls = sums.most_calls.max(calls_of_request);
        sums.most_tries = sums.most_tries.max(tries);
        sums.retries += u64::from(repeats || call.resent);
        if same_request && !same_callee {
            let edge = (call.from, call.to, call.mode);
            into.callees.entry((edge, call.operation, call.callee)).or_default().requests += 1;
        }
        last = Some(*call);
    }
}

/// Counts calls of one request to different providers that ran at the same time: each call against the one before it
/// that ends last, which is enough to see what is parallel and keeps this linear.
fn count_parallel(calls: &mut [Call], into: &mut Aggregate) {
    calls.sort_unstable_by_key(|c| (c.request, c.start, c.id));
    let mut running: Option<(Call, u64)> = None;
    for call in calls.iter().filter(|c| c.mode == Mode::Call && c.start != 0) {
        let Some(end) = call.end else { continue };
        if let Some((other, other_end)) = running.filter(|(other, _)| other.request == call.request) {
            if call.start < other_end && call.to != other.to {
                *into.parallel.entry(((call.from, call.to, Mode::Call), other.to)).or_default() += 1;
                *into.parallel.entry(((other.from, other.to, Mode::Call), call.to)).or_default() += 1;
            }
            if other_end >= end {
                continue;
            }
        }
        running = Some((*call, end));
    }
}
