use super::blast::events;
use super::warn_of_problems;
use super::why::entry;
use crate::analysis;
use crate::cli::args::{self, FaultLevel};
use crate::cli::output::Destinations;
use crate::cli::{Console, Format, Load};
use crate::graph::algo::FaultTree;
use crate::graph::{ComponentId, Graph, Labels, lookup, neighbourhood};
use crate::render::picture::{Picture, Show};
use crate::render::{dot, json, mermaid, open_psa, text};
use anyhow::bail;

pub(in crate::cli) fn graph(args: args::Graph, load: Load, console: &mut Console<'_>) -> anyhow::Result<()> {
    let to = Destinations::of(args.output)?;
    let draws = |format| matches!(format, Format::Dot | Format::Mermaid);
    if !to.formats().all(draws) && (args.collapse.is_some() || !args.blast.is_empty()) {
        bail!("--collapse and --blast change drawings: use them with dot or mermaid");
    }
    if args.entry.is_some() && !to.formats().any(|f| f == Format::OpenPsa) {
        bail!("--entry names whose fault tree is wanted: use it with --format open-psa");
    }
    let loaded = load(&args.inputs.meaning(Vec::new())?)?;
    let graph = &loaded.graph;
    let centres = args.focus.iter().map(|name| lookup(graph, name)).collect::<Result<Vec<_>, _>>()?;
    let focus = (!centres.is_empty()).then(|| neighbourhood(graph, &centres, args.depth));
    let failing = events(graph, &args.blast, FaultLevel::Component)?;
    let blast = (!failing.is_empty()).then(|| analysis::blast(graph, &failing));
    let labels = Labels::new(graph);
    let show = Show { only: focus.as_ref(), blast: blast.as_ref(), collapse: args.collapse.map(Into::into) };
    let tree = if to.formats().any(|f| f == Format::OpenPsa) {
        Some(fault_tree(graph, &labels, args.entry.as_deref())?)
    } else {
        None
    };
    let picture = to
        .formats()
        .any(draws)
        .then(|| Picture::new(graph, &labels, &analysis::analyse(graph, &analysis::Options::default()), show));
    if to.formats().any(|f| f != Format::Json) {
        warn_of_problems(&loaded, console);
    }
    to.write(console, |format| match (format, &picture, &tree) {
        (Format::Dot, Some(picture), _) => dot::dot(picture),
        (Format::Mermaid, Some(picture), _) => mermaid::mermaid(picture),
        (Format::OpenPsa, _, Some((entry, tree))) => open_psa::open_psa(graph, *entry, tree),
        (Format::Json, ..) => json::graph(graph, &loaded.inventory, focus.as_ref()),
        _ => text::graph(graph, &labels, focus.as_ref()),
    })
}

/// The fault tree of the entry that is named, or of the only one.
fn fault_tree(graph: &Graph, labels: &Labels, name: Option<&str>) -> anyhow::Result<(ComponentId, FaultTree)> {
    let mut entries = graph.entries().map(|(id, _)| id);
    let entry = match (name, entries.next(), entries.next()) {
        (Some(name), ..) => entry(graph, labels, name)?,
        (None, Some(only), None) => only,
        (None, ..) => bail!("a fault tree is that of one entry: name it with --entry"),
    };
    let gates = analysis::CutOptions::default().gates;
    match analysis::fault_tree(graph, entry, gates) {
        Ok(tree) => Ok((entry, tree)),
        Err(_) => bail!("the fault tree of `{}` would have more than {gates} gates", labels.of(entry)),
    }
}
