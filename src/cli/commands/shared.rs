use super::warn_of_problems;
use crate::analysis::{assumed, pools, shared_resources};
use crate::cli::args;
use crate::cli::output::Destinations;
use crate::cli::{Console, Format, Load};
use crate::graph::Labels;
use crate::render::{json, text};

pub(in crate::cli) fn shared(args: args::Shared, load: Load, console: &mut Console<'_>) -> anyhow::Result<()> {
    let to = Destinations::of(args.output)?;
    let loaded = load(&args.inputs.meaning(Vec::new())?)?;
    let graph = &loaded.graph;
    let (shared, pools) = (shared_resources(graph), pools(graph));
    let found = (&shared[..], &pools[..]);
    if to.formats().any(|f| f != Format::Json) {
        warn_of_problems(&loaded, console);
    }
    let labels = Labels::new(graph);
    to.write(console, |format| match format {
        Format::Json => json::shared(graph, &loaded.inventory, found, &assumed(graph), args.limit),
        _ => text::shared(graph, &labels, found, &assumed(graph), args.limit),
    })
}
