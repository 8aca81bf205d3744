use super::warn_of_problems;
use crate::analysis::Event;
use crate::analysis::scenario::{Scenario, outcome};
use crate::cli::args::{self, Fault, FaultLevel};
use crate::cli::output::Destinations;
use crate::cli::{Console, Format, Load};
use crate::graph::{ComponentId, Graph, Interaction, Kind, Labels, lookup};
use crate::render::{json, text};
use crate::rules::words::list;
use anyhow::bail;
use std::collections::BTreeSet;

pub(in crate::cli) fn blast(args: args::Blast, load: Load, console: &mut Console<'_>) -> anyhow::Result<()> {
    let to = Destinations::of(args.output)?;
    let loaded = load(&args.inputs.meaning(Vec::new())?)?;
    let graph = &loaded.graph;
    let events = match (args.fault, args.level) {
        (Fault::Change, FaultLevel::Component) => changes(graph, &args.component)?,
        _ => events(graph, &args.component, args.level)?,
    };
    if let (Some(_), true) = (args.latency, args.fault != Fault::Latency) {
        bail!("`--latency` says how late answers are: it needs `--fault latency`");
    }
    if let (Some(_), true) = (args.load, args.fault != Fault::Overload) {
        bail!("`--load` says how much more load comes: it needs `--fault overload`");
    }
    let asked = Scenario {
        latency_ms: args.latency,
        duration_ms: args.duration,
        load: args.load,
        ..Scenario::new(args.fault.into(), events)
    };
    let mut outcome = outcome(graph, &asked);
    if let Some(least) = args.min_share {
        outcome.affected.retain(|a| a.share.max(a.without) >= least);
    }
    if to.formats().any(|f| f != Format::Json) {
        warn_of_problems(&loaded, console);
    }
    let labels = Labels::new(graph);
    to.write(console, |format| match format {
        Format::Json => json::blast(graph, &labels, &loaded.inventory, &outcome),
        _ => text::blast(graph, &labels, &outcome, args.limit),
    })
}

/// What changes: components, or an image as it is written, by which all change that run it.
fn changes(graph: &Graph, names: &[String]) -> anyhow::Result<Vec<Event>> {
    let mut found = Vec::new();
    for name in names {
        let runs = |&id: &ComponentId| graph.component(id).images.iter().any(|image| **image == **name);
        match events(graph, std::slice::from_ref(name), FaultLevel::Component) {
            Ok(events) => found.extend(events),
            Err(unknown) => {
                let before = found.len();
                found.extend(graph.ids().filter(runs).map(|component| Event { component, one_instance: false }));
                if found.len() == before {
                    return Err(unknown);
                }
            }
        }
    }
    found.sort();
    found.dedup();
    Ok(found)
}

/// The events that people name, sorted, each once.
pub(super) fn events(graph: &Graph, names: &[String], level: FaultLevel) -> anyhow::Result<Vec<Event>> {
    let event = |name: &String| {
        let component = lookup(graph, name)?;
        let component = match level {
            FaultLevel::Component | FaultLevel::Instance => component,
            FaultLevel::Volume => beneath(graph, component, Kind::Volume)?,
            FaultLevel::Node => beneath(graph, component, Kind::Node)?,
            FaultLevel::Zone => beneath(graph, component, Kind::Zone)?,
        };
        Ok(Event { component, one_instance: level == FaultLevel::Instance })
    };
    let mut events = names.iter().map(event).collect::<anyhow::Result<Vec<_>>>()?;
    events.sort();
    events.dedup();
    Ok(events)
}

/// The volume, machine or zone that a component stands on, itself or through what it stands on.
fn beneath(graph: &Graph, component: ComponentId, kind: Kind) -> anyhow::Result<ComponentId> {
    let mut seen = BTreeSet::from([component]);
    let mut open = vec![component];
    while let Some(at) = open.pop() {
        let below = graph
            .providers(at)
            .filter(|(_, d)| d.interaction == Interaction::PlacedOn || graph.component(d.to).kind == Kind::Volume);
        open.extend(below.map(|(_, d)| d.to).filter(|&to| seen.insert(to)));
    }
    let found: Vec<ComponentId> = seen.into_iter().filter(|&c| graph.component(c).kind == kind).collect();
    let id = |&c: &ComponentId| format!("`{}`", graph.component(c).id);
    match found[..] {
        [only] => Ok(only),
        [] => bail!("nothing in the input says which {kind} {} is on", id(&component)),
        _ => bail!("{} is on several: name the one that fails: {}", id(&component), list(found.iter().map(id), 10)),
    }
}
