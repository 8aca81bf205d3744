use crate::analysis::usual::Usual;
use crate::graph::Graph;

/// What every component can serve, as far as is known.
pub(in crate::analysis) struct Capacities {
    /// Requests per second, and whether they follow from requests at once.
    of: Vec<Option<(f64, bool)>>,
}

impl Capacities {
    /// As stated; otherwise as many requests as it can hold at once, divided by how long one takes when all is well
    /// (Little's law), if that is known to the end.
    pub(super) fn of(graph: &Graph) -> Self {
        let mut usual: Option<Usual> = None;
        let mut of = Vec::with_capacity(graph.components.len());
        for id in graph.ids() {
            let settings = &graph.component(id).settings;
            of.push(match (settings.capacity_rps, settings.capacity_concurrency) {
                (Some(rps), _) => Some((rps, false)),
                (None, Some(held)) => {
                    let usual = usual.get_or_insert_with(|| Usual::new(graph));
                    usual.ms(id).filter(|ms| *ms > 0.0).map(|ms| (held / ms * 1000.0, true))
                }
                (None, None) => None,
            });
        }
        Self { of }
    }

    /// Requests per second.
    pub(in crate::analysis) fn rps(&self, v: u32) -> Option<f64> {
        self.of[v as usize].map(|(rps, _)| rps)
    }

    /// Whether they follow from requests at once.
    pub(super) fn by_little(&self, v: u32) -> bool {
        self.of[v as usize].is_some_and(|(_, by_little)| by_little)
    }
}
