use crate::analysis::{Level, Spof};
use crate::graph::{Evidence, Graph, Kind, Labels};

/// Where a single point of failure stands and what would remove it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Remedy {
    /// What to do, in a sentence without a full stop.
    pub fix: String,
    /// The component's own place first, then a place for each dependency along the path.
    pub evidence: Vec<Evidence>,
}

/// What to do about a component that takes an entry down alone.
pub fn for_spof(graph: &Graph, labels: &Labels, spof: &Spof) -> Remedy {
    let c = graph.component(spof.component);
    let name = labels.of(spof.component);
    // Who would have to go on without it: the first on the way to the entry. A route has nothing but what is behind it.
    let next = spof.path.get(1).filter(|&&id| graph.component(id).kind != Kind::Entry);
    let dependent = next.map(|&id| labels.of(id));
    let or_go_on = dependent.map_or(String::new(), |d| format!(", or let {d} go on without it"));
    let stateful = matches!(c.kind, Kind::Datastore | Kind::Cache | Kind::Queue);
    let fix = match spof.level {
        Level::Instance if stateful => format!("give {name} a replica that can take over{or_go_on}"),
        Level::Instance => match c.replicas {
            Some(r) if r.count > 1 => format!("run more than the {} instances of {name} that are needed", r.need),
            Some(r) if !r.explicit => format!("set the replicas of {name} to 2 or more: nothing does, so it has one"),
            _ => format!("run at least 2 replicas of {name}"),
        },
        Level::Volume => match dependent {
            Some(d) => format!("keep a second copy of what is on {name}: a replica of {d} with a volume of its own"),
            None => format!("keep a second copy of what is on {name}"),
        },
        Level::Node | Level::Zone | Level::Region => {
            format!("spread what runs there over a second {}", spof.level.word())
        }
        Level::Provider => match dependent {
            Some(d) => format!("let {d} go on without {name}: a fallback, a cached answer or a queue"),
            None => format!("have a fallback for {name}"),
        },
        Level::Component => match dependent {
            Some(d) => format!("let {d} go on without {name}, and roll out changes of {name} in stages"),
            None => format!("roll out changes of {name} in stages"),
        },
    };
    let own = c.evidence.first();
    let along = spof.edges.iter().filter_map(|&id| graph.dependency(id).evidence.first());
    let mut evidence: Vec<Evidence> = Vec::new();
    for e in own.into_iter().chain(along) {
        if !evidence.contains(e) {
            evidence.push(e.clone());
        }
    }
    Remedy { fix, evidence }
}
