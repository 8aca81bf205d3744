use super::{Attribute, ResourceIndex, Sink, Span};
use crate::source::Problem;

/// A sink that can be given the same document twice, by two readers that go through it in the same order: what it has
/// passed on before is not passed on again.
pub(super) struct Replay<'s, S> {
    sink: &'s mut S,
    resources: Vec<ResourceIndex>,
    resources_seen: usize,
    spans: usize,
    spans_seen: usize,
}

impl<'s, S: Sink> Replay<'s, S> {
    pub fn new(sink: &'s mut S) -> Self {
        Self { sink, resources: Vec::new(), resources_seen: 0, spans: 0, spans_seen: 0 }
    }

    /// The next reader starts from the beginning.
    pub fn rewind(&mut self) {
        self.resources_seen = 0;
        self.spans_seen = 0;
    }

    fn is_new_span(&mut self) -> bool {
        self.spans_seen += 1;
        let new = self.spans_seen > self.spans;
        self.spans += usize::from(new);
        new
    }
}

impl<S: Sink> Sink for Replay<'_, S> {
    fn resource(&mut self, attributes: &[(Attribute, &str)]) -> ResourceIndex {
        let index = match self.resources.get(self.resources_seen) {
            Some(&index) => index,
            None => {
                let index = self.sink.resource(attributes);
                self.resources.push(index);
                index
            }
        };
        self.resources_seen += 1;
        index
    }

    fn span(&mut self, resource: ResourceIndex, span: &Span<'_>) {
        if self.is_new_span() {
            self.sink.span(resource, span);
        }
    }

    fn dropped(&mut self, reason: &'static str) {
        if self.is_new_span() {
            self.sink.dropped(reason);
        }
    }

    fn dependency(&mut self, caller: &str, callee: &str, calls: u64) {
        self.sink.dependency(caller, callee, calls);
    }

    fn document(&mut self) {
        self.sink.document();
    }

    fn left_aside(&mut self, what: &'static str) {
        self.sink.left_aside(what);
    }

    fn failed(&mut self, problem: Problem) {
        self.sink.failed(problem);
    }
}
