//! What the user decided, and where users come in.

use super::{BuildOptions, Setting};
use crate::facts::{Class, Criticality, EntryOrigin, Interaction, Kind, Plane};
use crate::graph::lookup::lookup;
use crate::graph::model::{ComponentId, Dependency, Entry, Graph};
use crate::source::Problem;
use std::collections::BTreeMap;

/// Applies the settings and settles which components are entries: what readers found (unless its Compose profile is
/// off), what the configuration states, and if there is none at all, every component that nobody depends on at run
/// time (DESIGN section 12, No entry found), jobs only where there is nothing else. Settings that name no component are
/// problems.
pub(super) fn settle(graph: &mut Graph, traffic: &[(ComponentId, f64)], options: &BuildOptions) -> Vec<Problem> {
    let mut problems = Vec::new();
    weigh(graph, traffic);
    for (setting, weight) in &options.entries {
        if let Some(id) = find(graph, setting, &mut problems) {
            let seen = graph.component(id).entry.filter(|e| e.weighted).map(|e| e.weight);
            let weight = weight.or(seen);
            let entry =
                Entry { weight: weight.unwrap_or(1.0), weighted: weight.is_some(), origin: EntryOrigin::Declared };
            graph.components[id.0 as usize].entry = Some(entry);
        }
    }
    for (setting, rps, concurrency) in &options.capacities {
        if let Some(id) = find(graph, setting, &mut problems) {
            let settings = &mut graph.components[id.0 as usize].settings;
            settings.capacity_rps = rps.or(settings.capacity_rps);
            settings.capacity_concurrency = concurrency.or(settings.capacity_concurrency);
        }
    }
    for (from, to, hard) in &options.criticality {
        let (Some(from_id), Some(to_id)) = (find(graph, from, &mut problems), find(graph, to, &mut problems)) else {
            continue;
        };
        let mut any = false;
        for d in graph.dependencies.iter_mut().filter(|d| d.from == from_id && d.to == to_id) {
            d.criticality = if *hard { Criticality::Hard } else { Criticality::Soft };
            (d.assumed, any) = (false, true);
        }
        if !any {
            let reason = format!("`{}` does not depend on `{}`, so its criticality says nothing", from.name, to.name);
            problems.push(Problem::new(from.at.clone(), reason));
        }
    }
    for component in &mut graph.components {
        let chosen = |profile: &str| options.profiles.iter().any(|p| p == profile);
        let active = component.profiles.is_empty() || component.profiles.iter().any(|p| chosen(p));
        if !active || component.off {
            component.entry = None;
        }
    }
    if graph.entries().next().is_none() {
        assume_entries(graph);
    }
    problems
}

fn find(graph: &Graph, setting: &Setting, problems: &mut Vec<Problem>) -> Option<ComponentId> {
    let found = lookup(graph, &setting.name);
    found.map_err(|e| problems.push(Problem::new(setting.at.clone(), e.to_string()))).ok()
}

/// Says of observed calls what ran in parallel. Messages that are sent or received run beside nothing.
pub(super) fn set_beside(graph: &mut Graph, parallel: &BTreeMap<(ComponentId, ComponentId), Vec<(ComponentId, u64)>>) {
    for d in &mut graph.dependencies {
        let is_message = matches!(d.interaction, Interaction::AsyncPublish | Interaction::AsyncConsume);
        if let Some(observed) = d.observed.as_mut().filter(|_| !is_message) {
            observed.parallel = parallel.get(&(d.from, d.to)).cloned().unwrap_or_default();
        }
    }
}

/// What traces saw coming in per second is offered where it comes in: at the routes in front of a component, evenly, or
/// at the component itself.
pub(super) fn offer(graph: &mut Graph, offered: &[(ComponentId, f64)]) {
    for &(id, rps) in offered {
        let mut at = fronts(graph, id);
        if at.is_empty() {
            at.push(id);
        }
        let part = rps / at.len() as f64;
        for id in at {
            *graph.components[id.0 as usize].seen_rps.get_or_insert(0.0) += part;
        }
    }
}

/// The routes by which users come to a component that is no entry itself.
fn fronts(graph: &Graph, id: ComponentId) -> Vec<ComponentId> {
    let route = |d: &Dependency| graph.component(d.from).kind == Kind::Entry && d.plane == Plane::Runtime;
    let routes = graph.dependents(id).filter(|(_, d)| route(d) && graph.component(id).entry.is_none());
    routes.map(|(_, d)| d.from).collect()
}

/// Entries weigh what traces saw coming in there. A route in front of such a component (an Ingress records no spans)
/// weighs what comes in behind it, and then the component itself is no entry on top of that unless it was one before.
fn weigh(graph: &mut Graph, traffic: &[(ComponentId, f64)]) {
    for &(id, weight) in traffic {
        let fronts = fronts(graph, id);
        let own = graph.component(id).entry;
        if fronts.is_empty() {
            let origin = own.map_or(EntryOrigin::Traces, |e| e.origin);
            graph.components[id.0 as usize].entry = Some(Entry { weight, weighted: true, origin });
            continue;
        }
        let part = weight / fronts.len() as f64;
        for front in fronts {
            if let Some(entry) = &mut graph.components[front.0 as usize].entry {
                entry.weight = if entry.weighted { entry.weight + part } else { part };
                entry.weighted = true;
            }
        }
    }
}

fn assume_entries(graph: &mut Graph) {
    let mut needed = vec![false; graph.components.len()];
    for d in graph.dependencies.iter().filter(|d| d.plane == Plane::Runtime) {
        needed[d.to.0 as usize] = true;
    }
    // What runs once has users only where there is nothing else.
    for class in [Class::Workload, Class::Job] {
        for (component, _) in graph.components.iter_mut().zip(&needed).filter(|(_, needed)| !**needed) {
            if component.kind.class() == class && !component.off && !component.telemetry {
                component.entry = Some(Entry { weight: 1.0, weighted: false, origin: EntryOrigin::Assumed });
            }
        }
        if graph.entries().next().is_some() {
            break;
        }
    }
}
