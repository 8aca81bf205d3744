use super::parts::{Number, id_of};
use super::report::{Limit, worst};
use crate::analysis::PoolRow;
use crate::graph::Graph;
use serde::Serialize;

/// A row of the section `pools` of a report. What nobody knows is `null`; what nothing limits is `null` and
/// `"unbounded": true` beside it.
#[derive(Debug, Serialize)]
pub(super) struct Row<'a> {
    pool: &'a str,
    capacity: Number,
    reserved: Number,
    demand: Number,
    demand_rollout: Number,
    ratio: Number,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    unbounded: bool,
    users: Vec<User<'a>>,
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    assumptions: &'a [&'static str],
}

#[derive(Debug, Serialize)]
struct User<'a> {
    id: &'a str,
    demand: Option<Number>,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    unbounded: bool,
    reserved: Option<Number>,
}

pub(super) fn section<'a>(
    graph: &'a Graph,
    found: &'a [PoolRow],
    limit: usize,
    limits: &mut Vec<Limit>,
) -> Vec<Row<'a>> {
    let row = |p: &'a PoolRow| Row {
        pool: id_of(graph, p.pool),
        capacity: Number(p.capacity),
        reserved: Number(p.reserved),
        demand: Number(p.demand),
        demand_rollout: Number(p.demand_rollout),
        ratio: Number(p.ratio()),
        unbounded: p.demand.is_infinite(),
        users: p
            .users
            .iter()
            .map(|u| User {
                id: id_of(graph, u.component),
                demand: u.demand.map(Number),
                unbounded: u.demand.is_some_and(f64::is_infinite),
                reserved: u.reserved.map(Number),
            })
            .collect(),
        assumptions: &p.assumptions,
    };
    worst(found, limit, "pools", limits, PoolRow::ratio).into_iter().map(row).collect()
}
