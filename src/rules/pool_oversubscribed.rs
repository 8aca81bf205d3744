use super::words::{factor, list};
use super::{Confidence, Context, Finding, rule};

rule! {
    /// ## What it does
    ///
    /// Finds limited capacities whose users may want more of them at once than there is: connection pools of all
    /// instances together against what the database accepts, functions against the concurrency of the account, requests
    /// of a namespace against its quota. Users with a reservation of their own do not count, and neither does what is
    /// reserved for them; replicas count at their most. A user that does not say how much it holds at most holds its load
    /// times the longest that a request may take (Little's law); if its load is not known either, it is left out.
    ///
    /// ## Why is this bad?
    ///
    /// All is well until everybody is busy at once. Then the last to ask gets nothing: connections are refused, functions
    /// are throttled, and it need not be the one that asked for too much.
    ///
    /// ## Example
    ///
    /// ```yaml
    /// # 3 services of up to 20 instances with 10 connections each want 600 of the 97 that PostgreSQL has for them
    /// env: [{name: DB_POOL_SIZE, value: "10"}]
    /// ```
    ///
    /// ## Remedy
    ///
    /// Smaller pools, fewer instances at most, a pooler between (PgBouncer), or a larger limit.
    "LP011" "pool-oversubscribed", Warning, High, "Oversubscribed",
    "users of a limited capacity may want more than there is"
}

fn check(cx: &Context<'_>) -> Vec<Finding> {
    let over = cx.analysis.pools.iter().filter(|p| p.oversubscribed());
    over.map(|row| {
        let name = cx.labels.of(row.pool);
        let mut users: Vec<_> = row.users.iter().filter(|u| u.reserved.is_none()).collect();
        users.sort_by(|a, b| b.demand.unwrap_or(0.0).total_cmp(&a.demand.unwrap_or(0.0)));
        let who = list(users.iter().map(|u| cx.labels.of(u.component)), 3);
        let free = row.capacity - row.reserved;
        let message = if row.demand.is_infinite() {
            format!("{who} may hold any number of {name}, which has {}", factor(free))
        } else {
            let ratio = if free > 0.0 {
                format!(": {} times", factor((row.ratio() * 100.0).round() / 100.0))
            } else {
                String::new()
            };
            format!("{who} may want {} of {name}, which has {}{ratio}", factor(row.demand.round()), factor(free))
        };
        let subjects = std::iter::once(row.pool).chain(users.iter().map(|u| u.component)).collect();
        let mut finding = Finding::new(&RULE, subjects, message);
        let pool = cx.graph.component(row.pool).evidence.first();
        let places = users.iter().filter_map(|u| cx.graph.dependency(u.dependency).evidence.first());
        finding.evidence = pool.into_iter().chain(places).cloned().collect();
        finding.evidence.dedup();
        finding.assumptions = row.assumptions.iter().map(|&id| id.into()).collect();
        if row.demand.is_infinite() {
            finding.confidence = Confidence::Medium;
        }
        finding.fix = if row.at_start {
            format!("raise the quota behind {name}, or let its users ask for less at their most")
        } else {
            format!("let each of them hold less of {name}, put a pooler between, or make it larger")
        };
        finding
    })
    .collect()
}
