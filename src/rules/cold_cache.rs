use super::metastable::{assumptions, places, with_callers};
use super::words::factor;
use super::{Confidence, Context, Finding, load, rule};
use crate::analysis::overload::{Cascade, Excess, Trigger};

rule! {
    /// ## What it does
    ///
    /// Finds caches whose store cannot serve what comes when they are empty: with a hit ratio h the store normally gets
    /// 1 − h of the requests, and 1 / (1 − h) times that after a restart or a flush of the cache.
    ///
    /// ## Why is this bad?
    ///
    /// A restart that should take seconds takes the store down, and as long as the store answers nobody the cache stays
    /// empty: it does not end by itself.
    ///
    /// ## Example
    ///
    /// ```yaml
    /// kind: Cache
    /// metadata: {name: sessions}
    /// spec: {hitRatio: 0.95, dependsOn: [db]}       # db serves 2,000, 10,000 come to sessions
    /// ```
    ///
    /// ## Remedy
    ///
    /// Fill the cache before it takes traffic, let only one request for the same thing through, let caches fail one by
    /// one (replicas, consistent hashing), limit what may come to the store, or give it the capacity.
    "LP042" "cold-cache-overload", Warning, High, "Cold cache",
    "an empty cache overloads the store behind it"
}

fn check(cx: &Context<'_>) -> Vec<Finding> {
    let cold = cx.analysis.overload.cascades.rows.iter().filter(|c| matches!(c.trigger, Trigger::ColdCache(_)));
    let stores = cold.flat_map(|c| c.overloaded.iter().map(move |e| (c, e)));
    with_callers(cx.graph, stores.map(|(c, e)| (finding(cx, c, e), vec![e.component])).collect())
}

fn finding(cx: &Context<'_>, c: &Cascade, e: &Excess) -> Finding {
    let (cache, store) = (c.trigger.component(), e.component);
    let (name, of) = (cx.labels.of(cache), cx.labels.of(store));
    let normal = cx.analysis.overload.row(store);
    let times = normal.map_or_else(String::new, |r| {
        format!(", {} times what comes otherwise", factor((e.load / r.load * 10.0).round() / 10.0))
    });
    let stays = if e.stays { "; it stays so, because nobody fills the cache again" } else { "" };
    let message = format!(
        "when {name} is empty, {of} gets {} requests a second of the {} it can serve{times}{stays}",
        load::rate(e.load),
        load::rate(e.capacity)
    );
    let mut finding = Finding::new(&RULE, vec![store, cache], message);
    finding.path = vec![cache, store];
    finding.evidence = places(cx.graph, &[cache, store]);
    finding.assumptions = assumptions(cx, &[store]);
    finding.confidence = Confidence::Medium;
    finding.fix = format!("fill {name} before it takes traffic, and limit what may come to {of}");
    finding
}
