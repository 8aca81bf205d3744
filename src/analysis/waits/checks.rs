use super::worst::{Wait, Waits};
use crate::analysis::call::Limit;
use crate::facts::{Interaction, Layer};
use crate::graph::{ComponentId, DependencyId, Graph};

/// A component that may need longer for a request than it allows itself.
#[derive(Clone, Debug, PartialEq)]
pub struct Chain {
    /// Which component.
    pub component: ComponentId,
    /// What it allows itself, in milliseconds.
    pub limit_ms: f64,
    /// What it may need.
    pub need: Wait,
    /// The calls along the longest of its waits that are certain, its own first.
    pub calls: Vec<DependencyId>,
    /// How much of the need that is for certain, in milliseconds: it may wait for others before and after.
    pub waited_ms: f64,
}

impl Chain {
    /// Whether it needs the time for other waits too, or for its own work.
    pub fn beside(&self) -> bool {
        self.need.at_least.is_finite() && self.waited_ms < 0.99 * self.need.at_least
    }
}

/// Every component that may certainly need longer than it allows itself, by id.
pub fn chains(graph: &Graph, waits: &Waits) -> Vec<Chain> {
    let chain = |component: ComponentId| {
        let limit_ms = graph.component(component).settings.timeout_ms?;
        let need = waits.need[component.0 as usize];
        (need.at_least > limit_ms).then(|| {
            let chain = waits.surest_chain(component);
            let calls = chain.iter().map(|&c| waits.calls[c as usize].dependency).collect();
            let waited_ms = chain.first().map_or(0.0, |&c| waits.of_call(c).at_least);
            Chain { component, limit_ms, need, calls, waited_ms }
        })
    };
    graph.ids().filter_map(chain).collect()
}

/// A limit that never acts because another one acts before it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct DeadSetting {
    /// The call.
    pub dependency: DependencyId,
    /// The layer whose limit it is.
    pub layer: Layer,
    /// Which limit.
    pub what: Dead,
    /// The limit that never acts, in milliseconds.
    pub dead_ms: f64,
    /// The one that acts before it.
    pub acting_ms: f64,
}

/// Which limit never acts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Dead {
    /// That of one try: all tries together have no more, so there is only one.
    PerTry,
    /// That of a call: the caller itself has no more.
    BeyondCaller,
}

/// Every limit that never acts, by dependency and layer.
pub fn dead_settings(graph: &Graph, waits: &Waits) -> Vec<DeadSetting> {
    let mut found = Vec::new();
    for call in &waits.calls {
        let mut left = f64::INFINITY;
        for stage in &call.stages {
            left = left.min(stage.limit);
            if stage.tries > 1.0 && stage.per_try.is_finite() && stage.per_try >= left {
                let (dead_ms, acting_ms) = (stage.per_try, left);
                let dependency = call.dependency;
                found.push(DeadSetting { dependency, layer: stage.layer, what: Dead::PerTry, dead_ms, acting_ms });
            }
            left = left.min(stage.per_try);
        }
        let own = graph.component(call.from).settings.timeout_ms.unwrap_or(f64::INFINITY);
        let limit = call.stages.iter().find(|s| s.limit.is_finite());
        if let Some(stage) = limit.filter(|_| call.try_limit() > own) {
            let (dead_ms, acting_ms) = (stage.limit, own);
            let dependency = call.dependency;
            found.push(DeadSetting { dependency, layer: stage.layer, what: Dead::BeyondCaller, dead_ms, acting_ms });
        }
    }
    found
}

/// A component that is stopped before the longest request in it is done.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Drain {
    /// Which component.
    pub component: ComponentId,
    /// How long it has when told to stop, in milliseconds.
    pub drain_ms: f64,
    /// How long a request may be in it.
    pub longest: Wait,
}

/// Every component whose drain is certainly shorter than the longest request in flight, by id.
pub fn drains(graph: &Graph, waits: &Waits) -> Vec<Drain> {
    let drain = |component: ComponentId| {
        let drain_ms = graph.component(component).settings.drain_ms?;
        let longest = waits.answer[component.0 as usize];
        (longest.at_least > drain_ms && !longest.unknown()).then_some(Drain { component, drain_ms, longest })
    };
    graph.ids().filter_map(drain).collect()
}

/// Every call whose answer somebody waits for without a limit, with what is known of that; by dependency. What is only
/// sent is not waited for long.
pub fn without_timeout(graph: &Graph, waits: &Waits) -> Vec<(DependencyId, Limit)> {
    let calls = waits.calls.iter().filter(|c| c.limit != Limit::Stated || !c.try_limit().is_finite());
    let answered = calls.filter(|c| graph.dependency(c.dependency).interaction != Interaction::AsyncPublish);
    answered.map(|c| (c.dependency, c.limit)).collect()
}
