//! One record at a time to spans, whatever the format.

use super::faults::Faults;
use super::json::Value;
use super::resources::Resources;
use super::sniff::{Format, Layout};
use super::{Attribute, ResourceIndex, Sink, Span, dependencies, jaeger, otlp_json, otlp_proto, zipkin};
use crate::source::{Location, Problem};
use std::sync::Arc;

/// Decodes records of one file into one sink. Records may be spread over decoders of several threads, each with a sink
/// of its own.
pub struct Decoder {
    format: Format,
    layout: Layout,
    file: Arc<str>,
    resources: Resources,
    faults: Faults,
    aside: Option<&'static str>,
}

impl Decoder {
    /// A decoder of what was recognised as `format` in `layout`; `file` is for places.
    pub fn new(format: Format, layout: Layout, file: Arc<str>) -> Self {
        let faults = Faults::new(file.clone());
        Self { format, layout, file, resources: Resources::default(), faults, aside: None }
    }

    /// Gives the spans of a record, which begins at `line`, to the sink.
    pub fn record(&mut self, record: &[u8], line: u32, sink: &mut impl Sink) {
        if matches!(self.format, Format::Otlp | Format::Tempo) {
            return self.otlp(record, line, sink);
        }
        let mut context = Context { sink, resources: &mut self.resources, faults: &mut self.faults };
        match self.format {
            Format::Jaeger => jaeger::decode(record, line, &mut context),
            Format::Zipkin => zipkin::decode(record, line, &mut context),
            Format::JaegerDependencies => dependencies::decode(record, line, &mut context),
            Format::Otlp | Format::Tempo | Format::Edges => {}
        }
    }

    fn otlp(&mut self, record: &[u8], line: u32, sink: &mut impl Sink) {
        let binary = match self.layout {
            Layout::Message => true,
            Layout::Frames => !record.starts_with(b"{"),
            Layout::Lines | Layout::Values | Layout::Nested => false,
        };
        let mut sink = Part { sink, faults: &mut self.faults, aside: &mut self.aside };
        if binary {
            otlp_proto::decode_message(record, &Location::start(self.file.clone()), &mut sink);
        } else {
            otlp_json::decode(&String::from_utf8_lossy(record), &self.file, line, &mut sink);
        }
    }

    /// Ends a document, which may have a problem beside those of its records: tells the sink what became of it. `false`
    /// if there was something wrong with it.
    pub fn end(&mut self, problem: Option<Problem>, sink: &mut impl Sink) -> bool {
        if let Some(problem) = problem {
            self.faults.lead(problem);
        }
        match (self.faults.take(), self.aside.take()) {
            (Some(problem), _) => {
                sink.failed(problem);
                return false;
            }
            (None, Some(signal)) => sink.left_aside(signal),
            (None, None) => sink.document(),
        }
        true
    }
}

/// What decoding a record works with.
pub(super) struct Context<'a, S> {
    pub(super) sink: &'a mut S,
    pub(super) resources: &'a mut Resources,
    pub(super) faults: &'a mut Faults,
}

impl<S: Sink> Context<'_, S> {
    /// Drops a span and notes why in words.
    pub(super) fn dropped(&mut self, line: u32, reason: &'static str, words: &str) {
        self.sink.dropped(reason);
        self.faults.note(line, words);
    }

    /// A field's value in nanoseconds, `None` if it is absent; notes it if it is there and cannot be read.
    pub(super) fn nanos(
        &mut self,
        line: u32,
        field: &str,
        value: Option<&Value<'_>>,
        read: impl FnOnce(&Value<'_>) -> Option<u64>,
    ) -> Option<u64> {
        let nanos = read(value?);
        if nanos.is_none() {
            self.faults.note(line, format!("a `{field}` that cannot be read; its span is used without it"));
        }
        nanos
    }

    /// Drops a span that cannot even be read.
    pub(super) fn unreadable(&mut self, line: u32, words: &str) {
        self.dropped(line, "unreadable", words);
    }
}

/// The sink of a record that is only a part of its document, although its decoder takes it for a whole one.
struct Part<'a, S> {
    sink: &'a mut S,
    faults: &'a mut Faults,
    aside: &'a mut Option<&'static str>,
}

impl<S: Sink> Sink for Part<'_, S> {
    fn resource(&mut self, attributes: &[(Attribute, &str)]) -> ResourceIndex {
        self.sink.resource(attributes)
    }

    fn span(&mut self, resource: ResourceIndex, span: &Span<'_>) {
        self.sink.span(resource, span);
    }

    fn dropped(&mut self, reason: &'static str) {
        self.sink.dropped(reason);
    }

    fn dependency(&mut self, caller: &str, callee: &str, calls: u64) {
        self.sink.dependency(caller, callee, calls);
    }

    fn document(&mut self) {}

    fn left_aside(&mut self, what: &'static str) {
        *self.aside = Some(what);
    }

    fn failed(&mut self, problem: Problem) {
        self.faults.add(problem);
    }
}
