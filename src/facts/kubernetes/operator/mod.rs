//! Stores, brokers and other servers that an operator runs: one custom resource stands for a cluster of pods and its
//! Services (SEMANTICS D). `table` and `apps` list the resources, `members` reads how many instances there are and how many must work,
//! `kafka` what is spread over several resources, `spread` whether they are kept apart.

mod apps;
mod kafka;
mod members;
mod spread;
mod table;

use super::cluster::Cluster;
use super::object::Object;
use super::role::Role;
use crate::facts::{
    Answer, Class, ComponentFact, Criticality, DependencyFact, Evidence, Facts, Interaction, Key, Program, Target,
};
use crate::source::{Problem, nearest};
use members::Members;
use std::collections::BTreeMap;
use table::{Count, Operator, operator};

/// Whether a custom resource is one of those that linchpin knows.
pub(super) fn reads(group: &str, kind: &str) -> bool {
    operator(group, kind).is_some() || kafka::is_part(group, kind) || apps::is_part(group, kind)
}

fn key(cluster: &Cluster<'_>, object: &Object) -> Key {
    Key::new(&cluster.scope, Class::Workload, object.namespace(), &object.name)
}

fn known<'a>(cluster: &'a Cluster<'_>) -> impl Iterator<Item = (&'a Object, &'static Operator)> {
    cluster.of(Role::Operated).iter().filter_map(|o| Some((*o, operator(&o.group, &o.kind)?)))
}

/// The components that operators run, and what is wrong with their resources. `exposed` adds what Services say of one.
pub(super) fn link(cluster: &Cluster<'_>, exposed: &dyn Fn(ComponentFact) -> ComponentFact, facts: &mut Facts) {
    for (object, operator) in known(cluster) {
        let members = match operator.count {
            Count::Kafka => kafka::members(cluster, object, facts),
            _ => Members::of(object, operator, &mut facts.problems),
        };
        let evidence = Evidence::new(object.name_node().at(), "metadata.name");
        let fact = ComponentFact::new(key(cluster, object), operator.is, evidence.clone());
        facts.components.push(exposed(ComponentFact {
            kind_stated: true,
            telemetry: operator.telemetry,
            replicas: members.replicas,
            need: members.need,
            spread: spread::of(object),
            ..fact
        }));
        if let Some(path) = operator.parameters
            && let Some(most) = object.node.path(path).and_then(|n| n.get("max_connections"))
            && let Some(text) = most.text()
        {
            let evidence = Evidence::new(most.at(), "max_connections");
            let arguments = vec![format!("max_connections={text}").into()];
            let image = Some(operator.image.into());
            facts.programs.push(Program { arguments, image, ..Program::new(key(cluster, object), evidence) });
        } else if !operator.image.is_empty() {
            let image = Some(operator.image.into());
            facts.programs.push(Program { image, ..Program::new(key(cluster, object), evidence) });
        }
    }
    for (pooler, _) in known(cluster).filter(|(o, _)| &*o.kind == "Pooler") {
        if let Some(node) = pooler.node.path(&["spec", "cluster", "name"])
            && let Some(name) = node.text()
        {
            let target = Target::Component(Key::new(&cluster.scope, Class::Workload, pooler.namespace(), name));
            let evidence = Evidence::new(node.at(), "spec.cluster.name");
            let fact = DependencyFact::new(key(cluster, pooler), target, Interaction::Sync, evidence);
            facts.dependencies.push(fact.criticality(Criticality::Hard));
        }
    }
    kafka::link(cluster, facts);
    apps::link(cluster, facts);
}

/// A count that is not where it must be: misspelt perhaps.
fn missing(object: &Object, path: &[&str]) -> Option<Problem> {
    let (last, parents) = path.split_last()?;
    let parent = object.node.path(parents)?;
    let meant = parent.fields().find(|(name, ..)| nearest(name, [*last]).is_some());
    let (at, remedy) = match meant {
        Some((name, key, _)) => (key.at(), format!("`{name}` may be meant: write `{last}`")),
        None => (object.name_node().at(), format!("set `{}`", path.join("."))),
    };
    let reason = format!("{} does not say `{}`; its number of instances is unknown", object.title(), path.join("."));
    Some(Problem::new(at, reason).remedy(remedy))
}

/// Adds the names of their Services, where the input does not show those Services with pods behind them.
pub(super) fn names(cluster: &Cluster<'_>, answers: &mut BTreeMap<(String, String), (Answer, Evidence)>) {
    for (object, operator) in known(cluster) {
        for (prefix, suffix) in operator.services {
            let name = (object.namespace().to_owned(), format!("{prefix}{}{suffix}", object.name).to_lowercase());
            let evidence = Evidence::new(object.name_node().at(), "metadata.name");
            let shown = matches!(answers.get(&name), Some((Answer::Components(keys), _))
                if keys.iter().any(|k| k.class != Class::External));
            if !shown {
                answers.insert(name, (Answer::Components(vec![key(cluster, object)]), evidence));
            }
        }
    }
}
