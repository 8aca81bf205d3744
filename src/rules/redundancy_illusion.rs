use super::{Context, Finding, rule, words};
use crate::analysis::Illusion;
use crate::graph::{ComponentId, DependencyId, Interaction, Plane, connection};

rule! {
    /// ## What it does
    ///
    /// Finds groups that are meant to survive failures and survive fewer: replicas, quorum members or alternatives that
    /// all rest on one shared thing, such as a zone, a volume, a database or a credential store.
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
    cx.analysis.illusions.iter().map(|illusion| finding(cx, illusion)).collect()
}

fn finding(cx: &Context<'_>, illusion: &Illusion) -> Finding {
    let owner = cx.labels.of(illusion.owner);
    let names = |ids: &[ComponentId]| words::list(ids.iter().map(|&id| cx.labels.of(id)), 4);
    let claimed = words::count(illusion.claimed as usize, "failure", "failures");
    let own_replicas = illusion.group.iter().all(|&member| member == illusion.owner);
    let claim = if own_replicas {
        format!("the replicas of {owner} look as if they survive {claimed}")
    } else {
        format!("{owner} looks as if it survives {claimed} among {}", names(&illusion.group))
    };
    let survived = match illusion.real {
        0 => "none".to_owned(),
        n => n.to_string(),
    };
    let (because, fix) = match illusion.shared[..] {
        [] => (String::new(), format!("make the members that {owner} relies on fail independently")),
        _ => {
            let shared = names(&illusion.shared);
            (format!(": all rest on {shared}"), format!("give the members something each in place of {shared}"))
        }
    };
    let mut subjects = vec![illusion.owner];
    subjects.extend(illusion.shared.iter().filter(|&&s| s != illusion.owner));
    let (path, edges) = illusion.shared.first().map_or_else(Default::default, |&root| way(cx, root, illusion.owner));
    let mut finding =
        Finding::new(&RULE, subjects, format!("{claim} and survives {survived}{because}")).witness(cx, path, edges);
    let graph = cx.graph;
    let own = graph.component(illusion.owner).evidence.first();
    let along = finding.edges.iter().filter_map(|&id| graph.dependency(id).evidence.first());
    finding.evidence = along.chain(own).cloned().collect();
    finding.discriminator =
        illusion.group.iter().map(|&m| cx.graph.component(m).name.as_ref()).collect::<Vec<_>>().join(" ");
    finding.entries.clone_from(&illusion.entries);
    finding.fix = fix;
    finding
}

/// From a shared thing to the owner of the group, along what carries faults.
fn way(cx: &Context<'_>, root: ComponentId, owner: ComponentId) -> (Vec<ComponentId>, Vec<DependencyId>) {
    let carries = |d: &crate::graph::Dependency| {
        d.plane == Plane::Runtime && !matches!(d.interaction, Interaction::Observe | Interaction::Recover)
    };
    let mut edges = connection(cx.graph, owner, root, carries).unwrap_or_default();
    edges.reverse();
    let mut path: Vec<ComponentId> = edges.iter().map(|&id| cx.graph.dependency(id).to).collect();
    path.extend((!edges.is_empty()).then_some(owner));
    (path, edges)
}
