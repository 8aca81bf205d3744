//! Redundancy that only looks like redundancy (THEORY 2.2).

mod alone;
mod claim;
mod together;

use super::Illusion;
use super::Single;
use super::engine::Engine;
use super::failers::Failers;
use crate::graph::ComponentId;
use crate::graph::algo::Sieve;
use alone::alone;
use claim::{Claim, claims, configured, culprit};
use rayon::prelude::*;
use together::together;

/// Requirements, and instances of one component, that survive fewer failures than they claim (THEORY 2.2), those of
/// the heaviest entries first.
///
/// A group claims n − k. What really suffices is searched up to size 2, so a group that claims 3 or more and survives
/// exactly 2 is not among them; and up to size 1 in graphs of more than `max_nodes` components that do not fail together
/// anyway. What the owner itself plainly depends on is shared by declaration: it is no news that it
/// goes down with that. Configuration and credentials cannot be down, but a wrong one is wrong for all who share it:
/// where nothing else is shared, they are. For instances only nodes and zones are looked at: that all of them need the same
/// database is no broken promise, and that they stand in one region is what most people want.
pub(super) fn illusions(engine: &Engine<'_>, singles: &[Single], max_nodes: usize) -> Vec<Illusion> {
    let claims = claims(engine);
    let failers = Failers::new(engine, singles);
    let mut causes = alone(engine, &claims, &failers);
    let pairs = engine.plan.len() as usize <= max_nodes;
    let open = |c: &usize| pairs && causes[*c].is_empty() && claims[*c].claimed > 1 && !claims[*c].placement;
    let two: Vec<usize> = (0..claims.len()).filter(open).collect();
    let mut real = vec![0; claims.len()];
    for (claim, shared) in two.iter().zip(together(engine, &claims, &two)) {
        (real[*claim], causes[*claim]) = (1, shared);
    }
    // What brings a cause down brings the group down too, so a root has no culprit above it; of causes that only do so
    // in pairs, none of the others.
    let above = |claim: usize, causes: &[u32], position: u32| match real[claim] {
        0 => culprit(engine, &claims[claim], position),
        _ => causes.binary_search(&position).is_ok(),
    };
    let mut shared = roots(engine, causes, &failers, above);
    for (claim, shared) in
        claims.iter().zip(&mut shared).filter(|(claim, shared)| shared.is_empty() && !claim.placement)
    {
        *shared = configured(engine, claim);
    }
    let mut found: Vec<(f64, Illusion)> = Vec::new();
    for ((claim, real), shared) in claims.into_iter().zip(real).zip(shared).filter(|(_, shared)| !shared.is_empty()) {
        let hit = singles.binary_search_by_key(&claim.owner, |s| s.component).ok().and_then(|at| singles.get(at));
        let hit = hit.map_or(&[][..], |s| &s.entries);
        let weight = hit.iter().map(|&e| engine.entries[e as usize].1).sum();
        let Claim { owner, group, claimed, .. } = claim;
        found.push((weight, Illusion { owner, group, claimed, real, shared, entries: engine.entry_ids(hit) }));
    }
    found.sort_by(|(a_weight, a), (b_weight, b)| {
        b_weight.total_cmp(a_weight).then_with(|| (a.owner, &a.group).cmp(&(b.owner, &b.group)))
    });
    found.into_iter().map(|(_, illusion)| illusion).collect()
}

/// Of each list of positions the roots: what no other position that counts for the list brings down. One component for
/// each, sorted.
fn roots(
    engine: &Engine<'_>,
    causes: Vec<Vec<u32>>,
    failers: &Failers<'_>,
    counts: impl Fn(usize, &[u32], u32) -> bool + Sync,
) -> Vec<Vec<ComponentId>> {
    let mut is_asked = vec![false; engine.plan.len() as usize];
    causes.iter().flatten().for_each(|&p| is_asked[p as usize] = true);
    let asked: Vec<u32> = (0..engine.plan.len()).filter(|&p| is_asked[p as usize] && failers.count(p) > 0).collect();
    let above = failers.of(&asked);
    let mut row = vec![None; engine.plan.len() as usize];
    (0u32..).zip(&asked).for_each(|(at, &p)| row[p as usize] = Some(at));
    let first: Vec<Option<ComponentId>> = (0..engine.plan.len()).map(|p| engine.events(p).next()).collect();
    let root = |sieve: &mut Sieve, (i, list): (usize, Vec<u32>)| {
        for &p in &list {
            let told = row[p as usize].is_some_and(|at| above.row(at).iter().any(|&p| counts(i, &list, p)));
            if let Some(component) = first[p as usize].filter(|_| !told) {
                sieve.insert(component.0);
            }
        }
        sieve.drain().into_iter().map(ComponentId).collect()
    };
    let sieve = || Sieve::new(engine.graph.components.len());
    causes.into_par_iter().enumerate().map_init(sieve, root).collect()
}
