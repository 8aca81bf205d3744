//! `linchpin.edges/1`: a summary as JSON lines, in order of their names, so that equal summaries are equal bytes.
//!
//! ```text
//! {"schema":"linchpin.edges/1","spans":{"seen":9,"used":9}}
//! {"service":{"namespace":"shop","name":"cart","spans":4,"identities":[{"cluster":"a","workload":"cart"}]}}
//! {"operation":{"namespace":"shop","service":"cart","name":"GET /cart","requests":2,"adjusted":2000,…}}
//! {"edge":{"from":{…},"to":{"service":{…}},"mode":"call","operation":"GET /cart","calls":2,…}}
//! {"parallel":{"from":{…},"to":{…},"mode":"call","with":{…},"times":1}}
//! {"sent":{"to":{"node":{…}},"messages":[4091,…]}}
//! {"sender":{"by":{"service":{…},"operation":"POST /orders","name":"send",…},"messages":[[4091,1763683200000000000,250000],…]}}
//! {"handler":{"by":{"service":{…},"name":"process",…},"messages":[[7309,1763683200000000000],…]}}
//! ```
//!
//! Durations and times are nanoseconds, `adjusted` counts thousandths, `latency` is a list of bucket and count (see
//! [`Sketch`]). Files may be put one behind the other: what they say adds up.

use super::messages::{self, Handled, Handler, Messages, Sender};
use super::node::Mode;
use super::service::{Identity, ServiceKey};
use super::sketch::Sketch;
use super::summary::{Calls, EdgeKey, Endpoint, Operation, Spans, Summary, add};
use crate::source::{Location, Problem};
use serde::{Deserialize, Serialize};
use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, BufRead, BufReader, Read, Write};
use std::sync::Arc;

/// Name and version of the format.
const SCHEMA: &str = "linchpin.edges/1";

/// Many summaries together may list very many messages.
const MESSAGES_IN_LINE: usize = 4096;

/// A line has one service, operation or edge; no real one is longer.
const LONGEST_LINE: u64 = 64 << 20;

#[derive(Serialize, Deserialize)]
struct Header<'a> {
    #[serde(borrow)]
    schema: Cow<'a, str>,
    spans: Cow<'a, Spans>,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Line<'a> {
    Service(ServiceLine<'a>),
    Operation(OperationLine<'a>),
    Edge(EdgeLine<'a>),
    Parallel(ParallelLine<'a>),
    Sent(SentLine<'a>),
    Sender(SenderLine<'a>),
    Handler(HandlerLine<'a>),
}

#[derive(Serialize, Deserialize)]
struct ServiceLine<'a> {
    #[serde(default, skip_serializing_if = "is_empty")]
    namespace: Cow<'a, str>,
    name: Cow<'a, str>,
    spans: u64,
    #[serde(default, skip_serializing_if = "no_identities")]
    identities: Cow<'a, BTreeSet<Identity>>,
}

#[derive(Serialize, Deserialize)]
struct OperationLine<'a> {
    #[serde(default, skip_serializing_if = "is_empty")]
    namespace: Cow<'a, str>,
    service: Cow<'a, str>,
    name: Cow<'a, str>,
    requests: u64,
    adjusted: u64,
    #[serde(default)]
    entries: u64,
    #[serde(default)]
    entries_adjusted: u64,
    #[serde(default)]
    errors: u64,
    #[serde(default)]
    latency: Cow<'a, Sketch>,
}

#[derive(Serialize, Deserialize)]
struct EdgeLine<'a> {
    from: Cow<'a, ServiceKey>,
    to: Cow<'a, Endpoint>,
    mode: Mode,
    #[serde(default)]
    operation: Cow<'a, str>,
    measured: Cow<'a, Calls>,
}

#[derive(Serialize, Deserialize)]
struct ParallelLine<'a> {
    from: Cow<'a, ServiceKey>,
    to: Cow<'a, Endpoint>,
    mode: Mode,
    with: Cow<'a, Endpoint>,
    times: u64,
}

/// Messages that were put into a queue.
#[derive(Serialize, Deserialize)]
struct SentLine<'a> {
    to: Cow<'a, Endpoint>,
    messages: Vec<u64>,
}

/// Number, start, duration.
type SentMessage = (u64, u64, Option<u64>);

/// Messages whose senders name no queue.
#[derive(Serialize, Deserialize)]
struct SenderLine<'a> {
    by: Cow<'a, messages::Span>,
    messages: Vec<SentMessage>,
}

/// Messages that were handled and whose senders are not there: number, start.
#[derive(Serialize, Deserialize)]
struct HandlerLine<'a> {
    by: Cow<'a, Handler>,
    messages: Vec<(u64, u64)>,
}

fn is_empty(text: &str) -> bool {
    text.is_empty()
}

fn no_identities(identities: &BTreeSet<Identity>) -> bool {
    identities.is_empty()
}

impl Summary {
    /// Writes the summary. Equal summaries give equal bytes.
    ///
    /// # Errors
    /// If writing fails.
    pub fn write(&self, mut into: impl Write) -> io::Result<()> {
        put(&mut into, &Header { schema: SCHEMA.into(), spans: Cow::Borrowed(&self.spans) })?;
        for (key, service) in &self.services {
            let (namespace, name) = (Cow::from(&key.namespace), Cow::from(&key.name));
            let identities = Cow::Borrowed(&service.identities);
            put(&mut into, &Line::Service(ServiceLine { namespace, name, spans: service.spans, identities }))?;
        }
        for (key, service) in &self.services {
            for (name, o) in &service.operations {
                let line = OperationLine {
                    namespace: Cow::from(&key.namespace),
                    service: Cow::from(&key.name),
                    name: Cow::from(name),
                    requests: o.requests,
                    adjusted: o.adjusted,
                    entries: o.entries,
                    entries_adjusted: o.entries_adjusted,
                    errors: o.errors,
                    latency: Cow::Borrowed(&o.latency),
                };
                put(&mut into, &Line::Operation(line))?;
            }
        }
        for (key, edge) in &self.edges {
            let (from, to) = (Cow::Borrowed(&key.from), Cow::Borrowed(&key.to));
            for (name, calls) in &edge.operations {
                let (operation, measured) = (Cow::from(name), Cow::Borrowed(calls));
                let line = EdgeLine { from: from.clone(), to: to.clone(), mode: key.mode, operation, measured };
                put(&mut into, &Line::Edge(line))?;
            }
            for (with, &times) in &edge.parallel {
                let with = Cow::Borrowed(with);
                let line = ParallelLine { from: from.clone(), to: to.clone(), mode: key.mode, with, times };
                put(&mut into, &Line::Parallel(line))?;
            }
        }
        self.write_messages(into)
    }

    fn write_messages(&self, mut into: impl Write) -> io::Result<()> {
        let mut sent: BTreeMap<&Endpoint, Vec<u64>> = BTreeMap::new();
        let mut senders: BTreeMap<&messages::Span, Vec<SentMessage>> = BTreeMap::new();
        for (&message, sender) in &self.messages.senders {
            match sender {
                Sender::Queue(queue) => sent.entry(queue).or_default().push(message),
                Sender::Span { by, start, duration } => {
                    senders.entry(by).or_default().push((message, *start, *duration));
                }
            }
        }
        let mut handlers: BTreeMap<&Handler, Vec<(u64, u64)>> = BTreeMap::new();
        for (&message, links) in &self.messages.awaited {
            for Handled { by, start } in links {
                handlers.entry(by).or_default().push((message, *start));
            }
        }
        for (to, messages) in sent {
            for messages in messages.chunks(MESSAGES_IN_LINE) {
                put(&mut into, &Line::Sent(SentLine { to: Cow::Borrowed(to), messages: messages.to_vec() }))?;
            }
        }
        for (by, messages) in senders {
            for messages in messages.chunks(MESSAGES_IN_LINE) {
                put(&mut into, &Line::Sender(SenderLine { by: Cow::Borrowed(by), messages: messages.to_vec() }))?;
            }
        }
        for (by, messages) in handlers {
            for messages in messages.chunks(MESSAGES_IN_LINE) {
                put(&mut into, &Line::Handler(HandlerLine { by: Cow::Borrowed(by), messages: messages.to_vec() }))?;
            }
        }
        Ok(())
    }

    /// Reads what [`Summary::write`] wrote, one or several.
    ///
    /// # Errors
    /// At the first line that is none of a summary: half a summary would pass for a whole one.
    pub fn read(bytes: impl Read, file: &Arc<str>) -> Result<Self, Problem> {
        let mut summary = Summary::default();
        // Of several summaries, one behind the other, those of one may meet those of another.
        let mut messages = Messages::default();
        let mut input = BufReader::new(bytes);
        let mut line = Vec::new();
        for number in 1.. {
            let problem = |reason: String| Problem::new(Location::new(file.clone(), number, 1), reason);
            line.clear();
            input.by_ref().take(LONGEST_LINE).read_until(b'\n', &mut line).map_err(|e| problem(e.to_string()))?;
            if line.is_empty() {
                break;
            }
            if !line.trim_ascii().is_empty() {
                summary
                    .add_line(&line, &mut messages)
                    .map_err(|reason| problem(reason).remedy("make the summary again with `linchpin ingest`"))?;
            }
        }
        summary.add_messages(messages);
        if !summary.spans.balanced() {
            let at = Location::start(file.clone());
            return Err(Problem::new(at, "the counts of spans in this edge summary do not add up"));
        }
        Ok(summary)
    }

    fn add_line(&mut self, line: &[u8], messages: &mut Messages) -> Result<(), String> {
        let broken = |_| "not a line of an edge summary".to_owned();
        if line.trim_ascii_start().starts_with(br#"{"schema""#) {
            let header: Header<'_> = serde_json::from_slice(line).map_err(broken)?;
            if header.schema != SCHEMA {
                return Err(format!("an edge summary of another version than {SCHEMA}"));
            }
            self.spans.merge(header.spans.into_owned());
            return Ok(());
        }
        match serde_json::from_slice(line).map_err(broken)? {
            Line::Service(s) => {
                let key = ServiceKey { namespace: s.namespace.into_owned(), name: s.name.into_owned() };
                let service = self.services.entry(key).or_default();
                add(&mut service.spans, s.spans);
                service.identities.extend(s.identities.into_owned());
            }
            Line::Operation(o) if o.latency.is_sound() => {
                let key = ServiceKey { namespace: o.namespace.into_owned(), name: o.service.into_owned() };
                let operation = Operation {
                    requests: o.requests,
                    adjusted: o.adjusted,
                    entries: o.entries,
                    entries_adjusted: o.entries_adjusted,
                    errors: o.errors,
                    latency: o.latency.into_owned(),
                };
                let operations = &mut self.services.entry(key).or_default().operations;
                operations.entry(o.name.into_owned()).or_default().merge(&operation);
            }
            Line::Edge(e) if e.measured.latency.is_sound() => {
                let key = EdgeKey { from: e.from.into_owned(), to: e.to.into_owned(), mode: e.mode };
                let operations = &mut self.edges.entry(key).or_default().operations;
                operations.entry(e.operation.into_owned()).or_default().merge(&e.measured);
            }
            Line::Operation(_) | Line::Edge(_) => return Err("a broken distribution in an edge summary".into()),
            Line::Parallel(p) => {
                let key = EdgeKey { from: p.from.into_owned(), to: p.to.into_owned(), mode: p.mode };
                let edge = self.edges.entry(key).or_default();
                add(edge.parallel.entry(p.with.into_owned()).or_default(), p.times);
            }
            Line::Sent(line) => {
                let to = Arc::new(line.to.into_owned());
                line.messages.into_iter().for_each(|message| messages.sent(message, Sender::Queue(to.clone())));
            }
            Line::Sender(line) => {
                let by = Arc::new(line.by.into_owned());
                for (message, start, duration) in line.messages {
                    messages.sent(message, Sender::Span { by: by.clone(), start, duration });
                }
            }
            Line::Handler(line) => {
                let by = Arc::new(line.by.into_owned());
                for (message, start) in line.messages {
                    messages.handled(message, Handled { by: by.clone(), start });
                }
            }
        }
        Ok(())
    }
}

fn put(into: &mut impl Write, line: &impl Serialize) -> io::Result<()> {
    serde_json::to_writer(&mut *into, line)?;
    into.write_all(b"\n")
}
