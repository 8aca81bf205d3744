use super::{Context, Finding, Measure, Severity, rule, words};
use crate::analysis::Illusion;
use crate::graph::{ComponentId, Dependency, DependencyId, Interaction, Kind, Plane, Ways};

rule! {
    /// ## What it does
    ///
    /// Finds groups that are meant to survive failures and survive fewer: replicas, quorum members or alternatives that
    /// all rest on one shared thing, such as a zone, a volume, a database or a credential store. What is shared may also be
    /// configuration or a secret: it cannot be down, but what is wrong in it is wrong for all of them (a note). What the
    /// dependent itself needs beside the group is shared by declaration, and not told.
    ///
    /// ## Why is this bad?
    ///
    /// The redundancy is paid for and counted on, and it is not there. Nobody looks for a single point of failure
    /// behind something that has three replicas.
    ///
    /// ## Example
    ///
    /// ```yaml
    /// spec:
    ///   replicas: 2
    ///   template:
    ///     spec:
    ///       nodeSelector: {topology.kubernetes.io/zone: eu-1a}   # both replicas go down with one zone
    /// ```
    ///
    /// ## Remedy
    ///
    /// Give each member its own copy of what is shared, or spread the members over what can fail. If the sharing is
    /// accepted, waive the finding with the reason.
    "LP002" "redundancy-illusion", Error, High, "Illusion",
    "a group that claims to survive failures shares something that one failure takes away"
}

fn check(cx: &Context<'_>) -> Vec<Finding> {
    let carries = |d: &Dependency| {
        let works = d.plane == Plane::Runtime && !matches!(d.interaction, Interaction::Observe | Interaction::Recover);
        works || d.interaction == Interaction::Mount
    };
    let ways = Ways::new(cx.graph, carries);
    cx.analysis.illusions.iter().map(|illusion| finding(cx, &ways, illusion)).collect()
}

fn finding(cx: &Context<'_>, ways: &Ways, illusion: &Illusion) -> Finding {
    let owner = cx.labels.of(illusion.owner);
    let names = |ids: &[ComponentId]| words::list(ids.iter().map(|&id| cx.labels.of(id)), 4);
    let claimed = words::count(illusion.claimed as usize, "failure", "failures");
    let own_replicas = illusion.group.iter().all(|&member| member == illusion.owner);
    let claim = if own_replicas {
        format!("the replicas of {owner} should survive {claimed} but survive")
    } else {
        format!("{owner} should survive {claimed} among {} but survives", names(&illusion.group))
    };
    let survived = match illusion.real {
        0 => "none".to_owned(),
        n => n.to_string(),
    };
    let because = match illusion.shared[..] {
        [] => String::new(),
        _ => format!(": all rest on {}", names(&illusion.shared)),
    };
    let mut subjects = vec![illusion.owner];
    subjects.extend(illusion.shared.iter().filter(|&&s| s != illusion.owner));
    let (path, edges) =
        illusion.shared.first().map_or_else(Default::default, |&root| way(cx, ways, root, illusion.owner));
    let mut finding = Finding::new(&RULE, subjects, format!("{claim} {survived}{because}")).witness(
        cx,
        path,
        edges,
        &illusion.entries,
    );
    let graph = cx.graph;
    let own = graph.component(illusion.owner).evidence.first();
    let along = finding.edges.iter().filter_map(|&id| graph.dependency(id).evidence.first());
    finding.evidence = along.chain(own).cloned().collect();
    finding.discriminator =
        illusion.group.iter().map(|&m| cx.graph.component(m).name.as_ref()).collect::<Vec<_>>().join(" ");
    if illusion.shared.iter().all(|&id| matches!(cx.graph.component(id).kind, Kind::Config | Kind::Secret)) {
        finding.severity = Severity::Note;
    }
    finding.measure = Some(Measure::Survives(illusion.real));
    finding.fix = fix(cx, illusion, &if own_replicas { "the replicas".to_owned() } else { names(&illusion.group) });
    finding
}

/// From a shared thing to the owner of the group, along what carries faults.
fn way(cx: &Context<'_>, ways: &Ways, root: ComponentId, owner: ComponentId) -> (Vec<ComponentId>, Vec<DependencyId>) {
    let mut edges = ways.shortest(owner, root).unwrap_or_default();
    edges.reverse();
    let mut path: Vec<ComponentId> = edges.iter().map(|&id| cx.graph.dependency(id).to).collect();
    path.extend((!edges.is_empty()).then_some(owner));
    (path, edges)
}

/// What would make the members fail independently, for the first shared things.
fn fix(cx: &Context<'_>, illusion: &Illusion, members: &str) -> String {
    let remedy = |&id: &ComponentId| match cx.graph.component(id).kind {
        kind @ (Kind::Node | Kind::Zone | Kind::Region) => format!("spread {members} over another {kind}"),
        Kind::Config | Kind::Secret => {
            format!("let a change of {} reach one of {members} after the other", cx.labels.of(id))
        }
        Kind::External => format!("have an alternative to {}", cx.labels.of(id)),
        Kind::Service | Kind::Function => {
            format!("run replicas of {0} that fail independently, or let {members} go on without it", cx.labels.of(id))
        }
        _ => format!("give each of {members} its own {}", cx.labels.of(id)),
    };
    match illusion.shared[..] {
        [] => format!("make {members} fail independently"),
        _ => {
            // Two zones are no reason to say twice that a third one is needed.
            let mut remedies: Vec<String> = illusion.shared.iter().take(2).map(remedy).collect();
            remedies.dedup();
            words::list(remedies, 2)
        }
    }
}
