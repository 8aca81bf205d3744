use crate::analysis::call::{Call, waits};
use crate::graph::algo::{Csr, settle};
use crate::graph::{ComponentId, Graph};

/// What every component can serve, as far as is known.
pub(super) struct Capacities {
    /// Requests per second, and whether they follow from requests at once.
    of: Vec<Option<(f64, bool)>>,
}

impl Capacities {
    /// As stated; otherwise as many requests as it can hold at once, divided by how long one takes when all is well
    /// (Little's law), if that is known to the end.
    pub(super) fn of(graph: &Graph) -> Self {
        let mut normal: Option<Vec<Option<f64>>> = None;
        let mut of = Vec::with_capacity(graph.components.len());
        for id in graph.ids() {
            let settings = &graph.component(id).settings;
            of.push(match (settings.capacity_rps, settings.capacity_concurrency) {
                (Some(rps), _) => Some((rps, false)),
                (None, Some(held)) => {
                    let normal = normal.get_or_insert_with(|| normal_ms(graph));
                    normal[id.0 as usize].filter(|ms| *ms > 0.0).map(|ms| (held / ms * 1000.0, true))
                }
                (None, None) => None,
            });
        }
        Self { of }
    }

    /// Requests per second.
    pub(super) fn rps(&self, v: u32) -> Option<f64> {
        self.of[v as usize].map(|(rps, _)| rps)
    }

    /// Whether they follow from requests at once.
    pub(super) fn by_little(&self, v: u32) -> bool {
        self.of[v as usize].is_some_and(|(_, by_little)| by_little)
    }
}

/// How long a request takes when all is well, in milliseconds: the median of a component's own work, and of the work of
/// those that it waits for. Nothing if that of anybody is unknown, or if calls go round.
pub(super) fn normal_ms(graph: &Graph) -> Vec<Option<f64>> {
    let calls: Vec<Call> = Call::all(graph).into_iter().filter(|c| waits(graph.dependency(c.dependency))).collect();
    let edges = Csr::from_pairs(graph.components.len(), calls.iter().map(|c| (c.from.0, c.to.0)));
    let of = Csr::from_pairs(graph.components.len(), (0u32..).zip(&calls).map(|(i, c)| (c.from.0, i)));
    settle(&edges, &None, |v, known: &[Option<f64>]| {
        let mut total = graph.component(ComponentId(v)).settings.p50_ms?;
        let mut stages: Vec<(&str, f64)> = Vec::new();
        for call in of.row(v).iter().map(|&i| &calls[i as usize]) {
            let d = graph.dependency(call.dependency);
            let ms = known[call.to.0 as usize]? * call.calls * d.share.unwrap_or(1.0);
            match d.stage.as_deref() {
                None => total += ms,
                Some(stage) => match stages.iter_mut().find(|(name, _)| *name == stage) {
                    Some((_, longest)) => *longest = longest.max(ms),
                    None => stages.push((stage, ms)),
                },
            }
        }
        Some(total + stages.iter().map(|(_, ms)| ms).sum::<f64>())
    })
}
