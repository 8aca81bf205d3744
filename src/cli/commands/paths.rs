use super::warn_of_problems;
use super::why::entry;
use crate::analysis::assumed;
use crate::analysis::paths::{Asked, By, worst_paths};
use crate::cli::args;
use crate::cli::output::Destinations;
use crate::cli::{Console, Format, Load};
use crate::graph::{Labels, lookup};
use crate::render::{json, text};

pub(in crate::cli) fn paths(args: args::Paths, load: Load, console: &mut Console<'_>) -> anyhow::Result<()> {
    let to = Destinations::of(args.output)?;
    let loaded = load(&args.inputs.meaning(Vec::new())?)?;
    let graph = &loaded.graph;
    let labels = Labels::new(graph);
    let defaults = Asked::default();
    let asked = Asked {
        from: args.from.map(|name| lookup(graph, &name)).transpose()?,
        to: args.to.map(|name| entry(graph, &labels, &name)).transpose()?,
        by: if args.by.is_empty() { defaults.by } else { args.by.into_iter().map(By::from).collect() },
        min: args.min,
        limit: args.limit.map_or(defaults.limit, |limit| limit.max(defaults.limit)),
        ..Asked::default()
    };
    let found = worst_paths(graph, &asked);
    if to.formats().any(|f| f != Format::Json) {
        warn_of_problems(&loaded, console);
    }
    to.write(console, |format| match format {
        Format::Json => json::paths(graph, &loaded.inventory, &found, &assumed(graph), args.limit),
        _ => text::paths(graph, &labels, &found, &assumed(graph), args.limit),
    })
}
