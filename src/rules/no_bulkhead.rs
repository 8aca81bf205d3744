use super::words::list;
use super::{Context, Finding, rule};
use crate::analysis::{PoolRow, PoolUser};
use crate::facts::Interaction;
use crate::graph::{ComponentId, Dependency, Kind, Plane};

rule! {
    /// ## What it does
    ///
    /// Finds limited capacities that several components share, one of which waits for somebody else while it holds them,
    /// with nothing that keeps it from holding all: no reservation, and no cap below what there is.
    ///
    /// ## Why is this bad?
    ///
    /// When what it waits for becomes slow, it holds more and more for longer and longer, until nothing is left. The
    /// others then fail, also those that have nothing to do with what is slow: one slow dependency takes everything down.
    ///
    /// ## Example
    ///
    /// ```yaml
    /// functions:
    ///   checkout: {handler: src/checkout.handler}     # calls a payment provider
    ///   search: {handler: src/search.handler}         # does not, and shares the account's 1,000 executions
    /// ```
    ///
    /// ## Remedy
    ///
    /// A bulkhead: reserved concurrency for what is critical (`reservedConcurrency`), a cap for what waits, a pool for
    /// each client; and short timeouts and a circuit breaker on what is waited for, so that nothing is held for long. What is
    /// too much in spite of that is best turned away at the edge (throttling of the API).
    "LP012" "no-bulkhead", Note, Medium, "No bulkhead",
    "one user of a shared capacity may hold all of it while it waits"
}

fn check(cx: &Context<'_>) -> Vec<Finding> {
    cx.analysis.pools.iter().filter(|row| !row.at_start).filter_map(|row| finding(cx, row)).collect()
}

/// How much a provider is one to wait for long: what is outside the input most, a store least.
fn remoteness(cx: &Context<'_>, provider: ComponentId) -> u8 {
    match cx.graph.component(provider).kind {
        Kind::External => 0,
        Kind::Datastore | Kind::Cache | Kind::ObjectStore => 2,
        _ => 1,
    }
}

/// Whom a component waits for that may be slow, the likeliest.
fn waits_for(cx: &Context<'_>, user: ComponentId) -> Option<ComponentId> {
    let waits = |d: &Dependency| {
        d.plane == Plane::Runtime
            && !d.circuit_breaker
            && d.max_concurrent.is_none()
            && matches!(d.interaction, Interaction::Sync | Interaction::Read | Interaction::Write)
    };
    let waited = cx.graph.providers(user).filter(|(_, d)| waits(d) && d.to != user).map(|(_, d)| d.to);
    waited.min_by_key(|&to| (remoteness(cx, to), to))
}

fn finding(cx: &Context<'_>, row: &PoolRow) -> Option<Finding> {
    let holders: Vec<(&PoolUser, ComponentId)> =
        row.users.iter().filter(|u| u.unlimited).filter_map(|u| Some((u, waits_for(cx, u.component)?))).collect();
    let &(first, provider) = holders.iter().min_by_key(|(u, to)| (remoteness(cx, *to), u.component))?;
    let others: Vec<ComponentId> = row
        .users
        .iter()
        .filter(|u| u.reserved.is_none() && u.component != first.component)
        .map(|u| u.component)
        .collect();
    if others.is_empty() {
        return None;
    }
    let (pool, holder) = (cx.labels.of(row.pool), cx.labels.of(first.component));
    let leaves = list(others.iter().map(|&o| cx.labels.of(o)), 3);
    let waits = cx.labels.of(provider);
    // The others that wait for something just as remote.
    let like = holders
        .iter()
        .filter(|(u, to)| u.component != first.component && remoteness(cx, *to) == 0 && remoteness(cx, provider) == 0);
    let like = like.map(|(u, to)| format!("{} for {}", cx.labels.of(u.component), cx.labels.of(*to)));
    let like = list(like, 3);
    let like = if like.is_empty() { like } else { format!(" (likewise {like})") };
    let message = format!(
        "nothing keeps {holder} from holding all of {pool} while it waits for {waits}{like}, and {leaves} from finding \
         nothing left"
    );
    let subjects = std::iter::once(row.pool).chain([first.component]).collect();
    let mut finding = Finding::new(&RULE, subjects, message);
    finding.path = vec![provider, first.component, row.pool];
    let at = cx.graph.component(row.pool).evidence.first();
    let places = [first.dependency].into_iter().filter_map(|id| cx.graph.dependency(id).evidence.first());
    finding.evidence = at.into_iter().chain(places).cloned().collect();
    finding.evidence.dedup();
    let entry = |&c: &ComponentId| cx.graph.component(c).entry.is_some();
    let before = others.iter().flat_map(|&o| cx.graph.dependents(o).map(|(_, d)| d.from)).filter(entry);
    let mut entries: Vec<ComponentId> = others.iter().copied().filter(|c| entry(c)).chain(before).collect();
    entries.sort_unstable();
    entries.dedup();
    finding.entries = entries;
    finding.fix = format!(
        "reserve a part of {pool} for what is critical, or cap what {holder} may hold; limit how long it waits for {waits}, \
         with a circuit breaker on that call"
    );
    let open = |&c: &ComponentId| cx.graph.component(c).settings.shed_rps.is_none();
    let lets_in = cx.graph.dependents(first.component).map(|(_, d)| d.from).filter(entry).find(open);
    if let Some(edge) = lets_in {
        finding.fix += &format!("; turn away at {} what is too much", cx.labels.of(edge));
    }
    Some(finding)
}
