use super::finding::Cause;
use super::timeout_inversion::{about, is_entry, needed, places, wasted};
use super::words::{duration, list};
use super::{Context, Finding, Measure, rule};
use crate::analysis::waits::{Basis, Chain, TimeoutRow};

rule! {
    /// ## What it does
    ///
    /// Finds chains of calls that may take longer than the one who waits for all of them is allowed: a function, an API
    /// gateway, an ingress, or any component that states how long it gives itself.
    ///
    /// ## Why is this bad?
    ///
    /// The platform cuts the request off in the middle (API Gateway after 29 s, a function at its timeout): the user gets
    /// an error, the work behind goes on, and what was half done stays half done.
    ///
    /// ## Example
    ///
    /// ```yaml
    /// functions: {checkout: {timeout: 6}}        # calls payments with 3 tries of 5 s each
    /// ```
    ///
    /// ## Remedy
    ///
    /// Put long work behind a queue and answer at once; or shorten the chain, its limits or its tries until the sum fits.
    "LP032" "long-sync-chain", Warning, High, "Chain too long",
    "a chain of calls may take longer than its caller is allowed"
}

fn check(cx: &Context<'_>) -> Vec<Finding> {
    let timeouts = &cx.analysis.timeouts;
    let gateways = timeouts.rows.iter().filter(|r| r.inverted_by_limits() && is_entry(cx.graph, r));
    timeouts.chains.iter().map(|chain| own(cx, chain)).chain(gateways.map(|row| gateway(cx, row))).collect()
}

fn own(cx: &Context<'_>, chain: &Chain) -> Finding {
    let name = cx.labels.of(chain.component);
    let calls: Vec<_> = chain.calls.iter().map(|&id| cx.graph.dependency(id)).collect();
    let way = list(calls.iter().map(|d| cx.labels.of(d.to)), 4);
    let need = if chain.need.ms.is_finite() {
        duration(chain.need.at_least)
    } else if chain.need.endless() {
        "any time".to_owned()
    } else {
        format!("{} or more", duration(chain.need.at_least))
    };
    let waiting = match () {
        () if way.is_empty() => String::new(),
        () if chain.beside() => format!(", {} of it to wait for {way}", duration(chain.waited_ms)),
        () => format!(" to wait for {way}"),
    };
    let message = format!("{name} allows itself {} and may need {need}{waiting}", duration(chain.limit_ms));
    let mut finding = Finding::new(&RULE, vec![chain.component], message);
    finding.cause = chain.need.endless().then_some(Cause::Unlimited);
    finding.measure = Some(Measure::Wait(chain.need.ms));
    let last = calls.iter().rev().map(|d| d.to);
    finding.path = last.chain([chain.component]).collect();
    finding.edges = chain.calls.iter().rev().copied().collect();
    finding.evidence.extend(cx.graph.component(chain.component).evidence.first().cloned());
    finding.evidence.extend(chain.calls.first().into_iter().flat_map(|&id| places(cx.graph, id)));
    finding.assumptions = chain.need.bases.iter().map(Basis::id).map(Into::into).collect();
    finding.fix = "shorten the waits or the tries until their sum fits, or put the work behind a queue".to_owned();
    finding
}

fn gateway(cx: &Context<'_>, row: &TimeoutRow) -> Finding {
    let (from, to) = (cx.labels.of(row.from), cx.labels.of(row.to));
    let limit = duration(row.budget_ms);
    let message = format!("{from} is cut off after {limit}, {to} behind it may need {}{}", needed(row), wasted(row));
    let fix = "shorten the waits or the tries until their sum fits, or put the work behind a queue".to_owned();
    let mut finding = about(cx, row, Finding::new(&RULE, vec![row.from, row.to], message), fix);
    finding.entries = vec![row.from];
    finding
}
