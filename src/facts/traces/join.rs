use super::aggregate::Aggregate;
use super::intern::Interner;
use super::measure::Measure;
use super::record::{Link, Record};
use std::cmp::{Ordering, Reverse};

/// Puts the spans of one part together, trace by trace, and counts them. All spans of a trace are in one part.
pub fn join(
    records: &mut [Record],
    links: &mut Vec<Link>,
    texts: &Interner,
    measure: &mut Measure,
    into: &mut Aggregate,
) {
    records
        .sort_unstable_by(|a, b| identity(a).cmp(&identity(b)).then_with(|| content(a, texts).cmp(&content(b, texts))));
    links.sort_unstable_by(|a, b| {
        let version = |l: &Link| (Reverse(l.first), content(&l.consumer, texts));
        link_identity(a).cmp(&link_identity(b)).then_with(|| version(a).cmp(&version(b)))
    });
    links.dedup_by(|a, b| link_identity(a).cmp(&link_identity(b)) == Ordering::Equal);
    let mut links: &[Link] = links;
    let mut trace = Vec::new();
    for same_low in records.chunk_by(|a, b| a.trace == b.trace) {
        let Some(first) = same_low.first() else { continue };
        let before = links.partition_point(|l| l.trace < first.trace);
        let (lost, rest) = links.split_at(before);
        if !lost.is_empty() {
            measure.trace(&[], lost, into);
        }
        let (here, rest) = rest.split_at(rest.partition_point(|l| l.trace == first.trace));
        links = rest;
        for high in highs(same_low) {
            trace.clear();
            let of_trace = |record_high: u64| high.is_none_or(|h| h == record_high);
            collect(same_low.iter().filter(|r| of_trace(r.trace_high)), &mut trace, into);
            match high {
                None => measure.trace(&trace, here, into),
                Some(h) => {
                    let here: Vec<Link> = here.iter().filter(|l| l.trace_high == h).copied().collect();
                    measure.trace(&trace, &here, into);
                }
            }
        }
    }
    measure.trace(&[], links, into);
}

/// What makes a span the same span: exporters may send it more than once. The high half of the trace id is not part of
/// it, because some cut it off.
fn identity(r: &Record) -> impl Ord + use<> {
    (r.trace, r.id, r.traits.kind, r.traits.shared)
}

/// What makes a link the same link, by whatever version of its consumer it was sent.
fn link_identity(l: &Link) -> impl Ord + use<> {
    (l.trace, l.trace_high, l.span, l.consumer.trace, l.consumer.id, l.consumer.traits.kind)
}

/// Everything else, so that of several versions of a span the same one is kept whatever the order of the input.
fn content<'t>(r: &Record, texts: &'t Interner) -> impl Ord + use<'t> {
    let names = [r.service, r.name, r.peer].map(|symbol| texts.text(symbol));
    let t = r.traits;
    let flags = (t.failed, t.follows_from, t.resent, t.semantic, t.mode, t.access);
    (Reverse(r.trace_high), r.start, r.duration, r.parent, r.weight, names, flags)
}

/// The high halves of trace ids among spans with one low half. Normally they are one trace, some of whose spans may
/// have lost the high half: then nothing has to be told apart. If there really are several, each is a trace.
fn highs(spans: &[Record]) -> Vec<Option<u64>> {
    let any = spans.iter().map(|r| r.trace_high).find(|&high| high != 0).unwrap_or(0);
    if spans.iter().all(|r| r.trace_high == any || r.trace_high == 0) {
        return vec![None];
    }
    let mut highs: Vec<u64> = spans.iter().map(|r| r.trace_high).collect();
    highs.sort_unstable();
    highs.dedup();
    highs.into_iter().map(Some).collect()
}

/// The spans of one trace without duplicates, in order of their ids.
fn collect<'r>(spans: impl Iterator<Item = &'r Record>, trace: &mut Vec<Record>, into: &mut Aggregate) {
    for span in spans {
        if trace.last().is_some_and(|last| identity(last).cmp(&identity(span)) == Ordering::Equal) {
            into.spans.drop("duplicate");
        } else if span.service == 0 {
            // It counts for nobody, but it may connect others.
            into.spans.drop("no-service");
            trace.push(*span);
        } else {
            into.spans.used += 1;
            trace.push(*span);
        }
    }
}
