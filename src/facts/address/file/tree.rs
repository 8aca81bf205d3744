//! YAML and JSON files: every scalar is a setting whose key is its path.

use super::super::key::meaning;
use super::super::{Confidence, Found, Plane, value};
use super::{Entry, envoy, graded, kong, short, used};
use crate::parse::{Node, Outcome, documents};
use std::sync::Arc;

/// Files with more scalars than this are data, not configuration.
const LARGEST: usize = 50_000;

/// Paths are cut beyond this.
const LONGEST_PATH: usize = 1024;

/// Receivers of an OpenTelemetry collector that wait to be called: their endpoints are its own.
const LISTENING: &[&str] = &[
    "otlp",
    "jaeger",
    "zipkin",
    "opencensus",
    "fluentforward",
    "statsd",
    "syslog",
    "tcplog",
    "udplog",
    "carbon",
    "collectd",
    "influxdb",
    "loki",
    "splunk_hec",
    "webhookevent",
    "skywalking",
    "awsxray",
    "datadog",
    "sapm",
    "signalfx",
    "wavefront",
];

/// Reads all documents. `None` if none is a mapping or a list: the text is something else.
pub(super) fn scan(text: &str) -> Option<Vec<(usize, Found)>> {
    if text.contains("\"panels\"") && text.contains("\"schemaVersion\"") {
        return Some(Vec::new());
    }
    let file: Arc<str> = "".into();
    let mut found = None;
    for document in documents(&file, text) {
        let Outcome::Tree(node) = document.outcome else { continue };
        if node.text().is_none() {
            found.get_or_insert_with(Vec::new).extend(of_document(&node));
        }
    }
    found
}

fn of_document(root: &Node) -> Vec<(usize, Found)> {
    if root.weight() > LARGEST as u64 * 3 {
        return Vec::new();
    }
    if let Some(found) = envoy::scan(root).or_else(|| kong::scan(root)) {
        return found;
    }
    let collector = root.path(&["service", "pipelines"]).is_some();
    let watching = collector || root.get("scrape_configs").is_some() || root.get("datasources").is_some();
    let mut walk = Walk { collector, entries: Vec::new(), lists: Vec::new() };
    walk.node(&mut String::new(), root);
    let mut found = used(&walk.entries);
    found.extend(walk.lists);
    if watching {
        found.iter_mut().for_each(|(_, found)| found.plane = Plane::Telemetry);
    }
    found
}

/// What the settings below a node use, whatever is around it.
pub(super) fn settings(node: &Node) -> Vec<(usize, Found)> {
    let mut walk = Walk { collector: false, entries: Vec::new(), lists: Vec::new() };
    walk.node(&mut String::new(), node);
    let mut found = used(&walk.entries);
    found.extend(walk.lists);
    found
}

struct Walk {
    collector: bool,
    entries: Vec<Entry>,
    lists: Vec<(usize, Found)>,
}

impl Walk {
    /// YAML nests at most 255 deep.
    fn node(&mut self, path: &mut String, node: &Node) {
        if self.entries.len() > LARGEST || self.is_own(path) {
            return;
        }
        if let Some(text) = node.text() {
            self.entries.push(Entry { line: line(node), key: path.clone(), value: text.to_owned() });
        } else if !node.items().is_empty() && node.items().iter().all(|item| item.text().is_some()) {
            self.list(path, node.items());
        } else {
            for (index, item) in node.items().iter().enumerate() {
                self.below(path, &index.to_string(), item);
            }
            for (key, _, child) in node.fields() {
                self.below(path, key, child);
            }
        }
    }

    fn below(&mut self, path: &mut String, key: &str, child: &Node) {
        let length = path.len();
        if length > 0 {
            path.push('.');
        }
        if length < LONGEST_PATH {
            path.push_str(short(key));
        }
        self.node(path, child);
        path.truncate(length);
    }

    /// A list of scalars is one cluster, a command, or several values each with its own line.
    fn list(&mut self, path: &str, items: &[Node]) {
        let texts: Vec<&str> = items.iter().filter_map(Node::text).collect();
        let found = if meaning(path).command { Vec::new() } else { value::of_list(path, &texts) };
        match found.as_slice() {
            [cluster] if cluster.addresses.len() > 1 => {
                let line = items.first().map_or(0, line);
                self.lists.push((line, graded(path, cluster.clone())));
            }
            _ if meaning(path).command => {
                let found = super::super::in_command(&texts).into_iter();
                self.lists.extend(found.filter_map(|(i, found)| {
                    Some((line(items.get(i)?), Found { confidence: Confidence::Inferred, ..found }))
                }));
            }
            _ => {
                let items = items.iter().filter_map(|item| Some((line(item), item.text()?)));
                self.entries.extend(items.map(|(line, text)| Entry {
                    line,
                    key: path.to_owned(),
                    value: text.to_owned(),
                }));
            }
        }
    }

    /// What a collector listens on itself.
    fn is_own(&self, path: &str) -> bool {
        if !self.collector {
            return false;
        }
        let mut parts = path.split('.');
        match (parts.next(), parts.next()) {
            (Some("receivers"), Some(name)) => LISTENING.contains(&name.split('/').next().unwrap_or_default()),
            (Some("extensions"), Some(name)) => !matches!(name.split('/').next(), Some("opamp" | "jaeger_storage")),
            (Some("service"), _) => true,
            _ => false,
        }
    }
}

/// The index of a node's line.
pub(super) fn line(node: &Node) -> usize {
    usize::try_from(node.line()).unwrap_or(1).saturating_sub(1)
}
