use crate::analysis::rates::{Rates, rates};
use crate::analysis::usual::Usual;
use crate::analysis::{Probe, probes};
use crate::facts::Interaction;
use crate::graph::algo::{Components, Csr, components};
use crate::graph::{Assumption, DependencyId, Graph};

/// A system when all is well: who waits for whom, for how long, and how many requests there are.
pub(super) struct Normal<'g> {
    pub(super) graph: &'g Graph,
    /// Who waits for whom, and for how long.
    pub(super) usual: Usual,
    /// Probes that ask others and start again who fails them.
    pub(super) probes: Vec<Probe<'g>>,
    /// Requests per second, where known.
    pub(super) rates: Rates,
    /// Component → other components that it is late with, and the other way round.
    pub(super) order: Components,
    /// Provider → dependencies that let lateness through.
    pub(super) into: Csr,
}

impl<'g> Normal<'g> {
    /// O(graph).
    pub(super) fn new(graph: &'g Graph) -> Self {
        let usual = Usual::new(graph);
        let n = graph.components.len();
        let stands = graph.dependency_ids().filter(|&id| stands_on(graph, id));
        let mut edges: Vec<DependencyId> = usual.calls.iter().map(|c| c.dependency).chain(stands).collect();
        edges.sort_unstable();
        let pairs = edges.iter().map(|&id| (graph.dependency(id).from.0, graph.dependency(id).to.0));
        // A fallback is looked at before whoever falls back to it.
        let fallbacks =
            edges.iter().filter_map(|&id| Some((graph.dependency(id).from.0, graph.dependency(id).fallback?.0)));
        let fallbacks: Vec<(u32, u32)> = fallbacks.filter(|&(_, to)| (to as usize) < n).collect();
        let order = components(&Csr::from_pairs(n, pairs.chain(fallbacks.iter().copied())));
        let into = Csr::from_pairs(n, edges.iter().map(|&id| (graph.dependency(id).to.0, id.0)));
        let restarting = probes(graph).into_iter().filter(Probe::restarts);
        Self { graph, usual, probes: restarting.collect(), rates: rates(graph), order, into }
    }
}

/// Whether a dependency is no call, but what is late under it makes the dependent late: a machine, a zone, a volume.
pub(super) fn stands_on(graph: &Graph, id: DependencyId) -> bool {
    let d = graph.dependency(id);
    matches!(d.interaction, Interaction::PlacedOn | Interaction::Mount) && crate::analysis::carries_outage(graph, d)
}

/// What may be taken for granted in an answer about one fault: id, sentence, setting.
const ASSUMABLE: [(&str, &str, &str); 9] = [
    (
        "breaker-counts-late-calls",
        "a circuit breaker is taken to open on late calls, though no limit says when a call is late",
        "timeout of the dependency in a native manifest",
    ),
    (
        "capacity-unknown",
        "what takes more load than usual is taken to suffer where nobody knows what it can take",
        "capacity.rps in a native manifest",
    ),
    (
        "held-while-waiting",
        "whoever takes from a pool is taken to hold it for as long as a request takes",
        "uses of the pool in a native manifest",
    ),
    ("no-limit-known", "a call of which no limit is known is taken to have none", "timeout in a native manifest"),
    (
        "others-hold-their-most",
        "other users of a pool whose load is not known are taken to hold the most that they may",
        "load.rps and latency in a native manifest",
    ),
    (
        "others-hold-nothing",
        "what other users of a pool usually hold is not counted where it is not known",
        "load.rps and latency in a native manifest",
    ),
    (
        "rate-unknown",
        "where nobody knows how many requests come, they are taken to be enough to use up what is limited",
        "load.rps in a native manifest",
    ),
    (
        "store-direction-unknown",
        "where nobody says whether a store is read or written, it is taken to be both",
        "interaction in a native manifest",
    ),
    ("usual-time-unknown", "what usually takes time is counted as far as it is known", "latency in a native manifest"),
];

/// The assumptions of these ids, by id.
pub(super) fn assumptions(ids: impl IntoIterator<Item = &'static str>) -> Vec<Assumption> {
    let wanted: std::collections::BTreeSet<&str> = ids.into_iter().collect();
    let known = ASSUMABLE.iter().filter(|(id, ..)| wanted.contains(id));
    let assumption = |(id, text, setting): &(&str, &str, &str)| Assumption {
        id: (*id).into(),
        text: (*text).into(),
        setting: Some((*setting).into()),
        evidence: Vec::new(),
    };
    known.map(assumption).collect()
}
