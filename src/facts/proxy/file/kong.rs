//! Kong's declarative configuration: what it does with the calls to each of its services.

use super::{Proxy, Upstream};
use crate::facts::address::parse_one;
use crate::facts::kong::{Service, check, is_declarative, of_service, of_upstream, services, tries};
use crate::facts::{CallPolicy, TimeoutOrigin};
use crate::parse::{Node, Outcome, documents};
use crate::source::Problem;

pub(super) fn upstreams(text: &str, proxy: &Proxy<'_>) -> Vec<Upstream> {
    let mut found = Vec::new();
    let mut problems = Vec::new();
    for document in documents(&"".into(), text) {
        let Outcome::Tree(root) = document.outcome else { continue };
        if !is_declarative(&root) {
            continue;
        }
        check(&root, &mut problems);
        for service in services(&root) {
            let addresses = service.hosts.iter().filter_map(|(_, host)| parse_one(host)).collect();
            found.push(Upstream { addresses, policy: policy(&service, proxy, &mut problems) });
        }
    }
    proxy.wrong.borrow_mut().extend(problems);
    found
}

/// What Kong does with the calls to a service. What cannot be read is unknown, and no default stands in for it.
fn policy(service: &Service<'_>, proxy: &Proxy<'_>, problems: &mut Vec<Problem>) -> CallPolicy {
    let line = |node: &Node| usize::try_from(node.line()).unwrap_or(1).saturating_sub(1);
    let mut policy = (proxy.blank)(line(service.node), "services");
    // No limit spans the tries; each phase of one has its own.
    policy.timeout = Some((f64::INFINITY, TimeoutOrigin::Disabled));
    if let Ok(mut written) = of_service(service.node, problems) {
        if let Some((_, evidence)) = &mut written.retries {
            *evidence = (proxy.blank)(evidence.at.line.saturating_sub(1) as usize, "services.retries").evidence;
        }
        policy.retry = Some(tries(policy.layer, written, policy.evidence.clone()));
    }
    let breaks = service.upstream.map(|upstream| of_upstream(upstream, problems));
    policy.circuit_breaker = breaks.and_then(Result::ok).flatten();
    policy
}
