use super::warn_of_problems;
use super::why::entry;
use crate::analysis::{self, CutOptions};
use crate::cli::args;
use crate::cli::output::Destinations;
use crate::cli::{Console, Format, Load};
use crate::graph::{ComponentId, Labels};
use crate::render::{json, text};

pub(in crate::cli) fn cuts(args: args::Cuts, load: Load, console: &mut Console<'_>) -> anyhow::Result<()> {
    let to = Destinations::of(args.output)?;
    let loaded = load(&args.inputs.meaning(Vec::new())?)?;
    let graph = &loaded.graph;
    let labels = Labels::new(graph);
    let named = args.entry.iter().map(|name| entry(graph, &labels, name)).collect::<anyhow::Result<Vec<_>>>()?;
    let mut entries: Vec<ComponentId> =
        if named.is_empty() { graph.entries().map(|(id, _)| id).collect() } else { named };
    entries.sort_unstable();
    entries.dedup();
    let max_size = u32::from(args.max_size);
    let rows = analysis::cut_sets(graph, &entries, &CutOptions { max_size, ..CutOptions::default() });
    if to.formats().any(|f| f != Format::Json) {
        warn_of_problems(&loaded, console);
    }
    to.write(console, |format| match format {
        Format::Json => json::cuts(graph, &loaded.inventory, &rows, args.limit),
        _ => text::cuts(graph, &labels, &rows, max_size, args.limit),
    })
}
