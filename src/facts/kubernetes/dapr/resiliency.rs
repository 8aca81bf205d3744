//! Dapr's Resiliency, and what sidecars do without one (SEMANTICS A.1).

use super::super::cluster::Cluster;
use super::super::object::Object;
use super::super::role::Role;
use super::apps::{Apps, Invocations};
use super::component::Components;
use crate::facts::native::milliseconds;
use crate::facts::{
    CallPolicy, Callers, Calls, Confidence, DependencyFact, Evidence, Facts, Interaction, Key, Layer, Origin,
    Providers, Rank, Retried, RetryLayer, Target, TimeoutOrigin,
};
use crate::parse::Node;
use crate::source::{Location, Problem, unknown};
use std::collections::BTreeSet;
use std::sync::Arc;

/// Retries between sidecars when nothing targets the application, and the name of a policy that raises them.
const BUILT_IN: u32 = 3;
const BUILT_IN_NAME: &str = "DaprBuiltInServiceRetries";

const RETRY: [&str; 5] = ["policy", "duration", "maxInterval", "maxRetries", "matching"];
const TARGET: [&str; 5] = ["timeout", "retry", "circuitBreaker", "circuitBreakerScope", "circuitBreakerCacheSize"];

/// Policies that apply without being named, for applications and for components, the most special first.
const FOR_APPS: [&str; 2] = ["DefaultApp", "Default"];
const FOR_COMPONENTS: [&str; 3] = ["DefaultComponentOutbound", "DefaultComponent", "Default"];

/// What a target is given.
#[derive(Default)]
struct Given {
    retry: Option<RetryLayer>,
    timeout: Option<f64>,
    breaker: bool,
    evidence: Option<Evidence>,
}

/// Adds what sidecars do with the calls that go through them, and gives the places of what acts on any.
pub(super) fn link(
    cluster: &Cluster<'_>,
    apps: &Apps,
    invoked: &Invocations,
    components: &Components,
    facts: &mut Facts,
) -> BTreeSet<Location> {
    let mut acting = BTreeSet::new();
    let mut invoked = invoked.clone();
    let mut targeted: BTreeSet<(Key, Key)> = BTreeSet::new();
    let mut built_in = BUILT_IN;
    for object in cluster.of(Role::DaprResiliency) {
        let before = facts.policies.len();
        let reader = Reader { cluster, object };
        let (callers, stated) = apps.scoped(object);
        for (id, _, node) in reader.targets("apps") {
            let Some(provider) = apps.find(object.namespace(), id) else { continue };
            let given = reader.given(node, facts);
            for caller in callers.iter().filter(|c| *c != provider) {
                targeted.insert((caller.clone(), provider.clone()));
                // A policy that is for one application and targets another one says that the one calls the other.
                if stated && invoked.insert((caller.clone(), provider.clone())) {
                    let (target, evidence) =
                        (Target::Component(provider.clone()), Evidence::new(node.at(), "spec.targets.apps"));
                    let fact = DependencyFact::new(caller.clone(), target, Interaction::Sync, evidence);
                    facts.dependencies.push(fact.confidence(Confidence::Inferred));
                }
                let pair = invoked.contains(&(caller.clone(), provider.clone()));
                facts.policies.extend(pair.then(|| reader.policy(caller, provider, &given, Rank::Provider)).flatten());
            }
        }
        for (name, _, node) in reader.targets("components") {
            let Some(behind) = components.get(&(object.namespace().to_owned(), name.to_owned())) else { continue };
            for (direction, who) in [("outbound", &behind.users), ("inbound", &behind.consumers)] {
                let Some(node) = node.get(direction) else { continue };
                let given = reader.given(node, facts);
                let who =
                    who.intersection(&callers).filter(|c| direction == "inbound" || !behind.consumers.contains(*c));
                let who: Vec<&Key> = who.collect();
                // A policy that is for some applications and targets what they send to a component says that they do.
                for user in who.iter().filter(|_| stated && direction == "outbound") {
                    let evidence = Evidence::new(node.at(), "spec.targets.components");
                    let fact =
                        DependencyFact::new((*user).clone(), behind.target.clone(), behind.interaction, evidence);
                    facts.dependencies.push(fact.confidence(Confidence::Inferred));
                }
                facts
                    .policies
                    .extend(who.into_iter().filter_map(|c| reader.to(c, &behind.target, &given, Rank::Provider)));
            }
        }
        reader.defaults(&callers, &invoked, components, facts);
        if let Some(n) = reader.retries_of(BUILT_IN_NAME).and_then(|n| n.get("maxRetries")).and_then(Node::int) {
            // Dapr takes no fewer than its own.
            built_in = built_in.max(u32::try_from(n).unwrap_or(if n < 0 { u32::MAX } else { BUILT_IN }));
        }
        if facts.policies.len() > before {
            acting.insert(object.name_node().at());
        } else if !cluster.partial {
            let reason = format!("{} acts on no call of the input", object.title());
            let remedy = "its targets and scopes are ids of applications (`dapr.io/app-id`) and names of components; add the manifests that have them";
            facts.problems.push(Problem::new(object.name_node().at(), reason).remedy(remedy));
        }
    }
    for (caller, provider) in invoked.iter().filter(|pair| !targeted.contains(*pair)) {
        facts.policies.push(between_sidecars(cluster, caller, provider, built_in, facts));
    }
    acting
}

/// What sidecars do when no policy targets the application: they try again when they do not reach each other.
fn between_sidecars(cluster: &Cluster<'_>, caller: &Key, provider: &Key, retries: u32, facts: &Facts) -> CallPolicy {
    let place = facts.components.iter().find(|c| c.key == *caller).map(|c| c.evidence.clone());
    let at = place.map_or_else(|| Location::start("".into()), |e| e.at);
    let evidence = Evidence::new(at, "dapr.io/enabled");
    let layer = RetryLayer::new(Layer::Platform, retries.saturating_add(1), Origin::PlatformDefault, evidence.clone());
    let layer = RetryLayer {
        backoff_ms: vec![1_000.0],
        conditions: vec!["Unavailable".into(), "Unauthenticated".into()],
        retried: Retried::REFUSED,
        ..layer
    };
    let layer = if retries == u32::MAX { layer.unlimited() } else { layer };
    let one = |key: &Key| Arc::new(BTreeSet::from([key.clone()]));
    let (callers, providers) = (Callers::Components(one(caller)), Providers::Components(one(provider)));
    let policy = CallPolicy::new(cluster.scope.clone(), Layer::Platform, callers, providers, evidence);
    CallPolicy { rank: Rank::Default, retry: Some(layer), ..policy }
}

struct Reader<'a> {
    cluster: &'a Cluster<'a>,
    object: &'a Object,
}

impl<'a> Reader<'a> {
    fn section(&self, path: &[&str]) -> Option<&'a Node> {
        self.object.node.get("spec")?.path(path)
    }

    fn targets(&self, sort: &str) -> impl Iterator<Item = (&'a str, &'a Node, &'a Node)> {
        self.section(&["targets", sort]).into_iter().flat_map(Node::fields)
    }

    fn retries_of(&self, name: &str) -> Option<&'a Node> {
        self.section(&["policies", "retries"])?.get(name)
    }

    /// What a target names, looked up among the policies.
    fn given(&self, target: &'a Node, facts: &mut Facts) -> Given {
        let mut given = Given { evidence: Some(Evidence::new(target.at(), "spec.targets")), ..Given::default() };
        for (field, key, value) in target.fields() {
            if !TARGET.contains(&field) {
                facts.problems.push(unknown("field", field, &TARGET, key.at()));
                continue;
            }
            let (section, name) = match field {
                "timeout" => ("timeouts", value.text().unwrap_or_default()),
                "retry" => ("retries", value.text().unwrap_or_default()),
                "circuitBreaker" => ("circuitBreakers", value.text().unwrap_or_default()),
                _ => continue,
            };
            let policies = self.section(&["policies", section]);
            match policies.and_then(|p| p.get(name)) {
                Some(policy) => self.take(field, policy, &mut given, facts),
                None => {
                    let known: Vec<&str> = policies.into_iter().flat_map(Node::fields).map(|(name, ..)| name).collect();
                    facts.problems.push(match known.as_slice() {
                        [] => Problem::new(value.at(), format!("`{field}` names a policy, and this resource has none"))
                            .remedy(format!("add it under `spec.policies.{section}`")),
                        known => unknown("policy", name, known, value.at()),
                    });
                }
            }
        }
        given
    }

    fn take(&self, field: &str, policy: &Node, given: &mut Given, facts: &mut Facts) {
        match field {
            "timeout" => {
                given.timeout = policy.text().and_then(milliseconds);
                if given.timeout.is_none() {
                    facts
                        .problems
                        .push(Problem::new(policy.at(), "a timeout must be a duration such as `5s`; taken as unknown"));
                }
            }
            "retry" => given.retry = retry(policy, &mut facts.problems),
            _ => given.breaker = true,
        }
    }

    fn policy(&self, caller: &Key, provider: &Key, given: &Given, rank: Rank) -> Option<CallPolicy> {
        self.to(caller, &Target::Component(provider.clone()), given, rank)
    }

    /// The caller's sidecar acts, also on calls to stores. A timeout is that of each try (the retry stands around it).
    fn to(&self, caller: &Key, target: &Target, given: &Given, rank: Rank) -> Option<CallPolicy> {
        if given.retry.is_none() && given.timeout.is_none() && !given.breaker {
            return None;
        }
        let callers = Callers::Components(Arc::new(BTreeSet::from([caller.clone()])));
        let providers = match target {
            Target::Component(key) => Providers::Components(Arc::new(BTreeSet::from([key.clone()]))),
            target => {
                let namespace = caller.namespace.clone().unwrap_or_else(|| "default".into());
                Providers::Named { namespace, target: target.clone() }
            }
        };
        let evidence = given.evidence.clone()?;
        let mut policy = CallPolicy::new(self.cluster.scope.clone(), Layer::ClientMesh, callers, providers, evidence);
        (policy.calls, policy.rank) = (Calls::All, rank);
        policy.circuit_breaker = given.breaker.then_some(true);
        policy.retry = given.retry.clone();
        match (&mut policy.retry, given.timeout) {
            (Some(retry), timeout) => retry.per_try_timeout_ms = timeout,
            (None, Some(ms)) => policy.timeout = Some((ms, TimeoutOrigin::Explicit)),
            (None, None) => {}
        }
        Some(policy)
    }

    /// Policies with reserved names act on whatever no target names.
    fn defaults(&self, callers: &BTreeSet<Key>, invoked: &Invocations, components: &Components, facts: &mut Facts) {
        let general = |prefixes: &[&str], facts: &mut Facts| {
            let mut given = Given::default();
            for (field, section, suffix) in [
                ("timeout", "timeouts", "TimeoutPolicy"),
                ("retry", "retries", "RetryPolicy"),
                ("circuitBreaker", "circuitBreakers", "CircuitBreakerPolicy"),
            ] {
                let policies = self.section(&["policies", section]);
                let found = prefixes.iter().find_map(|p| policies?.get(&format!("{p}{suffix}")));
                if let Some(policy) = found {
                    given
                        .evidence
                        .get_or_insert_with(|| Evidence::new(policy.at(), format!("spec.policies.{section}")));
                    self.take(field, policy, &mut given, facts);
                }
            }
            given
        };
        let (apps, stores) = (general(&FOR_APPS, facts), general(&FOR_COMPONENTS, facts));
        for (caller, provider) in invoked.iter().filter(|(caller, _)| callers.contains(caller)) {
            facts.policies.extend(self.policy(caller, provider, &apps, Rank::Global));
        }
        for behind in components.values() {
            let users = behind.users.intersection(callers);
            facts.policies.extend(users.filter_map(|user| self.to(user, &behind.target, &stores, Rank::Global)));
        }
    }
}

/// A retry policy: without `maxRetries` it never gives up.
fn retry(policy: &Node, problems: &mut Vec<Problem>) -> Option<RetryLayer> {
    for (field, key, _) in policy.fields() {
        if !RETRY.contains(&field) {
            problems.push(unknown("field", field, &RETRY, key.at()));
        }
    }
    let (tries, origin, at) = match policy.get("maxRetries") {
        Some(node) => match node.int().filter(|n| *n >= -1) {
            Some(n) => (u32::try_from(n).ok().map(|n| n.saturating_add(1)), Origin::Explicit, node.at()),
            None => {
                problems.push(Problem::new(
                    node.at(),
                    "`maxRetries` must be a whole number, -1 or more; its tries are taken as unknown",
                ));
                return None;
            }
        },
        None => (None, Origin::PlatformDefault, policy.at()),
    };
    let exponential = policy.str("policy") == Some("exponential");
    let pause = |field: &str, default: f64| policy.str(field).and_then(milliseconds).unwrap_or(default);
    let backoff = if exponential {
        let most = pause("maxInterval", 60_000.0);
        // Half a second, times 1.5 each, the mean of what chance makes of it.
        (0..16).map(|n| (500.0 * 1.5f64.powi(n)).min(most)).collect()
    } else {
        vec![pause("duration", 5_000.0)]
    };
    let layer = RetryLayer::new(Layer::ClientMesh, tries.unwrap_or(1), origin, Evidence::new(at, "maxRetries"));
    let mut layer = RetryLayer { backoff_ms: if tries == Some(1) { Vec::new() } else { backoff }, ..layer };
    for (field, word) in [("httpStatusCodes", "HTTP"), ("gRPCStatusCodes", "gRPC")] {
        if let Some(codes) = policy.path(&["matching", field]).and_then(Node::text) {
            layer.conditions.push(format!("{word} {codes}").into());
        }
    }
    Some(if tries.is_none() { layer.unlimited() } else { layer })
}
