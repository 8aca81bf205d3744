use super::words::list;
use super::{Confidence, Context, Finding, rule};
use crate::facts::{Interaction, Plane};
use crate::graph::{ComponentId, Dependency, Kind};
use std::collections::BTreeSet;

rule! {
    /// ## What it does
    ///
    /// Finds stores that several components write to: databases, buckets, volumes. Beside one that
    /// is known to write, those of whom the input does not say whether they read or write are taken to do both, and the
    /// confidence is low.
    ///
    /// ## Why is this bad?
    ///
    /// Bad data of one writer is bad data for all who read the store, and replicas copy it within milliseconds: as to
    /// corruption a replicated store is one thing. With several writers nobody owns what is in it, and finding out who
    /// wrote what is the longest part of such an incident.
    ///
    /// ## Example
    ///
    /// ```yaml
    /// orders:   {dependsOn: [{name: shop-db, interaction: write}]}
    /// invoices: {dependsOn: [{name: shop-db, interaction: write}]}
    /// ```
    ///
    /// ## Remedy
    ///
    /// One writer for each table or prefix, by permissions and not by habit; others ask it. Versions or point-in-time
    /// recovery for what is left, tried out.
    "LP051" "shared-writer", Note, High, "Shared writers",
    "several components write to one store"
}

fn check(cx: &Context<'_>) -> Vec<Finding> {
    let keeps =
        |id: &ComponentId| matches!(cx.graph.component(*id).kind, Kind::Datastore | Kind::ObjectStore | Kind::Volume);
    cx.graph.ids().filter(keeps).filter_map(|store| finding(cx, store)).collect()
}

/// Whether the dependent writes: for certain, or because nobody says that it only reads.
fn writes(d: &Dependency) -> Option<bool> {
    match d.interaction {
        _ if d.plane != Plane::Runtime => None,
        Interaction::Write | Interaction::AsyncPublish => Some(true),
        Interaction::Sync | Interaction::Mount => Some(false),
        _ => None,
    }
}

fn finding(cx: &Context<'_>, store: ComponentId) -> Option<Finding> {
    let written: Vec<(&Dependency, bool)> =
        cx.graph.dependents(store).filter_map(|(_, d)| Some((d, writes(d)?))).collect();
    let writers: BTreeSet<ComponentId> = written.iter().map(|(d, _)| d.from).collect();
    let certain: BTreeSet<ComponentId> = written.iter().filter(|(_, sure)| *sure).map(|(d, _)| d.from).collect();
    // Of what is used by several in unknown ways LP010 says that it is shared.
    if writers.len() < 2 || certain.is_empty() {
        return None;
    }
    let name = cx.labels.of(store);
    let who = list(writers.iter().map(|&w| cx.labels.of(w)), 4);
    let may = if certain.len() < 2 { "may write" } else { "write" };
    let mut finding = Finding::new(&RULE, vec![store], format!("{who} {may} to {name}"));
    if certain.len() < 2 {
        finding.confidence = Confidence::Low;
    }
    let own = cx.graph.component(store).evidence.first();
    let places = written.iter().filter_map(|(d, _)| d.evidence.first());
    finding.evidence = own.into_iter().chain(places).cloned().collect();
    finding.fix = format!("let one component write each part of {name}, and the others ask it");
    Some(finding)
}
