use super::access::Access;
use super::aggregate::Aggregate;
use super::intern::Interner;
use super::links::{self, LISTED};
use super::node::Mode;
use super::record::{Link, Record, Traits, UNKNOWN};
use super::service::ServiceKey;
use super::summary::{Endpoint, Summary};
use crate::parse::spans::SpanKind;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::sync::Arc;

/// Messages whose other side may be in another summary, by their numbers: who sent them, and who handles some whose
/// senders are not here. When summaries are added up they meet, so that it does not matter in which of them either was.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Messages {
    pub(super) senders: BTreeMap<u64, Sender>,
    /// In order.
    pub(super) awaited: BTreeMap<u64, Vec<Handled>>,
}

/// Who sent a message, as far as whoever handles it needs to know.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Sender {
    /// It was put into a queue.
    Queue(Arc<Endpoint>),
    /// The sender does not name the queue: then it takes part in the call itself.
    Span {
        /// What several have in common.
        by: Arc<Span>,
        /// When it was sent, in nanoseconds since the epoch; 0 if unknown.
        start: u64,
        /// How long that took in nanoseconds, if known.
        duration: Option<u64>,
    },
}

/// What spans that sent messages have in common.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(default)]
pub struct Span {
    /// Whose spans they are, if known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub service: Option<ServiceKey>,
    /// The operation of their request.
    pub operation: String,
    /// Their own name.
    pub name: String,
    /// What each counts in sums adjusted for sampling, in thousandths.
    pub adjusted: u64,
    /// Whether they failed.
    #[serde(skip_serializing_if = "is_false")]
    pub failed: bool,
    /// Whether their request failed, if there is one that could tell.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub request_failed: Option<bool>,
    /// What they do to a store.
    #[serde(skip_serializing_if = "is_unknown")]
    pub access: Access,
}

/// A message that was handled.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Handled {
    /// What several have in common.
    pub by: Arc<Handler>,
    /// When, in nanoseconds since the epoch; 0 if unknown.
    pub start: u64,
}

/// What spans that handle messages have in common.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Handler {
    /// Whose spans they are.
    pub service: ServiceKey,
    /// Their name.
    pub name: String,
    /// The queue that they say they receive from, if they do.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub queue: Option<Endpoint>,
    /// What each counts in sums adjusted for sampling, in thousandths.
    pub adjusted: u64,
    /// Whether they failed.
    #[serde(default, skip_serializing_if = "is_false")]
    pub failed: bool,
    /// What they do to a store.
    #[serde(default, skip_serializing_if = "is_unknown")]
    pub access: Access,
    /// Whether it is the first message that the span handles.
    #[serde(default, skip_serializing_if = "is_false")]
    pub first: bool,
}

fn is_false(flag: &bool) -> bool {
    !flag
}

fn is_unknown(access: &Access) -> bool {
    *access == Access::Unknown
}

impl Messages {
    /// Adds a message that was sent.
    pub(super) fn sent(&mut self, message: u64, sender: Sender) {
        let held = self.senders.entry(message).or_insert_with(|| sender.clone());
        // Two messages with one number: whichever comes first.
        if sender < *held {
            *held = sender;
        }
    }

    /// Adds a message whose sender is not known.
    pub(super) fn handled(&mut self, message: u64, handled: Handled) {
        let all = self.awaited.entry(message).or_default();
        all.insert(all.partition_point(|held| *held <= handled), handled);
    }

    /// How many links wait for their senders.
    fn waiting(&self) -> u64 {
        self.awaited.values().fold(0, |sum, links| sum.saturating_add(links.len() as u64))
    }
}

impl Summary {
    /// Links that may lead to a message of another summary and that nobody can follow: one of both sides is not listed.
    pub fn unfollowed(&self) -> u64 {
        let odd = |what| self.spans.odd.get(what).copied().unwrap_or(0);
        if odd("unlisted") > 0 { odd("unlinked") } else { odd("unlinked").saturating_sub(self.messages.waiting()) }
    }

    /// Lists no more messages than one ingestion of everything would. To be called once all summaries are added up that
    /// are at hand: what is left out cannot meet its other side any more.
    pub fn bound_messages(&mut self) {
        let Messages { senders, awaited } = &mut self.messages;
        let unlisted = senders.len().saturating_sub(LISTED);
        (0..unlisted).for_each(|_| drop(senders.pop_last()));
        while awaited.len() > LISTED {
            awaited.pop_last();
        }
        self.spans.odd("unlisted", unlisted as u64);
    }

    /// Adds the messages of another summary, and what those say that only now meet their senders.
    pub(super) fn add_messages(&mut self, other: Messages) {
        let mut met = Met::default();
        let Messages { senders, awaited } = &mut self.messages;
        for (message, sender) in &other.senders {
            met.all(sender, awaited.remove(message).unwrap_or_default());
        }
        let mut unmet = Messages::default();
        for (message, links) in other.awaited {
            match senders.get(&message).or_else(|| other.senders.get(&message)) {
                Some(sender) => met.all(sender, links),
                None => drop(unmet.awaited.insert(message, links)),
            }
        }
        for (message, links) in unmet.awaited {
            links.into_iter().for_each(|handled| self.messages.handled(message, handled));
        }
        for (message, sender) in other.senders {
            self.messages.sent(message, sender);
        }
        if met.count > 0 {
            let odd = self.spans.odd.entry("unlinked".into()).or_default();
            *odd = odd.saturating_sub(met.count);
            self.spans.odd.retain(|what, n| what != "unlinked" || *n > 0);
            self.merge(met.total.summary(&met.texts, BTreeMap::new()));
        }
    }
}

/// Links that met their senders, counted as they are within one ingestion.
#[derive(Default)]
struct Met {
    texts: Interner,
    total: Aggregate,
    count: u64,
}

impl Met {
    fn all(&mut self, sender: &Sender, links: Vec<Handled>) {
        if links.is_empty() {
            return;
        }
        let sender = self.sender(sender);
        for handled in links {
            let link = self.link(&handled);
            links::meet(&sender, &link, &mut self.total);
            self.count += 1;
        }
    }

    fn sender(&mut self, sender: &Sender) -> links::Sender {
        let (mut span, mut request, mut service) = (Record::default(), Record::default(), 0);
        match sender {
            Sender::Queue(queue) => {
                span.peer = self.texts.number(&queue.encode());
                span.traits.mode = Some(Mode::Publish);
            }
            Sender::Span { by, start, duration } => {
                span = Record {
                    start: *start,
                    duration: duration.unwrap_or(UNKNOWN),
                    weight: by.adjusted,
                    name: self.texts.number(&by.name),
                    traits: Traits { failed: by.failed, access: by.access, ..Traits::default() },
                    ..span
                };
                request.name = self.texts.number(&by.operation);
                match by.request_failed {
                    Some(failed) => request.traits.failed = failed,
                    None => request.traits.kind = SpanKind::Client,
                }
                service = by.service.clone().map_or(0, |key| self.texts.number(&Endpoint::Service(key).encode()));
            }
        }
        links::Sender { span, request, service }
    }

    fn link(&mut self, Handled { by, start }: &Handled) -> Link {
        let traits = Traits {
            kind: SpanKind::Consumer,
            mode: Some(Mode::Consume),
            failed: by.failed,
            access: by.access,
            ..Traits::default()
        };
        let consumer = Record {
            service: self.texts.number(&Endpoint::Service(by.service.clone()).encode()),
            name: self.texts.number(&by.name),
            peer: by.queue.as_ref().map_or(0, |queue| self.texts.number(&queue.encode())),
            start: *start,
            duration: UNKNOWN,
            weight: by.adjusted,
            traits,
            ..Record::default()
        };
        Link { trace: 0, trace_high: 0, span: 0, first: by.first, consumer }
    }
}
