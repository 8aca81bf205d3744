//! VirtualService: what its routes do with requests.

use super::Istio;
use crate::facts::block::{Block, Misread, Time, words};
use crate::facts::kubernetes::cluster::Cluster;
use crate::facts::kubernetes::mesh::{add, providers};
use crate::facts::kubernetes::object::Object;
use crate::facts::kubernetes::role::Role;
use crate::facts::kubernetes::selector::Selector;
use crate::facts::proxy::{Conditions, ENVOY_BASE_MS, jittered};
use crate::facts::{CallPolicy, Callers, Evidence, Facts, Key, Layer, Origin, Rank, RetryLayer, TimeoutOrigin};
use crate::parse::Node;
use crate::source::Problem;
use std::collections::BTreeSet;
use std::sync::Arc;

#[rustfmt::skip]
const ROUTE: [&str; 18] = [
    "name", "match", "route", "redirect", "directResponse", "delegate", "rewrite", "timeout", "retries", "fault",
    "mirror", "mirrors", "mirrorPercentage", "mirror_percent", "mirrorPercent", "corsPolicy", "headers",
    "websocketUpgrade",
];

/// Fields of a retry policy.
pub(super) const RETRIES: [&str; 6] =
    ["attempts", "perTryTimeout", "retryOn", "retryRemoteLocalities", "retryIgnorePreviousHosts", "backoff"];

/// Callers that are named one by one for a route, at most.
const LABELLED: usize = 1_000;

/// One route, and the object that it stands in: another one's if it is delegated.
#[derive(Clone, Copy)]
pub(in crate::facts::kubernetes) struct Rule<'a> {
    /// Where it stands, for the namespace of its bare names.
    pub object: &'a Object,
    /// The route.
    pub node: &'a Node,
}

/// The routes of a VirtualService for a protocol (`http`, `tls`, `tcp`); those that it delegates are read from where
/// they stand. Istio delegates once and no further.
pub(in crate::facts::kubernetes) fn rules<'a>(
    cluster: &Cluster<'a>,
    object: &'a Object,
    protocol: &str,
) -> Vec<Rule<'a>> {
    let of = |object: &'a Object| object.node.path(&["spec", protocol]).map(Node::items).unwrap_or_default().iter();
    let mut rules = Vec::new();
    for node in of(object) {
        let Some(delegate) = node.get("delegate") else {
            rules.push(Rule { object, node });
            continue;
        };
        let namespace = delegate.str("namespace").unwrap_or(object.namespace());
        let found = delegate.str("name").and_then(|name| cluster.find(Role::Route, namespace, name, object));
        let found = found.filter(|o| &*o.kind == "VirtualService" && !std::ptr::eq(*o, object));
        rules.extend(found.into_iter().flat_map(|other| of(other).map(move |node| Rule { object: other, node })));
    }
    rules
}

impl Istio {
    /// What a route does with requests. It says everything, because of several routes the worst counts.
    pub(in crate::facts::kubernetes) fn route(
        &self,
        rule: &Node,
        layer: Layer,
        problems: &mut Vec<Problem>,
    ) -> CallPolicy {
        let place = Evidence::new(rule.at(), "spec.http");
        let mut policy = self.default(layer, Rank::Route, place);
        // What cannot be understood is reported. The cluster would refuse it and go on with the default, which is then
        // not what was meant: it is of unknown origin.
        let Ok(block) = Block::of(rule, "http", &ROUTE, problems) else { return policy };
        match block.time("timeout", Time::Units, problems) {
            Ok(Some(ms)) if ms > 0.0 => {
                policy.timeout = Some((ms, TimeoutOrigin::Explicit));
                policy.evidence = block.evidence("timeout");
            }
            Ok(_) => {}
            Err(Misread) => policy.timeout = None,
        }
        match self.retries(&block, layer, problems) {
            Ok(Some((mut retry, defaults))) => {
                let limit = policy.timeout.map_or(f64::INFINITY, |(ms, _)| ms);
                // Envoy has no use for a limit of one try that is no less than that of the whole.
                retry.per_try_timeout_ms = retry.per_try_timeout_ms.filter(|ms| *ms < limit);
                retry.retried.late &= retry.per_try_timeout_ms.is_some();
                policy.retry = Some(retry);
                if !defaults {
                    policy.assumption = None;
                }
            }
            Ok(None) => {}
            Err(Misread) => {
                if let Some(retry) = &mut policy.retry {
                    retry.origin = Origin::Unknown;
                }
            }
        }
        policy
    }

    /// The tries of a route, and whether its conditions are the default ones.
    fn retries(
        &self,
        route: &Block<'_>,
        layer: Layer,
        problems: &mut Vec<Problem>,
    ) -> Result<Option<(RetryLayer, bool)>, Misread> {
        let Some(block) = Block::under(route.node(), "retries", &RETRIES, problems)? else { return Ok(None) };
        let retry = retry(&block, layer, self.defaults.conditions(), problems)?;
        let defaults = block.get("retryOn").is_none() && retry.tries != Some(1);
        Ok(Some((retry, defaults)))
    }

    /// Adds what a VirtualService does with the calls of the mesh's members.
    pub(super) fn virtual_service(&self, cluster: &Cluster<'_>, object: &Object, facts: &mut Facts) {
        let Some(spec) = object.node.get("spec") else { return };
        if !for_sidecars(spec) {
            return;
        }
        let hosts: Vec<_> = spec
            .get("hosts")
            .map(Node::items)
            .unwrap_or_default()
            .iter()
            .filter_map(|host| providers(object.namespace(), host.text()?))
            .collect();
        for rule in rules(cluster, object, "http") {
            let matches = rule.node.get("match").map(Node::items).unwrap_or_default();
            let elsewhere = |m: &Node| m.get("gateways").is_some() && !for_sidecars(m);
            let answered = rule.node.get("redirect").or(rule.node.get("directResponse")).is_some();
            if answered || (!matches.is_empty() && matches.iter().all(elsewhere)) {
                continue;
            }
            let policy = self.route(rule.node, Layer::ClientMesh, &mut facts.problems);
            let callers = self.callers_of(cluster, spec, matches, object);
            for host in &hosts {
                add(policy.between(callers.clone(), host.clone()), &self.taken_for_granted(), facts);
            }
        }
    }

    /// Whose calls a route is for: those of members that it exports to and whose labels it asks for.
    fn callers_of(&self, cluster: &Cluster<'_>, spec: &Node, matches: &[Node], object: &Object) -> Callers {
        let own = spec.get("exportTo").map(Node::items).unwrap_or_default();
        let private = !own.is_empty() && own.iter().all(|e| e.text() == Some("."));
        let labelled = !matches.is_empty() && matches.iter().all(|m| m.get("sourceLabels").is_some());
        let everybody = || if private { self.members.callers_in(object.namespace()) } else { self.members.callers() };
        if !labelled {
            return everybody();
        }
        let mut keys: BTreeSet<Key> = BTreeSet::new();
        for (m, labels) in matches.iter().filter_map(|m| Some((m, m.get("sourceLabels")?))) {
            let wanted = m.str("sourceNamespace").or(private.then(|| object.namespace()));
            let selector = Selector::plain(labels);
            for namespace in cluster.namespaces().filter(|n| wanted.is_none_or(|w| w == *n)) {
                keys.extend(cluster.select(namespace, &selector).into_iter().filter(|key| self.members.calls(key)));
            }
            // Labels that so many have tell nobody apart.
            if keys.len() > LABELLED {
                return everybody();
            }
        }
        Callers::Components(Arc::new(keys))
    }
}

/// Whether a resource or match is for sidecars: without gateways, or with the one called `mesh` among them.
fn for_sidecars(node: &Node) -> bool {
    let gateways = node.get("gateways").map(Node::items).unwrap_or_default();
    gateways.is_empty() || gateways.iter().any(|g| g.text() == Some("mesh"))
}

/// The tries of a policy. A policy without a number of attempts switches retries off, as does 0.
pub(super) fn retry(
    block: &Block<'_>,
    layer: Layer,
    defaults: Conditions,
    problems: &mut Vec<Problem>,
) -> Result<RetryLayer, Misread> {
    let retries = block.count("attempts", problems)?.unwrap_or(0);
    let per_try = block.time("perTryTimeout", Time::Units, problems)?.filter(|ms| *ms > 0.0);
    let base = block.time("backoff", Time::Units, problems)?.filter(|ms| *ms > 0.0);
    let conditions = match block.get("retryOn") {
        Some(node) => Conditions::read(words(node), problems),
        None => defaults,
    };
    let mut retry = RetryLayer::new(layer, retries.saturating_add(1), Origin::Explicit, block.evidence("attempts"));
    if retries > 0 {
        retry.per_try_timeout_ms = per_try;
        retry.backoff_ms = jittered(base.unwrap_or(ENVOY_BASE_MS), None, retries);
        retry.jitter = Some(true);
        retry.retried = conditions.retried(per_try);
        retry.conditions = conditions.words;
    }
    Ok(retry)
}
