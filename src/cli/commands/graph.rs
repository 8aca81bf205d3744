use super::blast::events;
use super::warn_of_problems;
use crate::analysis;
use crate::cli::args::{self, FaultLevel};
use crate::cli::output::Destinations;
use crate::cli::{Console, Format, Load};
use crate::graph::{Labels, lookup, neighbourhood};
use crate::render::picture::{Picture, Show};
use crate::render::{dot, json, mermaid, text};
use anyhow::bail;

pub(in crate::cli) fn graph(args: args::Graph, load: Load, console: &mut Console<'_>) -> anyhow::Result<()> {
    let to = Destinations::of(args.output)?;
    let draws = |format| matches!(format, Format::Dot | Format::Mermaid);
    if !to.formats().all(draws) && (args.collapse.is_some() || !args.blast.is_empty()) {
        bail!("--collapse and --blast change drawings: use them with dot or mermaid");
    }
    let loaded = load(&args.inputs.meaning(Vec::new())?)?;
    let graph = &loaded.graph;
    let centres = args.focus.iter().map(|name| lookup(graph, name)).collect::<Result<Vec<_>, _>>()?;
    let focus = (!centres.is_empty()).then(|| neighbourhood(graph, &centres, args.depth));
    let failing = events(graph, &args.blast, FaultLevel::Component)?;
    let blast = (!failing.is_empty()).then(|| analysis::blast(graph, &failing));
    let labels = Labels::new(graph);
    let show = Show { only: focus.as_ref(), blast: blast.as_ref(), collapse: args.collapse.map(Into::into) };
    let picture = to
        .formats()
        .any(draws)
        .then(|| Picture::new(graph, &labels, &analysis::analyse(graph, &analysis::Options::default()), show));
    if to.formats().any(|f| f != Format::Json) {
        warn_of_problems(&loaded, console);
    }
    to.write(console, |format| match (format, &picture) {
        (Format::Dot, Some(picture)) => dot::dot(picture),
        (Format::Mermaid, Some(picture)) => mermaid::mermaid(picture),
        (Format::Json, _) => json::graph(graph, &loaded.inventory, focus.as_ref()),
        _ => text::graph(graph, &labels, focus.as_ref()),
    })
}
