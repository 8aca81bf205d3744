use super::warn_of_problems;
use crate::analysis::call::{Call, Symptom};
use crate::cli::args;
use crate::cli::output::Destinations;
use crate::cli::{Console, Format, Load};
use crate::graph::{ComponentId, DependencyId, Graph, Labels, LookupError, Plane, connection, lookup, lookup_among};
use crate::render::{CallAccount, EdgeAccount, json, text};
use crate::rules::words::list;
use anyhow::bail;

pub(in crate::cli) fn why_edge(args: args::WhyEdge, load: Load, console: &mut Console<'_>) -> anyhow::Result<()> {
    let to = Destinations::of(args.output)?;
    let loaded = load(&args.inputs.meaning(Vec::new())?)?;
    let graph = &loaded.graph;
    let labels = Labels::new(graph);
    let edges = between(graph, &labels, &args.from, &args.to)?;
    if to.formats().any(|f| f != Format::Json) {
        warn_of_problems(&loaded, console);
    }
    to.write(console, |format| match format {
        Format::Json => json::edges(graph, &loaded.inventory, &edges),
        _ => text::why_edge(graph, &labels, &edges.iter().map(|&id| account(graph, id)).collect::<Vec<_>>()),
    })
}

fn account(graph: &Graph, id: DependencyId) -> EdgeAccount {
    let calls = Call::of(graph, id).map(|call| CallAccount {
        tries: [Symptom::Refused, Symptom::Error, Symptom::Late].map(|symptom| call.tries(symptom, true)),
        wait_ms: call.wait(f64::INFINITY),
    });
    EdgeAccount { dependency: id, calls }
}

/// The dependencies from one component to another. A name that several have means the one that has the dependency: an
/// Ingress and a workload of one name are told apart, and so are the services of one name in several namespaces.
fn between(graph: &Graph, labels: &Labels, from: &str, to: &str) -> anyhow::Result<Vec<DependencyId>> {
    let needs = |a: ComponentId, b: ComponentId| graph.providers(a).filter(move |(_, d)| d.to == b);
    let has = |a: ComponentId, b: ComponentId| needs(a, b).next().is_some();
    let forwards = || {
        let a = lookup(graph, from)?;
        Ok::<_, LookupError>((a, lookup_among(graph, to, |b| has(a, b))?))
    };
    let backwards = || {
        let b = lookup(graph, to)?;
        Ok::<_, LookupError>((lookup_among(graph, from, |a| has(a, b))?, b))
    };
    let (dependent, provider) = match forwards().or_else(|_| backwards()) {
        Ok(pair) => pair,
        Err(_) => (lookup(graph, from)?, lookup(graph, to)?),
    };
    let edges: Vec<DependencyId> = needs(dependent, provider).map(|(id, _)| id).collect();
    if !edges.is_empty() {
        return Ok(edges);
    }
    let (a, b) = (labels.of(dependent), labels.of(provider));
    let reaches = connection(graph, dependent, provider, |d| d.plane == Plane::Runtime);
    match reaches.as_deref().and_then(|way| way.first()) {
        Some(&first) => {
            let next = labels.of(graph.dependency(first).to);
            bail!("`{a}` does not need `{b}` itself; it reaches it by way of `{next}`")
        }
        None => match graph.providers(dependent).next() {
            Some(_) => {
                let providers = graph.providers(dependent).map(|(_, d)| format!("`{}`", labels.of(d.to)));
                bail!("`{a}` does not need `{b}`; it needs {}", list(providers, 8))
            }
            None => bail!("`{a}` does not need `{b}`, nor anything else"),
        },
    }
}
