//! One record at a time to spans, whatever the format.

use super::faults::Faults;
use super::resources::Resources;
use super::sniff::Format;
use super::{Attribute, ResourceIndex, Sink, Span, dependencies, jaeger, zipkin};
use crate::source::Problem;
use std::sync::Arc;

/// Decodes records of one file into one sink. Records may be spread over decoders of several threads, each with a sink
/// of its own.
pub struct Decoder {
    format: Format,
    file: Arc<str>,
    resources: Resources,
    faults: Faults,
    aside: Option<&'static str>,
}

impl Decoder {
    /// A decoder of records of `format`; `file` is for places.
    pub fn new(format: Format, file: Arc<str>) -> Self {
        Self { format, resources: Resources::default(), faults: Faults::new(file.clone()), file, aside: None }
    }

    /// Gives the spans of a record, which begins at `line`, to the sink.
    pub fn record(&mut self, record: &[u8], line: u32, sink: &mut impl Sink) {
        let mut context = Context { sink, resources: &mut self.resources, faults: &mut self.faults };
        match self.format {
            Format::Jaeger => jaeger::decode(record, line, &mut context),
            Format::Zipkin => zipkin::decode(record, line, &mut context),
            Format::JaegerDependencies => dependencies::decode(record, line, &mut context),
            Format::Otlp | Format::Tempo => {}
            Format::Edges => self.faults.note(line, "an edge summary holds no spans"),
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

    /// Drops a span that cannot even be read.
    pub(super) fn unreadable(&mut self, line: u32, words: &str) {
        self.dropped(line, "unreadable", words);
    }
}
