use super::{Context, Finding, rule, words};
use crate::analysis::{Level, Spof};
use crate::graph::{Apart, Bond, Interaction, Kind, Scheduler, Spread};

rule! {
    /// ## What it does
    ///
    /// Finds components with replicas to spare, on which an entry depends, whose replicas may all be put on one machine
    /// because nothing demands otherwise: no required pod anti-affinity, no topology spread constraint with
    /// `whenUnsatisfiable: DoNotSchedule`, over machines or zones, for the pods themselves; in a swarm no
    /// `max_replicas_per_node` below the number of replicas. A preference is not a demand: the scheduler sets it aside when
    /// it is inconvenient, and that is when the cluster is full.
    ///
    /// Some replicas have no choice: they share a `ReadWriteOnce` volume, which can be attached to one machine at a time,
    /// a required pod affinity keeps them together, or Compose runs all of them on its one host. The finding then says so.
    ///
    /// Replicas that are kept apart over machines but not over zones survive a machine and perhaps not a zone:
    /// `linchpin graph --format json` says both (`spread`).
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
    /// be survived. In a swarm set `deploy.placement.max_replicas_per_node`. Where placement is already known (a dump with node names, named zones), that counts and nothing is
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
    if replicas.count <= replicas.need || known || spread.machines == Apart::Demanded {
        return None;
    }
    let name = cx.labels.of(spof.component);
    let all = match replicas.count {
        2 => "both".to_owned(),
        n => format!("all {}", words::number(n.into())),
    };
    let message = format!("{all} replicas of {name} {}", on_one_machine(spread));
    let mut finding = Finding::new(&RULE, vec![spof.component], message).witness(
        cx,
        spof.path.clone(),
        spof.edges.clone(),
        &spof.entries,
    );
    finding.evidence.extend(spread.evidence.iter().chain(component.evidence.first()).cloned());
    finding.fix = fix(spread).to_owned();
    Some(finding)
}

fn on_one_machine(spread: &Spread) -> &'static str {
    match spread.machines {
        Apart::Together(Bond::Volume) => {
            "run on one machine: the volume that they share can be attached to one machine at a time"
        }
        Apart::Together(Bond::Affinity) => "run on one machine: pod affinity demands that they are together",
        Apart::Together(Bond::Host) => "run on one machine: Compose runs everything on one host",
        Apart::Preferred => "may run on one machine: only a preference keeps them apart",
        Apart::Unsaid | Apart::Demanded => "may run on one machine: nothing keeps them apart",
    }
}

fn fix(spread: &Spread) -> &'static str {
    match spread.machines {
        Apart::Together(Bond::Volume) => {
            "give each replica a volume of its own (a StatefulSet's volumeClaimTemplates), or use one that is ReadWriteMany"
        }
        Apart::Together(Bond::Affinity) => "turn the affinity of the pods to each other into a preference, or drop it",
        Apart::Together(Bond::Host) => {
            "run it where there are several machines, or count on the host as one of its parts"
        }
        Apart::Preferred | Apart::Unsaid | Apart::Demanded if spread.scheduler == Scheduler::Swarm => {
            "set deploy.placement.max_replicas_per_node below the number of replicas: Swarm then never puts all of them on \
             one machine"
        }
        Apart::Preferred => {
            "turn the preference into a demand: whenUnsatisfiable: DoNotSchedule, or required anti-affinity"
        }
        Apart::Unsaid | Apart::Demanded => {
            "add a topologySpreadConstraint over kubernetes.io/hostname or zones with whenUnsatisfiable: DoNotSchedule"
        }
    }
}
