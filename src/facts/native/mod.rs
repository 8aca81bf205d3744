//! The native manifest, `apiVersion: linchpin/v1`: what no platform can say.
//!
//! A document is one component with what it needs. It is strict: a document with anything that is not understood is not
//! used at all, because a misspelt `replicas` that is quietly left out would be a wrong answer.

mod check;
mod component;
mod dependency;
mod duration;
mod fields;
mod labels;
mod manifest;
mod placement;
mod problems;
mod reading;
mod retried;
mod value;
mod word;

pub(crate) use duration::milliseconds;
pub use labels::{PREFIX, from_labels};

use crate::facts::{Answer, Assumable, Class, ComponentFact, Evidence, Facts, Key, Kind, NameFact};
use crate::parse::Node;
use crate::source::Problem;
use fields::Read;
use manifest::{Manifest, Metadata, Spec};
use problems::Problems;
use std::sync::Arc;
use value::Name;
use word::{OneOf, Version1};

/// Whether a document means to be a native manifest: its `apiVersion` is of linchpin, whatever the version.
pub fn recognises(node: &Node) -> bool {
    node.str("apiVersion")
        .and_then(|v| v.split('/').next())
        .is_some_and(|group| matches!(group, "linchpin" | "linchpin.dev"))
}

/// Reads one native document. Its keys are of `scope`; the graph finds the discovered component that it extends.
///
/// # Errors
/// All that is wrong with the document, in order of place. A document with any problem gives no facts.
pub fn read(node: &Node, scope: &Arc<str>) -> Result<Facts, Vec<Problem>> {
    let mut problems = Problems::default();
    let manifest = Manifest::read(node, "the document", &mut problems);
    let facts = manifest.map(|Manifest { api_version: OneOf(Version1), kind: OneOf(kind), metadata, spec }| {
        let spec = spec.unwrap_or_default();
        check::belongs(kind, &spec, &mut problems);
        check::consistent(&spec, &mut problems);
        facts(kind, &metadata, &spec, scope)
    });
    facts.filter(|_| problems.is_empty()).ok_or_else(|| problems.into_sorted())
}

/// The JSON Schema of a native document.
pub fn schema() -> schemars::Schema {
    schemars::schema_for!(Manifest)
}

fn facts(kind: Kind, metadata: &Metadata, spec: &Spec, scope: &Arc<str>) -> Facts {
    let Name(name) = &metadata.name.value;
    let namespace = metadata.namespace.as_ref().map_or("default", |Name(namespace)| namespace);
    let key = match kind.class() {
        class @ (Class::External | Class::Node | Class::Zone | Class::Region) => Key::global(class, name),
        class => Key::new(scope, class, namespace, name),
    };
    let evidence = Evidence::new(metadata.name.at.clone(), "metadata.name");

    let mut component = ComponentFact::new(key.clone(), kind, evidence.clone());
    component.kind_stated = true;
    component.native = true;
    component.replicas = has_instances(kind).then(|| Assumable::default(implied_instances(spec)));
    component::describe(&mut component, spec);

    let mut facts = placement::placement(&key, spec);
    facts.components.insert(0, component);
    facts.dependencies.extend(dependency::dependencies(&key, spec));
    if key.class == Class::Workload {
        facts.names.push(NameFact {
            scope: scope.clone(),
            namespace: key.namespace.clone(),
            name: name.to_lowercase().into(),
            answer: Answer::Components(vec![key]),
            evidence,
        });
    }
    facts
}

/// Instances where nothing says how many: one in each of the places that are named, and no fewer than must work.
fn implied_instances(spec: &Spec) -> u32 {
    let needed = spec.need.as_ref().map_or(1, |need| need.value.0);
    u32::try_from(placement::places(spec)).unwrap_or(u32::MAX).max(needed)
}

/// Kinds of which there is one instance unless more are declared. The instances of the others are not ours to count:
/// a provider's, or none.
fn has_instances(kind: Kind) -> bool {
    matches!(kind, Kind::Service | Kind::Job | Kind::Datastore | Kind::Cache | Kind::Queue | Kind::Topic)
}
