use super::super::json::{Broken, Cursor};
use super::super::sniff::Format;
use super::Step;
use crate::source::{Location, Problem};
use std::io::BufRead;
use std::sync::Arc;

/// Where lists of records stand in an object of a format, as keys from the top.
fn routes(format: Format) -> &'static [&'static [&'static str]] {
    match format {
        Format::Otlp | Format::Tempo => &[
            &["resourceSpans"],
            &["resource_spans"],
            &["batches"],
            &["trace", "resourceSpans"],
            &["trace", "batches"],
            &["result", "resourceSpans"],
        ],
        Format::Jaeger => &[&["data"], &["hits", "hits"]],
        Format::JaegerDependencies => &[&["data"]],
        Format::Zipkin | Format::Edges => &[],
    }
}

/// Cuts JSON documents of any size that follow each other. Elements of a list at the top are records. So are, if
/// `nested`, elements of the lists that the format has inside an object; any other object is a record as it stands.
///
/// Elements of OTLP's lists come wrapped as `{"resourceSpans":[…]}`, whatever their list was called.
pub(super) struct Documents<R> {
    cursor: Cursor<R>,
    file: Arc<str>,
    format: Format,
    nested: bool,
    /// Containers that the cursor is in, outermost first, each with the key that leads to it.
    inside: Vec<(Container, &'static str)>,
    document: Document,
    ended: bool,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Container {
    Object,
    List,
}

/// What is known of the document that the cursor is in.
#[derive(Default)]
struct Document {
    /// Its only record is cut.
    whole: bool,
    /// It has a list of records, be it an empty one.
    list: bool,
    /// It has another signal.
    aside: Option<&'static str>,
    /// Its first record that could not be cut.
    fault: Option<Problem>,
}

impl<R: BufRead> Documents<R> {
    pub(super) fn new(input: R, format: Format, nested: bool, file: Arc<str>) -> Self {
        let cursor = Cursor::new(input, 1);
        Self { cursor, file, format, nested, inside: Vec::new(), document: Document::default(), ended: false }
    }

    pub(super) fn next(&mut self, record: &mut Vec<u8>) -> Option<Step> {
        if self.ended {
            return None;
        }
        let step = self.step(record).unwrap_or_else(|broken| {
            // Nobody knows which bracket is the wrong one, so nothing behind it can be trusted.
            self.ended = true;
            let problem = Problem::new(self.here(), broken.to_string());
            Some(Step::Broken(problem.remedy("what stands before it was read, nothing behind it")))
        });
        self.ended |= step.is_none();
        step
    }

    fn step(&mut self, record: &mut Vec<u8>) -> Result<Option<Step>, Broken> {
        loop {
            match self.inside.last() {
                None if self.document.whole => return Ok(Some(self.close())),
                None => match self.cursor.peek()? {
                    None => return Ok(None),
                    Some(b'[') => self.enter(Container::List, ""),
                    Some(b'{') if self.nested => self.enter(Container::Object, ""),
                    Some(b'{') => {
                        self.document.whole = true;
                        if let Some(step) = self.cut(record)? {
                            return Ok(Some(step));
                        }
                    }
                    Some(byte) => return Err(Broken::Unexpected(byte)),
                },
                Some((Container::List, _)) => {
                    if !self.cursor.element()? {
                        self.inside.pop();
                    } else if let Some(step) = self.cut(record)? {
                        return Ok(Some(step));
                    }
                    if self.inside.is_empty() {
                        return Ok(Some(self.close()));
                    }
                }
                Some((Container::Object, _)) => {
                    match self.cursor.member()? {
                        Some(key) => self.follow(&key)?,
                        None => drop(self.inside.pop()),
                    }
                    if self.inside.is_empty() {
                        return Ok(Some(self.close()));
                    }
                }
            }
        }
    }

    /// Cuts the value at the cursor; `None` if it is too large, which is kept as the document's fault.
    fn cut(&mut self, record: &mut Vec<u8>) -> Result<Option<Step>, Broken> {
        // Wrapping makes an element of OTLP's list an export of its own.
        let wrap = matches!(self.format, Format::Otlp | Format::Tempo) && self.inside.len() > 1;
        let line = self.cursor.line();
        record.clear();
        record.extend_from_slice(if wrap { br#"{"resourceSpans":["# } else { b"" });
        match self.cursor.copy(record) {
            Ok(()) => {
                record.extend_from_slice(if wrap { b"]}" } else { b"" });
                Ok(Some(Step::Record { line }))
            }
            Err(Broken::TooLarge) => {
                let problem = Problem::new(Location::new(self.file.clone(), line, 1), Broken::TooLarge.to_string());
                self.document.fault.get_or_insert(problem);
                Ok(None)
            }
            Err(broken) => Err(broken),
        }
    }

    /// Enters the value of a member if a route leads through it, otherwise passes over it.
    fn follow(&mut self, key: &str) -> Result<(), Broken> {
        match key {
            "resourceLogs" | "resource_logs" => self.document.aside = Some("logs"),
            "resourceMetrics" | "resource_metrics" => self.document.aside = Some("metrics"),
            "resourceProfiles" | "resource_profiles" => self.document.aside = Some("profiles"),
            _ => {}
        }
        let depth = self.inside.len();
        let path = self.inside.iter().skip(1).map(|(_, key)| *key);
        let route = routes(self.format)
            .iter()
            .find(|r| r.get(depth - 1) == Some(&key) && path.clone().zip(r.iter()).all(|(a, b)| a == *b));
        let (last, name) = match route {
            Some(route) => (route.len() == depth, route.get(depth - 1).copied().unwrap_or_default()),
            None => return self.cursor.skip(),
        };
        match self.cursor.peek()? {
            Some(b'[') if last => self.enter(Container::List, name),
            Some(b'{') if !last => self.enter(Container::Object, name),
            _ => self.cursor.skip()?,
        }
        Ok(())
    }

    fn enter(&mut self, container: Container, key: &'static str) {
        self.cursor.bump();
        self.document.list |= container == Container::List;
        self.inside.push((container, key));
    }

    /// Ends the current document.
    fn close(&mut self) -> Step {
        let document = std::mem::take(&mut self.document);
        match (document.fault, document.aside) {
            (Some(fault), _) => Step::Broken(fault),
            (None, _) if document.list || document.whole => Step::Document,
            (None, Some(signal)) => Step::LeftAside(signal),
            (None, None) => {
                let lists: Vec<String> = routes(self.format).iter().map(|r| format!("`{}`", r.join("."))).collect();
                Step::Broken(Problem::new(self.here(), format!("no list of spans at {}", lists.join(", "))))
            }
        }
    }

    fn here(&self) -> Location {
        Location::new(self.file.clone(), self.cursor.line(), 1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Records and ends of documents in order: `line:record`, `end`, `aside`, or a problem.
    fn cut(text: &str, format: Format, nested: bool) -> Vec<String> {
        let mut documents = Documents::new(text.as_bytes(), format, nested, "in".into());
        let mut record = Vec::new();
        std::iter::from_fn(|| documents.next(&mut record).map(|step| (step, record.clone())))
            .map(|(step, record)| match step {
                Step::Record { line } => format!("{line}:{}", String::from_utf8_lossy(&record)),
                Step::Document => "end".to_owned(),
                Step::LeftAside(signal) => signal.to_owned(),
                Step::Broken(problem) => problem.to_string(),
            })
            .collect()
    }

    /// Lists are cut into elements wherever the format has them, so that no record is larger than one element.
    #[test]
    fn lists_are_cut_into_elements() {
        let cases: &[(Format, &str, &[&str])] = &[
            (Format::Jaeger, "{\"a\":[0],\"data\":[{},\n{\"b\":1}],\"c\":2}", &["1:{}", "2:{\"b\":1}", "end"]),
            (Format::Jaeger, "{\"hits\":{\"total\":2,\"hits\":[{}]}}{\"data\":[]}", &["1:{}", "end", "end"]),
            (Format::Jaeger, "{\"hits\":[{}]}", &["in:1: no list of spans at `data`, `hits.hits`"]),
            (
                Format::Otlp,
                "{\"resourceSpans\":[1,2]}",
                &["1:{\"resourceSpans\":[1]}", "1:{\"resourceSpans\":[2]}", "end"],
            ),
            (Format::Tempo, "{\"trace\":{\"x\":{},\"batches\":[1]}}", &["1:{\"resourceSpans\":[1]}", "end"]),
            (Format::Otlp, "[{\"resourceSpans\":[1]}]", &["1:{\"resourceSpans\":[1]}", "end"]),
            (Format::Otlp, "{\"resourceLogs\":[1]}", &["logs"]),
            (
                Format::Otlp,
                "{\"resourceSpans\":[1}",
                &[
                    "1:{\"resourceSpans\":[1]}",
                    "in:1: unexpected '}' in JSON; what stands before it was read, nothing behind it",
                ],
            ),
        ];
        for (format, text, expected) in cases {
            assert_eq!(cut(text, *format, true), *expected, "{text}");
        }
    }

    /// Without lists to look for, objects are records as they stand.
    #[test]
    fn objects_are_records_as_they_stand() {
        assert_eq!(cut("{\"data\":[1]}\n{}", Format::Jaeger, false), ["1:{\"data\":[1]}", "end", "2:{}", "end"]);
        assert_eq!(cut("[[1,2],{}]", Format::Zipkin, false), ["1:[1,2]", "1:{}", "end"]);
    }
}
