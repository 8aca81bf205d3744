//! Linkerd: annotations of Services and routes, ServiceProfiles, failure accrual (SEMANTICS A.1, A.2, A.4, B, C).
//!
//! A sidecar that is told nothing tries once and waits for ever. A ServiceProfile replaces whatever annotations say of
//! its Service; a route's annotations replace those of the Service.

use super::members::{Members, container, mark};
use super::{add, assumption, only, providers};
use crate::facts::block::{Block, Misread, Time, misread, words};
use crate::facts::kubernetes::cluster::Cluster;
use crate::facts::kubernetes::object::Object;
use crate::facts::kubernetes::role::Role;
use crate::facts::kubernetes::workload::Workload;
use crate::facts::proxy::Conditions;
use crate::facts::{
    CallPolicy, Callers, Evidence, Facts, Layer, Origin, PlatformAssumption, Providers, Rank, RetryLayer, TimeoutOrigin,
};
use crate::parse::Node;
use crate::source::{Problem, unknown};
use std::collections::BTreeSet;
use std::sync::Arc;

const ACCRUAL: &str = "balancer.linkerd.io/failure-accrual";

#[rustfmt::skip]
const ANNOTATIONS: [&str; 7] = [
    "retry.linkerd.io/http", "retry.linkerd.io/grpc", "retry.linkerd.io/limit", "retry.linkerd.io/timeout",
    "timeout.linkerd.io/request", "timeout.linkerd.io/response", "timeout.linkerd.io/idle",
];

/// Retries that a route with conditions has unless told otherwise.
const LIMIT: u32 = 1;

/// A ServiceProfile's budget unless told otherwise: retries as a share of requests.
const RATIO: f64 = 0.2;

/// What the input shows of Linkerd.
pub(super) struct Linkerd {
    scope: Arc<str>,
    members: Members,
    everybody: Arc<PlatformAssumption>,
    /// Services, as (namespace, name), of which a ServiceProfile speaks.
    profiled: BTreeSet<(String, String)>,
}

impl Linkerd {
    pub(super) fn of(cluster: &Cluster<'_>) -> Self {
        let profiles = cluster.of(Role::Traffic).iter().filter(|o| &*o.kind == "ServiceProfile");
        Self {
            scope: cluster.scope.clone(),
            members: Members::of(cluster, injection),
            everybody: assumption(
                "linkerd-proxies",
                "the input does not show which workloads have Linkerd's proxy; where one of its settings speaks of a \
                 Service, all callers of that are taken to have one",
                None,
            ),
            profiled: profiles.filter_map(|o| profiled(o)).collect(),
        }
    }

    /// Whether the input shows proxies.
    pub(super) fn has_members(&self) -> bool {
        !self.members.is_empty()
    }

    pub(super) fn link(&self, cluster: &Cluster<'_>, facts: &mut Facts) {
        for (evidence, members) in &self.members.by_evidence {
            let default = self.default(Rank::Default, evidence.clone());
            facts.policies.push(default.between(only(members), Providers::Scope));
        }
        for service in cluster.of(Role::Service) {
            self.service(service, facts);
        }
        for route in cluster.of(Role::Route).iter().filter(|o| matches!(&*o.kind, "HTTPRoute" | "GRPCRoute")) {
            self.route(route, facts);
        }
        for profile in cluster.of(Role::Traffic).iter().filter(|o| &*o.kind == "ServiceProfile") {
            self.profile(profile, facts);
        }
    }

    fn policy(&self, rank: Rank, evidence: Evidence) -> CallPolicy {
        let (callers, providers) = (Callers::Everyone, Providers::Anyone);
        CallPolicy { rank, ..CallPolicy::new(self.scope.clone(), Layer::ClientMesh, callers, providers, evidence) }
    }

    /// One try, no limit.
    fn default(&self, rank: Rank, evidence: Evidence) -> CallPolicy {
        let mut policy = self.policy(rank, evidence);
        policy.retry = Some(RetryLayer::new(policy.layer, 1, Origin::PlatformDefault, policy.evidence.clone()));
        policy.timeout = Some((f64::INFINITY, TimeoutOrigin::Disabled));
        policy
    }

    fn push(&self, policy: &CallPolicy, to: Providers, facts: &mut Facts) {
        let assumed = self.members.is_empty().then_some(&self.everybody);
        add(policy.between(self.members.callers(), to), &assumed.into_iter().collect::<Vec<_>>(), facts);
    }

    fn service(&self, service: &Object, facts: &mut Facts) {
        let Some(node) = service.node.path(&["metadata", "annotations"]) else { return };
        let annotations = Block::bare(node, "metadata.annotations");
        report_misspelt(node, &mut facts.problems);
        let policy = self.annotated(&annotations, Rank::Provider, &mut facts.problems);
        let accrual = annotations.get(ACCRUAL);
        if policy.is_none() && accrual.is_none() {
            return;
        }
        if self.profiled.contains(&(service.namespace().to_owned(), service.name.to_string())) {
            let reason = "a ServiceProfile of this Service replaces its annotations for retries, timeouts and breakers";
            facts.problems.push(Problem::new(node.at(), reason).remedy("keep one of the two"));
            return;
        }
        if service.node.get("spec").and_then(|s| s.str("clusterIP")) == Some("None") {
            let reason = "Linkerd applies no retries, timeouts or breakers to a headless Service";
            facts.problems.push(Problem::new(node.at(), reason).remedy("annotate a Service that has a cluster IP"));
            return;
        }
        let Some(to) = providers(service.namespace(), &service.name) else { return };
        if let Some(node) = accrual {
            match node.text() {
                Some("consecutive") => {
                    let evidence = annotations.evidence(ACCRUAL);
                    let policy = CallPolicy { circuit_breaker: Some(true), ..self.policy(Rank::Provider, evidence) };
                    self.push(&policy, to.clone(), facts);
                }
                word => facts.problems.push(unknown(
                    "failure accrual",
                    word.unwrap_or_default(),
                    &["consecutive"],
                    node.at(),
                )),
            }
        }
        if let Some(policy) = policy {
            self.push(&policy, to, facts);
        }
    }

    /// A route that is attached to Services: its annotations, else its own limits, instead of those of the Services.
    fn route(&self, route: &Object, facts: &mut Facts) {
        let parents = route.node.path(&["spec", "parentRefs"]).map(Node::items).unwrap_or_default();
        let services: Vec<(&str, &str)> = parents
            .iter()
            .filter(|p| p.str("kind") == Some("Service"))
            .filter_map(|p| Some((p.str("namespace").unwrap_or(route.namespace()), p.str("name")?)))
            .filter(|(namespace, name)| !self.profiled.contains(&((*namespace).to_owned(), (*name).to_owned())))
            .collect();
        if services.is_empty() {
            return;
        }
        let node = route.node.path(&["metadata", "annotations"]);
        let policy = node.and_then(|node| {
            report_misspelt(node, &mut facts.problems);
            self.annotated(&Block::bare(node, "metadata.annotations"), Rank::Route, &mut facts.problems)
        });
        // A route that says nothing still replaces what its Services say, once there is a mesh.
        let silent = || {
            self.has_members()
                .then(|| self.default(Rank::Route, Evidence::new(route.name_node().at(), "metadata.name")))
        };
        let Some(policy) = policy.or_else(silent) else { return };
        let limits = route.node.path(&["spec", "rules"]).map(Node::items).unwrap_or_default().iter().map(|rule| {
            let ms = rule.path(&["timeouts", "request"]).and_then(|n| Time::Units.milliseconds(n.text()?))?;
            Some((if ms > 0.0 { ms } else { f64::INFINITY }, rule))
        });
        let limits: Option<Vec<(f64, &Node)>> = limits.collect();
        let longest = limits.unwrap_or_default().into_iter().max_by(|a, b| a.0.total_cmp(&b.0));
        let own = policy.timeout.is_some_and(|(ms, _)| ms.is_finite());
        let policy = match longest.filter(|_| !own) {
            Some((ms, rule)) => CallPolicy {
                timeout: Some((ms, TimeoutOrigin::Explicit)),
                evidence: Evidence::new(rule.at(), "spec.rules.timeouts.request"),
                ..policy
            },
            None => policy,
        };
        for (namespace, name) in services {
            if let Some(to) = providers(namespace, name) {
                self.push(&policy, to, facts);
            }
        }
    }

    /// What annotations say; nothing if none of them is Linkerd's.
    fn annotated(&self, block: &Block<'_>, rank: Rank, problems: &mut Vec<Problem>) -> Option<CallPolicy> {
        let first = ANNOTATIONS.iter().find(|key| block.get(key).is_some())?;
        let mut policy = self.default(rank, block.evidence(first));
        let _ = self.requests(block, &mut policy, problems);
        Some(policy)
    }

    fn requests(&self, block: &Block<'_>, policy: &mut CallPolicy, problems: &mut Vec<Problem>) -> Result<(), Misread> {
        for key in ["timeout.linkerd.io/request", "timeout.linkerd.io/response"] {
            let ms = block.time(key, Time::Units, problems)?.filter(|ms| *ms > 0.0);
            // The shorter of the two ends a call to which nobody answers.
            if let Some(ms) = ms.filter(|ms| policy.timeout.is_none_or(|(known, _)| *ms < known)) {
                policy.timeout = Some((ms, TimeoutOrigin::Explicit));
                policy.evidence = block.evidence(key);
            }
        }
        let limit = block.count("retry.linkerd.io/limit", problems)?.filter(|n| *n > 0);
        let each = block.time("retry.linkerd.io/timeout", Time::Units, problems)?.filter(|ms| *ms > 0.0);
        let on = |key| block.get(key).map(words).unwrap_or_default();
        let mut conditions = Conditions::default();
        for (word, node) in on("retry.linkerd.io/http").into_iter().chain(on("retry.linkerd.io/grpc")) {
            if !conditions.add(&word) {
                problems.push(misread(
                    node,
                    "retry conditions",
                    "`5xx`, `gateway-error`, status codes, or statuses of gRPC",
                ));
            }
        }
        if conditions.words.is_empty() {
            return Ok(());
        }
        let origin = if limit.is_some() { Origin::Explicit } else { Origin::PlatformDefault };
        let tries = limit.unwrap_or(LIMIT).saturating_add(1);
        let first = if block.get("retry.linkerd.io/http").is_some() {
            "retry.linkerd.io/http"
        } else {
            "retry.linkerd.io/grpc"
        };
        let place = if limit.is_some() { "retry.linkerd.io/limit" } else { first };
        let mut retry = RetryLayer::new(policy.layer, tries, origin, block.evidence(place));
        // A try that takes longer than its limit is retried whatever the conditions are.
        retry.retried = conditions.clone().and_late().retried(each);
        retry.per_try_timeout_ms = each;
        retry.conditions = conditions.words;
        policy.retry = Some(retry);
        Ok(())
    }

    /// Routes of a ServiceProfile: retries without a number, bounded by the budget alone.
    fn profile(&self, profile: &Object, facts: &mut Facts) {
        let Some((namespace, name)) = profiled(profile) else { return };
        let Some(to) = providers(&namespace, &name) else { return };
        let Some(spec) = profile.node.get("spec") else { return };
        let Ok(ratio) = budget(spec, &mut facts.problems) else { return };
        let routes = spec.get("routes").map(Node::items).unwrap_or_default();
        // What no route matches has no retries and no limit.
        self.push(
            &self.default(Rank::Route, Evidence::new(profile.name_node().at(), "metadata.name")),
            to.clone(),
            facts,
        );
        for route in routes {
            let known = ["name", "condition", "responseClasses", "isRetryable", "timeout"];
            let Ok(block) = Block::of(route, "routes", &known, &mut facts.problems) else { continue };
            if let Ok(policy) = self.profile_route(&block, ratio, &mut facts.problems) {
                self.push(&policy, to.clone(), facts);
            }
        }
    }

    fn profile_route(&self, block: &Block<'_>, ratio: f64, problems: &mut Vec<Problem>) -> Result<CallPolicy, Misread> {
        let mut policy = self.default(Rank::Route, Evidence::new(block.node().at(), "spec.routes"));
        if let Some(ms) = block.time("timeout", Time::Units, problems)?.filter(|ms| *ms > 0.0) {
            policy.timeout = Some((ms, TimeoutOrigin::Explicit));
            policy.evidence = block.evidence("timeout");
        }
        if block.flag("isRetryable", problems)? == Some(true) {
            let retry = RetryLayer::new(policy.layer, 1, Origin::Explicit, block.evidence("isRetryable")).unlimited();
            let conditions = Conditions::of(&["5xx"]);
            policy.retry = Some(RetryLayer {
                retried: conditions.retried(None),
                conditions: conditions.words,
                budget: Some(ratio),
                ..retry
            });
        }
        Ok(policy)
    }
}

/// The Service that a ServiceProfile is for: its name is that of the Service as in DNS.
fn profiled(profile: &Object) -> Option<(String, String)> {
    let mut labels = profile.name.split('.');
    let (name, namespace, svc) = (labels.next()?, labels.next()?, labels.next());
    (svc == Some("svc")).then(|| (namespace.to_owned(), name.to_owned()))
}

/// A block that is there replaces all of the default budget.
fn budget(spec: &Node, problems: &mut Vec<Problem>) -> Result<f64, Misread> {
    let known = ["retryRatio", "minRetriesPerSecond", "ttl"];
    match Block::under(spec, "retryBudget", &known, problems)? {
        Some(block) => Ok(block.number("retryRatio", problems)?.unwrap_or(0.0)),
        None => Ok(RATIO),
    }
}

/// Annotations that begin as Linkerd's do and are none.
fn report_misspelt(annotations: &Node, problems: &mut Vec<Problem>) {
    for (key, at, _) in annotations.fields() {
        let ours = key.starts_with("retry.linkerd.io/") || key.starts_with("timeout.linkerd.io/");
        if ours && !ANNOTATIONS.contains(&key) {
            problems.push(unknown("annotation", key, &ANNOTATIONS, at.at()));
        }
    }
}

/// What brings Linkerd's proxy into the pods of a workload; the pod's own word beats that of its namespace.
fn injection(workload: &Workload<'_>, namespace: Option<&Object>) -> Option<Evidence> {
    if let Some(there) = container(workload, "linkerd-proxy") {
        return Some(there);
    }
    let key = "linkerd.io/inject";
    let own = mark(workload.template(), "annotations", key);
    let (word, evidence) = own.or_else(|| mark(namespace.map(|o| &o.node), "annotations", key))?;
    matches!(word, "enabled" | "ingress").then_some(evidence)
}
