//! Which policies act on which calls, and what they come to together.
//!
//! On one call, each layer has one say: of its policies those of the highest rank that state a thing hold, and of
//! several such the worst (most tries, longest limit), because a route or variant that is met sometimes is met when it
//! hurts. Different layers are different parts of the path and all act (SEMANTICS A.5).

use super::identity::Parts;
use super::names::{Meaning, Names};
use super::resolve::Edge;
use crate::facts::address::{Address, Family};
use crate::facts::{
    CallPolicy, Callers, Calls, Evidence, Interaction, Key, Kind, Layer, Plane, PlatformAssumption, Providers, Rank,
    RetryLayer, Target, TimeoutOrigin,
};
use crate::graph::model::{Assumption, LayerTimeout, RouteSettings};
use crate::source::Problem;
use rustc_hash::{FxHashMap, FxHashSet};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// What policies say of one dependency.
#[derive(Clone, Debug, Default)]
pub(super) struct Effect {
    pub retry: Vec<RetryLayer>,
    pub timeouts: Vec<LayerTimeout>,
    pub routes: Vec<RouteSettings>,
    pub circuit_breaker: bool,
    pub max_concurrent: Option<f64>,
    pub assumptions: Vec<Arc<str>>,
}

/// What policies say of all dependencies.
#[derive(Debug, Default)]
pub(super) struct Effects {
    /// By slots of caller and provider, and what of a call is seen on its way.
    calls: FxHashMap<(usize, usize, Seen), Effect>,
    /// Slots of what speaks a protocol of its own: databases, caches, brokers.
    stores: FxHashSet<usize>,
    /// The assumptions that they rest on, sorted.
    pub assumptions: Vec<Assumption>,
    /// Policies for a name that nobody has.
    pub problems: Vec<Problem>,
}

impl Effects {
    /// What holds for a dependency that these edges make.
    pub fn on(&self, edges: &[&Edge], plane: Plane, interaction: Interaction) -> Effect {
        let first = edges.first().filter(|_| plane == Plane::Runtime && passes(interaction));
        let seen = match interaction {
            Interaction::Sync => {
                let mut all = edges.iter().map(|e| self.seen(&e.fact.to, e.to));
                let one = all.next().unwrap_or(Seen::Requests);
                if all.all(|other| other == one) { one } else { Seen::Requests }
            }
            _ => Seen::Connections,
        };
        first.and_then(|e| self.calls.get(&(e.from, e.to, seen))).cloned().unwrap_or_default()
    }
}

/// What of a call is seen on its way.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
enum Seen {
    /// Each request: HTTP and gRPC.
    Requests,
    /// Requests, but inside TLS that the caller speaks itself: its library sees them, sidecars do not (SEMANTICS A.5).
    Encrypted,
    /// Requests of a protocol that only the caller's library knows: those of stores and brokers.
    Opaque,
    /// Connections only.
    Connections,
}

impl Seen {
    fn by(self, policy: &CallPolicy) -> bool {
        let sidecar = matches!(policy.layer, Layer::ClientMesh | Layer::ServerMesh);
        match self {
            Seen::Requests => true,
            _ if policy.calls == Calls::All => true,
            Seen::Encrypted => !sidecar,
            Seen::Opaque => !sidecar && policy.layer != Layer::Gateway,
            Seen::Connections => false,
        }
    }
}

impl Effects {
    /// What proxies see of a call that waits for its answer: by what speaks at its address, else by what is called.
    fn seen(&self, target: &Target, to: usize) -> Seen {
        let addresses = match target {
            Target::Addresses { addresses, .. } => addresses.as_slice(),
            _ => &[],
        };
        let family = |address: &Address| match address {
            Address::Host { family, .. } => *family,
            Address::Resource { .. } => None,
        };
        let families: Vec<Family> = addresses.iter().filter_map(family).collect();
        match families.as_slice() {
            [] if self.stores.contains(&to) => Seen::Opaque,
            [] => Seen::Requests,
            all if all.iter().all(|f| *f == Family::Https) => Seen::Encrypted,
            all if all.iter().all(|f| !f.is_http()) => Seen::Opaque,
            _ => Seen::Requests,
        }
    }
}

/// Whether an interaction is something that passes a library or a proxy.
fn passes(interaction: Interaction) -> bool {
    use Interaction::{AsyncConsume, AsyncPublish, Read, Sync, Write};
    matches!(interaction, Sync | AsyncPublish | AsyncConsume | Read | Write)
}

/// A policy with its names resolved to slots.
struct Resolved<'a> {
    policy: &'a CallPolicy,
    callers: Option<Arc<FxHashSet<usize>>>,
    providers: Whom,
}

enum Whom {
    Anyone,
    /// Everything of the policy's own scope, or of one namespace in it.
    Scope(Option<Arc<str>>),
    Slots(FxHashSet<usize>),
    /// Those of the exact name, and those that have it but for spelling.
    Called(FxHashSet<usize>, FxHashSet<usize>),
}

/// Finds the policies of every call among `edges`.
pub(super) fn effects(policies: &[CallPolicy], edges: &[Edge], parts: &Parts, names: &Names) -> Effects {
    if policies.is_empty() {
        return Effects::default();
    }
    let resolved = resolve(policies, parts, names);
    let index = Index::of(&resolved);
    let mut providers_of: FxHashMap<usize, BTreeSet<usize>> = FxHashMap::default();
    let mut used = vec![false; resolved.len()];
    let speaks_its_own = |kind: Kind| matches!(kind, Kind::Datastore | Kind::Cache | Kind::Queue | Kind::Topic);
    let stores = parts.iter().filter(|(.., c)| speaks_its_own(c.kind)).map(|(slot, ..)| slot).collect();
    let mut effects = Effects { stores, ..Effects::default() };
    let mut ways: FxHashMap<(usize, usize), BTreeSet<Seen>> = FxHashMap::default();
    for edge in edges.iter().filter(|e| e.fact.plane == Plane::Runtime && passes(e.fact.interaction)) {
        providers_of.entry(edge.from).or_default().insert(edge.to);
        let seen = match edge.fact.interaction {
            Interaction::Sync => effects.seen(&edge.fact.to, edge.to),
            _ => Seen::Connections,
        };
        let ways = ways.entry((edge.from, edge.to)).or_default();
        // Several edges may become one dependency, of which the least hidden counts.
        ways.insert(seen);
        if ways.len() > 1 {
            ways.insert(Seen::Requests);
        }
    }
    let mut assumptions: BTreeMap<Arc<str>, Assumption> = BTreeMap::new();
    for (&from, providers) in &providers_of {
        for &to in providers {
            let acting: Vec<usize> = index
                .candidates(from, to)
                .filter(|&i| resolved[i].acts(from, to, providers, parts))
                .inspect(|&i| used[i] = true)
                .collect();
            for &seen in ways.get(&(from, to)).into_iter().flatten() {
                let acting = acting.iter().map(|&i| resolved[i].policy);
                let acting: Vec<&CallPolicy> = acting.filter(|p| seen.by(p)).collect();
                if acting.is_empty() {
                    continue;
                }
                effects.calls.insert((from, to, seen), together(&acting));
                for policy in acting {
                    assume(policy, &mut assumptions);
                }
            }
        }
    }
    effects.assumptions = assumptions.into_values().collect();
    effects.problems = resolved.iter().zip(used).filter(|(_, used)| !used).filter_map(|(r, _)| idle(r)).collect();
    effects.problems.sort();
    effects.problems.dedup();
    effects
}

/// What is wrong with a policy that acts on no call, if anything is: that nobody calls a host is no mistake, that a
/// library's instance is called like no provider may be one.
fn idle(resolved: &Resolved<'_>) -> Option<Problem> {
    let Providers::Called(name) = &resolved.policy.providers else { return None };
    let reason = format!("settings for calls of `{name}` apply to nothing: no provider of this workload has that name");
    let remedy = format!("if it means one, say `{name} = \"<component>\"` under [alias] of linchpin.toml");
    Some(Problem::new(resolved.policy.evidence.at.clone(), reason).remedy(remedy))
}

/// Adds what readers take for granted of platforms, sorted by its name, to what is assumed already.
pub(super) fn add_assumptions(found: &[(Arc<PlatformAssumption>, Evidence)], to: &mut Vec<Assumption>) {
    let mut assumptions = BTreeMap::new();
    found.iter().for_each(|(assumed, evidence)| note(assumed, evidence, &mut assumptions));
    to.extend(assumptions.into_values());
}

fn assume(policy: &CallPolicy, assumptions: &mut BTreeMap<Arc<str>, Assumption>) {
    if let Some(assumed) = &policy.assumption {
        note(assumed, &policy.evidence, assumptions);
    }
}

fn note(assumed: &PlatformAssumption, evidence: &Evidence, assumptions: &mut BTreeMap<Arc<str>, Assumption>) {
    let assumption = assumptions.entry(assumed.id.clone()).or_insert_with(|| Assumption {
        id: assumed.id.clone(),
        text: assumed.text.clone(),
        setting: assumed.setting.clone(),
        evidence: Vec::new(),
    });
    if let Err(place) = assumption.evidence.binary_search(evidence) {
        assumption.evidence.insert(place, evidence.clone());
    }
}

fn resolve<'a>(policies: &'a [CallPolicy], parts: &Parts, names: &Names) -> Vec<Resolved<'a>> {
    // Members of a mesh are one shared list: by the address of the list, which lives as long as the policies.
    let mut lists: FxHashMap<*const BTreeSet<Key>, Arc<FxHashSet<usize>>> = FxHashMap::default();
    let mut members = |keys: &Arc<BTreeSet<Key>>| {
        lists.entry(Arc::as_ptr(keys)).or_insert_with(|| Arc::new(slots(keys.iter(), parts))).clone()
    };
    let resolved = policies.iter().map(|policy| Resolved {
        policy,
        callers: match &policy.callers {
            Callers::Components(keys) => Some(members(keys)),
            Callers::Everyone | Callers::Namespace(_) => None,
        },
        providers: match &policy.providers {
            Providers::Anyone => Whom::Anyone,
            Providers::Scope => Whom::Scope(None),
            Providers::Namespace(namespace) => Whom::Scope(Some(namespace.clone())),
            Providers::Components(keys) => Whom::Slots(slots(keys.iter(), parts)),
            Providers::Named { namespace, target } => {
                Whom::Slots(meant(&policy.scope, namespace, target, parts, names))
            }
            Providers::Called(name) => {
                let set = |slots: Vec<usize>| slots.into_iter().collect();
                let mut exact = names.labelled(name);
                exact.extend(names.alias(name));
                Whom::Called(set(exact), set(names.normalised(name)))
            }
        },
    });
    resolved.collect()
}

fn slots<'k>(keys: impl Iterator<Item = &'k Key>, parts: &Parts) -> FxHashSet<usize> {
    keys.flat_map(|key| parts.slots_of(key).iter().copied()).collect()
}

/// Whom a name means to a member of a namespace.
fn meant(scope: &Arc<str>, namespace: &Arc<str>, target: &Target, parts: &Parts, names: &Names) -> FxHashSet<usize> {
    let member = Key::new(scope, crate::facts::Class::Workload, namespace, "");
    let host = |host: &str| {
        let mut host: Arc<str> = host.into();
        for _ in 0..8 {
            match names.host(parts, &member, &host) {
                Some(Meaning::Slots(slots)) => return slots,
                Some(Meaning::Host(next)) => host = next,
                Some(Meaning::Nobody) => return Vec::new(),
                None => break,
            }
        }
        parts.slots_of(&Key::global(crate::facts::Class::External, &host)).to_vec()
    };
    match target {
        Target::Component(key) => parts.slots_of(key).iter().copied().collect(),
        Target::Name { namespace, name } => match names.exact(parts, scope, Some(namespace), name) {
            Some(Meaning::Slots(slots)) => slots.into_iter().collect(),
            Some(Meaning::Host(next)) => host(&next).into_iter().collect(),
            Some(Meaning::Nobody) | None => FxHashSet::default(),
        },
        Target::Addresses { addresses, .. } => addresses
            .iter()
            .flat_map(|address| match address {
                Address::Host { host: name, .. } => host(name),
                Address::Resource { .. } => Vec::new(),
            })
            .collect(),
        Target::Reference(text) => names.reference(parts, text, Some(&member)).into_iter().collect(),
    }
}

impl Resolved<'_> {
    fn acts(&self, from: usize, to: usize, providers: &BTreeSet<usize>, parts: &Parts) -> bool {
        let key = parts.key(from);
        let caller = match (&self.policy.callers, &self.callers) {
            (_, Some(slots)) => slots.contains(&from),
            (Callers::Namespace(namespace), None) => {
                key.scope == self.policy.scope && key.namespace.as_ref() == Some(namespace)
            }
            (_, None) => key.scope == self.policy.scope,
        };
        caller
            && match &self.providers {
                Whom::Anyone => true,
                Whom::Scope(namespace) => {
                    let key = parts.key(to);
                    key.scope == self.policy.scope && (namespace.is_none() || key.namespace == *namespace)
                }
                Whom::Slots(slots) => slots.contains(&to),
                Whom::Called(exact, alike) => {
                    let some_exact = providers.iter().any(|p| exact.contains(p));
                    if some_exact { exact.contains(&to) } else { alike.contains(&to) }
                }
            }
    }
}

/// Policies by whom they speak of.
struct Index {
    by_provider: FxHashMap<usize, Vec<usize>>,
    by_caller: FxHashMap<usize, Vec<usize>>,
    general: Vec<usize>,
}

impl Index {
    fn of(resolved: &[Resolved<'_>]) -> Self {
        let mut index =
            Self { by_provider: FxHashMap::default(), by_caller: FxHashMap::default(), general: Vec::new() };
        for (i, r) in resolved.iter().enumerate() {
            match (&r.providers, &r.callers) {
                (Whom::Slots(slots), _) => {
                    slots.iter().for_each(|&slot| index.by_provider.entry(slot).or_default().push(i));
                }
                (_, Some(slots)) => slots.iter().for_each(|&slot| index.by_caller.entry(slot).or_default().push(i)),
                _ => index.general.push(i),
            }
        }
        index
    }

    fn candidates(&self, from: usize, to: usize) -> impl Iterator<Item = usize> {
        let of_provider = self.by_provider.get(&to).into_iter().flatten();
        let of_caller = self.by_caller.get(&from).into_iter().flatten();
        of_provider.chain(of_caller).chain(&self.general).copied()
    }
}

/// What several policies on one call come to.
fn together(policies: &[&CallPolicy]) -> Effect {
    let mut layers: BTreeMap<Layer, Vec<&CallPolicy>> = BTreeMap::new();
    for policy in policies {
        layers.entry(policy.layer).or_default().push(policy);
    }
    let mut effect = Effect::default();
    for (layer, policies) in layers {
        // Of as many tries those that nothing, or less, holds back.
        let weight = |r: &RetryLayer| (r.unlimited, r.tries, r.budget.map_or(u64::MAX, f64::to_bits));
        if let Some(mut retry) = worst(&policies, |p| p.retry.clone(), weight) {
            let budget = worst(&policies, |p| p.budget, |b| b.to_bits());
            retry.budget = retry.budget.or(budget);
            effect.retry.push(RetryLayer { layer, ..retry });
        }
        let longest = |t: &LayerTimeout| t.ms.unwrap_or(f64::INFINITY).to_bits();
        effect.timeouts.extend(worst(&policies, limit, longest).filter(is_known));
        effect.routes.extend(routes(layer, &policies));
        effect.circuit_breaker |= worst(&policies, |p| p.circuit_breaker, |on| !on).unwrap_or(false);
        let at_once = worst(&policies, |p| p.max_concurrent, |n| n.to_bits());
        effect.max_concurrent = match (effect.max_concurrent, at_once) {
            (Some(a), Some(b)) => Some(a.min(b)),
            (a, b) => a.or(b),
        };
    }
    effect.assumptions = assumed(policies);
    effect
}

/// The limit that a policy sets. One of unknown length is longer than any other, so that no route's stands in for it.
fn limit(policy: &CallPolicy) -> Option<LayerTimeout> {
    let (ms, origin) = policy.timeout?;
    let (ms, origin) = match origin {
        TimeoutOrigin::Unknown => (None, origin),
        _ if ms.is_finite() => (Some(ms), origin),
        _ => (None, TimeoutOrigin::Disabled),
    };
    Some(LayerTimeout { layer: policy.layer, ms, origin, evidence: policy.evidence.clone() })
}

fn is_known(limit: &LayerTimeout) -> bool {
    limit.origin != TimeoutOrigin::Unknown
}

/// What each of the policies of one layer says that no other one overrules, if that is not the same.
fn routes(layer: Layer, policies: &[&CallPolicy]) -> Vec<RouteSettings> {
    let says = |p: &&&CallPolicy| p.retry.is_some() || p.timeout.is_some();
    let Some(highest) = policies.iter().filter(says).map(|p| p.rank).max() else { return Vec::new() };
    // A route that says nothing is met as well as those that do.
    let stated = policies.iter().filter(|p| p.rank == highest && (says(p) || highest == Rank::Route));
    let route = |p: &&CallPolicy| {
        let retry = p.retry.clone().map(|retry| RetryLayer { layer, ..retry });
        RouteSettings { layer, retry, timeout: limit(p).filter(is_known), evidence: p.evidence.clone() }
    };
    let mut routes: Vec<RouteSettings> = stated.map(route).collect();
    routes.sort_by(|a, b| a.evidence.cmp(&b.evidence));
    routes.dedup();
    let numbers = |r: &RouteSettings| {
        let tries = r.retry.as_ref().map(|r| (r.unlimited, r.tries, r.per_try_timeout_ms, r.timeout_ms, r.retried));
        (tries, r.timeout.as_ref().map(|t| t.ms))
    };
    let all_alike = routes.windows(2).all(|pair| matches!(pair, [a, b] if numbers(a) == numbers(b)));
    if all_alike { Vec::new() } else { routes }
}

/// Which fields a policy states: tries, budget, limit, breaker, bulkhead.
fn stated(p: &CallPolicy) -> [bool; 5] {
    let (tries, limit) = (p.retry.is_some(), p.timeout.is_some());
    [tries, p.budget.is_some(), limit, p.circuit_breaker.is_some(), p.max_concurrent.is_some()]
}

/// What the policies rest on, sorted; nothing of one all of whose words are replaced by policies of higher rank.
fn assumed(policies: &[&CallPolicy]) -> Vec<Arc<str>> {
    let mut highest: BTreeMap<(Layer, usize), Rank> = BTreeMap::new();
    for policy in policies {
        for (field, _) in stated(policy).into_iter().enumerate().filter(|(_, says)| *says) {
            let rank = highest.entry((policy.layer, field)).or_insert(policy.rank);
            *rank = policy.rank.max(*rank);
        }
    }
    let counts = |p: &CallPolicy| {
        let fields = stated(p);
        let holds = |field: usize| highest.get(&(p.layer, field)).is_none_or(|rank| *rank <= p.rank);
        fields == [false; 5] || (0..fields.len()).any(|field| fields.get(field) == Some(&true) && holds(field))
    };
    let resting = policies.iter().filter(|p| counts(p)).filter_map(|p| p.assumption.as_ref());
    resting.map(|a| a.id.clone()).collect::<BTreeSet<_>>().into_iter().collect()
}

/// The greatest value among the policies of the highest rank that state one; equal ones by place. Numbers are not
/// negative, so their bits compare as they do.
fn worst<T, W: Ord>(
    policies: &[&CallPolicy],
    field: impl Fn(&CallPolicy) -> Option<T>,
    weight: impl Fn(&T) -> W,
) -> Option<T> {
    let mut best: Option<(T, (_, W), &Evidence)> = None;
    for policy in policies {
        let Some(value) = field(policy) else { continue };
        let key = (policy.rank, weight(&value));
        let better =
            best.as_ref().is_none_or(|(_, known, place)| key > *known || (key == *known && policy.evidence < **place));
        if better {
            best = Some((value, key, &policy.evidence));
        }
    }
    best.map(|(value, ..)| value)
}
