use super::{Confidence, Context, Finding, Severity, rule, words};
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
    ///
    /// Where nothing but an assumption says that one cannot start without the other, it is a warning.
    "LP082" "bootstrap-deadlock", Error, High, "Deadlock",
    "components that wait for each other cannot start from nothing"
}

fn check(cx: &Context<'_>) -> Vec<Finding> {
    cx.analysis.cycles.iter().filter(|c| !c.deadlocked.is_empty()).map(|cycle| finding(cx, cycle)).collect()
}

fn finding(cx: &Context<'_>, cycle: &Cycle) -> Finding {
    let members = words::list(cycle.deadlocked.iter().map(|&m| cx.labels.of(m)), 4);
    let mut path = cycle.witness.clone();
    path.extend(cycle.witness.first());
    let edges = edges_along(cx.graph, &path);
    let fix = match cycle.witness[..] {
        [a, b, ..] => format!("let {} or {} start without the other", cx.labels.of(a), cx.labels.of(b)),
        _ => format!("let {members} start without itself"),
    };
    // That calls fail without an answer is taken for granted; that the caller does not even start is one step more,
    // and sure where start order says it.
    let assumed = edges.iter().any(|&id| cx.graph.dependency(id).assumed) && !is_start_order(cx.graph, &path);
    let message = match (cycle.deadlocked.len(), assumed) {
        (1, _) => format!("{members} needs itself and cannot start from nothing"),
        (_, false) => format!("{members} wait for each other and cannot start from nothing"),
        (2, true) => {
            format!("{members} need each other: unless one starts without the other, neither starts from nothing")
        }
        (_, true) => {
            format!("{members} need each other: unless one starts without the others, none starts from nothing")
        }
    };
    let mut finding = Finding::new(&RULE, cycle.deadlocked.clone(), message).witness(cx, path, edges, &[]);
    finding.evidence =
        finding.edges.iter().filter_map(|&id| cx.graph.dependency(id).evidence.first()).cloned().collect();
    finding.fix = fix;
    if assumed {
        finding.severity = Severity::Warning;
        finding.confidence = Confidence::Medium;
    }
    finding
}

/// Whether every member of a path is started after the next one.
fn is_start_order(graph: &Graph, path: &[ComponentId]) -> bool {
    let after = |a, b| graph.providers(a).any(|(_, d)| d.to == b && d.plane == Plane::Startup);
    let mut pairs = path.iter().zip(path.iter().skip(1));
    pairs.clone().all(|(&a, &b)| after(a, b)) || pairs.all(|(&a, &b)| after(b, a))
}

/// The dependencies between neighbours of a path, in whichever direction they point.
fn edges_along(graph: &Graph, path: &[ComponentId]) -> Vec<DependencyId> {
    let between = |a, b| graph.providers(a).find(|(_, d)| d.to == b && d.plane == Plane::Runtime).map(|(id, _)| id);
    let pairs = path.iter().zip(path.iter().skip(1));
    pairs.filter_map(|(&a, &b)| between(a, b).or_else(|| between(b, a))).collect()
}
