//! What a decoder gave, as text to compare.

use linchpin::parse::spans::{Attribute, ResourceIndex, Sink, Span};
use linchpin::source::Problem;

/// Everything that a decoder gave, in order; of problems only that there was one.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Spans(pub Vec<String>);

impl Spans {
    /// How many of the lines begin so.
    pub fn count(&self, start: &str) -> usize {
        self.0.iter().filter(|line| line.starts_with(start)).count()
    }

    /// How many documents ended, in whatever way.
    pub fn ends(&self) -> usize {
        self.count("document") + self.count("aside") + self.count("failed")
    }
}

impl Sink for Spans {
    fn resource(&mut self, attributes: &[(Attribute, &str)]) -> ResourceIndex {
        let index = ResourceIndex(u32::try_from(self.count("resource")).expect("few"));
        let mut attributes = attributes.to_vec();
        attributes.sort();
        self.0.push(format!("resource {attributes:?}"));
        index
    }
    fn span(&mut self, resource: ResourceIndex, span: &Span<'_>) {
        assert!((resource.0 as usize) < self.count("resource"), "a span of no resource");
        let mut attributes = span.attributes.to_vec();
        attributes.sort();
        self.0.push(format!("span {resource:?} {:?}", Span { attributes: &attributes, ..*span }));
    }
    fn dropped(&mut self, reason: &'static str) {
        self.0.push(format!("dropped {reason}"));
    }
    fn dependency(&mut self, caller: &str, callee: &str, calls: u64) {
        self.0.push(format!("dependency {caller} {callee} {calls}"));
    }
    fn document(&mut self) {
        self.0.push("document".into());
    }
    fn left_aside(&mut self, what: &'static str) {
        self.0.push(format!("aside {what}"));
    }
    fn failed(&mut self, _: Problem) {
        self.0.push("failed".into());
    }
}
