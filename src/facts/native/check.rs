//! What cannot be true although every field is well formed.

use super::fields::Placed;
use super::manifest::{DependsOn, Spec};
use super::problems::Problems;
use super::value::{AtLeastOne, Count, Name};
use crate::facts::Kind;
use crate::source::Problem;
use std::collections::BTreeSet;

/// Fields that contradict each other.
pub(super) fn consistent(spec: &Spec, problems: &mut Problems) {
    if let (Some(need), Some(replicas)) = (&spec.need, &spec.replicas) {
        let (AtLeastOne(k), Count(n)) = (&need.value, &replicas.value);
        if *n > 0 && k > n {
            problems.report(|| Problem::new(need.at.clone(), format!("`need` is {k}, but `replicas` is {n}")));
        }
    }
    distinct("zones", &spec.zones, problems);
    distinct("placedOn", &spec.placed_on, problems);
    for dependency in &spec.depends_on {
        if let DependsOn::Detailed(dependency) = dependency {
            distinct("of", &dependency.of, problems);
        }
    }
}

/// Some fields make sense for some kinds only; elsewhere they would be ignored in silence.
pub(super) fn belongs(kind: Kind, spec: &Spec, problems: &mut Problems) {
    let replicable = !matches!(kind, Kind::Config | Kind::Pool | Kind::Node | Kind::Zone | Kind::Region);
    let keeps = matches!(kind, Kind::Queue | Kind::Topic);
    let homes = [
        (spec.retention.as_ref().map(|p| &p.at), keeps, "retention", "a Queue or Topic"),
        (spec.visibility.as_ref().map(|p| &p.at), kind == Kind::Queue, "visibility", "a Queue"),
        (spec.deliveries.as_ref().map(|p| &p.at), keeps, "deliveries", "a Queue or Topic"),
        (spec.dead_letter.as_ref().map(|p| &p.at), keeps, "deadLetter", "a Queue or Topic"),
        (spec.hit_ratio.as_ref().map(|p| &p.at), kind == Kind::Cache, "hitRatio", "a Cache"),
        (spec.zone.as_ref().map(|p| &p.at), kind == Kind::Node, "zone", "a Node; others have `zones`"),
        (spec.region.as_ref().map(|p| &p.at), kind == Kind::Zone, "region", "a Zone"),
        (spec.replicas.as_ref().map(|p| &p.at), replicable, "replicas", "what has instances"),
        (spec.need.as_ref().map(|p| &p.at), replicable, "need", "what has instances"),
    ];
    for (at, fits, field, home) in homes {
        if let (Some(at), false) = (at, fits) {
            problems.report(|| {
                Problem::new(at.clone(), format!("`{field}` means nothing for this kind"))
                    .remedy(format!("it belongs to {home}"))
            });
        }
    }
}

/// A name written twice in a list that means a set is a mistake: two replicas of one name are no redundancy.
fn distinct(field: &str, names: &[Placed<Name>], problems: &mut Problems) {
    let mut seen = BTreeSet::new();
    for Placed { value: Name(name), at } in names {
        if !seen.insert(name) {
            problems.report(|| Problem::new(at.clone(), format!("`{field}` has the same name twice")));
        }
    }
}
