//! Where a spec says that a component runs.

use super::fields::Placed;
use super::manifest::Spec;
use super::value::Name;
use crate::facts::{Class, ComponentFact, DependencyFact, Evidence, Facts, Group, Interaction, Key, Kind, Target};
use std::sync::Arc;

/// A machine, zone or region that a spec names.
struct Domain {
    kind: Kind,
    name: Arc<str>,
    evidence: Evidence,
}

/// `placed-on` dependencies, and the domains themselves: they need not be declared. Several domains of one kind are one
/// requirement, of which one is enough: how many instances each of them takes along follows from the replicas.
pub(super) fn placement(from: &Key, spec: &Spec) -> Facts {
    let domains = domains(spec);
    let mut facts = Facts::default();
    for kind in KINDS {
        let several = domains.iter().filter(|d| d.kind == kind).count() > 1;
        let group = several.then(|| Group { id: format!("{kind}s").into(), need: 1 });
        for Domain { name, evidence, .. } in domains.iter().filter(|d| d.kind == kind) {
            let key = Key::global(kind.class(), name);
            facts.dependencies.push(DependencyFact {
                native: true,
                group: group.clone(),
                ..DependencyFact::new(
                    from.clone(),
                    Target::Component(key.clone()),
                    Interaction::PlacedOn,
                    evidence.clone(),
                )
            });
            let implied = ComponentFact::new(key, kind, evidence.clone());
            facts.components.push(ComponentFact { kind_stated: true, native: true, ..implied });
        }
    }
    facts
}

/// The kinds of places.
const KINDS: [Kind; 3] = [Kind::Node, Kind::Zone, Kind::Region];

/// How many places of one kind are named, at most.
pub(super) fn places(spec: &Spec) -> usize {
    let domains = domains(spec);
    KINDS.map(|kind| domains.iter().filter(|d| d.kind == kind).count()).into_iter().max().unwrap_or(0)
}

fn domains(spec: &Spec) -> Vec<Domain> {
    let named = spec.placed_on.iter().map(|name| domain(name, Kind::Node, "placedOn"));
    let zones = spec.zones.iter().map(|name| domain(name, Kind::Zone, "zones"));
    let zone = spec.zone.iter().map(|name| domain(name, Kind::Zone, "zone"));
    let region = spec.region.iter().map(|name| domain(name, Kind::Region, "region"));
    named.chain(zones).chain(zone).chain(region).collect()
}

/// A domain by name or id: a bare name is of the kind that the field is for.
fn domain(name: &Placed<Name>, kind: Kind, field: &str) -> Domain {
    let Name(text) = &name.value;
    let (kind, name_only) = match text.split_once(':').map(|(word, rest)| (Kind::from_word(word), rest)) {
        Some((Some(kind), rest)) if matches!(kind.class(), Class::Node | Class::Zone | Class::Region) => (kind, rest),
        _ => (kind, &**text),
    };
    Domain { kind, name: name_only.into(), evidence: Evidence::new(name.at.clone(), field) }
}
