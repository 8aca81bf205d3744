//! One call from caller to callee: how often it is tried and how long it may take, from the settings of all layers
//! between them (SEMANTICS A and B). Amplification and waits are built on this.

mod pauses;
mod stage;
mod timeline;

pub use stage::{Bound, LayerTries, Stage, Symptom};
pub use timeline::Timeline;

use crate::facts::{Interaction, Plane, TimeoutOrigin};
use crate::graph::{ComponentId, Dependency, DependencyId, Graph};

/// A dependency as load sees it: a queue calls its consumers.
#[derive(Clone, Debug, PartialEq)]
pub struct Call {
    /// The dependency that it is made of.
    pub dependency: DependencyId,
    /// Who sends.
    pub from: ComponentId,
    /// Who receives.
    pub to: ComponentId,
    /// Calls for each request of the caller, 1 if nothing says so.
    pub calls: f64,
    /// Something says how many.
    pub calls_known: bool,
    /// It is only sent: whoever sends it sees whether the callee took it, and nothing of what becomes of it.
    pub sent: bool,
    /// The layers that retry or limit it, the caller's own first.
    pub stages: Vec<Stage>,
    /// What is known of a limit of the whole call.
    pub limit: Limit,
}

/// What is known of the limit of a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Limit {
    /// There is one, of the call or of a try.
    Stated,
    /// There is none.
    Disabled,
    /// Nothing says whether there is one.
    Unknown,
}

impl Call {
    /// The call that a dependency stands for: nothing if it carries none at run time, or never any (zero calls a
    /// request), or if an end is switched off.
    pub fn of(graph: &Graph, id: DependencyId) -> Option<Self> {
        let d = graph.dependency(id);
        let (from, to) = match d.interaction {
            Interaction::Sync | Interaction::Read | Interaction::Write | Interaction::AsyncPublish => (d.from, d.to),
            Interaction::AsyncConsume => (d.to, d.from),
            _ => return None,
        };
        let off = graph.component(from).off || graph.component(to).off;
        let calls = d.calls_per_request.filter(|c| *c >= 0.0);
        if d.plane != Plane::Runtime || off || calls == Some(0.0) {
            return None;
        }
        let stages = Stage::all(graph, d);
        let limited = stages.iter().any(|s| s.limit.is_finite() || s.per_try.is_finite());
        let limit = match d.timeout.origin {
            _ if limited => Limit::Stated,
            TimeoutOrigin::Disabled => Limit::Disabled,
            _ => Limit::Unknown,
        };
        Some(Self {
            dependency: id,
            from,
            to,
            calls: calls.unwrap_or(1.0),
            calls_known: calls.is_some(),
            sent: d.interaction == Interaction::AsyncPublish,
            stages,
            limit,
        })
    }

    /// The call that is made instead when this one has failed, with the settings of the caller's own dependency on the
    /// fallback if there is one, otherwise tried once.
    pub fn instead(&self, graph: &Graph) -> Option<Self> {
        let to = graph.dependency(self.dependency).fallback?;
        if to == self.from || to == self.to || graph.component(to).off {
            return None;
        }
        let own = graph.providers(self.from).find_map(|(id, d)| Self::of(graph, id).filter(|_| d.to == to));
        let (stages, limit) = own.map_or((Vec::new(), Limit::Unknown), |own| (own.stages, own.limit));
        Some(Self { to, stages, limit, ..self.clone() })
    }

    /// All calls of a graph, by dependency.
    pub fn all(graph: &Graph) -> Vec<Self> {
        graph.dependency_ids().filter_map(|id| Self::of(graph, id)).collect()
    }

    /// Tries of one call when the callee fails in a way: the product over the layers.
    pub fn tries(&self, seen: Symptom, budgets: bool) -> f64 {
        self.layers(seen, budgets).iter().map(|l| l.tries).product()
    }

    /// The tries of each layer, the caller's own first.
    pub fn layers(&self, seen: Symptom, budgets: bool) -> Vec<LayerTries> {
        stage::tries(&self.stages, seen, budgets, self.limit)
    }

    /// How long the caller may wait for one call, all tries together, in milliseconds, if the callee takes so long for
    /// each; infinite if nothing limits it.
    pub fn wait(&self, callee: f64) -> f64 {
        if self.stages.is_empty() { callee } else { self.timeline(callee).length() }
    }

    /// When the tries of one call start, if the callee takes so long for each.
    pub fn timeline(&self, callee: f64) -> Timeline<'_> {
        Timeline::new(&self.stages, callee)
    }

    /// The least limit of a single try that any layer sets, in milliseconds; infinite if none does.
    pub fn try_limit(&self) -> f64 {
        self.stages.iter().map(|s| s.per_try.min(s.limit)).fold(f64::INFINITY, f64::min)
    }

    /// Calls that the caller makes one after the other for a request.
    pub fn in_a_row(&self) -> f64 {
        self.calls.ceil().max(1.0)
    }
}

/// Whether the caller waits for the answer of a dependency.
pub fn waits(d: &Dependency) -> bool {
    matches!(d.interaction, Interaction::Sync | Interaction::Read | Interaction::Write | Interaction::AsyncPublish)
}
