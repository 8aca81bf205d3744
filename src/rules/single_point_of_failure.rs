use super::{Context, Finding, Measure, Severity, for_spof, rule, words};
use crate::analysis::{Level, Spof, Unreached};
use crate::graph::{ComponentId, Kind};

rule! {
    /// ## What it does
    ///
    /// Finds every component, volume, node, zone, region or outside provider whose failure alone takes an entry down:
    /// a place where users come in stops working although everything else is up. For a component with several replicas
    /// that can stand in for each other, the loss of one is survived and nothing is found. What takes others down that no
    /// entry needs is a note.
    ///
    /// ## Why is this bad?
    ///
    /// One crash, one lost disk or one drained machine is an ordinary day. A system that users rely on should need at
    /// least two failures at once before they notice.
    ///
    /// ## Example
    ///
    /// ```yaml
    /// kind: Deployment
    /// metadata: {name: redis-cart}
    /// spec:
    ///   replicas: 1        # cartservice calls it on every request, and frontend calls cartservice
    /// ```
    ///
    /// ## Remedy
    ///
    /// Run a second instance that can take over, in another failure domain if nodes and zones are what you fear; or let
    /// the caller go on without it (a fallback, a cached answer, a queue) and say so: `criticality: soft` in a linchpin
    /// manifest, or traces that show failures being contained. An outside provider and a region are reported as notes:
    /// they are often accepted.
    "LP001" "single-point-of-failure", Error, High, "Outside",
    "one failure takes an entry down"
}

fn check(cx: &Context<'_>) -> Vec<Finding> {
    let spofs = cx.analysis.spofs.iter().filter(|spof| spof.level != Level::Component);
    let felt = spofs.map(|spof| finding(cx, spof, &takes_down(cx, &spof.entries)));
    let unfelt = cx.analysis.unreached.iter().map(|unreached| {
        let found = finding(cx, &unreached.row, &unfelt(cx, unreached));
        // Something breaks, and no user notices.
        Finding { severity: Severity::Note, ..found }
    });
    felt.chain(unfelt).collect()
}

fn finding(cx: &Context<'_>, spof: &Spof, harm: &str) -> Finding {
    let component = cx.graph.component(spof.component);
    let name = cx.labels.of(spof.component);
    let message = match (spof.level, component.replicas) {
        (Level::Instance, Some(r)) if r.count > 1 => {
            format!("{name} needs all of its {} instances: the loss of any one {harm}", r.count)
        }
        (Level::Instance, _) => format!("{name} is a single instance: its loss {harm}"),
        (Level::Provider, _) => format!("{name} is outside this system: its outage {harm}"),
        (Level::Volume, _) if component.kind != Kind::Volume => format!("the loss of the volume of {name} {harm}"),
        _ => format!("the loss of {name} {harm}"),
    };
    let remedy = for_spof(cx.graph, cx.labels, spof, cx.analysis.improvements.against(spof.component));
    let mut finding = Finding::new(&RULE, vec![spof.component], message).witness(
        cx,
        spof.path.clone(),
        spof.edges.clone(),
        &spof.entries,
    );
    if matches!(spof.level, Level::Provider | Level::Region) {
        finding.severity = Severity::Note;
    }
    finding.evidence = remedy.evidence;
    finding.fix = remedy.fix;
    finding.folded_into = spof.folded_into;
    finding.measure = Some(Measure::Level(spof.level));
    finding
}

/// `takes down frontend`, `takes down all 4 entries`, `takes down a, b, c and 3 more`.
fn takes_down(cx: &Context<'_>, entries: &[ComponentId]) -> String {
    match cx.entries {
        2 if entries.len() == 2 => "takes down both entries".to_owned(),
        all @ 3.. if entries.len() == all => format!("takes down all {all} entries"),
        _ => format!("takes down {}", words::list(entries.iter().map(|&e| cx.labels.of(e)), 3)),
    }
}

/// `takes down report, which no entry needs`, `takes down report and 2 more, none of which an entry needs`.
fn unfelt(cx: &Context<'_>, Unreached { row, failed }: &Unreached) -> String {
    let first = row.path.get(1).map_or("another component", |&victim| cx.labels.of(victim));
    match failed {
        0 | 1 => format!("takes down {first}, which no entry needs"),
        _ => format!("takes down {first} and {} more, none of which an entry needs", words::number(failed - 1)),
    }
}
