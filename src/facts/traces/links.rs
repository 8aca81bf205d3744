//! Messages between traces: a consumer's links say which messages it handles.

use super::aggregate::Aggregate;
use super::intern::Symbol;
use super::measure::{call_of, queue, record};
use super::node::Mode;
use super::record::{Link, Record};
use super::summary::add;
use crate::parse::spans::SpanKind;
use std::collections::BTreeMap;

/// Messages whose senders one ingestion lists for others, and as many whose senders it asks others for.
pub const LISTED: usize = 1 << 16;

/// A span that sent a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sender {
    /// The span.
    pub span: Record,
    /// The request that it is part of.
    pub request: Record,
    /// Whose span it is; 0 if nobody knows.
    pub service: Symbol,
}

/// A link may lead to anything, to a receive span or to whatever was going on. Only a span that sends is a sender.
pub fn sends(span: &Record) -> bool {
    span.traits.kind == SpanKind::Producer || span.traits.mode == Some(Mode::Publish)
}

/// The number of the message that a span sent. Numbers are spread evenly over all 64 bits, whatever ids look like; two
/// messages of a million have the same one once in thirty million times.
pub fn message(trace: u64, span: u64) -> u64 {
    // The finalizer of MurmurHash3.
    let mut number = trace.wrapping_mul(0x9e37_79b9_7f4a_7c15) ^ span;
    number = (number ^ number >> 33).wrapping_mul(0xff51_afd7_ed55_8ccd);
    number = (number ^ number >> 33).wrapping_mul(0xc4ce_b9fe_1a85_ec53);
    number ^ number >> 33
}

/// Counts what a link says once its sender is known.
pub fn meet(sender: &Sender, link: &Link, into: &mut Aggregate) {
    let consumer = &link.consumer;
    let call = |to| call_of(&sender.span, &sender.request, sender.service, to, Mode::Publish);
    match (queue(&sender.span, Mode::Publish), queue(consumer, Mode::Consume)) {
        // Each side's own span speaks for itself; here only what connects them is missing.
        (Some(sent), Some(received)) if sent == received => {}
        (Some(sent), _) => {
            // A consumer of several messages is one request.
            let call = call_of(consumer, consumer, consumer.service, sent, Mode::Consume);
            record(&call, u64::from(link.first), into);
        }
        (None, Some(received)) => {
            record(&call(received), 1, into);
        }
        (None, None) => {
            let mut call = call(consumer.service);
            call.callee = consumer.name;
            call.failed |= consumer.traits.failed;
            record(&call, 1, into);
        }
    }
}

/// What belongs to messages, for those with the lowest numbers: there are as many messages as there is traffic. Because
/// every ingestion keeps the lowest, they keep both sides of the same messages.
#[derive(Debug)]
pub struct Lowest<T> {
    /// By number of the message.
    pub held: BTreeMap<u64, Vec<T>>,
    /// How many belong to other messages.
    pub left_out: u64,
}

impl<T> Default for Lowest<T> {
    fn default() -> Self {
        Self { held: BTreeMap::new(), left_out: 0 }
    }
}

impl<T> Lowest<T> {
    /// Adds one.
    pub fn add(&mut self, message: u64, item: T) {
        let is_full = self.held.len() >= LISTED;
        if is_full && self.held.last_key_value().is_some_and(|(&last, _)| last < message) {
            add(&mut self.left_out, 1);
            return;
        }
        // Hardly ever is there a second one.
        self.held.entry(message).or_insert_with(|| Vec::with_capacity(1)).push(item);
        if self.held.len() > LISTED
            && let Some((_, gone)) = self.held.pop_last()
        {
            add(&mut self.left_out, gone.len() as u64);
        }
    }

    /// Adds those of another.
    pub fn merge(&mut self, other: Self) {
        for (message, items) in other.held {
            items.into_iter().for_each(|item| self.add(message, item));
        }
        add(&mut self.left_out, other.left_out);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The lowest are kept and the others counted, in whatever order and groups they come.
    #[test]
    fn the_lowest_are_kept() {
        let all = 0..LISTED as u64 + 500;
        let mut groups = [Lowest::default(), Lowest::default()];
        for n in all.clone().rev() {
            groups[n as usize % 2].add(message(n, 7), n);
        }
        let [mut one, other] = groups;
        one.add(0, 1);
        one.add(0, 2);
        one.merge(other);
        let mut expected: Vec<u64> = all.map(|n| message(n, 7)).chain([0]).collect();
        expected.sort_unstable();
        assert_eq!(one.held.keys().copied().collect::<Vec<_>>(), expected[..LISTED]);
        assert_eq!((one.held[&0].as_slice(), one.left_out), (&[1, 2][..], 501));
    }
}
