use super::warn_of_problems;
use crate::analysis;
use crate::analysis::Event;
use crate::cli::args::{self, Fault, FaultLevel};
use crate::cli::output::Destinations;
use crate::cli::{Console, Format, Load};
use crate::graph::{Graph, Labels, lookup};
use crate::render::{json, text};

pub(in crate::cli) fn blast(args: args::Blast, load: Load, console: &mut Console<'_>) -> anyhow::Result<()> {
    let to = Destinations::of(args.output)?;
    let loaded = load(&args.inputs.meaning(Vec::new())?)?;
    let graph = &loaded.graph;
    let events = events(graph, &args.component, args.level)?;
    let mut blast = match args.fault {
        Fault::Outage => analysis::blast(graph, &events),
    };
    if let Some(least) = args.min_share {
        blast.affected.retain(|a| a.share >= least);
    }
    if to.formats().any(|f| f != Format::Json) {
        warn_of_problems(&loaded, console);
    }
    let labels = Labels::new(graph);
    to.write(console, |format| match format {
        Format::Json => json::blast(graph, &loaded.inventory, &blast, &crate::analysis::impact_times(graph, &events)),
        _ => text::blast(graph, &labels, &blast, args.limit),
    })
}

/// The events that people name, sorted, each once.
pub(super) fn events(graph: &Graph, names: &[String], level: FaultLevel) -> anyhow::Result<Vec<Event>> {
    let one_instance = level == FaultLevel::Instance;
    let event = |name: &String| Ok(Event { component: lookup(graph, name)?, one_instance });
    let mut events = names.iter().map(event).collect::<anyhow::Result<Vec<_>>>()?;
    events.sort();
    events.dedup();
    Ok(events)
}
