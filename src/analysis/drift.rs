//! What manifests say beside what traces saw.

use crate::graph::{
    ComponentId, Confidence, Criticality, Dependency, DependencyId, Evidence, Graph, Interaction, Kind, Layer,
    MatchRule, Observed, Plane, RequirementId,
};
use rustc_hash::FxHashSet;

/// Failed calls from which on it says something that none was repeated.
const FAILURES: u64 = 5;

/// How far a measured time may go beyond a limit that is in force: clients stop a little late.
const TOLERANCE: f64 = 1.1;

/// Where manifests and traces disagree.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Drift {
    /// Services of the traces that are no component of the manifests, by id. What they use cannot be declared.
    pub unmatched: Vec<ComponentId>,
    /// Dependencies that were seen and that no manifest declares, by id.
    pub undeclared: Vec<DependencyId>,
    /// Dependencies that are declared and were never seen, although their dependent recorded spans, by id.
    pub unobserved: Vec<DependencyId>,
    /// Components that record no spans while others around them do, by id.
    pub blind_spots: Vec<ComponentId>,
    /// Settings that do not agree with what was seen, by dependency.
    pub settings: Vec<Discrepancy>,
}

/// A setting that does not agree with what was seen.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Discrepancy {
    /// Of which dependency.
    pub dependency: DependencyId,
    /// Which setting.
    pub what: Setting,
    /// What is configured.
    pub declared: Value,
    /// What was seen.
    pub observed: Value,
}

impl Discrepancy {
    /// Where the setting stands, as far as that is known; else where the dependency does.
    pub fn evidence<'g>(&self, graph: &'g Graph) -> Option<&'g Evidence> {
        let d = graph.dependency(self.dependency);
        let layers = d.retry.iter().flat_map(|retry| &retry.layers);
        let of_retries = layers.filter_map(|layer| layer.evidence.as_ref()).next();
        match self.what {
            Setting::Tries | Setting::PerTryTimeout => of_retries.or(d.evidence.first()),
            Setting::Timeout | Setting::Criticality => d.evidence.first(),
        }
    }
}

/// What can be configured and seen.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Setting {
    /// Most tries of one call, the first included.
    Tries,
    /// Limit of a call in milliseconds; seen is the 99th percentile.
    Timeout,
    /// Limit of one try in milliseconds; seen is the 99th percentile.
    PerTryTimeout,
    /// Whether the dependent fails with its provider.
    Criticality,
}

impl Setting {
    /// The word of the output contract.
    pub fn word(self) -> &'static str {
        match self {
            Setting::Tries => "tries",
            Setting::Timeout => "timeout_ms",
            Setting::PerTryTimeout => "per_try_timeout_ms",
            Setting::Criticality => "criticality",
        }
    }
}

/// What a setting is, or was seen to be.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Value {
    /// Nothing says it.
    Unknown,
    /// Nothing bounds it.
    Unlimited,
    /// A count, or milliseconds.
    Number(f64),
    /// Hard or soft.
    Criticality(Criticality),
}

/// Compares what is declared with what was seen; nothing if there are no traces, or nothing but traces.
/// With n dependencies O(n), and at most n^1.5 where calls go round things that record no spans.
pub fn drift(graph: &Graph) -> Option<Drift> {
    let declares = graph.components.iter().any(|c| !c.evidence.is_empty());
    if graph.matches.is_empty() || !declares {
        return None;
    }
    let pairs = Pairs::of(graph);
    Some(Drift {
        unmatched: unmatched(graph),
        undeclared: graph.dependency_ids().filter(|&id| pairs.undeclared(graph, graph.dependency(id))).collect(),
        unobserved: graph.dependency_ids().filter(|&id| pairs.unobserved(graph, graph.dependency(id))).collect(),
        blind_spots: blind_spots(graph),
        settings: graph.dependency_ids().flat_map(|id| discrepancies(graph, id)).collect(),
    })
}

type Pair = (ComponentId, ComponentId);

/// Who was seen to use whom, and what that explains.
struct Pairs {
    seen: FxHashSet<Pair>,
    /// Requirements of which some provider was seen: the others are its alternatives.
    met: FxHashSet<RequirementId>,
    /// Dependents and who takes over when something else of theirs fails.
    fallbacks: FxHashSet<Pair>,
    /// Seen between two that are declared to have something between them that records no spans, such as a proxy: a
    /// call from the one to the other is what both its hops look like in traces.
    relayed: FxHashSet<Pair>,
    /// The first of those hops.
    first_hops: FxHashSet<Pair>,
}

impl Pairs {
    fn of(graph: &Graph) -> Self {
        let all = || graph.dependencies.iter();
        let seen: FxHashSet<Pair> = all().filter(|d| d.observed.is_some()).map(|d| (d.from, d.to)).collect();
        let met = all().filter(|d| seen.contains(&(d.from, d.to))).filter_map(|d| d.requirement).collect();
        let fallbacks = all().filter_map(|d| Some((d.from, d.fallback?))).collect();
        let (mut relayed, mut first_hops) = (FxHashSet::default(), FxHashSet::default());
        let declared: FxHashSet<Pair> = all().filter(|d| declared_call(d)).map(|d| (d.from, d.to)).collect();
        for from in graph.ids() {
            for (relay, to) in ways_round(graph, &declared, from) {
                relayed.insert((from, to));
                first_hops.insert((from, relay));
            }
        }
        Self { seen, met, fallbacks, relayed, first_hops }
    }

    fn undeclared(&self, graph: &Graph, d: &Dependency) -> bool {
        only_seen(d) && d.plane == Plane::Runtime && !self.relayed.contains(&(d.from, d.to)) && !off(graph, d)
    }

    /// Nothing is said of a dependent that records nothing, of what is only called when something else fails, and of
    /// alternatives to what was seen.
    fn unobserved(&self, graph: &Graph, d: &Dependency) -> bool {
        let pair = (d.from, d.to);
        let could_be_seen =
            declared_call(d) && d.confidence == Confidence::Declared && graph.component(d.from).spans > 0;
        let excused = self.first_hops.contains(&pair)
            || self.fallbacks.contains(&pair)
            || d.requirement.is_some_and(|requirement| self.met.contains(&requirement));
        could_be_seen && !off(graph, d) && !self.seen.contains(&pair) && !excused
    }
}

/// Silent components between a dependent and what it was seen to call, each with the latter. Looked for from the side
/// that has less to look at, so that neither many proxies nor one with many providers cost much.
fn ways_round(graph: &Graph, declared: &FxHashSet<Pair>, from: ComponentId) -> Vec<Pair> {
    let of = |keep: &dyn Fn(&Dependency) -> bool| -> Vec<ComponentId> {
        graph.providers(from).filter(|(_, d)| keep(d)).map(|(_, d)| d.to).collect()
    };
    let ends = of(&only_seen);
    if ends.is_empty() {
        return Vec::new();
    }
    let relays = of(&|d| declared_call(d) && relays(graph, d.to));
    let behind = relays.iter().map(|&relay| graph.providers(relay).count()).fold(0, usize::saturating_add);
    if behind < relays.len().saturating_mul(ends.len()) {
        let ends: FxHashSet<ComponentId> = ends.into_iter().collect();
        let hops = relays.iter().flat_map(|&relay| graph.providers(relay).map(move |(_, d)| (relay, d)));
        hops.filter(|(_, d)| declared_call(d) && ends.contains(&d.to)).map(|(relay, d)| (relay, d.to)).collect()
    } else {
        let pairs = relays.iter().flat_map(|&relay| ends.iter().map(move |&end| (relay, end)));
        pairs.filter(|pair| declared.contains(pair)).collect()
    }
}

fn off(graph: &Graph, d: &Dependency) -> bool {
    graph.component(d.from).off || graph.component(d.to).off
}

fn only_seen(d: &Dependency) -> bool {
    d.confidence == Confidence::Observed && d.observed.is_some()
}

/// Something passes at run time, and a manifest says so.
fn declared_call(d: &Dependency) -> bool {
    let passes = matches!(
        d.interaction,
        Interaction::Sync
            | Interaction::AsyncPublish
            | Interaction::AsyncConsume
            | Interaction::Read
            | Interaction::Write
    );
    passes && d.plane == Plane::Runtime && d.confidence != Confidence::Observed
}

/// Whether a component may pass calls on without a trace of itself.
fn relays(graph: &Graph, id: ComponentId) -> bool {
    let component = graph.component(id);
    component.spans == 0 && matches!(component.kind, Kind::Service | Kind::Entry)
}

fn unmatched(graph: &Graph) -> Vec<ComponentId> {
    let own = graph.matches.iter().filter(|m| m.rule == MatchRule::Own).map(|m| m.component);
    let mut unmatched: Vec<ComponentId> = own.collect();
    unmatched.sort_unstable();
    unmatched.dedup();
    unmatched
}

/// Programs that run all the time and record nothing, in scopes where others record. Stores and brokers are known by
/// their clients' spans; of jobs and of what only a Compose profile starts nobody knows whether they ran.
fn blind_spots(graph: &Graph) -> Vec<ComponentId> {
    let traced: FxHashSet<ComponentId> = graph.matches.iter().map(|m| m.component).collect();
    let scopes: FxHashSet<&str> = traced.iter().map(|&id| &*graph.component(id).scope).collect();
    let is_blind = |&id: &ComponentId| {
        let c = graph.component(id);
        let runs = matches!(c.kind, Kind::Service | Kind::Function) && !c.off && c.profiles.is_empty();
        let declared = !c.evidence.is_empty();
        runs && declared && !c.telemetry && !traced.contains(&id) && scopes.contains(&*c.scope)
    };
    graph.ids().filter(is_blind).collect()
}

fn discrepancies(graph: &Graph, dependency: DependencyId) -> Vec<Discrepancy> {
    let d = graph.dependency(dependency);
    let Some(seen) = &d.observed else { return Vec::new() };
    let library = d.retry.as_ref().and_then(|r| r.layer(Layer::Library));
    let per_try = library.and_then(|l| l.per_try_timeout_ms);
    let found = [
        (Setting::Tries, tries(d, seen)),
        (Setting::Timeout, exceeded(d.timeout.ms, seen)),
        (Setting::PerTryTimeout, exceeded(per_try, seen)),
        (Setting::Criticality, criticality(d, seen, u64::from(graph.containment_min.max(1)))),
    ];
    let row = |(what, values): (Setting, Option<(Value, Value)>)| {
        values.map(|(declared, observed)| Discrepancy { dependency, what, declared, observed })
    };
    found.into_iter().filter_map(row).collect()
}

/// More tries than all layers together allow; or none where the caller's own library is told to retry and calls failed.
/// What a mesh repeats need not show in spans, so its silence says nothing.
fn tries(d: &Dependency, seen: &Observed) -> Option<(Value, Value)> {
    let most = Value::Number(seen.most_tries as f64);
    let Some(retry) = &d.retry else {
        return (seen.most_tries > 1).then_some((Value::Unknown, most));
    };
    if retry.tries.is_some_and(|tries| seen.most_tries > tries) {
        return Some((retry.tries.map_or(Value::Unlimited, |n| Value::Number(n as f64)), most));
    }
    let library = retry.layer(Layer::Library)?;
    let retries = library.unlimited || library.tries.is_some_and(|n| n > 1);
    let never = seen.errors >= FAILURES && seen.retries == 0 && seen.most_tries == 1;
    let declared = library.tries.map_or(Value::Unlimited, |n| Value::Number(f64::from(n)));
    (retries && never).then_some((declared, most))
}

/// Calls that took longer than a limit that should have ended them.
fn exceeded(limit_ms: Option<f64>, seen: &Observed) -> Option<(Value, Value)> {
    let (limit, p99) = (limit_ms?, seen.p99_ms?);
    (p99 > limit * TOLERANCE).then_some((Value::Number(limit), Value::Number(p99)))
}

/// A statement that outcomes contradict. What nobody stated follows the outcomes anyway.
fn criticality(d: &Dependency, seen: &Observed, containment_min: u64) -> Option<(Value, Value)> {
    if d.assumed || seen.failures < containment_min {
        return None;
    }
    let found = match d.criticality {
        Criticality::Hard if seen.contained == seen.failures => Criticality::Soft,
        // A caller may fail for another reason at the same time, but not most of the times.
        Criticality::Soft if seen.contained < seen.failures - seen.contained => Criticality::Hard,
        Criticality::Hard | Criticality::Soft => return None,
    };
    Some((Value::Criticality(d.criticality), Value::Criticality(found)))
}
