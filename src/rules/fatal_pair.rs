use super::{Context, Finding, rule, words};
use crate::analysis::{FatalPair, Level};
use crate::graph::ComponentId;

rule! {
    /// ## What it does
    ///
    /// Finds pairs of failures that take an entry down together although it survives each of them: two instances, nodes,
    /// zones, volumes or outside providers that stand in for each other, and what each of them rests on. What takes the
    /// entry down alone is reported as a single point of failure and is no part of a pair. `linchpin cuts` lists all
    /// minimal sets of failures, also larger ones and those of whole components.
    ///
    /// ## Why is this bad?
    ///
    /// It need not be: surviving one failure is what most people want. But it is the whole reserve. While one of the
    /// two is being repaired or upgraded, the other one is a single point of failure, and a change that touches both
    /// at once is an outage.
    ///
    /// ## Example
    ///
    /// ```yaml
    /// spec:
    ///   dependsOn:
    ///     - {need: 1, of: [db-a, db-b]}    # one instance each: the loss of both is the loss of this service
    /// ```
    ///
    /// ## Remedy
    ///
    /// Know it: never work on both at once, and alarm on the loss of the first one. Where that is too little, add a
    /// third.
    "LP003" "fatal-pair", Note, High, "Both at once",
    "two failures together take an entry down that survives each of them"
}

fn check(cx: &Context<'_>) -> Vec<Finding> {
    cx.analysis.fatal_pairs.iter().map(|pair| finding(cx, pair)).collect()
}

fn finding(cx: &Context<'_>, pair: &FatalPair) -> Finding {
    let name = |&(id, _): &(ComponentId, Level)| cx.labels.of(id).to_owned();
    let entries = words::list(pair.entries.iter().map(|&e| cx.labels.of(e)), 3);
    let mut sides: Vec<Vec<(ComponentId, Level)>> = pair.sides.clone();
    sides.iter_mut().for_each(|side| side.sort_by_key(|&(id, level)| (level, id)));
    let side = |side: &Vec<(ComponentId, Level)>| {
        let names = words::list(side.iter().map(name), 3);
        if side.len() > 1 { format!("any of {names}") } else { names }
    };
    let which = match &sides[..] {
        [one, other] => format!("{} together with {}", side(one), side(other)),
        _ if sides.iter().all(|side| side.len() == 1) => {
            format!("any two of {}", words::list(sides.iter().flatten().map(name), 5))
        }
        _ => format!("one each of any two of: {}", sides.iter().map(side).collect::<Vec<_>>().join("; ")),
    };
    let mut subjects: Vec<ComponentId> = sides.iter().flatten().map(|&(id, _)| id).collect();
    subjects.sort_unstable();
    let mut finding = Finding::new(&RULE, subjects, format!("{which}: the loss of both takes down {entries}"));
    let of = |id: &ComponentId| cx.graph.component(*id).evidence.first();
    let likeliest = sides.iter().filter_map(|side| side.first()).filter_map(|(id, _)| of(id));
    finding.evidence = likeliest.chain(pair.owners.first().and_then(of)).cloned().collect();
    finding.entries.clone_from(&pair.entries);
    finding.fix = "never work on both at once, and alarm on the loss of the first; a third one would help".to_owned();
    finding
}
