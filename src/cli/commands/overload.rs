use super::warn_of_problems;
use crate::analysis::{assumed, overload};
use crate::cli::args;
use crate::cli::output::Destinations;
use crate::cli::{Console, Format, Load};
use crate::graph::Labels;
use crate::render::{json, text};

pub(in crate::cli) fn overload(args: args::Overload, load: Load, console: &mut Console<'_>) -> anyhow::Result<()> {
    let to = Destinations::of(args.output)?;
    let loaded = load(&args.inputs.meaning(Vec::new())?)?;
    let graph = &loaded.graph;
    let found = overload::overload(graph);
    if to.formats().any(|f| f != Format::Json) {
        warn_of_problems(&loaded, console);
    }
    let labels = Labels::new(graph);
    let mut assumptions = assumed(graph);
    assumptions.extend(found.assumptions.iter().cloned());
    to.write(console, |format| match format {
        Format::Json => json::overload(graph, &loaded.inventory, &found, &assumptions, args.limit),
        _ => text::overload(graph, &labels, &found, &assumptions, args.limit),
    })
}
