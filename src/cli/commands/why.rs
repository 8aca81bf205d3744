use super::warn_of_problems;
use crate::analysis;
use crate::analysis::paths::{Asked, worst_paths};
use crate::analysis::{Event, Level, State};
use crate::cli::args;
use crate::cli::output::Destinations;
use crate::cli::{Console, Format, Load};
use crate::graph::{ComponentId, Graph, Labels, LookupError, Plane, connection, lookup, lookup_among};
use crate::render::{Way, Why, json, text};
use crate::rules::words::list;
use anyhow::bail;
use std::cmp::Reverse;

pub(in crate::cli) fn why(args: args::Why, load: Load, console: &mut Console<'_>) -> anyhow::Result<()> {
    let to = Destinations::of(args.output)?;
    let loaded = load(&args.inputs.meaning(Vec::new())?)?;
    let graph = &loaded.graph;
    let labels = Labels::new(graph);
    let entry = entry(graph, &labels, &args.entry)?;
    let asked = args.component.map(|name| lookup(graph, &name)).transpose()?;
    let why = match asked {
        Some(component) => one_way(graph, entry, component),
        None => all_ways(graph, entry),
    };
    if to.formats().any(|f| f != Format::Json) {
        warn_of_problems(&loaded, console);
    }
    to.write(console, |format| match format {
        Format::Json => json::why(graph, &loaded.inventory, &why),
        _ => text::why(graph, &labels, &why, args.limit),
    })
}

/// The entry that a name means: a workload of the same name as an Ingress does not stand in its way.
pub(super) fn entry(graph: &Graph, labels: &Labels, name: &str) -> anyhow::Result<ComponentId> {
    match lookup_among(graph, name, |id| graph.component(id).entry.is_some()) {
        Ok(id) => Ok(id),
        Err(error @ LookupError::Ambiguous { .. }) => Err(error.into()),
        Err(_) => {
            let label = labels.of(lookup(graph, name)?);
            let entries = list(graph.entries().map(|(id, _)| format!("`{}`", labels.of(id))), 8);
            match graph.entries().next() {
                Some(_) => bail!("`{label}` is no entry; the entries are {entries}"),
                None => bail!("`{label}` is no entry, and there is none: name one with [[entry]] in linchpin.toml"),
            }
        }
    }
}

fn way(graph: &Graph, entry: ComponentId, source: ComponentId, level: Option<Level>) -> Option<Way> {
    if source == entry {
        return Some(Way { source, level, state: State::Failed, path: vec![entry], edges: Vec::new() });
    }
    let blast = analysis::blast(graph, &[Event { component: source, one_instance: false }]);
    let affected = blast.affected.into_iter().find(|a| a.component == entry)?;
    Some(Way { source, level, state: affected.state, path: affected.path, edges: affected.edges })
}

fn one_way(graph: &Graph, entry: ComponentId, asked: ComponentId) -> Why {
    let ways: Vec<Way> = way(graph, entry, asked, None).into_iter().collect();
    let harmless = if ways.is_empty() { connection(graph, entry, asked, |d| d.plane == Plane::Runtime) } else { None };
    let of_pair = Asked { from: Some(asked), to: Some(entry), ..Asked::default() };
    Why { entry, asked: Some(asked), ways, worst: worst_paths(graph, &of_pair).rows, harmless }
}

fn all_ways(graph: &Graph, entry: ComponentId) -> Why {
    let spofs = analysis::analyse(graph, &analysis::Options::default()).spofs;
    let mut ways: Vec<Way> = spofs
        .into_iter()
        .filter(|s| s.entries.contains(&entry))
        .filter_map(|s| match s.path.last() {
            Some(&end) if end == entry => {
                let (source, level) = (s.component, Some(s.level));
                Some(Way { source, level, state: State::Failed, path: s.path, edges: s.edges })
            }
            _ => way(graph, entry, s.component, Some(s.level)),
        })
        .collect();
    ways.sort_by_key(|w| (w.level, Reverse(w.path.len()), w.source));
    Why { entry, asked: None, ways, worst: Vec::new(), harmless: None }
}
