//! Values that are one of a few words.

use super::fields::{Read, expected};
use super::problems::Problems;
use crate::facts::{Criticality, Interaction, Kind};
use crate::parse::Node;
use crate::source::{quoted, unknown};
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use std::borrow::Cow;

/// A set of words and what each means.
pub(super) trait Words: Copy + 'static {
    /// What the words are, for messages.
    const WHAT: &'static str;
    /// The words.
    const WORDS: &'static [(&'static str, Self)];
}

/// One of a set of words.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct OneOf<T>(pub(super) T);

impl<T: Words> Read for OneOf<T> {
    fn read(node: &Node, field: &str, problems: &mut Problems) -> Option<Self> {
        let Some(text) = node.text() else {
            problems.report(|| expected(node, field, &format!("one of {}", quoted(&names::<T>()))));
            return None;
        };
        let found = T::WORDS.iter().find(|(word, _)| *word == text);
        if found.is_none() {
            problems.report(|| unknown(T::WHAT, text, &names::<T>(), node.at()));
        }
        found.map(|(_, value)| Self(*value))
    }
}

fn names<T: Words>() -> Vec<&'static str> {
    T::WORDS.iter().map(|(word, _)| *word).collect()
}

impl<T: Words> JsonSchema for OneOf<T> {
    fn schema_name() -> Cow<'static, str> {
        T::WHAT.into()
    }

    fn inline_schema() -> bool {
        true
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({"enum": names::<T>()})
    }
}

/// The word `true`, where its opposite would say nothing.
#[derive(Clone, Copy, Debug)]
pub(super) struct Yes;

impl JsonSchema for Yes {
    fn schema_name() -> Cow<'static, str> {
        "Yes".into()
    }

    fn inline_schema() -> bool {
        true
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({"const": true})
    }
}

/// The version of the manifest's format.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Version1;

impl Words for Version1 {
    const WHAT: &'static str = "apiVersion";
    const WORDS: &'static [(&'static str, Self)] = &[("linchpin/v1", Version1)];
}

impl Words for Kind {
    const WHAT: &'static str = "kind";
    const WORDS: &'static [(&'static str, Self)] = &[
        ("Service", Kind::Service),
        ("Function", Kind::Function),
        ("Job", Kind::Job),
        ("Datastore", Kind::Datastore),
        ("Cache", Kind::Cache),
        ("Queue", Kind::Queue),
        ("Topic", Kind::Topic),
        ("ObjectStore", Kind::ObjectStore),
        ("External", Kind::External),
        ("Pool", Kind::Pool),
        ("Volume", Kind::Volume),
        ("Config", Kind::Config),
        ("Node", Kind::Node),
        ("Zone", Kind::Zone),
        ("Region", Kind::Region),
    ];
}

impl Words for Interaction {
    const WHAT: &'static str = "interaction";
    const WORDS: &'static [(&'static str, Self)] = &[
        ("sync", Interaction::Sync),
        ("publish", Interaction::AsyncPublish),
        ("consume", Interaction::AsyncConsume),
        ("read", Interaction::Read),
        ("write", Interaction::Write),
        ("observe", Interaction::Observe),
        ("recover", Interaction::Recover),
    ];
}

impl Words for Criticality {
    const WHAT: &'static str = "criticality";
    const WORDS: &'static [(&'static str, Self)] = &[("hard", Criticality::Hard), ("soft", Criticality::Soft)];
}
