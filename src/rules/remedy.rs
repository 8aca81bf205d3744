use super::words::{list, percent};
use crate::analysis::{Improvement, Level, Spof};
use crate::graph::change::Change;
use crate::graph::{ComponentId, Evidence, Graph, Kind, Labels};
use std::collections::BTreeSet;

/// Where a single point of failure stands and what would remove it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Remedy {
    /// What to do, in a sentence without a full stop.
    pub fix: String,
    /// The component's own place first, then a place for each dependency along the path.
    pub evidence: Vec<Evidence>,
}

/// What to do about a component that takes an entry down alone: what helps most of what was tried, with how much it
/// helps; where nothing was tried or nothing helped, what usually does.
pub fn for_spof(graph: &Graph, labels: &Labels, spof: &Spof, tried: Option<&Improvement>) -> Remedy {
    let fix = match tried {
        None => usual(graph, labels, spof),
        Some(tried) => {
            let ways = [&tried.changes].into_iter().chain(&tried.or);
            let ways: Vec<String> =
                ways.enumerate().map(|(i, changes)| in_words(graph, labels, spof, changes, i == 0)).collect();
            let removes = format!("{} of the single-failure risk", percent(tried.removes));
            let volume = |id: &ComponentId| graph.component(*id).kind == Kind::Volume;
            let others = tried.against.iter().skip(1).filter(|id| !volume(id)).count();
            match (others, &ways[..]) {
                (0, [only]) => format!("{only}; removes {removes}"),
                (0, ways) => format!("{}; either removes {removes}", ways.join(", or ")),
                (1, _) => format!("{}; with the same for the other one, removes {removes}", usual(graph, labels, spof)),
                (n, _) => format!("{}; with the same for the other {n}, removes {removes}", usual(graph, labels, spof)),
            }
        }
    };
    let own = graph.component(spof.component).evidence.first();
    let along = spof.edges.iter().filter_map(|&id| graph.dependency(id).evidence.first());
    let mut evidence: Vec<Evidence> = Vec::new();
    for e in own.into_iter().chain(along) {
        if !evidence.contains(e) {
            evidence.push(e.clone());
        }
    }
    Remedy { fix, evidence }
}

/// What to do about several that are alike.
pub fn for_several(graph: &Graph, group: &[&Spof], tried: Option<&Improvement>) -> String {
    let components = || group.iter().map(|s| graph.component(s.component));
    let fix = if components().all(|c| c.kind.is_store()) {
        "give each a standby replica"
    } else if components().all(|c| c.replicas.is_some_and(|r| !r.explicit)) {
        "set the replicas of each to 2 or more: nothing does, so each has one"
    } else {
        "run at least 2 replicas of each"
    };
    match tried {
        Some(tried) => format!("{fix}; removes {} of the single-failure risk", percent(tried.removes)),
        None => fix.to_owned(),
    }
}

/// What to do about a component that couples others. Only what has data or capacity of its own is worth splitting.
pub(super) fn for_shared(graph: &Graph, labels: &Labels, shared: ComponentId) -> String {
    let component = graph.component(shared);
    let name = labels.of(shared);
    match component.kind {
        kind if kind.is_store() => {
            format!("give {name} standby replicas and limits for each user, or split it so that each has its own")
        }
        Kind::Pool => "reserve a part of it for each, so that one cannot starve the others".to_owned(),
        Kind::Volume => "give each a volume of its own".to_owned(),
        Kind::Config | Kind::Secret => "roll changes of it out to one after the other".to_owned(),
        Kind::Node | Kind::Zone | Kind::Region => format!("spread them over a second {}", component.kind),
        Kind::External => format!("have a fallback for {name}, or a second provider beside it"),
        _ => format!(
            "run replicas of {name} over several zones, with limits for each caller, or let callers go on without it"
        ),
    }
}

/// Some changes against a single point of failure; after the first ones its name is known.
fn in_words(graph: &Graph, labels: &Labels, spof: &Spof, changes: &[Change], first: bool) -> String {
    let own = graph.component(spof.component);
    let name = |&id: &ComponentId| labels.of(id);
    let it = if first { name(&spof.component) } else { "it" };
    match changes {
        [Change::Soft(dependent, _)] => format!("let {} go on without {it}", name(dependent)),
        [Change::Standby(_)] if own.kind == Kind::External => format!("have a second provider beside {it}"),
        [Change::Standby(of)] if *of == spof.component => {
            let volume = |d: &crate::graph::Dependency| graph.component(d.to).kind == Kind::Volume;
            let volume = graph.providers(*of).any(|(_, d)| volume(d));
            let with = if volume { ", on a volume of its own" } else { "" };
            format!("give {it} a standby replica{with}")
        }
        [Change::Split(of)] => {
            let users: BTreeSet<ComponentId> = graph.dependents(*of).map(|(_, d)| d.from).collect();
            format!("give each of {} its own {}", list(users.iter().map(name), 4), name(of))
        }
        _ if matches!(own.kind, Kind::Node | Kind::Zone) => {
            let moved = changes.iter().filter_map(|change| match change {
                Change::Spread(of, ..) => Some(name(of)),
                _ => None,
            });
            let more = changes.iter().filter_map(|change| match change {
                Change::Replicas(of, count) => Some(format!("{count} replicas of {}", name(of))),
                _ => None,
            });
            let (moved, more) = (list(moved, 4), list(more, 4));
            match (&*moved, &*more) {
                ("", more) => format!("run at least {more}"),
                (moved, "") => format!("spread {moved} over another {}", own.kind),
                (moved, more) => format!("spread {moved} over another {}, with at least {more}", own.kind),
            }
        }
        _ => usual(graph, labels, spof),
    }
}

/// What usually helps.
fn usual(graph: &Graph, labels: &Labels, spof: &Spof) -> String {
    let c = graph.component(spof.component);
    let name = labels.of(spof.component);
    // Who would have to go on without it: the first on the way to the entry. A route has nothing but what is behind it.
    let next = spof.path.get(1).filter(|&&id| graph.component(id).kind != Kind::Entry);
    let dependent = next.map(|&id| labels.of(id));
    match spof.level {
        Level::Instance if c.kind.is_store() => format!("give {name} a standby replica"),
        Level::Instance if c.kind == Kind::Job => {
            format!("have {name} start again when it fails, or run a second one of it")
        }
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
            format!("spread what runs there over another {}", spof.level.word())
        }
        Level::Provider => match dependent {
            Some(d) => format!("let {d} go on without {name}: a fallback, a cached answer or a queue"),
            None => format!("have a fallback for {name}"),
        },
        Level::Component => match dependent {
            Some(d) => format!("let {d} go on without {name}, and roll out changes of {name} in stages"),
            None => format!("roll out changes of {name} in stages"),
        },
    }
}
