//! What cannot be true although every field is well formed.

use super::fields::Placed;
use super::manifest::{DependsOn, Spec};
use super::value::{AtLeastOne, Count, Name};
use crate::facts::Kind;
use crate::source::{Location, Problem};
use std::collections::BTreeSet;

/// Fields that contradict each other.
pub(super) fn consistent(spec: &Spec, problems: &mut Vec<Problem>) {
    if let (Some(need), Some(replicas)) = (&spec.need, &spec.replicas) {
        let (AtLeastOne(k), Count(n)) = (&need.value, &replicas.value);
        if *n > 0 && k > n {
            problems.push(Problem::new(need.at.clone(), format!("`need` is {k}, but `replicas` is {n}")));
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
pub(super) fn belongs(kind: Kind, spec: &Spec, problems: &mut Vec<Problem>) {
    let replicable = !matches!(kind, Kind::Config | Kind::Pool | Kind::Node | Kind::Zone | Kind::Region);
    let place = |at: Option<&Location>, fits: bool, field: &str, home: &str| {
        at.filter(|_| !fits).map(|at| {
            Problem::new(at.clone(), format!("`{field}` means nothing for this kind"))
                .remedy(format!("it belongs to {home}"))
        })
    };
    problems.extend(
        [
            place(spec.hit_ratio.as_ref().map(|p| &p.at), kind == Kind::Cache, "hitRatio", "a Cache"),
            place(spec.zone.as_ref().map(|p| &p.at), kind == Kind::Node, "zone", "a Node; others have `zones`"),
            place(spec.region.as_ref().map(|p| &p.at), kind == Kind::Zone, "region", "a Zone"),
            place(spec.replicas.as_ref().map(|p| &p.at), replicable, "replicas", "what has instances"),
            place(spec.need.as_ref().map(|p| &p.at), replicable, "need", "what has instances"),
        ]
        .into_iter()
        .flatten(),
    );
}

/// A name written twice in a list that means a set is a mistake: two replicas of one name are no redundancy.
fn distinct(field: &str, names: &[Placed<Name>], problems: &mut Vec<Problem>) {
    let mut seen = BTreeSet::new();
    for Placed { value: Name(name), at } in names {
        if !seen.insert(name) {
            problems.push(Problem::new(at.clone(), format!("`{field}` has the same name twice")));
        }
    }
}
