use crate::analysis::call::Call;
use crate::analysis::rates::{rates, use_of};
use crate::facts::Interaction;
use crate::graph::algo::{Components, Csr, components};
use crate::graph::{Assumption, ComponentId, DependencyId, Graph};

/// A system when all is well: who waits for whom, for how long, and how many requests there are.
pub(super) struct Normal<'g> {
    pub(super) graph: &'g Graph,
    /// Calls whose answer the caller waits for, by dependency.
    pub(super) calls: Vec<Call>,
    /// Component → numbers of its calls.
    pub(super) of: Csr,
    /// Requests per second, where known.
    pub(super) rps: Vec<Option<f64>>,
    /// How long a request takes in milliseconds, as far as is known, and whether all of it is.
    pub(super) time: Vec<(f64, bool)>,
    /// Component → other components that it is late with, and the other way round.
    pub(super) order: Components,
    /// Provider → dependencies that let lateness through.
    pub(super) into: Csr,
}

impl<'g> Normal<'g> {
    /// O(graph).
    pub(super) fn new(graph: &'g Graph) -> Self {
        let calls: Vec<Call> = Call::all(graph).into_iter().filter(|c| waited_for(graph, c)).collect();
        let n = graph.components.len();
        let of = Csr::from_pairs(n, (0u32..).zip(&calls).map(|(i, c)| (c.from.0, i)));
        let carrying = || {
            let stands = graph.dependency_ids().filter(|&id| stands_on(graph, id));
            calls.iter().map(|c| c.dependency).chain(stands)
        };
        let mut edges: Vec<DependencyId> = carrying().collect();
        edges.sort_unstable();
        let pairs = edges.iter().map(|&id| (graph.dependency(id).from.0, graph.dependency(id).to.0));
        // A fallback is looked at before whoever falls back to it.
        let fallbacks =
            edges.iter().filter_map(|&id| Some((graph.dependency(id).from.0, graph.dependency(id).fallback?.0)));
        let fallbacks: Vec<(u32, u32)> = fallbacks.filter(|&(_, to)| (to as usize) < n).collect();
        let order = components(&Csr::from_pairs(n, pairs.chain(fallbacks.iter().copied())));
        let into = Csr::from_pairs(n, edges.iter().map(|&id| (graph.dependency(id).to.0, id.0)));
        let mut normal = Self { graph, calls, of, rps: rates(graph), time: vec![(0.0, false); n], order, into };
        for &v in normal.by_provider().iter() {
            normal.time[v as usize] = normal.usual(ComponentId(v));
        }
        normal
    }

    /// All components, providers before dependents; those of a loop by id.
    pub(super) fn by_provider(&self) -> Vec<u32> {
        let rows = u32::try_from(self.order.members.rows()).unwrap_or(u32::MAX);
        (0..rows).flat_map(|scc| self.order.members.row(scc).iter().copied()).collect()
    }

    /// How long a request usually takes: its own work and, stage by stage, what it calls, each by its share. What comes
    /// back around a loop is not counted.
    fn usual(&self, v: ComponentId) -> (f64, bool) {
        let own = self.own(v);
        let mut total = own.unwrap_or(0.0);
        let mut known = own.is_some();
        for stage in self.stages(v) {
            let times = stage.iter().map(|&i| {
                let call = &self.calls[i as usize];
                let (ms, known_there) = self.time[call.to.0 as usize];
                known &= known_there && self.order.of[call.to.0 as usize] != self.order.of[v.0 as usize];
                ms * call.calls * use_of(self.graph, call.dependency)
            });
            total += times.fold(0.0, f64::max);
        }
        (total, known)
    }

    /// A component's own work; of one that calls nobody also as its callers see it.
    pub(super) fn own(&self, v: ComponentId) -> Option<f64> {
        let settings = &self.graph.component(v).settings;
        let stated = settings.p50_ms.or(settings.p99_ms);
        let seen = || {
            let alone = self.of.row(v.0).is_empty();
            let seen = self.graph.dependents(v).filter_map(|(_, d)| d.observed.as_ref()?.p50_ms);
            seen.filter(|_| alone).reduce(f64::max)
        };
        stated.or_else(seen)
    }

    /// The calls of a component in the order in which it makes them: those of one stage together.
    pub(super) fn stages(&self, v: ComponentId) -> Vec<Vec<u32>> {
        let mut stages: Vec<(Option<&str>, Vec<u32>)> = Vec::new();
        for &i in self.of.row(v.0) {
            let name = self.graph.dependency(self.calls[i as usize].dependency).stage.as_deref();
            match stages.iter_mut().find(|(known, _)| name.is_some() && *known == name) {
                Some((_, calls)) => calls.push(i),
                None => stages.push((name, vec![i])),
            }
        }
        stages.into_iter().map(|(_, calls)| calls).collect()
    }

    /// The usual time of a component, if all of it is known.
    pub(super) fn usual_ms(&self, v: ComponentId) -> Option<f64> {
        let (ms, known) = self.time[v.0 as usize];
        known.then_some(ms)
    }
}

fn waited_for(graph: &Graph, call: &Call) -> bool {
    matches!(graph.dependency(call.dependency).interaction, Interaction::Sync | Interaction::Read | Interaction::Write)
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
