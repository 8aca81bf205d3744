//! A made-up system: which traces its services record, good ones and broken ones.

use super::spans::{Chance, Made};
use super::words::{ATTRIBUTES, NAMES, RESOURCES, STATES};

const SECOND: u64 = 1_000_000_000;

/// 2025-11-21T00:00:00Z
const START: u64 = 1_763_683_200 * SECOND;

/// As many traces as asked for; each starts a minute after the one before.
pub fn traces(count: usize, seed: u64) -> Vec<Made> {
    let chance = &mut Chance::new(seed);
    let mut spans: Vec<Made> = Vec::new();
    for number in 0..count {
        let start = START + number as u64 * 60 * SECOND;
        let size = 1 + chance.below(24);
        let first = spans.len();
        for _ in 0..size {
            let span = span(chance, &spans, first, number, start);
            spans.push(span);
        }
        break_some(chance, &mut spans, first);
    }
    spans
}

/// A trace's id; a few share their low half, with another high half or none.
fn trace_id(number: usize) -> String {
    match number % 40 {
        7 => format!("{:016x}{:016x}", 0, 0xabc0 + number),
        11 => format!("{:016x}{:016x}", 5, 0xabc0 + number - 1),
        _ => format!("{:016x}{:016x}", 0x77 + number, 0xabc0 + number),
    }
}

fn span(chance: &mut Chance, all: &[Made], first: usize, number: usize, trace_start: u64) -> Made {
    let trace = &all[first..];
    let parent = match trace.last() {
        // Deep as well as broad.
        Some(last) if chance.once_in(3) => Some(last.clone()),
        Some(_) => Some(chance.one_of(trace).clone()),
        None => None,
    };
    let kind = match &parent {
        // Calls are answered more often than not.
        Some(parent) if parent.kind == 3 && !chance.once_in(3) => 2,
        Some(parent) if parent.kind == 4 && !chance.once_in(3) => 5,
        _ => chance.below(6),
    };
    let stays = if matches!(kind, 2 | 5) { parent.as_ref().is_some_and(|p| p.kind < 3) } else { !chance.once_in(6) };
    let resource = match &parent {
        Some(parent) if stays => parent.resource.clone(),
        _ => chance.one_of(RESOURCES).iter().map(|(key, text)| (*key, (*text).to_owned())).collect(),
    };
    let start = parent.as_ref().map_or(trace_start, |p| p.start + chance.below(900) as u64 * 1_000);
    // From less than 128 ns to minutes: all sorts of buckets.
    let duration = (chance.below(1 << 30) as u64) >> chance.below(30) << chance.below(10);
    let mut attributes: Vec<(&'static str, String)> = Vec::new();
    for _ in 0..chance.below(7) {
        let (key, texts) = chance.one_of(ATTRIBUTES);
        if attributes.iter().all(|(held, _)| held != key) {
            attributes.push((key, (*chance.one_of(texts)).to_owned()));
        }
    }
    let receives = kind == 5 || chance.once_in(12);
    let links = (0..if receives { chance.below(4) } else { 0 }).filter_map(|_| {
        let sender = if all.is_empty() { return None } else { chance.one_of(all) };
        Some((sender.trace.clone(), sender.id.clone()))
    });
    Made {
        links: links.collect(),
        trace: trace_id(number),
        id: format!("{:016x}", (number + 1) << 20 | chance.below(1 << 20) | 1),
        parent: parent.map_or_else(String::new, |p| p.id),
        state: (*chance.one_of(STATES)).to_owned(),
        name: (*chance.one_of(NAMES)).to_owned(),
        kind,
        start,
        end: start + duration,
        status: [0, 0, 0, 1, 2, 2][chance.below(6)],
        resource,
        attributes,
    }
}

/// What goes wrong on the way: spans are lost, repeated, cut and made up, and clocks differ.
fn break_some(chance: &mut Chance, spans: &mut Vec<Made>, first: usize) {
    for i in first..spans.len() {
        let size = spans.len() - first;
        let other = first + chance.below(size);
        match chance.below(60) {
            // A parent that is not there, or a descendant, or itself, or of no form.
            0 => spans[i].parent = "00000000deadbeef".to_owned(),
            1 | 2 => spans[i].parent = spans[other].id.clone(),
            3 => spans[i].parent = spans[i].id.clone(),
            4 => spans[i].parent = "none".to_owned(),
            // The same span again, or another version of it, or its other half.
            5 => spans.push(spans[i].clone()),
            6 => spans.push(Made { end: spans[i].end + 5, name: "later".to_owned(), ..spans[i].clone() }),
            7 if spans[i].kind == 3 => {
                let half = Made { kind: 2, resource: spans[other].resource.clone(), ..spans[i].clone() };
                spans.push(half);
            }
            // The same call once more, after it failed or while it goes on.
            14..=17 => {
                let again = spans[i].end.saturating_sub(chance.below(2) as u64);
                let id = format!("{:x}{}", 1 + chance.below(15), &spans[i].id[1.min(spans[i].id.len())..]);
                spans[i].status = 2;
                spans.push(Made { id, start: again, end: again + 1_000, ..spans[i].clone() });
            }
            // Times that are missing or turned round.
            8 => (spans[i].start, spans[i].end) = (0, 0),
            9 => spans[i].end = spans[i].start.saturating_sub(1),
            10 => spans[i].start -= 5_000_000_000,
            11 => spans[i].id = String::new(),
            // A trace id without its high half, and one that is cut.
            12 => spans[i].trace.replace_range(..16, "0000000000000000"),
            13 => spans[i].trace.truncate(8),
            _ => {}
        }
    }
}
