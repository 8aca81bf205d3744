use crate::facts::traces::Calls;
use crate::facts::{
    Confidence, Criticality, EntryOrigin, Evidence, Interaction, Kind, Layer, Note, Origin, Plane, RetryLayer,
    Settings, Spread, TimeoutOrigin,
};
use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::Arc;

/// A component of a [`Graph`]: its index in [`Graph::components`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ComponentId(pub u32);

/// A dependency of a [`Graph`]: its index in [`Graph::dependencies`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct DependencyId(pub u32);

/// A requirement of a [`Graph`]: its index in [`Graph::requirements`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RequirementId(pub u32);

/// Interchangeable instances of a component.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Replicas {
    /// How many there are, in the variant that has the fewest.
    pub count: u32,
    /// How many must work.
    pub need: u32,
    /// Somebody wrote the count down.
    pub explicit: bool,
    /// Another variant has more.
    pub varies: bool,
}

/// That users come in at a component.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Entry {
    /// Observed share of traffic, declared weight, or 1.
    pub weight: f64,
    /// Whether `weight` was declared or observed.
    pub weighted: bool,
    /// How it is known.
    pub origin: EntryOrigin,
}

/// A thing that can fail.
#[derive(Clone, Debug)]
pub struct Component {
    /// `kind:namespace/name`, with `@scope` where that alone is not unique.
    pub id: Arc<str>,
    /// What sort of thing.
    pub kind: Kind,
    /// Its name.
    pub name: Arc<str>,
    /// Its namespace; `None` for externals and placement domains.
    pub namespace: Option<Arc<str>>,
    /// The world it lives in; empty for what is the same from everywhere.
    pub scope: Arc<str>,
    /// Other names, sorted.
    pub aliases: Vec<Arc<str>>,
    /// Instances; `None` if unknown (then only the whole component is an event).
    pub replicas: Option<Replicas>,
    /// What keeps the instances apart; `None` if nothing is known of the scheduler that places them.
    pub spread: Option<Spread>,
    /// Written `replicas: 0`: it carries no fault.
    pub off: bool,
    /// Where users come in, if they do.
    pub entry: Option<Entry>,
    /// Compose profiles.
    pub profiles: Vec<Arc<str>>,
    /// The container images that it runs, as they are written, sorted: who changes one changes all that run it.
    pub images: Vec<Arc<str>>,
    /// It only watches others.
    pub telemetry: bool,
    /// Spans that it recorded itself.
    pub spans: u64,
    /// Requests per second that traces saw coming in here, beyond those of traced callers ([`OBSERVED_RATES`]).
    pub seen_rps: Option<f64>,
    /// The median of how long its requests took in traces, in milliseconds.
    pub seen_ms: Option<f64>,
    /// Who owns it.
    pub owner: Option<Arc<str>>,
    /// Numbers.
    pub settings: Settings,
    /// Files or folders that deploy it, when there are several.
    pub variants: Vec<Arc<str>>,
    /// Where it stands, sorted by place.
    pub evidence: Vec<Evidence>,
}

/// All retry layers of a dependency.
#[derive(Clone, Debug, PartialEq)]
pub struct Retry {
    /// Product of the independent layers' tries as configured; `None` if unlimited.
    pub tries: Option<u64>,
    /// A layer is unbounded.
    pub unlimited: bool,
    /// `Explicit` if any layer is.
    pub origin: Origin,
    /// The layers, by [`Layer`].
    pub layers: Vec<RetryLayer>,
}

impl Retry {
    /// The retries made of layers; nothing if there are none.
    pub fn of(mut layers: Vec<RetryLayer>) -> Option<Self> {
        if layers.is_empty() {
            return None;
        }
        layers.sort_by_key(|l| l.layer);
        let unlimited = layers.iter().any(|l| l.unlimited);
        let product = layers.iter().fold(1u64, |n, l| n.saturating_mul(u64::from(l.tries.unwrap_or(1).max(1))));
        let origin = layers.iter().map(|l| l.origin).min().unwrap_or(Origin::Unknown);
        Some(Self { tries: (!unlimited).then_some(product), unlimited, origin, layers })
    }

    /// The layer of a sort, if it is there.
    pub fn layer(&self, layer: Layer) -> Option<&RetryLayer> {
        self.layers.iter().find(|l| l.layer == layer)
    }
}

/// The overall timeout of a dependency.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Timeout {
    /// Milliseconds; `None` if there is none (disabled) or it is unknown.
    pub ms: Option<f64>,
    /// Where it comes from.
    pub origin: TimeoutOrigin,
}

/// The limit that one layer sets to a call.
#[derive(Clone, Debug, PartialEq)]
pub struct LayerTimeout {
    /// Which layer.
    pub layer: Layer,
    /// Milliseconds; `None` is known to be disabled.
    pub ms: Option<f64>,
    /// Where it comes from.
    pub origin: TimeoutOrigin,
    /// Where it stands.
    pub evidence: Evidence,
}

/// What one of several routes of a layer says of calls, where they say different things.
#[derive(Clone, Debug, PartialEq)]
pub struct RouteSettings {
    /// Which layer.
    pub layer: Layer,
    /// Its tries, if it says anything of them.
    pub retry: Option<RetryLayer>,
    /// Its limit, if it says anything of it.
    pub timeout: Option<LayerTimeout>,
    /// Where it stands.
    pub evidence: Evidence,
}

impl RouteSettings {
    /// Whether the tries, and whether the limit, of a dependency are those of this route.
    pub fn counts(&self, of: &Dependency) -> (bool, bool) {
        let counted = of.retry.as_ref().and_then(|retry| retry.layer(self.layer));
        let same =
            |a: &RetryLayer, b: &RetryLayer| (a.unlimited, a.tries, &a.evidence) == (b.unlimited, b.tries, &b.evidence);
        let tries = self.retry.as_ref().zip(counted).is_some_and(|(own, counted)| same(own, counted));
        (tries, self.timeout.as_ref().is_some_and(|own| of.timeouts.contains(own)))
    }
}

impl Timeout {
    /// The limit in force: the smallest of those that layers set, else disabled if one is known to be, else unknown.
    pub fn of(layers: &[LayerTimeout]) -> Self {
        let smallest = layers.iter().filter_map(|l| Some((l.ms?, l.origin))).min_by(|a, b| a.0.total_cmp(&b.0));
        match smallest {
            Some((ms, origin)) => Self { ms: Some(ms), origin },
            None if layers.is_empty() => Self { ms: None, origin: TimeoutOrigin::Unknown },
            None => Self { ms: None, origin: TimeoutOrigin::Disabled },
        }
    }
}

/// What traces say of a dependency. Counts are adjusted for sampling where the spans say how.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Observed {
    /// Calls.
    pub calls: u64,
    /// Calls that failed.
    pub errors: u64,
    /// Failed calls whose caller's own outcome is known.
    pub failures: u64,
    /// Of those, how many left the caller's own span without an error.
    pub contained: u64,
    /// Share of the caller's requests that use it.
    pub share: Option<f64>,
    /// Median latency.
    pub p50_ms: Option<f64>,
    /// 99th percentile of latency.
    pub p99_ms: Option<f64>,
    /// Calls for each request of the caller that uses it, repeated ones left out: those are tries.
    pub calls_per_request: Option<f64>,
    /// Calls that repeat a failed one, or say that they repeat one.
    pub retries: u64,
    /// Most tries of one call, the first included; 0 if unknown.
    pub most_tries: u64,
    /// Calls that ended after the caller's own request: nobody waited for them.
    pub detached: u64,
    /// When the first and the last call began, in nanoseconds since the epoch, if that is known.
    pub window: Option<(u64, u64)>,
    /// What else was called while a call was running, and how often, by component.
    pub parallel: Vec<(ComponentId, u64)>,
    /// The same by operation of the caller, by name.
    pub operations: Vec<ObservedOperation>,
}

/// What one operation of the caller does with a provider.
#[derive(Clone, Debug, PartialEq)]
pub struct ObservedOperation {
    /// Name of the operation; empty if the call's own request is unknown.
    pub name: Arc<str>,
    /// Share of the operation's requests that make at least one call.
    pub share: Option<f64>,
    /// Calls.
    pub calls: u64,
    /// Calls that failed.
    pub errors: u64,
}

impl Observed {
    /// What calls amount to, by operation of the caller, which handled so many requests of each.
    pub(super) fn of(operations: &BTreeMap<&str, Calls>, requests: &BTreeMap<&str, u64>) -> Self {
        let mut all = Calls::default();
        operations.values().for_each(|calls| all.merge(calls));
        let ms = |q: f64| all.latency.quantile(q).map(|ns| ns / 1e6);
        let handled = requests.values().copied().fold(0, u64::saturating_add);
        let of_operation = |(&name, calls): (&&str, &Calls)| ObservedOperation {
            name: name.into(),
            share: part(calls.requests, requests.get(name).copied().unwrap_or(0)),
            calls: adjusted(calls, calls.calls),
            errors: adjusted(calls, calls.errors),
        };
        Self {
            calls: adjusted(&all, all.calls),
            errors: adjusted(&all, all.errors),
            failures: all.failures,
            contained: all.contained,
            share: part(all.requests, handled).filter(|_| all.requests > 0),
            p50_ms: ms(0.5),
            p99_ms: ms(0.99),
            calls_per_request: (all.requests > 0)
                .then(|| all.calls.saturating_sub(all.retries) as f64 / all.requests as f64),
            retries: all.retries,
            most_tries: all.most_tries,
            detached: all.detached,
            window: all.window,
            parallel: Vec::new(),
            operations: operations.iter().map(of_operation).collect(),
        }
    }
}

fn part(n: u64, of: u64) -> Option<f64> {
    (of > 0).then(|| (n as f64 / of as f64).min(1.0))
}

/// How many calls `n` of these stand for on average. Adjusted counts are in thousandths.
fn adjusted(calls: &Calls, n: u64) -> u64 {
    let all = u128::from(calls.calls.max(1)) * 1000;
    u64::try_from((u128::from(calls.adjusted) * u128::from(n) + all / 2) / all).unwrap_or(u64::MAX)
}

/// By which rule a trace service was found to be a component.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum MatchRule {
    /// `[alias]` of `linchpin.toml`.
    Alias,
    /// `k8s.*` resource attributes.
    KubernetesAttributes,
    /// `OTEL_SERVICE_NAME` or `OTEL_RESOURCE_ATTRIBUTES` in the manifest.
    StatedServiceName,
    /// A Service or Compose name that answers in the namespace.
    HostName,
    /// The same name.
    Name,
    /// The same name but for case, separators and the word "service".
    NormalisedName,
    /// None: the service is a component of its own.
    Own,
}

impl MatchRule {
    /// The word used in outputs.
    pub fn word(self) -> &'static str {
        match self {
            MatchRule::Alias => "alias",
            MatchRule::KubernetesAttributes => "kubernetes-attributes",
            MatchRule::StatedServiceName => "stated-service-name",
            MatchRule::HostName => "host-name",
            MatchRule::Name => "name",
            MatchRule::NormalisedName => "normalised-name",
            MatchRule::Own => "own-component",
        }
    }
}

/// Which component a trace service is, and how that is known.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Match {
    /// The service, with its namespace if it has one.
    pub service: Arc<str>,
    /// The component.
    pub component: ComponentId,
    /// The rule.
    pub rule: MatchRule,
    /// Components of other scopes that the name fits as well; this one's scope comes first.
    pub also: Vec<ComponentId>,
}

/// A dependency: `from` needs `to`.
#[derive(Clone, Debug)]
pub struct Dependency {
    /// The dependent.
    pub from: ComponentId,
    /// The provider.
    pub to: ComponentId,
    /// What passes.
    pub interaction: Interaction,
    /// What the provider's failure means.
    pub criticality: Criticality,
    /// `criticality` is an assumption: nothing says so.
    pub assumed: bool,
    /// When it matters. Only `Runtime` carries faults.
    pub plane: Plane,
    /// How sure.
    pub confidence: Confidence,
    /// The requirement that it belongs to, if it is one of several providers of one; a dependency without one is 1 of 1.
    pub requirement: Option<RequirementId>,
    /// Retries, if anything is known.
    pub retry: Option<Retry>,
    /// Overall timeout in force.
    pub timeout: Timeout,
    /// The limits of the layers that set one, by [`Layer`].
    pub timeouts: Vec<LayerTimeout>,
    /// What each route says, where several of a layer differ: of those the worst counts. By layer and place.
    pub routes: Vec<RouteSettings>,
    /// Calls that the dependent's instances together may have under way, if that is limited (a bulkhead).
    pub max_concurrent: Option<f64>,
    /// Share of the dependent's requests that use it, declared or observed.
    pub share: Option<f64>,
    /// Calls for each of those requests.
    pub calls_per_request: Option<f64>,
    /// A circuit breaker stands on it.
    pub circuit_breaker: bool,
    /// Who takes over when it fails.
    pub fallback: Option<ComponentId>,
    /// How long the dependent goes on without it, in milliseconds.
    pub buffer_ms: Option<f64>,
    /// Probability that its failure becomes one of the dependent.
    pub probability: Option<f64>,
    /// Assumptions ([`Assumption::id`]) that its numbers rest on, sorted.
    pub assumptions: Vec<Arc<str>>,
    /// Stage for parallel dependencies.
    pub stage: Option<Arc<str>>,
    /// For `uses-pool`: the most held at once, and what is reserved.
    pub pool: Option<(Option<f64>, Option<f64>)>,
    /// What traces say.
    pub observed: Option<Box<Observed>>,
    /// Where it stands, sorted by place.
    pub evidence: Vec<Evidence>,
}

/// `need` of several providers must work.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Requirement {
    /// Whose requirement.
    pub of: ComponentId,
    /// Its name within the dependent.
    pub id: Arc<str>,
    /// How many must work.
    pub need: u32,
    /// The dependencies to its providers.
    pub members: Vec<DependencyId>,
}

/// A reference that could not be resolved (LP080).
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Unresolved {
    /// Who refers.
    pub from: ComponentId,
    /// The name as written (never a credential).
    pub target: Arc<str>,
    /// Why it cannot be: no such name, the name's selector matches nothing, or the target is switched off.
    pub why: Arc<str>,
    /// Where it stands.
    pub evidence: Evidence,
}

/// The id of the assumption that as many requests come as traces saw.
pub const OBSERVED_RATES: &str = "observed-rates";

/// Something that the graph takes for granted because nothing says otherwise.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Assumption {
    /// Short name: `hard-edges`.
    pub id: Arc<str>,
    /// What is assumed, in a sentence.
    pub text: String,
    /// The setting that would replace the assumption.
    pub setting: Option<String>,
    /// Where it applies.
    pub evidence: Vec<Evidence>,
}

/// The graph of a system, frozen.
#[derive(Clone, Debug, Default)]
pub struct Graph {
    /// Sorted by id.
    pub components: Vec<Component>,
    /// Sorted by dependent, provider, plane, interaction, requirement.
    pub dependencies: Vec<Dependency>,
    /// Sorted by dependent and name.
    pub requirements: Vec<Requirement>,
    /// References to nothing, sorted.
    pub unresolved: Vec<Unresolved>,
    /// What readers noticed for the rules, sorted.
    pub notes: Vec<Note>,
    /// What is taken for granted, sorted.
    pub assumptions: Vec<Assumption>,
    /// Which component each trace service is, by service.
    pub matches: Vec<Match>,
    /// From how many failed calls on their outcomes say whether a dependency is hard (`[assume] containment_min`).
    pub containment_min: u32,
    /// What was supposed on top of what was read, in order.
    pub changes: Vec<Arc<str>>,
    /// For each component the range of its dependencies in `dependencies`.
    outgoing: Vec<Range<u32>>,
    /// For each component the dependencies that point at it.
    incoming: Vec<Vec<DependencyId>>,
}

impl Graph {
    /// Freezes sorted parts. `dependencies` must be sorted by `from`.
    pub fn freeze(components: Vec<Component>, dependencies: Vec<Dependency>, requirements: Vec<Requirement>) -> Self {
        let mut outgoing = vec![0..0; components.len()];
        let mut incoming = vec![Vec::new(); components.len()];
        for (i, d) in (0u32..).zip(&dependencies) {
            let range: &mut Range<u32> = &mut outgoing[d.from.0 as usize];
            *range = if range.start == range.end { i } else { range.start }..i + 1;
            incoming[d.to.0 as usize].push(DependencyId(i));
        }
        Self { components, dependencies, requirements, outgoing, incoming, ..Self::default() }
    }

    /// A component.
    pub fn component(&self, id: ComponentId) -> &Component {
        &self.components[id.0 as usize]
    }

    /// A dependency.
    pub fn dependency(&self, id: DependencyId) -> &Dependency {
        &self.dependencies[id.0 as usize]
    }

    /// A requirement.
    pub fn requirement(&self, id: RequirementId) -> &Requirement {
        &self.requirements[id.0 as usize]
    }

    /// All component ids in order.
    pub fn ids(&self) -> impl Iterator<Item = ComponentId> + use<> {
        (0..u32::try_from(self.components.len()).unwrap_or(u32::MAX)).map(ComponentId)
    }

    /// All dependency ids in order.
    pub fn dependency_ids(&self) -> impl Iterator<Item = DependencyId> + use<> {
        (0..u32::try_from(self.dependencies.len()).unwrap_or(u32::MAX)).map(DependencyId)
    }

    /// The dependencies of a component, in order.
    pub fn providers(&self, of: ComponentId) -> impl Iterator<Item = (DependencyId, &Dependency)> {
        let range = self.outgoing[of.0 as usize].clone();
        range.map(move |i| (DependencyId(i), &self.dependencies[i as usize]))
    }

    /// The dependencies that point at a component, in order.
    pub fn dependents(&self, of: ComponentId) -> impl Iterator<Item = (DependencyId, &Dependency)> {
        self.incoming[of.0 as usize].iter().map(|&id| (id, self.dependency(id)))
    }

    /// The components where users come in, in order.
    pub fn entries(&self) -> impl Iterator<Item = (ComponentId, Entry)> {
        self.ids().filter_map(|id| Some((id, self.component(id).entry?)))
    }

    /// The component with exactly this id.
    pub fn find(&self, id: &str) -> Option<ComponentId> {
        let i = self.components.binary_search_by(|c| (*c.id).cmp(id)).ok()?;
        u32::try_from(i).ok().map(ComponentId)
    }
}
