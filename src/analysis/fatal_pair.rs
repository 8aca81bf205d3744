use super::cut_set::{Side, event};
use super::engine::Engine;
use super::{FatalPair, Level, Single};
use crate::graph::ComponentId;
use crate::graph::algo::{LANES, Lanes};
use std::collections::{BTreeMap, BTreeSet};

/// Groups that survive one failure and no second one, those of the heaviest entries first; none in graphs of more than
/// `max_nodes` components that do not fail together anyway.
///
/// By the pair lemma (THEORY 2.2) such a group falls with one event that fails one member and another event that fails
/// another one. What fails two members alone is a single point of failure and no part of a pair, so the sides have
/// nothing in common. Only what is likelier than the loss of a whole component counts, and only for entries that the
/// event does not take down alone. Groups with the same sides are one row.
pub(super) fn fatal_pairs(engine: &Engine<'_>, singles: &[Single], max_nodes: usize) -> Vec<FatalPair> {
    if engine.plan.len() as usize > max_nodes {
        return Vec::new();
    }
    let hard = engine.model.hard();
    let groups: Vec<u32> = hard.groups().filter(|&g| hard.threshold(g) == 2).collect();
    let blocks = blocks(engine, &groups);
    let mut rows: BTreeMap<Vec<Side>, (BTreeSet<ComponentId>, BTreeSet<u32>)> = BTreeMap::new();
    let mut sides = 0..0;
    for &group in &groups {
        sides = sides.end..sides.end + hard.members(group).len();
        let owner = engine.model.component(hard.owner(group));
        let at = owner.and_then(|owner| singles.binary_search_by_key(&owner, |s| s.component).ok());
        let Some(fallen) = at.and_then(|at| singles.get(at)) else { continue };
        let mut matter = vec![vec![Lanes::NONE; blocks.len()]; sides.len()];
        let mut entries = BTreeSet::new();
        for &entry in fallen.entries.iter() {
            // What fails a member and not the entry.
            let survived = |side: usize| {
                let of_block = |b: &Block| b.sides[side].without(&b.entries[entry as usize]);
                blocks.iter().map(of_block).collect::<Vec<Lanes>>()
            };
            let survived: Vec<Vec<Lanes>> = sides.clone().map(survived).collect();
            if survived.iter().filter(|side| side.iter().any(|lanes| !lanes.is_none())).count() > 1 {
                entries.insert(entry);
                let both = matter.iter_mut().flatten().zip(survived.iter().flatten());
                both.for_each(|(all, lanes)| *all |= *lanes);
            }
        }
        let mut sides: Vec<Side> = matter.iter().map(|side| events(engine, side)).filter(|s| !s.is_empty()).collect();
        if !entries.is_empty() {
            sides.sort_unstable();
            let row = rows.entry(sides).or_default();
            row.0.insert(fallen.component);
            row.1.extend(entries);
        }
    }
    let pair = |(sides, (owners, entries)): (Vec<Side>, (BTreeSet<ComponentId>, BTreeSet<u32>))| {
        let weight = entries.iter().map(|&e| engine.entries[e as usize].1).sum();
        let entries = engine.entry_ids(&entries.into_iter().collect::<Vec<_>>());
        FatalPair { sides, owners: owners.into_iter().collect(), entries, weight }
    };
    let mut found: Vec<FatalPair> = rows.into_iter().map(pair).collect();
    found.sort_by(|a, b| b.weight.total_cmp(&a.weight).then_with(|| a.sides.cmp(&b.sides)));
    found
}

/// What 512 positions do, each alone.
struct Block {
    /// For each member of each group, one after the other, the positions that fail it and no other member, if one of
    /// their components may fail without failing as a whole.
    sides: Vec<Lanes>,
    /// For each entry what fails it.
    entries: Vec<Lanes>,
}

fn blocks(engine: &Engine<'_>, groups: &[u32]) -> Vec<Block> {
    let hard = engine.model.hard();
    let members: Vec<Vec<u32>> =
        groups.iter().map(|&g| hard.members(g).iter().map(|&m| engine.plan.at(m)).collect()).collect();
    engine.each_alone(|solver, range| {
        let mut likely = Lanes::NONE;
        for (lane, at) in range.enumerate() {
            if likely_events(engine, at).next().is_some() {
                likely.insert(lane);
            }
        }
        let mut sides = Vec::new();
        for members in &members {
            let one = likely.without(&solver.at_least(2, members));
            sides.extend(members.iter().map(|&m| solver.failed(m) & one));
        }
        let entries = engine.entries.iter().map(|&(entry, _)| solver.failed(engine.at(entry))).collect();
        vec![Block { sides, entries }]
    })
}

/// The events of a position that are likelier than the loss of a whole component.
fn likely_events(engine: &Engine<'_>, at: u32) -> impl Iterator<Item = (ComponentId, Level)> {
    engine.events(at).map(|c| event(engine.graph, c)).filter(|(_, level)| *level != Level::Component)
}

/// The likely events of positions given by block and lane, sorted.
fn events(engine: &Engine<'_>, positions: &[Lanes]) -> Side {
    let numbers = positions.iter().enumerate().flat_map(|(block, lanes)| lanes.iter().map(move |l| block * LANES + l));
    let positions = numbers.filter_map(|at| u32::try_from(at).ok());
    let mut events: Side = positions.flat_map(|at| likely_events(engine, at)).collect();
    events.sort_unstable();
    events
}
