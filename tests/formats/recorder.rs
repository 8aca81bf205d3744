//! A sink that writes down what it is given, as text that a person can compare.

use linchpin::parse::spans::{Attribute, Counts, ResourceIndex, Sink, Span, SpanKind, Status, read};
use linchpin::source::Problem;

/// Everything that came out of one input.
#[derive(Debug, Default)]
pub struct Recorder {
    pub resources: Vec<String>,
    /// One line a span: `[resource] trace/id<parent KIND name start+duration STATUS attributes`, what is absent left out.
    pub spans: Vec<String>,
    pub dropped: Vec<&'static str>,
    pub dependencies: Vec<String>,
    pub left_aside: Vec<&'static str>,
    pub documents: usize,
    pub problems: Vec<String>,
}

impl Recorder {
    /// Reads an input to its end; an error of the whole input is one of the problems.
    pub fn of(bytes: &[u8]) -> Self {
        let mut recorder = Recorder::default();
        match read(bytes, &"in".into(), &mut recorder) {
            Ok(counts) => recorder.check(&counts),
            Err(problem) => recorder.problems.push(problem.to_string()),
        }
        recorder
    }

    /// What was counted is what came.
    fn check(&self, counts: &Counts) {
        assert_eq!(counts.spans, self.spans.len() as u64);
        assert_eq!(counts.dropped.values().sum::<u64>(), self.dropped.len() as u64);
        assert_eq!(counts.dependencies, self.dependencies.len() as u64);
        assert_eq!(counts.documents, self.documents as u64);
        assert_eq!(counts.left_aside, self.left_aside.len() as u64);
        assert_eq!(counts.failed, self.problems.len() as u64);
    }
}

impl Sink for Recorder {
    fn resource(&mut self, attributes: &[(Attribute, &str)]) -> ResourceIndex {
        self.resources.push(text(attributes));
        ResourceIndex(self.resources.len() as u32 - 1)
    }

    fn span(&mut self, resource: ResourceIndex, span: &Span<'_>) {
        let mut line = format!("[{}] ", self.resources[resource.0 as usize]);
        line += &format!("{:x}/{:x}", u128::from_be_bytes(span.trace), u64::from_be_bytes(span.id));
        if let Some(parent) = span.parent {
            line += &format!("<{:x}", u64::from_be_bytes(parent));
        }
        if span.kind != SpanKind::Unspecified {
            line += &format!(" {:?}", span.kind);
        }
        line += &format!(" {:?}", span.name);
        if let Some(start) = span.start_ns {
            line += &format!(" {start}");
        }
        if let Some(duration) = span.duration_ns {
            line += &format!("+{duration}");
        }
        if span.status != Status::Unset {
            line += &format!(" {:?}", span.status);
        }
        for (flag, name) in [(span.shared, "shared"), (span.follows_from, "follows")] {
            line += &if flag { format!(" {name}") } else { String::new() };
        }
        for part in [span.trace_state.to_owned(), text(span.attributes)] {
            line += &if part.is_empty() { String::new() } else { format!(" {part}") };
        }
        for (trace, id) in span.links {
            line += &format!(" ->{:x}/{:x}", u128::from_be_bytes(*trace), u64::from_be_bytes(*id));
        }
        self.spans.push(line);
    }

    fn dropped(&mut self, reason: &'static str) {
        self.dropped.push(reason);
    }

    fn dependency(&mut self, caller: &str, callee: &str, calls: u64) {
        self.dependencies.push(format!("{caller}>{callee} {calls}"));
    }

    fn document(&mut self) {
        self.documents += 1;
    }

    fn left_aside(&mut self, what: &'static str) {
        self.left_aside.push(what);
    }

    fn failed(&mut self, problem: Problem) {
        self.problems.push(problem.to_string());
    }
}

fn text(attributes: &[(Attribute, &str)]) -> String {
    let pairs: Vec<String> = attributes.iter().map(|(a, value)| format!("{}={value}", a.key())).collect();
    pairs.join(",")
}
