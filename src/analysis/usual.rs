use super::call::Call;
use super::rates::use_of;
use crate::facts::Interaction;
use crate::graph::algo::{Csr, components};
use crate::graph::{ComponentId, Graph};

/// Who waits for whom when all is well, and for how long.
pub(super) struct Usual {
    /// Calls whose answer the caller waits for, by dependency.
    pub(super) calls: Vec<Call>,
    /// Component → numbers of its calls.
    pub(super) of: Csr,
    /// A component's own work in milliseconds, if known.
    pub(super) own: Vec<Option<f64>>,
    /// How long a request takes in milliseconds, as far as is known, and whether all of it is.
    pub(super) time: Vec<(f64, bool)>,
}

impl Usual {
    /// The median of a component's own work, as manifests say it, and stage by stage that of whom it calls, each by its
    /// share. Where manifests are silent it is the median that traces saw. What comes back around a loop is not counted,
    /// and then not all is known. O(calls).
    pub(super) fn new(graph: &Graph) -> Self {
        let calls: Vec<Call> = Call::all(graph).into_iter().filter(|c| waited_for(graph, c)).collect();
        let n = graph.components.len();
        let of = Csr::from_pairs(n, (0u32..).zip(&calls).map(|(i, c)| (c.from.0, i)));
        let order = components(&Csr::from_pairs(n, calls.iter().map(|c| (c.from.0, c.to.0))));
        let mut usual = Self { calls, of, own: vec![None; n], time: vec![(0.0, false); n] };
        for scc in 0..u32::try_from(order.members.rows()).unwrap_or(u32::MAX) {
            for &v in order.members.row(scc) {
                let (others, known) = usual.others(graph, ComponentId(v), &order.of);
                let settings = &graph.component(ComponentId(v)).settings;
                let (own, time) = match (settings.p50_ms.or(settings.p99_ms), seen(graph, ComponentId(v))) {
                    (Some(own), _) => (Some(own), (own + others, known)),
                    (None, Some(all)) => (Some((all - others).max(0.0)), (all, true)),
                    (None, None) => (None, (others, false)),
                };
                usual.own[v as usize] = own;
                usual.time[v as usize] = time;
            }
        }
        usual
    }

    /// How long a component waits for those that it calls, and whether all of that is known.
    fn others(&self, graph: &Graph, v: ComponentId, loops: &[u32]) -> (f64, bool) {
        let (mut total, mut known) = (0.0, true);
        for stage in self.stages(graph, v) {
            let times = stage.iter().map(|&i| {
                let call = &self.calls[i as usize];
                let (ms, known_there) = self.time[call.to.0 as usize];
                known &= known_there && loops[call.to.0 as usize] != loops[v.0 as usize];
                ms * call.calls * use_of(graph, call.dependency)
            });
            total += times.fold(0.0, f64::max);
        }
        (total, known)
    }

    /// The calls of a component in the order in which it makes them: those of one stage together.
    pub(super) fn stages(&self, graph: &Graph, v: ComponentId) -> Vec<Vec<u32>> {
        let mut stages: Vec<(Option<&str>, Vec<u32>)> = Vec::new();
        for &i in self.of.row(v.0) {
            let name = graph.dependency(self.calls[i as usize].dependency).stage.as_deref();
            match stages.iter_mut().find(|(known, _)| name.is_some() && *known == name) {
                Some((_, calls)) => calls.push(i),
                None => stages.push((name, vec![i])),
            }
        }
        stages.into_iter().map(|(_, calls)| calls).collect()
    }

    /// The usual time of a component, if all of it is known.
    pub(super) fn ms(&self, v: ComponentId) -> Option<f64> {
        let (ms, known) = self.time[v.0 as usize];
        known.then_some(ms)
    }
}

/// The median of a component's requests, or else of the calls to it, that traces saw.
fn seen(graph: &Graph, v: ComponentId) -> Option<f64> {
    let by_callers = || graph.dependents(v).filter_map(|(_, d)| d.observed.as_ref()?.p50_ms).reduce(f64::max);
    graph.component(v).seen_ms.or_else(by_callers)
}

fn waited_for(graph: &Graph, call: &Call) -> bool {
    matches!(graph.dependency(call.dependency).interaction, Interaction::Sync | Interaction::Read | Interaction::Write)
}
