use super::parts::{AssumptionRow, Inputs, Number, assumptions, id_of, ids, inputs};
use crate::analysis::{self, State};
use crate::graph::{ComponentId, Graph};
use crate::render::state_after;
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
    #[serde(skip_serializing_if = "Option::is_none")]
    time_to_impact_ms: Option<Number>,
    path: Vec<&'a str>,
}

#[derive(Debug, Serialize)]
struct EntryRow<'a> {
    id: &'a str,
    state: &'static str,
    weight: Number,
}

/// What breaks when something fails, as `linchpin.blast/1`. `entries` are those that are hit, one that failed itself
/// included. `times` are the milliseconds until the failure is felt, by id, where they are known.
pub fn blast(graph: &Graph, inventory: &Inventory, blast: &analysis::Blast, times: &[(ComponentId, f64)]) -> String {
    let time = |id| {
        let at = times.binary_search_by_key(&id, |&(id, _)| id).ok()?;
        times.get(at).map(|&(_, ms)| Number(ms))
    };
    let failed: Vec<_> = blast.events.iter().map(|e| e.component).collect();
    super::to_text(&Document {
        schema: "linchpin.blast/1",
        inputs: inputs(graph, inventory),
        fault: "outage",
        failed: ids(graph, &failed),
        affected: blast
            .affected
            .iter()
            .map(|a| Affected {
                id: id_of(graph, a.component),
                state: a.state.word(),
                share: Number(a.share),
                time_to_impact_ms: time(a.component),
                path: ids(graph, &a.path),
            })
            .collect(),
        entries: graph
            .entries()
            .map(|(id, entry)| (id, state_after(blast, id), entry.weight))
            .filter(|(_, state, _)| *state != State::Ok)
            .map(|(id, state, weight)| EntryRow { id: id_of(graph, id), state: state.word(), weight: Number(weight) })
            .collect(),
        assumptions: assumptions(graph),
    })
}
