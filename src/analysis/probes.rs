use crate::graph::{ComponentId, Evidence, Graph, Note};

/// A probe of a component that asks somebody else.
#[derive(Clone, Debug, PartialEq)]
pub struct Probe<'g> {
    /// Whose probe.
    pub of: ComponentId,
    /// Who is asked, if the input holds him.
    pub asked: Option<ComponentId>,
    /// The host that is asked.
    pub host: &'g str,
    /// Which probe: `livenessProbe`.
    pub probe: &'g str,
    /// Where it stands.
    pub evidence: &'g Evidence,
}

impl Probe<'_> {
    /// Whether instances that fail it are started again; otherwise they are taken out of service.
    pub fn restarts(&self) -> bool {
        matches!(self.probe, "livenessProbe" | "startupProbe")
    }
}

/// The probes that ask others, in the order of the notes of readers. O(notes × components).
pub fn probes(graph: &Graph) -> Vec<Probe<'_>> {
    graph.notes.iter().filter_map(|note| probe(graph, note)).collect()
}

fn probe<'g>(graph: &Graph, note: &'g Note) -> Option<Probe<'g>> {
    let Note::ProbeAsks { from, probe, host, evidence } = note else { return None };
    let of = graph.ids().find(|&id| {
        let c = graph.component(id);
        let same = *c.name == *from.name && c.namespace == from.namespace && c.scope == from.scope;
        // Of several of one name that which stands in the file that the probe stands in.
        same && c.evidence.iter().any(|e| e.at.file == evidence.at.file)
    })?;
    let asked = asked(graph, of, host);
    (asked != Some(of)).then_some(Probe { of, asked, host, probe, evidence })
}

fn asked(graph: &Graph, of: ComponentId, host: &str) -> Option<ComponentId> {
    let scope = &graph.component(of).scope;
    let first = host.split('.').next().unwrap_or(host);
    let called = |id: &ComponentId| {
        let c = graph.component(*id);
        let named = *c.name == *first || *c.name == *host || c.aliases.iter().any(|a| **a == *host || **a == *first);
        named && (c.scope == *scope || c.scope.is_empty())
    };
    graph.providers(of).map(|(_, d)| d.to).find(|id| called(id)).or_else(|| graph.ids().find(called))
}
