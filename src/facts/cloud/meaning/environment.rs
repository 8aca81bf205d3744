//! Whom the variables of a function or container name.

use super::reader::{Reader, Subject};
use super::whom::{valid, written};
use crate::facts::address::{Setting, in_settings};
use crate::facts::cloud::field::Field;
use crate::facts::cloud::kinds::Sort;
use crate::facts::cloud::words;
use crate::facts::{DependencyFact, Evidence, Key, Target};

/// A variable with its value.
pub(super) type Variable<'w> = (String, Field<'w>);

impl<'w> Reader<'w> {
    /// Counts who has which variable: what a provider or `Globals` set for all is no word of each.
    pub fn count_variables(&mut self, subject: &Subject<'w>) {
        let variables = subject.get("Environment").and_then(|e| e.get("Variables"));
        for (_, field) in variables.map(|v| v.fields()).unwrap_or_default() {
            *self.variables.entry(field.at()).or_default() += 1;
        }
    }

    /// Takes down whom the variables of a component name. A reference to a resource is a use of it, whatever the
    /// variable is called; a plain name is one if a resource of the stack has it and the variable is named after its
    /// sort, or the name is no common word.
    pub fn environment(&mut self, subject: &Subject<'w>, from: &Key, variables: &[Variable<'w>]) {
        let mut plain: Vec<(String, String, Evidence)> = Vec::new();
        for (name, field) in variables {
            let evidence = Evidence::new(field.at(), format!("environment.{name}"));
            if !self.names_resources(subject, from, name, field, &evidence) {
                plain.push((name.clone(), field.text().written(), evidence));
            }
        }
        let settings: Vec<Setting<'_>> = plain.iter().map(|(key, value, _)| Setting { key, value }).collect();
        for (index, found) in in_settings(&settings) {
            let Some((_, _, evidence)) = plain.get(index) else { continue };
            let target = Target::Addresses { addresses: found.addresses, certain: found.certain };
            let fact = DependencyFact::new(from.clone(), target, found.interaction, evidence.clone());
            self.facts.dependencies.push(fact.plane(found.plane).confidence(found.confidence));
        }
    }

    /// Whether a variable names resources rather than anything else.
    fn names_resources(
        &mut self,
        subject: &Subject<'w>,
        from: &Key,
        name: &str,
        field: &Field<'w>,
        evidence: &Evidence,
    ) -> bool {
        let text = field.text();
        let sort = words::sort(name);
        let spoken_of = text.resources().next().is_some() || text.input().is_some() || written(&text).is_some();
        let meant = if spoken_of {
            self.whom(subject.stack, &text, sort)
        } else {
            let own = self.world.own_by_name(subject.stack, &text);
            let found = own
                .into_iter()
                .find(|(_, found)| sort == Some(*found) || (sort.is_none() && distinctive(&text.written())));
            match found.and_then(|(place, _)| self.world.component(&place)) {
                Some((key, sort)) => vec![super::whom::Meant::component(key, sort)],
                None => self.said_by_name(subject.stack, &text, sort).into_iter().collect(),
            }
        };
        for meant in &meant {
            let interaction = self.interaction(subject, meant);
            // Who shares a variable with others and may do nothing to what it names does not use it.
            let shared = self.variables.get(&field.at()).is_some_and(|count| *count > 1);
            if shared && !self.may_use(subject, meant) {
                continue;
            }
            self.depend(from, meant.clone(), interaction, evidence.clone());
        }
        !meant.is_empty() || text.resources().next().is_some()
    }

    /// `ORDERS_TABLE=orders-prod` names a table, whether the input holds it or not.
    fn said_by_name(
        &mut self,
        stack: usize,
        text: &crate::facts::cloud::text::Text,
        sort: Option<Sort>,
    ) -> Option<super::whom::Meant> {
        use Sort::{Bucket, Bus, Delivery, Queue, Stream, Table, Topic};
        let sort = sort.filter(|s| matches!(s, Table | Queue | Topic | Bucket | Stream | Delivery | Bus))?;
        let name = text.core().filter(|name| valid(name) && name.chars().any(char::is_alphabetic))?;
        let plain = !name.contains('/') && !matches!(name.as_str(), "true" | "false" | "none" | "null");
        if !plain {
            return None;
        }
        self.named(stack, text, sort).map(|meant| super::whom::Meant { inferred: true, ..meant })
    }
}

/// Whether a name is more than a common word.
fn distinctive(name: &str) -> bool {
    name.len() >= 4 && name.contains(['-', '_', '.', '$']) && name.chars().any(char::is_alphabetic)
}
