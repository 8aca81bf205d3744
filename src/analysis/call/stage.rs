use super::Limit;
use super::pauses::{Pauses, times};
use crate::facts::{Evidence, Interaction, Layer, Origin, Retried, RetryLayer};
use crate::graph::{Dependency, Graph};
use std::collections::BTreeMap;

/// What one layer does with a call. Times in milliseconds, infinite where nothing limits.
#[derive(Clone, Debug, PartialEq)]
pub struct Stage {
    /// Which layer.
    pub layer: Layer,
    /// Tries, the first included; infinite if unlimited.
    pub tries: f64,
    /// Where the tries come from; `Unknown` for a layer of which only a timeout is known.
    pub origin: Origin,
    /// What it tries again.
    pub retried: Retried,
    /// Limit of one try.
    pub per_try: f64,
    /// Limit of all tries together.
    pub limit: f64,
    /// Pauses between tries; the last one repeats.
    pub pauses: Vec<f64>,
    /// Whether they are random.
    pub jitter: Option<bool>,
    /// Retries as a share of requests, at most.
    pub budget: Option<f64>,
    /// Where the retries stand.
    pub evidence: Option<Evidence>,
}

impl Stage {
    fn of(layer: Layer) -> Self {
        Self {
            layer,
            tries: 1.0,
            origin: Origin::Unknown,
            retried: Retried::ALL,
            per_try: f64::INFINITY,
            limit: f64::INFINITY,
            pauses: Vec::new(),
            jitter: None,
            budget: None,
            evidence: None,
        }
    }

    /// The layers of a dependency, the caller's own first.
    pub(super) fn all(graph: &Graph, d: &Dependency) -> Vec<Self> {
        let mut stages: BTreeMap<Layer, Self> = BTreeMap::new();
        for retry in d.retry.iter().flat_map(|r| &r.layers) {
            let stage = stages.entry(retry.layer).or_insert_with(|| Self::of(retry.layer));
            *stage = Self {
                tries: if retry.unlimited { f64::INFINITY } else { f64::from(retry.tries.unwrap_or(1).max(1)) },
                origin: retry.origin,
                retried: retry.retried,
                per_try: retry.per_try_timeout_ms.unwrap_or(f64::INFINITY),
                limit: retry.timeout_ms.unwrap_or(f64::INFINITY),
                pauses: retry.backoff_ms.clone(),
                jitter: retry.jitter,
                budget: budget(retry),
                evidence: retry.evidence.clone(),
                ..Self::of(retry.layer)
            };
        }
        let mut limit = |layer: Layer, ms: f64| {
            let stage = stages.entry(layer).or_insert_with(|| Self::of(layer));
            stage.limit = stage.limit.min(ms);
        };
        d.timeouts.iter().for_each(|t| limit(t.layer, t.ms.unwrap_or(f64::INFINITY)));
        if let (true, Some(ms)) = (d.timeouts.is_empty(), d.timeout.ms) {
            limit(Layer::Library, ms);
        }
        if d.interaction == Interaction::AsyncConsume {
            redelivery(graph, d, &mut stages);
        }
        stages.into_values().collect()
    }
}

/// Retries as a share of the requests that are no retries. Envoy's is one of all that are under way, retries included, so
/// that 20 % of all are 25 % of those (SEMANTICS G.3); Linkerd's, which knows no number of tries, and those of libraries
/// are not.
fn budget(retry: &RetryLayer) -> Option<f64> {
    let share = retry.budget.filter(|b| *b >= 0.0)?;
    let of_all = matches!(retry.layer, Layer::ClientMesh | Layer::Gateway | Layer::ServerMesh) && !retry.unlimited;
    Some(if of_all { share / (1.0 - share.min(0.999)) } else { share })
}

/// What a queue does with a message that is not taken: it becomes visible again after its time, until it has been
/// delivered often enough or is too old.
fn redelivery(graph: &Graph, d: &Dependency, stages: &mut BTreeMap<Layer, Stage>) {
    let queue = graph.component(d.to);
    let settings = &queue.settings;
    if let Some(deliveries) = settings.deliveries.filter(|n| *n >= 1.0)
        && !stages.values().any(|s| matches!(s.layer, Layer::Queue | Layer::Platform))
    {
        let evidence = queue.evidence.first().cloned();
        let stage = Stage { tries: deliveries, origin: Origin::Explicit, evidence, ..Stage::of(Layer::Queue) };
        stages.insert(Layer::Queue, stage);
    }
    if let Some(stage) = stages.get_mut(&Layer::Queue) {
        stage.limit = stage.limit.min(settings.retention_ms.unwrap_or(f64::INFINITY));
        if let (true, Some(hidden)) = (stage.pauses.is_empty(), settings.visibility_ms) {
            // Hidden from when it is delivered, not from when the consumer gives up.
            (stage.per_try, stage.pauses) = (0.0, vec![hidden]);
        }
    }
}

/// How a caller sees that something is wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Symptom {
    /// The callee cannot be reached: the call fails at once.
    Refused,
    /// The callee answers with an error, at once.
    Error,
    /// The callee does not answer.
    Late,
    /// The callee does not answer, or gives up on somebody else and answers with an error.
    LateOrError,
}

/// What keeps a layer from doing all its tries.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Bound {
    /// Nothing.
    Nothing,
    /// It does not retry what went wrong.
    Condition,
    /// Its time, or that of a layer before it, is over.
    Deadline,
    /// Nothing ends the first try.
    FirstTry,
    /// Its budget of retries.
    Budget,
}

/// What a layer contributes to the tries of a call.
#[derive(Clone, Debug, PartialEq)]
pub struct LayerTries {
    /// Which layer.
    pub layer: Layer,
    /// As configured; infinite if unlimited.
    pub configured: f64,
    /// In effect: at least 1, a fraction under a budget, infinite if nothing limits them.
    pub tries: f64,
    /// Why there are fewer than configured.
    pub bound: Bound,
}

/// The tries of each stage.
///
/// Two sweeps. Outwards in, a layer has the time that the layers before it leave: the least of their limits and of
/// their limits of a try. Inwards out, one try of a layer takes as long as all tries of the layers behind it.
pub(super) fn tries(stages: &[Stage], seen: Symptom, budgets: bool, known: Limit) -> Vec<LayerTries> {
    let response = if matches!(seen, Symptom::Late | Symptom::LateOrError) { f64::INFINITY } else { 0.0 };
    let mut time = response;
    let mut found: Vec<LayerTries> = Vec::with_capacity(stages.len());
    for (stage, limit) in stages.iter().zip(limits(stages)).rev() {
        let again = match seen {
            Symptom::Refused => stage.retried.refused,
            Symptom::Error => stage.retried.error,
            Symptom::Late => stage.retried.late,
            Symptom::LateOrError => stage.retried.late || stage.retried.error,
        };
        let each = match seen {
            // An error may come at any time, also at once.
            Symptom::LateOrError if stage.retried.error => 0.0,
            _ => stage.per_try.min(time),
        };
        let configured = if again { stage.tries } else { 1.0 };
        let pauses = Pauses(&stage.pauses);
        // If nobody says how long one try may take, some limit may be there all the same: the worst is assumed.
        let started = match each.is_infinite() && known == Limit::Unknown {
            true => configured,
            false => pauses.started(configured, each, limit),
        };
        time = limit.min(pauses.start_of(started, each) + stage.per_try.min(time));
        let budgeted = match stage.budget {
            Some(budget) if budgets => started.min(1.0 + budget),
            _ => started,
        };
        let bound = match () {
            () if !again && stage.tries > 1.0 => Bound::Condition,
            () if budgeted < started => Bound::Budget,
            () if started < configured && each.is_infinite() => Bound::FirstTry,
            () if started < configured => Bound::Deadline,
            () => Bound::Nothing,
        };
        found.push(LayerTries { layer: stage.layer, configured: stage.tries, tries: budgeted, bound });
    }
    found.reverse();
    found
}

/// The time that each stage has.
pub(super) fn limits(stages: &[Stage]) -> Vec<f64> {
    let ends = stages.iter().scan(f64::INFINITY, |left, stage| {
        let limit = left.min(stage.limit);
        *left = limit.min(stage.per_try_or_none());
        Some(limit)
    });
    ends.collect()
}

impl Stage {
    /// A queue's visibility is no limit of what its consumer calls.
    fn per_try_or_none(&self) -> f64 {
        if self.per_try > 0.0 { self.per_try } else { f64::INFINITY }
    }

    /// How long all tries of it take, if each takes so long.
    pub(super) fn length(&self, tries: f64, each: f64, limit: f64) -> f64 {
        limit.min(Pauses(&self.pauses).start_of(tries, each) + times(1.0, each))
    }
}
