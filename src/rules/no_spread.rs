use super::{Context, Finding, rule, words};
use crate::analysis::{Level, Spof};
use crate::graph::{Interaction, Kind};

rule! {
    /// ## What it does
    ///
    /// Finds components with replicas to spare, on which an entry depends, whose replicas may all be put on one machine
    /// because nothing demands otherwise: no required pod anti-affinity, no topology spread constraint with
    /// `whenUnsatisfiable: DoNotSchedule`, over machines or zones, for the pods themselves. A preference is not a demand:
    /// the scheduler sets it aside when it is inconvenient, and that is when the cluster is full.
    ///
    /// ## Why is this bad?
    ///
    /// The replicas are there so that the loss of one machine goes unnoticed. If all of them happen to be on it, it does
    /// not. Most days they are not; whether they are depends on the order in which machines were replaced.
    ///
    /// ## Example
    ///
    /// ```yaml
    /// spec:
    ///   replicas: 3
    ///   template:
    ///     spec:
    ///       topologySpreadConstraints:
    ///         - {maxSkew: 1, topologyKey: kubernetes.io/hostname, whenUnsatisfiable: ScheduleAnyway,
    ///            labelSelector: {matchLabels: {app: cart}}}      # a wish
    /// ```
    ///
    /// ## Remedy
    ///
    /// Say `DoNotSchedule`, or require the anti-affinity; over `topology.kubernetes.io/zone` if the loss of a zone has to
    /// be survived. Where placement is already known (a dump with node names, named zones), that counts and nothing is
    /// reported.
    "LP004" "no-spread", Warning, Medium, "No spread",
    "replicas may share a machine or zone because nothing demands that they do not"
}

fn check(cx: &Context<'_>) -> Vec<Finding> {
    cx.analysis
        .spofs
        .iter()
        .filter(|spof| spof.level == Level::Component)
        .filter_map(|spof| finding(cx, spof))
        .collect()
}

fn finding(cx: &Context<'_>, spof: &Spof) -> Option<Finding> {
    let component = cx.graph.component(spof.component);
    let (replicas, spread) = (component.replicas?, component.spread.as_ref()?);
    let placed = cx.graph.providers(spof.component).filter(|(_, d)| d.interaction == Interaction::PlacedOn);
    // Known machines and zones are judged for what they are: by the failures that they cause.
    let known = placed.map(|(_, d)| cx.graph.component(d.to).kind).any(|k| matches!(k, Kind::Node | Kind::Zone));
    if replicas.count <= replicas.need || spread.demanded || known {
        return None;
    }
    let name = cx.labels.of(spof.component);
    let all = match replicas.count {
        2 => "both".to_owned(),
        n => format!("all {}", words::number(n.into())),
    };
    let because = match spread.preferred {
        Some(_) => "only a preference keeps them apart",
        None => "nothing keeps them apart",
    };
    let message = format!("{all} replicas of {name} may run on one machine: {because}");
    let mut finding = Finding::new(&RULE, vec![spof.component], message).witness(
        cx,
        spof.path.clone(),
        spof.edges.clone(),
        &spof.entries,
    );
    finding.evidence.extend(spread.preferred.iter().chain(component.evidence.first()).cloned());
    finding.fix = match spread.preferred {
        Some(_) => "turn the preference into a demand: whenUnsatisfiable: DoNotSchedule, or required anti-affinity",
        None => {
            "add a topologySpreadConstraint over kubernetes.io/hostname or zones with whenUnsatisfiable: DoNotSchedule"
        }
    }
    .to_owned();
    Some(finding)
}
