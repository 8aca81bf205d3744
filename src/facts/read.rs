//! One file to what its documents mean: recognised by content, each document accounted for.

use super::Facts;
use super::key::NATIVE;
use super::{backstage, cloud, compose, kubernetes, native, spring};
use crate::parse::spans::{Format, HEAD, Layout, Sniffed, sniff};
use crate::parse::{Directive, Document, Node, Outcome, Template, documents};
use crate::source::{Location, Problem, Tally};
use std::sync::Arc;

/// What a document turned out to be.
#[derive(Clone, Debug)]
pub enum Item {
    /// An object of the Kubernetes API.
    Kubernetes(kubernetes::Object),
    /// A kustomization, which says how other files become objects.
    Kustomization(kubernetes::Kustomization),
    /// A file from which Dapr starts applications.
    DaprRun(kubernetes::RunFile),
    /// A Compose file.
    Compose(Arc<str>, Node),
    /// A document of a cloud's deployment tool.
    Cloud(cloud::Document),
    /// An entity of Backstage's catalog.
    Backstage(Box<backstage::Entity>),
    /// A document of application configuration: whose it is follows from the others.
    Application(spring::Document),
    /// A document of linchpin's own format.
    Native(Box<Facts>),
}

/// What became of a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Status {
    /// At least one document gave facts.
    Used,
    /// Left aside, with the reason.
    Ignored(String),
    /// Nothing in it could be read.
    Failed,
}

/// A comment that speaks to linchpin, and the document that it stands in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Comment {
    /// Where it is.
    pub at: Location,
    /// What stands after `linchpin:`.
    pub text: Arc<str>,
    /// First and last line of the document.
    pub document: (u32, u32),
    /// It stands before everything else in the document, so that it speaks of all of it.
    pub whole: bool,
}

/// All that one file says.
#[derive(Clone, Debug)]
pub struct Reading {
    /// What its documents are.
    pub items: Vec<Item>,
    /// The account of its documents.
    pub documents: Tally,
    /// What is wrong in it.
    pub problems: Vec<Problem>,
    /// What became of it.
    pub status: Status,
    /// Comments that speak to linchpin.
    pub comments: Vec<Comment>,
}

impl Reading {
    /// A file that is left aside as a whole.
    pub fn ignored(reason: impl Into<String>) -> Self {
        let status = Status::Ignored(reason.into());
        Self { items: Vec::new(), documents: Tally::default(), problems: Vec::new(), status, comments: Vec::new() }
    }

    /// A file that cannot be read at all.
    pub fn failed(problem: Problem) -> Self {
        Self {
            items: Vec::new(),
            documents: Tally::default(),
            problems: vec![problem],
            status: Status::Failed,
            comments: Vec::new(),
        }
    }
}

/// Why a trace export is left aside where manifests are looked for.
pub const TRACES: &str = "trace export; pass it with -t";

/// What becomes of application configuration unless it turns out to be that of a workload.
pub const APPLICATION: &str = "application configuration of no workload in the input";

/// Why a document is left aside that says nothing by itself.
const UNKNOWN: &str = "no format that linchpin knows";

/// Reasons that no longer hold where another document names the file, to mount, include or extend it.
pub const UNTIL_NAMED: [&str; 4] = [APPLICATION, UNKNOWN, COLLECTOR, PROXY];

/// Of a document that collectors read.
const COLLECTOR: &str = "OpenTelemetry collector configuration";

/// Of a document that Envoy or Kong reads.
const PROXY: &str = "configuration of a proxy that nothing in the input mounts";

/// Whether a file that begins like this is a trace export in JSON (the binary ones are no text).
pub fn begins_traces(head: &[u8]) -> bool {
    let text = head.strip_prefix(b"\xef\xbb\xbf").unwrap_or(head).trim_ascii_start();
    if !text.starts_with(b"{") && !text.starts_with(b"[") {
        return false;
    }
    match sniff(text.get(..HEAD).unwrap_or(text)) {
        // Jaeger's answers have keys that objects of Kubernetes have too (`data`).
        Sniffed::Traces(Format::Jaeger, Layout::Nested) => memchr::memmem::find(text, b"\"apiVersion\"").is_none(),
        Sniffed::Traces(..) => true,
        _ => false,
    }
}

/// Reads a file's text. `named` files were named by the user and are looked at whatever they are called.
pub fn read(path: &Arc<str>, text: &str, named: bool) -> Reading {
    if text.as_bytes().iter().take(8192).any(|b| *b == 0) {
        return Reading::ignored("not text");
    }
    if let Some(reason) = not_a_manifest(path, text, named) {
        return Reading::ignored(reason);
    }
    if path.ends_with(".properties") && spring::recognises(path) {
        let mut reading = Reading::ignored(APPLICATION);
        for document in spring::of_lines(path, text) {
            reading.documents.ignored(APPLICATION);
            reading.items.push(Item::Application(document));
        }
        return reading;
    }
    let mut reading = Reading { status: Status::Used, ..Reading::ignored("") };
    for document in documents(path, text) {
        read_document(path, document, &mut reading);
    }
    let tally = &reading.documents;
    reading.status = if tally.used > 0 {
        Status::Used
    } else if tally.failed > 0 && tally.ignored == 0 {
        Status::Failed
    } else {
        Status::Ignored(tally.reasons.keys().next().cloned().unwrap_or_else(|| "empty".into()))
    };
    reading
}

/// Whether a file is left aside by a look at its name and first lines, and why.
fn not_a_manifest(path: &str, text: &str, named: bool) -> Option<&'static str> {
    let name = path.rsplit('/').next().unwrap_or(path).to_ascii_lowercase();
    let extension = name.rsplit_once('.').map_or("", |(_, e)| e);
    let head = text.trim_start_matches('\u{feff}').trim_start();
    let json = head.starts_with(['{', '[']);
    if json && begins_traces(text.as_bytes()) {
        return Some(TRACES);
    }
    match extension {
        "yaml" | "yml" if !json => None,
        "properties" if spring::recognises(path) => None,
        _ if json && extension != "yaml" && extension != "yml" => {
            let markers = [
                "\"apiVersion\"",
                "\"services\"",
                "\"Resources\"",
                "\"StartAt\"",
                "\"provider\"",
                "\"terraform_version\"",
            ];
            let known = markers.iter().any(|marker| text.contains(marker));
            (!known).then_some("JSON of no format that linchpin knows")
        }
        "yaml" | "yml" => None,
        _ if named => None,
        _ => {
            let says = |marker: &str| text.lines().take(200).any(|l| l.starts_with(marker));
            let manifest = (says("apiVersion:") && says("kind:"))
                || (name.contains("compose") && says("services:"))
                || (says("Resources:") && (says("AWSTemplateFormatVersion:") || says("Transform:")));
            (!manifest).then_some("not a manifest by name or content")
        }
    }
}

fn read_document(path: &Arc<str>, document: Document, reading: &mut Reading) {
    reading.problems.extend(document.problems);
    let first = match &document.outcome {
        Outcome::Tree(node) => node.at().line,
        _ => document.line,
    };
    let comment = |directive: Directive| Comment {
        at: Location::new(path.clone(), directive.line, 1),
        text: directive.text.into(),
        document: (document.line, document.end),
        whole: directive.line < first,
    };
    reading.comments.extend(document.directives.into_iter().map(comment));
    match document.outcome {
        Outcome::Empty => reading.documents.ignored("empty document"),
        Outcome::Failed(problem) => {
            reading.documents.failed();
            reading.problems.push(problem);
        }
        Outcome::Template(template, line) => {
            let (reason, remedy) = template_advice(path, template);
            reading.documents.ignored(reason);
            let at = Location::new(path.clone(), line, 1);
            reading.problems.push(Problem::new(at, format!("is an {reason}")).remedy(remedy));
        }
        Outcome::Tree(node) => read_tree(path, &node, reading),
    }
}

fn read_tree(path: &Arc<str>, node: &Node, reading: &mut Reading) {
    if native::recognises(node) {
        match native::read(node, &NATIVE.into()) {
            Ok(facts) => {
                reading.documents.used();
                reading.items.push(Item::Native(Box::new(facts)));
            }
            Err(problems) => {
                reading.documents.failed();
                reading.problems.extend(problems);
            }
        }
    } else if let Some(document) = cloud::recognise(node) {
        reading.documents.used();
        reading.items.push(Item::Cloud(document));
    } else if backstage::recognises(node) {
        match backstage::read(node) {
            backstage::Reading::Entity(entity, problems) => {
                reading.documents.used();
                reading.problems.extend(problems);
                reading.items.push(Item::Backstage(entity));
            }
            backstage::Reading::Ignored(reason) => reading.documents.ignored(reason),
            backstage::Reading::Failed(problem) => {
                reading.documents.failed();
                reading.problems.push(problem);
            }
        }
    } else if compose::recognises(path, node) {
        reading.documents.used();
        reading.items.push(Item::Compose(path.clone(), node.clone()));
    } else if kubernetes::recognises(node) {
        match kubernetes::read(node) {
            kubernetes::Reading::Objects(objects, problems) => {
                reading.documents.used();
                reading.problems.extend(problems);
                reading.items.extend(objects.into_iter().map(Item::Kubernetes));
            }
            kubernetes::Reading::Kustomization(kustomization) => {
                reading.documents.used();
                reading.items.push(Item::Kustomization(kustomization));
            }
            kubernetes::Reading::Ignored(reason) => reading.documents.ignored(reason),
            kubernetes::Reading::Failed(problem) => {
                reading.documents.failed();
                reading.problems.push(problem);
            }
        }
    } else if let Some(file) = kubernetes::RunFile::of(node) {
        reading.documents.used();
        reading.items.push(Item::DaprRun(file));
    } else if spring::recognises(path) && !node.entries().is_empty() {
        reading.documents.ignored(APPLICATION);
        reading.items.push(Item::Application(spring::of_tree(path, node)));
    } else {
        let policies = node.path(&["spec", "policies"]);
        let dapr =
            ["retries", "timeouts", "circuitBreakers"].iter().any(|s| policies.is_some_and(|p| p.get(s).is_some()));
        if dapr && node.get("kind").is_none() {
            let reason = "has the policies of a Dapr Resiliency and no `kind`, so Dapr does not load it";
            let remedy = "give it `apiVersion: dapr.io/v1alpha1`, `kind: Resiliency` and a name";
            reading.problems.push(Problem::new(node.at(), reason).remedy(remedy));
        }
        reading.documents.ignored(foreign(path, node));
    }
}

/// What an unrendered template is called, and the command that renders it.
fn template_advice(path: &str, template: Template) -> (&'static str, String) {
    match template {
        Template::Go => {
            match path.rfind("/templates/").map(|i| &path[..i]).or(path.starts_with("templates/").then_some(".")) {
                Some(chart) => ("unrendered Helm template", format!("helm template {chart} | linchpin scan -m -")),
                None => ("unrendered template", "render it first and scan the result: … | linchpin scan -m -".into()),
            }
        }
        Template::Jinja => {
            ("unrendered template", "render it first and scan the result: … | linchpin scan -m -".into())
        }
    }
}

/// What a document of another tool is, so that the account of what was left aside says something.
fn foreign(path: &str, node: &Node) -> &'static str {
    let has = |key: &str| node.get(key).is_some();
    let name = path.rsplit('/').next().unwrap_or(path);
    if node.entries().is_empty() {
        "not a mapping"
    } else if name == "Chart.yaml" || (has("apiVersion") && has("version") && has("name")) {
        "Helm chart description"
    } else if name.starts_with("values") {
        "Helm values"
    } else if has("openapi") || has("swagger") || has("asyncapi") {
        "API description"
    } else if path.contains(".github/") || (has("jobs") && has("on")) {
        "CI workflow"
    } else if has("receivers") && has("exporters") {
        COLLECTOR
    } else if has("static_resources") || has("dynamic_resources") || has("_format_version") {
        PROXY
    } else if has("spring") || has("server") || has("eureka") || name.starts_with("application") {
        "application configuration"
    } else {
        UNKNOWN
    }
}
