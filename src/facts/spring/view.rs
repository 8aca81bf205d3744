//! All that configures one application in one place: its documents in order, what its environment overrules, and
//! placeholders filled in.

use super::document::{Condition, Document};
use super::duration;
use super::property::{Property, parts, path};
use crate::facts::{Evidence, Program};
use crate::source::Problem;
use std::collections::BTreeMap;
use std::sync::Arc;

/// How deep placeholders are followed, and how long what they make may get.
const DEPTH: usize = 8;
const LONGEST: usize = 1 << 14;

/// How sure it is that a property holds where the application is deployed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Certainty {
    /// It is for a profile of developers' machines.
    Unlikely,
    /// It is for a profile that may be active, or one that may be active replaces it.
    Perhaps,
    /// It holds whatever profile is active, or the active profiles are known.
    Sure,
}

/// A property that may hold.
#[derive(Clone, Debug)]
pub(super) struct Entry {
    /// Its key, part by part, as written.
    pub parts: Vec<Arc<str>>,
    /// Its value, placeholders filled in as far as they can be.
    pub value: String,
    /// Where it stands.
    pub evidence: Evidence,
    /// Whether it holds.
    pub certainty: Certainty,
    /// It is written for several applications.
    pub shared: bool,
}

impl Entry {
    fn new(property: &Property, certainty: Certainty, shared: bool) -> Self {
        Self {
            parts: property.parts.clone(),
            value: property.value.to_string(),
            evidence: Evidence::new(property.at.clone(), property.key()),
            certainty,
            shared,
        }
    }

    /// Its key in the form in which all spellings are one.
    pub(super) fn path(&self) -> String {
        path(self.parts.iter().map(|p| &**p))
    }
}

/// Documents in ascending order of precedence, each with whether it is written for several applications.
pub(super) type Documents<'a> = Vec<(&'a Document, bool)>;

/// The settings of an application in one place.
pub(super) struct View<'a> {
    program: &'a Program,
    entries: BTreeMap<String, Vec<Entry>>,
}

impl<'a> View<'a> {
    /// The settings of a program that these documents configure.
    pub(super) fn new(program: &'a Program, documents: &Documents<'_>) -> Self {
        let mut view = Self { program, entries: BTreeMap::new() };
        let known = active(program);
        let stated = || documents.iter().filter(|(d, _)| d.condition.is_none());
        let stated = stated().filter_map(|(d, _)| d.get("spring.profiles.active"));
        let stated: Vec<String> = stated.flat_map(|p| list(&p.value)).collect();
        for (document, shared) in documents {
            match (&document.condition, &known) {
                (None, _) => view.add(document, *shared),
                (Some(condition), Some(active)) if condition.holds(active) => view.add(document, *shared),
                (Some(_), Some(_)) => {}
                (Some(condition), None) if condition.is_for_tests() => {}
                (Some(condition), None) => view.may_hold(document, condition, &stated, *shared),
            }
        }
        let mut resolved = view.entries.clone();
        for entry in resolved.values_mut().flatten() {
            entry.value = view.resolve(&entry.value, DEPTH);
        }
        view.entries = resolved;
        view
    }

    /// What holds for sure replaces what stood there.
    fn add(&mut self, document: &Document, shared: bool) {
        for property in &document.properties {
            self.entries.insert(property.path(), vec![Entry::new(property, Certainty::Sure, shared)]);
        }
    }

    /// What holds under a profile that may be active stands beside what else may hold. `stated` profiles are active
    /// unless whoever deploys says otherwise.
    fn may_hold(&mut self, document: &Document, condition: &Condition, stated: &[String], shared: bool) {
        let unlikely = condition.is_for_developers();
        let certainty = if unlikely { Certainty::Unlikely } else { Certainty::Perhaps };
        for property in &document.properties {
            let known = self.entries.entry(property.path()).or_default();
            if !unlikely {
                known.iter_mut().for_each(|e| e.certainty = e.certainty.min(Certainty::Perhaps));
            }
            let entry = Entry::new(property, certainty, shared);
            if condition.holds(stated) { known.insert(0, entry) } else { known.push(entry) }
        }
    }

    /// The program.
    pub(super) fn program(&self) -> &'a Program {
        self.program
    }

    /// Everything that may hold and that the environment does not overrule, by key.
    pub(super) fn entries(&self) -> impl Iterator<Item = &Entry> {
        self.entries.values().flatten().filter(|e| self.variable(&e.parts).is_none())
    }

    /// The value of a setting, whose key is written in kebab case: the environment's before the files'.
    pub(super) fn get(&self, key: &str) -> Option<(String, Evidence)> {
        let parts = parts(key);
        if let Some(variable) = self.variable(&parts) {
            return Some((self.resolve(&variable.value, DEPTH), variable.evidence.clone()));
        }
        let entry = self.entries.get(&path(parts.iter().map(|p| &**p)))?.first()?;
        Some((entry.value.clone(), entry.evidence.clone()))
    }

    /// The values of a list, written as one or item by item.
    pub(super) fn list(&self, key: &str) -> Vec<String> {
        let whole = self.get(key).map(|(text, _)| list(&text));
        whole.unwrap_or_else(|| {
            self.children(key).iter().filter_map(|i| Some(self.get(&format!("{key}.{i}"))?.0)).collect()
        })
    }

    /// Whether a switch is on; `None` if nobody says.
    pub(super) fn flag(&self, key: &str) -> Option<bool> {
        match self.get(key)?.0.trim() {
            "true" | "yes" | "on" => Some(true),
            "false" | "no" | "off" => Some(false),
            _ => None,
        }
    }

    /// A number that is not negative. What is written and is none is a problem.
    pub(super) fn number(&self, key: &str, problems: &mut Vec<Problem>) -> Option<(f64, Evidence)> {
        let (text, evidence) = self.get(key)?;
        let number = text.trim().replace('_', "").parse::<f64>().ok().filter(|n| n.is_finite() && *n >= 0.0);
        if number.is_none() {
            problems.push(wrong(&evidence, &text, "a number, 0 or more"));
        }
        Some((number?, evidence))
    }

    /// A duration in milliseconds; bare numbers count `unit` milliseconds.
    pub(super) fn duration(&self, key: &str, unit: f64, problems: &mut Vec<Problem>) -> Option<(f64, Evidence)> {
        let (text, evidence) = self.get(key)?;
        let ms = duration::milliseconds(&text, unit);
        if ms.is_none() {
            problems.push(wrong(&evidence, &text, "a duration such as `500ms` or `PT2S`"));
        }
        Some((ms?, evidence))
    }

    /// The names below a key, as written, each once.
    pub(super) fn children(&self, key: &str) -> Vec<Arc<str>> {
        let prefix = format!("{}.", path(key.split('.')));
        let depth = key.split('.').count();
        let below = self.entries.range(prefix.clone()..).take_while(|(path, _)| path.starts_with(&prefix));
        let mut names: BTreeMap<String, Arc<str>> = BTreeMap::new();
        for entry in below.flat_map(|(_, entries)| entries) {
            if let Some(name) = entry.parts.get(depth) {
                names.entry(path(std::iter::once(&**name))).or_insert_with(|| name.clone());
            }
        }
        names.into_values().collect()
    }

    /// Where something stands whose key begins like this.
    pub(super) fn place(&self, key: &str) -> Option<Evidence> {
        let exact = path(key.split('.'));
        let prefix = format!("{exact}.");
        let below = self.entries.range(prefix.clone()..).take_while(|(path, _)| path.starts_with(&prefix));
        let found = self.entries.get(&exact).into_iter().chain(below.map(|(_, entries)| entries)).flatten();
        found.map(|e| e.evidence.clone()).min()
    }

    /// The variable that overrules a property: `SPRING_RABBITMQ_HOST`. Dashes may be left out or be underscores.
    fn variable(&self, parts: &[Arc<str>]) -> Option<&'a crate::facts::Variable> {
        let spelt = |dash: &str| {
            let upper: Vec<String> = parts.iter().map(|p| p.to_uppercase().replace(['-', '.'], dash)).collect();
            upper.join("_")
        };
        if self.program.environment.is_empty() {
            return None;
        }
        let (without, with) = (spelt(""), spelt("_"));
        self.program.environment.iter().find(|v| *v.name == *without || *v.name == *with)
    }

    /// Fills in placeholders: `${NAME}`, `${name:default}`.
    fn resolve(&self, text: &str, depth: usize) -> String {
        let mut out = String::new();
        let mut rest = text;
        while let Some(start) = rest.find("${") {
            out.push_str(rest.get(..start).unwrap_or_default());
            let body = rest.get(start + 2..).unwrap_or_default();
            let Some(end) = closing(body) else { break };
            let inner = body.get(..end).unwrap_or_default();
            let (name, default) = match inner.split_once(':') {
                Some((name, default)) => (name, Some(default)),
                None => (inner, None),
            };
            match self.placeholder(name, default, depth).filter(|v| out.len() + v.len() <= LONGEST) {
                Some(value) => out.push_str(&value),
                None => out.extend(["${", inner, "}"]),
            }
            rest = body.get(end + 1..).unwrap_or_default();
        }
        out.push_str(rest);
        out
    }

    fn placeholder(&self, name: &str, default: Option<&str>, depth: usize) -> Option<String> {
        let depth = depth.checked_sub(1)?;
        if let Some(variable) = self.program.variable(name) {
            return Some(variable.value.to_string());
        }
        let parts = parts(name);
        if let Some(variable) = self.variable(&parts) {
            return Some(variable.value.to_string());
        }
        let entry = self.entries.get(&path(parts.iter().map(|p| &**p))).and_then(|entries| entries.first());
        let text = entry.map(|e| e.value.as_str()).or(default)?;
        Some(self.resolve(text, depth))
    }
}

/// The end of a placeholder's text, which may hold others.
fn closing(body: &str) -> Option<usize> {
    let mut open = 0usize;
    for (i, c) in body.char_indices() {
        match c {
            '{' => open += 1,
            '}' if open == 0 => return Some(i),
            '}' => open -= 1,
            _ => {}
        }
    }
    None
}

/// The items of a comma-separated value.
pub(super) fn list(text: &str) -> Vec<String> {
    text.split(',').map(str::trim).filter(|item| !item.is_empty()).map(str::to_owned).collect()
}

/// The active profiles, if what starts the program says them.
fn active(program: &Program) -> Option<Vec<String>> {
    if let Some(variable) = program.variable("SPRING_PROFILES_ACTIVE") {
        return Some(list(&variable.value));
    }
    let said = program.arguments.iter().chain(program.environment.iter().map(|v| &v.value));
    said.into_iter().find_map(|text| {
        let (_, rest) = text.split_once("spring.profiles.active=")?;
        Some(list(rest.split([' ', '"', '\'']).next()?))
    })
}

/// A placeholder that nothing fills in is unknown and no mistake; anything else that does not fit is one.
fn wrong(evidence: &Evidence, text: &str, expected: &str) -> Problem {
    let reason = if text.contains("${") {
        format!("`{}` depends on a variable that nothing here sets; taken as unknown", evidence.field)
    } else {
        format!("`{}` must be {expected}; taken as unknown", evidence.field)
    };
    Problem::new(evidence.at.clone(), reason)
}
