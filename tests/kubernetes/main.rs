//! Kubernetes through the public API: documents in, facts out, written as short lines.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on must fail")]

mod dumps;
mod hostile;
mod kustomize;
mod names;
mod policies;
mod references;
mod routes;
mod workloads;

use linchpin::config::Platform;
use linchpin::facts::address::Address;
use linchpin::facts::kubernetes::{self, Reading};
use linchpin::facts::{Answer, Facts, Key, Note, Target};
use linchpin::parse::{Node, Outcome, documents};
use std::collections::BTreeMap;

/// The trees of a file, in order; what does not parse is left out.
fn trees(path: &str, text: &str) -> Vec<Node> {
    let outcomes = documents(&path.into(), text).into_iter().map(|d| d.outcome);
    outcomes.filter_map(|o| if let Outcome::Tree(node) = o { Some(node) } else { None }).collect()
}

/// Facts of files by path, in the order given; those that are no YAML can only be read by others.
fn facts_of(files: &[(&str, &str)]) -> Facts {
    let (mut objects, mut kustomizations, mut problems) = (Vec::new(), Vec::new(), Vec::new());
    let yaml = files.iter().filter(|(path, _)| path.ends_with(".yaml"));
    for node in yaml.flat_map(|(path, text)| trees(path, text)) {
        if !kubernetes::recognises(&node) {
            continue;
        }
        match kubernetes::read(&node) {
            Reading::Objects(more, wrong) => {
                objects.extend(more);
                problems.extend(wrong);
            }
            Reading::Kustomization(kustomization) => kustomizations.push(kustomization),
            Reading::Ignored(_) => {}
            Reading::Failed(problem) => problems.push(problem),
        }
    }
    let texts: BTreeMap<String, String> = files.iter().map(|(p, t)| ((*p).to_owned(), (*t).to_owned())).collect();
    let mut facts = kubernetes::link(objects, kustomizations, &texts, &Platform::default());
    facts.problems.extend(problems);
    facts
}

/// Facts of one file, `k8s.yaml`.
fn facts(text: &str) -> Facts {
    facts_of(&[("k8s.yaml", text)])
}

/// `namespace/name`, with the class where it is no workload and the scope where it is a kustomization's.
fn short(key: &Key) -> String {
    let name = match &key.namespace {
        Some(namespace) => format!("{namespace}/{}", key.name),
        None => key.name.to_string(),
    };
    let class = format!("{:?}", key.class).to_lowercase();
    let scope = key.scope.strip_prefix("kubernetes:").map(|s| format!("@{s}")).unwrap_or_default();
    if class == "workload" { format!("{name}{scope}") } else { format!("{class}:{name}{scope}") }
}

fn target(target: &Target) -> String {
    match target {
        Target::Component(key) => short(key),
        Target::Name { namespace, name } => format!("name {namespace}/{name}"),
        Target::Reference(name) => format!("reference {name}"),
        Target::Addresses { addresses, .. } => {
            let one = |address: &Address| match address {
                Address::Host { host, port: Some(port), .. } => format!("{host}:{port}"),
                Address::Host { host, .. } => host.clone(),
                Address::Resource { service, name, .. } => format!("{service} {name}"),
            };
            addresses.iter().map(one).collect::<Vec<_>>().join(" or ")
        }
    }
}

/// One line for each component, sorted.
fn components(facts: &Facts) -> Vec<String> {
    let line = |c: &linchpin::facts::ComponentFact| {
        let mut line = format!("{} {}", c.kind, short(&c.key));
        if let Some(replicas) = &c.replicas {
            line += &format!(" x{}{}", replicas.value, if replicas.explicit { "" } else { "?" });
        }
        if let Some(need) = &c.need {
            line += &format!(" need {}", need.value);
        }
        if let Some(entry) = &c.entry {
            line += &format!(" entry:{}", entry.origin.word());
        }
        if c.telemetry {
            line += " telemetry";
        }
        line
    };
    let mut lines: Vec<String> = facts.components.iter().map(line).collect();
    lines.sort();
    lines
}

/// One line for each dependency, sorted: dependent, provider, interaction, what differs from a declared runtime
/// dependency, and where it stands.
fn dependencies(facts: &Facts) -> Vec<String> {
    let line = |d: &linchpin::facts::DependencyFact| {
        let mut line = format!("{} > {} {}", short(&d.from), target(&d.to), d.interaction.word());
        if d.plane.word() != "runtime" {
            line += &format!(" {}", d.plane.word());
        }
        if d.confidence.word() != "declared" {
            line += &format!(" {}", d.confidence.word());
        }
        if let Some(criticality) = d.criticality {
            line += &format!(" {}", criticality.word());
        }
        if let Some(share) = d.share {
            line += &format!(" {share}");
        }
        if let Some(group) = &d.group {
            line += &format!(" {} of {}", group.need, group.id);
        }
        let file = d.evidence.at.file.strip_prefix("k8s.yaml").unwrap_or(&d.evidence.at.file);
        line + &format!(" {} {file}:{}", d.evidence.field, d.evidence.at.line)
    };
    let mut lines: Vec<String> = facts.dependencies.iter().map(line).collect();
    lines.sort();
    lines
}

/// One line for each name, sorted.
fn names(facts: &Facts) -> Vec<String> {
    let line = |n: &linchpin::facts::NameFact| {
        let answer = match &n.answer {
            Answer::Components(keys) => keys.iter().map(short).collect::<Vec<_>>().join(", "),
            Answer::Host(host) => format!("host {host}"),
            Answer::Nobody => "nobody".to_owned(),
        };
        format!("{}/{} = {answer}", n.namespace.as_deref().unwrap_or("*"), n.name)
    };
    let mut lines: Vec<String> = facts.names.iter().map(line).collect();
    lines.sort();
    lines
}

/// One line for each note, sorted.
fn notes(facts: &Facts) -> Vec<String> {
    let line = |note: &Note| match note {
        Note::SelectorMatchesNothing { owner, selector, evidence, .. } => {
            format!("{owner} selects nothing by {selector} :{}", evidence.at.line)
        }
        Note::Dangling { target, evidence, .. } => format!("no {target} :{}", evidence.at.line),
        Note::Unreachable { .. } => "unreachable".to_owned(),
        Note::ProbeAsks { probe, host, evidence, .. } => format!("{probe} asks {host} :{}", evidence.at.line),
    };
    let mut lines: Vec<String> = facts.notes.iter().map(line).collect();
    lines.sort();
    lines
}

/// A Deployment, short: name, namespace, and the rest of its container as YAML flow.
fn deployment(namespace: &str, name: &str, container: &str) -> String {
    format!(
        "apiVersion: apps/v1\nkind: Deployment\nmetadata: {{name: {name}, namespace: {namespace}}}\nspec:\n  template:\n    \
         metadata: {{labels: {{app: {name}}}}}\n    spec: {{containers: [{{name: main, {container}}}]}}\n---\n"
    )
}

/// A Service that selects `app: <name>`.
fn service(namespace: &str, name: &str) -> String {
    format!(
        "apiVersion: v1\nkind: Service\nmetadata: {{name: {name}, namespace: {namespace}}}\nspec: {{selector: {{app: \
         {name}}}, ports: [{{port: 80}}]}}\n---\n"
    )
}
