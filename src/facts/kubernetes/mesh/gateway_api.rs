//! The Gateway API: retries and limits of routes, whose defaults are those of who implements it (SEMANTICS A.1, B).

use super::istio::Istio;
use super::{add, assumption};
use crate::facts::block::{Block, Misread, Time, words};
use crate::facts::kubernetes::cluster::Cluster;
use crate::facts::kubernetes::object::Object;
use crate::facts::kubernetes::role::Role;
use crate::facts::proxy::{Conditions, ENVOY_BASE_MS, ENVOY_TIMEOUT_MS, jittered};
use crate::facts::{
    CallPolicy, Callers, Evidence, Facts, Layer, Origin, Providers, Rank, RetryLayer, Target, TimeoutOrigin,
};
use crate::parse::Node;
use crate::source::Problem;

const GROUP: &str = "gateway.networking.k8s.io";
const HTTP: [&str; 7] = ["name", "matches", "filters", "backendRefs", "timeouts", "retry", "sessionPersistence"];
const GRPC: [&str; 5] = ["name", "matches", "filters", "backendRefs", "sessionPersistence"];

/// Retries of a stanza that names no number where nobody says who implements it: what Istio takes.
const RETRIES: u32 = 2;

/// Who implements a route, as far as its defaults are known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::facts::kubernetes) enum Maker {
    /// Istio: three tries, no limit.
    Istio,
    /// Contour: one try, 15 seconds.
    Contour,
    /// Kong: what it does unless its own annotations say otherwise.
    Kong,
    /// Somebody else.
    Unknown,
}

/// Who implements a route: by the class of the Gateways that it is attached to.
pub(in crate::facts::kubernetes) fn maker(cluster: &Cluster<'_>, route: &Object) -> Maker {
    let parents = route.node.path(&["spec", "parentRefs"]).map(Node::items).unwrap_or_default();
    let class = parents.iter().find_map(|parent| {
        let namespace = parent.str("namespace").unwrap_or(route.namespace());
        let gateways = cluster.all(Role::Traffic, namespace, parent.str("name")?);
        gateways
            .iter()
            .find(|o| &*o.kind == "Gateway" && &*o.group == GROUP)
            .and_then(|o| o.node.path(&["spec"])?.str("gatewayClassName"))
    });
    let Some(class) = class else { return Maker::Unknown };
    let classes = cluster.all(Role::Traffic, "default", class).iter().filter(|o| &*o.kind == "GatewayClass");
    let controller = classes.filter_map(|o| o.node.path(&["spec"])?.str("controllerName")).next();
    match controller.unwrap_or(class) {
        c if c.starts_with("istio") => Maker::Istio,
        c if c.starts_with("contour") || c.starts_with("projectcontour.io/") => Maker::Contour,
        c if c.starts_with("kong") => Maker::Kong,
        _ => Maker::Unknown,
    }
}

/// What a rule of a route does with its requests; nothing for protocols without requests where it is not known.
pub(in crate::facts::kubernetes) fn rule(
    route: &Object,
    rule: &Node,
    maker: Maker,
    layer: Layer,
    istio: &Istio,
    problems: &mut Vec<Problem>,
) -> Option<CallPolicy> {
    let place = Evidence::new(rule.at(), "spec.rules");
    let known: &[&str] = match &*route.kind {
        "HTTPRoute" => &HTTP,
        "GRPCRoute" => &GRPC,
        _ => return (maker == Maker::Istio).then(|| istio.connections(layer, place)),
    };
    let mut policy = match maker {
        Maker::Istio => istio.default(layer, Rank::Route, place),
        _ => istio.policy(layer, Rank::Route, place),
    };
    if maker == Maker::Unknown && layer == Layer::Gateway {
        // Another rule's limit is none of this one.
        policy.timeout = Some((f64::INFINITY, TimeoutOrigin::Unknown));
    }
    if maker == Maker::Contour {
        policy.retry = Some(RetryLayer::new(layer, 1, Origin::PlatformDefault, policy.evidence.clone()));
        policy.timeout = Some((ENVOY_TIMEOUT_MS, TimeoutOrigin::PlatformDefault));
    }
    // A misspelt key is reported; the others still say what they say.
    let Ok(block) = Block::of(rule, "rules", known, problems) else { return Some(policy) };
    let _ = requests(&block, maker, &mut policy, problems);
    Some(policy)
}

fn requests(
    block: &Block<'_>,
    maker: Maker,
    policy: &mut CallPolicy,
    problems: &mut Vec<Problem>,
) -> Result<(), Misread> {
    let timeouts = Block::under(block.node(), "timeouts", &["request", "backendRequest"], problems)?;
    let mut time = |key| match &timeouts {
        Some(timeouts) => timeouts.time(key, Time::Units, problems),
        None => Ok(None),
    };
    let (whole, each) = (time("request")?, time("backendRequest")?);
    let retry = Block::under(block.node(), "retry", &["codes", "attempts", "backoff"], problems)?;
    // Zero switches the limit off; without a try of its own the limit of one try is that of the whole.
    let limit = whole.or(each.filter(|_| retry.is_none())).map(|ms| if ms > 0.0 { ms } else { f64::INFINITY });
    let each = each.filter(|ms| *ms > 0.0);
    if let (Some(ms), Some(timeouts)) = (limit, &timeouts) {
        policy.timeout = Some((ms, TimeoutOrigin::Explicit));
        policy.evidence = timeouts.evidence(if whole.is_some() { "request" } else { "backendRequest" });
    }
    if let (Some(whole), Some(each), Some(timeouts)) = (limit, each, &timeouts)
        && each > whole
    {
        let reason = "`timeouts.backendRequest` is longer than `timeouts.request`, of which it is a part";
        problems.push(Problem::new(timeouts.evidence("backendRequest").at, reason).remedy("make it the shorter one"));
    }
    let Some(retry) = retry else { return Ok(()) };
    let attempts = retry.count("attempts", problems)?;
    let backoff = retry.time("backoff", Time::Units, problems)?.filter(|ms| *ms > 0.0);
    let retries = attempts.unwrap_or(RETRIES);
    let origin = match (attempts, maker) {
        (Some(_), _) => Origin::Explicit,
        (None, Maker::Istio) => Origin::PlatformDefault,
        (None, _) => Origin::Unknown,
    };
    let mut layer = RetryLayer::new(policy.layer, retries.saturating_add(1), origin, retry.evidence("attempts"));
    let mut conditions = Conditions::default().and_refused();
    for (code, node) in retry.get("codes").map(words).unwrap_or_default() {
        if code.parse::<u16>().is_err() || !conditions.add(&code) {
            problems
                .push(Problem::new(node.at(), "`retry.codes` cannot be read").remedy("write status codes such as 503"));
        }
    }
    if maker == Maker::Istio {
        // Istio asks Envoy for failed connections and these codes, not for tries that take too long.
        layer.backoff_ms = jittered(backoff.unwrap_or(ENVOY_BASE_MS), None, retries);
        layer.jitter = Some(true);
    } else {
        conditions = conditions.and_late();
        layer.backoff_ms = backoff.into_iter().collect();
    }
    layer.per_try_timeout_ms = each;
    layer.retried = conditions.retried(each);
    layer.conditions = conditions.words;
    policy.retry = Some(layer);
    policy.assumption = (origin == Origin::Unknown).then(|| {
        assumption(
            "gateway-api-attempts",
            "how often a route of the Gateway API tries that says `retry` without `attempts` is up to who implements \
             it; three tries are taken, as Istio does",
            None,
        )
    });
    Ok(())
}

/// Adds what routes that are attached to Services do with the calls of a mesh, if `steered`, and retry budgets of
/// Services.
pub(super) fn link(cluster: &Cluster<'_>, istio: &Istio, steered: bool, facts: &mut Facts) {
    for object in cluster.of(Role::Route).iter().filter(|o| steered && &*o.group == GROUP) {
        let Some(spec) = object.node.get("spec") else { continue };
        let parents = spec.get("parentRefs").map(Node::items).unwrap_or_default();
        let services: Vec<Providers> = parents
            .iter()
            .filter(|p| p.str("kind") == Some("Service"))
            .filter_map(|p| Some(service(p.str("namespace").unwrap_or(object.namespace()), p.str("name")?)))
            .collect();
        if services.is_empty() {
            continue;
        }
        for node in spec.get("rules").map(Node::items).unwrap_or_default() {
            let maker = if istio.has_members() { Maker::Istio } else { Maker::Unknown };
            let policy = rule(object, node, maker, Layer::ClientMesh, istio, &mut facts.problems);
            for (policy, to) in policy.iter().flat_map(|p| services.iter().map(move |to| (p, to))) {
                add(policy.between(istio.callers(), to.clone()), &istio.taken_for_granted(), facts);
            }
        }
    }
    for object in cluster.of(Role::Traffic).iter().filter(|o| &*o.kind == "XBackendTrafficPolicy") {
        let _ = budget(object, istio, facts);
    }
}

/// A Service of a namespace.
fn service(namespace: &str, name: &str) -> Providers {
    let target = Target::Name { namespace: namespace.into(), name: name.to_lowercase().into() };
    Providers::Named { namespace: namespace.into(), target }
}

/// The budget of an XBackendTrafficPolicy; one that is absent from the stanza is 20 %.
fn budget(object: &Object, istio: &Istio, facts: &mut Facts) -> Result<(), Misread> {
    let Some(spec) = object.node.get("spec") else { return Ok(()) };
    let known = ["budget", "minRetryRate"];
    let Some(constraint) = Block::under(spec, "retryConstraint", &known, &mut facts.problems)? else { return Ok(()) };
    let budget = Block::under(constraint.node(), "budget", &["percent", "interval"], &mut facts.problems)?;
    let percent = match &budget {
        Some(budget) => budget.number("percent", &mut facts.problems)?,
        None => None,
    };
    let place = budget.map_or_else(|| constraint.evidence("budget"), |b| b.evidence("percent"));
    for target in spec.get("targetRefs").map(Node::items).unwrap_or_default() {
        let Some(name) = target.str("name").filter(|_| target.str("kind") == Some("Service")) else { continue };
        for layer in [Layer::ClientMesh, Layer::Gateway] {
            let mut policy = istio.policy(layer, Rank::Provider, place.clone());
            policy.budget = Some(percent.unwrap_or(20.0) / 100.0);
            facts.policies.push(policy.between(Callers::Everyone, service(object.namespace(), name)));
        }
    }
    Ok(())
}
