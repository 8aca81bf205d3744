//! The same settings as annotations of Kubernetes objects and labels of Compose services: `linchpin.dev/KEY`.
//!
//! | Key | Value |
//! |---|---|
//! | `entry` | `true`, or a weight: `"0.7"` |
//! | `kind` | as in a manifest: `Cache` |
//! | `replicas`, `need`, `hit-ratio`, `capacity-rps`, `capacity-concurrency`, `load-rps`, `load-limit` | a number |
//! | `latency-p50`, `latency-p99`, `timeout`, `drain` | a duration: `200ms` |
//! | `owner` | a name |
//! | `zones`, `placed-on`, `aliases` | names: `"a, b, c"` |
//! | `depends-on` | dependencies: `"cart, db-1 \| db-2, publish events, payments?"` |
//! | `pools` | pools, with the most that is held at once: `"db-connections=20, account-concurrency"` |
//!
//! A dependency is a name (`name`, `namespace/name` or an id). A word of `dependsOn[].interaction` may stand before it;
//! of several names with `|` between them one must work; a `?` at the end makes it soft. Keys may also be written as in
//! a manifest: `dependsOn`, `capacity.rps`.
//!
//! Labels are only another spelling: they are turned into the tree of a manifest's `spec` and read as one.

use super::fields::Read;
use super::manifest::Spec;
use super::problems::Problems;
use super::word::OneOf;
use super::{check, component, dependency, placement};
use crate::facts::{ComponentFact, Facts, Kind};
use crate::parse::{Node, Style, Value};
use crate::source::{Problem, unknown};
use std::collections::BTreeSet;

/// What stands before the keys.
pub const PREFIX: &str = "linchpin.dev/";

/// How the text of a label becomes the value of a field.
#[derive(Clone, Copy)]
enum Form {
    Scalar,
    Entry,
    Names,
    Dependencies,
    Pools,
}

/// Each key with the field of a spec that it stands for.
const KEYS: [(&str, &[&str], Form); 18] = [
    ("entry", &["entry"], Form::Entry),
    ("replicas", &["replicas"], Form::Scalar),
    ("need", &["need"], Form::Scalar),
    ("hit-ratio", &["hitRatio"], Form::Scalar),
    ("capacity-rps", &["capacity", "rps"], Form::Scalar),
    ("capacity-concurrency", &["capacity", "concurrency"], Form::Scalar),
    ("load-limit", &["load", "limit"], Form::Scalar),
    ("load-rps", &["load", "rps"], Form::Scalar),
    ("latency-p50", &["latency", "p50"], Form::Scalar),
    ("latency-p99", &["latency", "p99"], Form::Scalar),
    ("timeout", &["timeout"], Form::Scalar),
    ("drain", &["drain"], Form::Scalar),
    ("owner", &["owner"], Form::Scalar),
    ("zones", &["zones"], Form::Names),
    ("placed-on", &["placedOn"], Form::Names),
    ("aliases", &["aliases"], Form::Names),
    ("depends-on", &["dependsOn"], Form::Dependencies),
    ("pools", &["pools"], Form::Pools),
];

/// Writes into a component what its labels say of it, and returns the rest: its dependencies, where it is placed, and
/// what is wrong with the labels. Labels without [`PREFIX`] are somebody else's. What cannot be understood is a problem
/// and is left out.
pub fn from_labels(component: &mut ComponentFact, labels: &[(&str, &Node)]) -> Facts {
    let mut problems = Problems::default();
    let mut fields: Vec<(Node, Node)> = Vec::new();
    let mut seen = BTreeSet::new();
    for &(label, value) in labels {
        let Some(key) = label.strip_prefix(PREFIX).map(kebab) else { continue };
        if !seen.insert(key.clone()) {
            let reason = format!("`{PREFIX}{key}` is written twice; only the first one counts");
            problems.report(|| Problem::new(value.at(), reason));
        } else if key == "kind" {
            retype(component, value, &mut problems);
        } else if let Some((_, path, form)) = KEYS.iter().find(|(known, ..)| *known == key) {
            insert(&mut fields, path, shaped(*form, value));
        } else {
            let known: Vec<&str> = KEYS.iter().map(|(known, ..)| *known).chain(["kind"]).collect();
            problems.report(|| unknown("linchpin.dev label", &key, &known, value.at()));
        }
    }
    let spec = Node::new(component.evidence.at.clone(), None, Value::Mapping(fields));
    let spec = Spec::read(&spec, "labels", &mut problems).unwrap_or_default();
    check::consistent(&spec, &mut problems);

    component::describe(component, &spec);
    let mut facts = placement::placement(&component.key, &spec);
    facts.dependencies.extend(dependency::dependencies(&component.key, &spec));
    facts.problems = problems.into_sorted();
    facts
}

/// Gives the component the kind that a label states, as far as its name stays unique under it.
fn retype(component: &mut ComponentFact, value: &Node, problems: &mut Problems) {
    let Some(OneOf(kind)) = OneOf::<Kind>::read(value, "kind", problems) else { return };
    if kind.class() == component.key.class {
        component.kind = kind;
        component.kind_stated = true;
    } else {
        problems.report(|| Problem::new(value.at(), format!("a {} cannot become a {kind}", component.kind)));
    }
}

/// The canonical spelling of a key: `dependsOn` and `depends.on` are `depends-on`.
fn kebab(key: &str) -> String {
    let mut spelling = String::with_capacity(key.len() + 4);
    for c in key.chars() {
        match c {
            '.' | '_' => spelling.push('-'),
            'A'..='Z' => spelling.extend(['-', c.to_ascii_lowercase()]),
            c => spelling.push(c),
        }
    }
    spelling
}

/// Puts a value at a path of keys; mappings along the way are made or extended.
fn insert(fields: &mut Vec<(Node, Node)>, path: &[&str], value: Node) {
    let Some((first, rest)) = path.split_first() else { return };
    if rest.is_empty() {
        fields.push((scalar(&value, first), value));
        return;
    }
    let found = fields.iter().position(|(key, _)| key.text() == Some(first));
    let (key, mut inner) = match found.map(|i| fields.remove(i)) {
        Some((key, mapping)) => (key, mapping.entries().to_vec()),
        None => (scalar(&value, first), Vec::new()),
    };
    let at = value.clone();
    insert(&mut inner, rest, value);
    fields.push((key, at.with_value(Value::Mapping(inner))));
}

/// The value of a field as a manifest would write it. What is not text is left as it is: the reader will object.
fn shaped(form: Form, value: &Node) -> Node {
    let Some(text) = value.text() else { return value.clone() };
    let items = || text.split(',').map(str::trim).filter(|item| !item.is_empty());
    let list =
        |item: fn(&Node, &str) -> Node| value.with_value(Value::Sequence(items().map(|i| item(value, i)).collect()));
    match form {
        Form::Entry if value.float().is_some() => mapping(value, vec![("weight", value.clone())]),
        Form::Scalar | Form::Entry => value.clone(),
        Form::Names => list(scalar),
        Form::Dependencies => list(dependency),
        Form::Pools => list(pool),
    }
}

/// `[INTERACTION] NAME [| NAME]... [?]`
fn dependency(at: &Node, item: &str) -> Node {
    let (item, soft) = item.strip_suffix('?').map_or((item, false), |item| (item.trim_end(), true));
    let mut names = item.split('|').map(str::trim);
    let first = names.next().unwrap_or_default();
    let (interaction, first) =
        first.split_once(char::is_whitespace).map_or((None, first), |(word, name)| (Some(word), name.trim_start()));
    let mut providers: Vec<Node> = vec![scalar(at, first)];
    providers.extend(names.map(|name| scalar(at, name)));

    let mut fields = match <[Node; 1]>::try_from(providers) {
        Ok([name]) => vec![("name", name)],
        Err(several) => vec![("of", at.with_value(Value::Sequence(several)))],
    };
    fields.extend(interaction.map(|word| ("interaction", scalar(at, word))));
    fields.extend(soft.then(|| ("criticality", scalar(at, "soft"))));
    mapping(at, fields)
}

/// `NAME[=USES]`
fn pool(at: &Node, item: &str) -> Node {
    let (name, uses) = item.split_once('=').map_or((item, None), |(name, uses)| (name.trim_end(), Some(uses.trim())));
    let mut fields = vec![("name", scalar(at, name))];
    fields.extend(uses.map(|uses| ("uses", scalar(at, uses))));
    mapping(at, fields)
}

fn scalar(at: &Node, text: &str) -> Node {
    at.with_value(Value::Scalar(text.into(), Style::Plain))
}

fn mapping(at: &Node, fields: Vec<(&str, Node)>) -> Node {
    at.with_value(Value::Mapping(fields.into_iter().map(|(key, value)| (scalar(at, key), value)).collect()))
}
