use super::{Context, Finding, rule, words};
use crate::analysis::Cycle;
use crate::graph::{ComponentId, DependencyId, Graph, Plane};

rule! {
    /// ## What it does
    ///
    /// Finds components that cannot come up from nothing because each waits for another one of them.
    ///
    /// ## Why is this bad?
    ///
    /// A running system hides it: everything is up, so everything stays up. After a power cut, a cluster upgrade or a
    /// restore into an empty region nothing starts, and the way out has to be invented during the outage.
    ///
    /// ## Example
    ///
    /// ```yaml
    /// auth:    {USERS_URL: http://users}      # every request of auth asks users
    /// users:   {AUTH_URL: http://auth}        # every request of users is checked by auth
    /// ```
    ///
    /// ## Remedy
    ///
    /// Let one of them start and serve without the other: a cached answer, a lazy connection, a static credential for
    /// the first minutes. Then say so: `criticality: soft` on that edge.
    "LP082" "bootstrap-deadlock", Error, High, "Deadlock",
    "components that wait for each other cannot start from nothing"
}

fn check(cx: &Context<'_>) -> Vec<Finding> {
    cx.analysis.cycles.iter().filter(|c| !c.deadlocked.is_empty()).map(|cycle| finding(cx, cycle)).collect()
}

fn finding(cx: &Context<'_>, cycle: &Cycle) -> Finding {
    let members = words::list(cycle.deadlocked.iter().map(|&m| cx.labels.of(m)), 4);
    let message = match cycle.deadlocked.len() {
        1 => format!("{members} needs itself and cannot start from nothing"),
        _ => format!("{members} wait for each other and cannot start from nothing"),
    };
    let mut path = cycle.witness.clone();
    path.extend(cycle.witness.first());
    let edges = edges_along(cx.graph, &path);
    let fix = match cycle.witness[..] {
        [a, b, ..] => format!("let {} or {} start without the other", cx.labels.of(a), cx.labels.of(b)),
        _ => format!("let {members} start without itself"),
    };
    let mut finding = Finding::new(&RULE, cycle.deadlocked.clone(), message).witness(cx, path, edges, &[]);
    finding.evidence =
        finding.edges.iter().filter_map(|&id| cx.graph.dependency(id).evidence.first()).cloned().collect();
    finding.fix = fix;
    finding
}

/// The dependencies between neighbours of a path, in whichever direction they point.
fn edges_along(graph: &Graph, path: &[ComponentId]) -> Vec<DependencyId> {
    let between = |a, b| graph.providers(a).find(|(_, d)| d.to == b && d.plane == Plane::Runtime).map(|(id, _)| id);
    let pairs = path.iter().zip(path.iter().skip(1));
    pairs.filter_map(|(&a, &b)| between(a, b).or_else(|| between(b, a))).collect()
}
