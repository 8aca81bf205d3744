use super::warn_of_problems;
use crate::analysis::{amplification, assumed};
use crate::cli::args;
use crate::cli::output::Destinations;
use crate::cli::{Console, Format, Load};
use crate::graph::Labels;
use crate::render::{json, text};

/// Rows of amplification that are kept unless asked for otherwise.
const ROWS: usize = 10_000;

pub(in crate::cli) fn retries(args: args::Retries, load: Load, console: &mut Console<'_>) -> anyhow::Result<()> {
    let to = Destinations::of(args.output)?;
    let loaded = load(&args.inputs.meaning(Vec::new())?)?;
    let graph = &loaded.graph;
    let retries = amplification::retries(graph, args.limit.map_or(ROWS, |limit| limit.max(ROWS)));
    if to.formats().any(|f| f != Format::Json) {
        warn_of_problems(&loaded, console);
    }
    let labels = Labels::new(graph);
    to.write(console, |format| match format {
        Format::Json => json::retries(graph, &loaded.inventory, &retries, &assumed(graph), args.limit),
        _ => text::retries(graph, &labels, &retries, &assumed(graph), args.min, args.limit),
    })
}
