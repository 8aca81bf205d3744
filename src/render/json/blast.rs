use super::parts::{AssumptionRow, Inputs, Number, assumptions, id_of, ids, inputs};
use crate::analysis::{self, State};
use crate::graph::Graph;
use crate::source::Inventory;
use serde::Serialize;

#[derive(Debug, Serialize)]
struct Document<'a> {
    schema: &'static str,
    inputs: Inputs<'a>,
    fault: &'static str,
    failed: Vec<&'a str>,
    affected: Vec<Affected<'a>>,
    entries: Vec<EntryRow<'a>>,
    assumptions: Vec<AssumptionRow<'a>>,
}

#[derive(Debug, Serialize)]
struct Affected<'a> {
    id: &'a str,
    state: &'static str,
    share: Number,
    path: Vec<&'a str>,
}

#[derive(Debug, Serialize)]
struct EntryRow<'a> {
    id: &'a str,
    state: &'static str,
    weight: Number,
}

/// What breaks when something fails, as `linchpin.blast/1`. `entries` are those that are hit, one that failed itself
/// included.
pub fn blast(graph: &Graph, inventory: &Inventory, blast: &analysis::Blast) -> String {
    let state = |id| {
        let failed = blast.events.iter().any(|e| e.component == id && !e.one_instance);
        let affected = blast.affected.iter().find(|a| a.component == id).map_or(State::Ok, |a| a.state);
        if failed { State::Failed } else { affected }
    };
    let failed: Vec<_> = blast.events.iter().map(|e| e.component).collect();
    super::to_text(&Document {
        schema: "linchpin.blast/1",
        inputs: inputs(inventory),
        fault: "outage",
        failed: ids(graph, &failed),
        affected: blast
            .affected
            .iter()
            .map(|a| Affected {
                id: id_of(graph, a.component),
                state: a.state.word(),
                share: Number(a.share),
                path: ids(graph, &a.path),
            })
            .collect(),
        entries: graph
            .entries()
            .map(|(id, entry)| (id, state(id), entry.weight))
            .filter(|(_, state, _)| *state != State::Ok)
            .map(|(id, state, weight)| EntryRow { id: id_of(graph, id), state: state.word(), weight: Number(weight) })
            .collect(),
        assumptions: assumptions(graph),
    })
}
