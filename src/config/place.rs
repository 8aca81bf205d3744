//! Values that know where they stand, so that a rule can point at the waiver that nobody needs.

use crate::source::Location;
use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::{Deserialize, Deserializer};
use serde_spanned::Spanned;
use std::borrow::Cow;
use std::cmp::Ordering;
use std::ops::Deref;
use std::sync::Arc;

/// A place in the file: [`super::Config::at`] makes a line of it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Place(usize);

impl Place {
    pub(super) fn new(offset: usize) -> Self {
        Self(offset)
    }
}

/// A value and its place. Compares by the value alone.
#[derive(Clone, Debug, Default)]
pub struct Placed<T> {
    value: T,
    place: Place,
}

impl<T> Placed<T> {
    /// Where the value stands.
    pub fn place(&self) -> Place {
        self.place
    }
}

impl<T> Deref for Placed<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.value
    }
}

impl<T: PartialEq> PartialEq for Placed<T> {
    fn eq(&self, other: &Self) -> bool {
        self.value == other.value
    }
}

impl<T: Eq> Eq for Placed<T> {}

impl<T: PartialOrd> PartialOrd for Placed<T> {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        self.value.partial_cmp(&other.value)
    }
}

impl<T: Ord> Ord for Placed<T> {
    fn cmp(&self, other: &Self) -> Ordering {
        self.value.cmp(&other.value)
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Placed<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let spanned = Spanned::<T>::deserialize(deserializer)?;
        let place = Place(spanned.span().start);
        Ok(Self { value: spanned.into_inner(), place })
    }
}

/// In the schema a place is not seen.
impl<T: JsonSchema> JsonSchema for Placed<T> {
    fn schema_name() -> Cow<'static, str> {
        T::schema_name()
    }

    fn inline_schema() -> bool {
        T::inline_schema()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        T::json_schema(generator)
    }
}

/// The file that settings come from, as far as places need it.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Origin {
    path: Arc<str>,
    text: Arc<str>,
}

impl Default for Origin {
    fn default() -> Self {
        Self { path: super::FILE.into(), text: "".into() }
    }
}

impl Origin {
    pub(super) fn new(path: &Arc<str>, text: &str) -> Self {
        Self { path: path.clone(), text: text.into() }
    }

    pub(super) fn locate(&self, Place(offset): Place) -> Location {
        let before = self.text.get(..offset).unwrap_or(&self.text);
        let line = before.rsplit('\n').next().unwrap_or_default();
        let number = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
        Location::new(self.path.clone(), number(before.matches('\n').count() + 1), number(line.chars().count() + 1))
    }

    /// The line of the file that a place is in.
    pub(super) fn line(&self, Place(offset): Place) -> &str {
        let start = self.text.get(..offset).and_then(|before| before.rfind('\n')).map_or(0, |newline| newline + 1);
        self.text.get(start..).and_then(|rest| rest.lines().next()).unwrap_or_default()
    }
}
