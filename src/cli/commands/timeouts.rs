use super::warn_of_problems;
use crate::analysis::{assumed, waits};
use crate::cli::args;
use crate::cli::output::Destinations;
use crate::cli::{Console, Format, Load};
use crate::graph::Labels;
use crate::render::{json, text};

pub(in crate::cli) fn timeouts(args: args::Timeouts, load: Load, console: &mut Console<'_>) -> anyhow::Result<()> {
    let to = Destinations::of(args.output)?;
    let loaded = load(&args.inputs.meaning(Vec::new())?)?;
    let graph = &loaded.graph;
    let timeouts = waits::measure(graph);
    if to.formats().any(|f| f != Format::Json) {
        warn_of_problems(&loaded, console);
    }
    let labels = Labels::new(graph);
    to.write(console, |format| match format {
        Format::Json => json::timeouts(graph, &loaded.inventory, &timeouts, &assumed(graph), args.limit),
        _ => text::timeouts(graph, &labels, &timeouts, &assumed(graph), args.limit),
    })
}
