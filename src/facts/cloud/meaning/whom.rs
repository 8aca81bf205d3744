//! Whom a value means: a resource of the input, one outside it, or nobody.

use super::reader::Reader;
use crate::facts::address::Address;
use crate::facts::cloud::kinds::{Sort, of_arn};
use crate::facts::cloud::text::Text;
use crate::facts::cloud::words;
use crate::facts::{Class, ComponentFact, Evidence, Key, Kind, Target};
use crate::source::Location;

/// Somebody who is meant.
#[derive(Clone, Debug)]
pub(super) struct Meant {
    pub target: Target,
    /// The key that it will have, if that is known.
    pub key: Option<Key>,
    pub sort: Option<Sort>,
    /// It follows from names, not from a reference.
    pub inferred: bool,
}

impl Meant {
    /// A component of the input.
    pub fn component(key: Key, sort: Sort) -> Self {
        Self { target: Target::Component(key.clone()), key: Some(key), sort: Some(sort), inferred: false }
    }

    fn inferred(self) -> Self {
        Self { inferred: true, ..self }
    }
}

impl Reader<'_> {
    /// Whom a value of a stack means. `sort` is what the place where it stands is for.
    pub fn whom(&mut self, stack: usize, text: &Text, sort: Option<Sort>) -> Vec<Meant> {
        let mut meant: Vec<Meant> = Vec::new();
        for place in text.resources() {
            if let Some((key, sort)) = self.world.component(place)
                && !meant.iter().any(|m| m.key.as_ref() == Some(&key))
            {
                meant.push(Meant::component(key, sort));
            }
        }
        if !meant.is_empty() || text.resources().next().is_some() {
            return meant;
        }
        if let Some(name) = text.input() {
            return self.input(stack, name, sort).into_iter().collect();
        }
        match written(text) {
            Some((sort, name)) => self.named(stack, &name, sort).into_iter().collect(),
            None => sort.and_then(|sort| self.named(stack, text, sort)).into_iter().collect(),
        }
    }

    /// The first of these.
    pub fn whom_first(&mut self, stack: usize, text: &Text, sort: Option<Sort>) -> Option<Meant> {
        self.whom(stack, text, sort).into_iter().next()
    }

    /// A thing of a known sort by its name.
    pub fn named(&mut self, stack: usize, name: &Text, sort: Sort) -> Option<Meant> {
        if let Some(found) = self.world.by_name(stack, sort, name) {
            let (key, sort) = self.world.component(&found)?;
            return Some(Meant::component(key, sort));
        }
        if let Some(input) = name.input() {
            return self.input(stack, input, Some(sort));
        }
        match (name.known(), name.core()) {
            (Some(name), _) if valid(name) => Some(elsewhere(sort, name)),
            // A bus has this name in every account that has no other.
            (Some(""), _) if sort == Sort::Bus => Some(elsewhere(sort, "default")),
            (None, Some(core)) if valid(&core) => Some(elsewhere(sort, &core).inferred()),
            _ => None,
        }
    }

    /// A value from outside the stack. Another stack may give it out under this name, or hold the only resource that
    /// is called alike; otherwise it is something that the input does not hold, known by the name of the parameter.
    fn input(&mut self, stack: usize, name: &str, sort: Option<Sort>) -> Option<Meant> {
        let sort = sort.or_else(|| words::sort(name));
        if let Some((other, value)) = self.world.given_out(stack, name) {
            let text = self.world.text(other, &value);
            let given = text.resources().find_map(|place| self.world.component(place));
            if let Some((key, found)) = given.filter(|(_, found)| sort.is_none_or(|s| s == *found)) {
                return Some(Meant::component(key, found).inferred());
            }
        }
        let sort = sort?;
        if let Some(found) = self.world.alike(stack, sort, name) {
            let (key, sort) = self.world.component(&found)?;
            return Some(Meant::component(key, sort).inferred());
        }
        if !words::own(name).is_empty() && valid(name) {
            return Some(elsewhere(sort, name));
        }
        // `TableName` says nothing that would hold in another stack.
        let own = self.world.stack(stack)?;
        let key = own.key(sort.kind().class(), name);
        let at = Evidence::new(Location::start(own.file.clone()), name);
        let fact = || ComponentFact { kind_stated: true, ..ComponentFact::new(key.clone(), sort.kind(), at) };
        self.outside.entry(key.clone()).or_insert_with(fact);
        Some(Meant::component(key, sort))
    }
}

/// A thing outside the input.
fn elsewhere(sort: Sort, name: &str) -> Meant {
    let (kind, service) = (sort.kind(), sort.service());
    let address = Address::Resource { kind, service: service.to_owned(), name: name.to_owned() };
    let mut key = Key::global(Class::Workload, name);
    key.namespace = Some(service.into());
    let known = kind.class() == Class::Workload && kind != Kind::Entry;
    let target = Target::Addresses { addresses: vec![address], certain: true };
    Meant { target, key: known.then_some(key), sort: Some(sort), inferred: false }
}

/// What an ARN or a queue's URL is the name of: its sort, and the name itself.
pub(super) fn written(text: &Text) -> Option<(Sort, Text)> {
    let shape = text.shape();
    let shape = shape.trim();
    if let Some(rest) = shape.strip_prefix("arn:") {
        let mut parts = rest.splitn(5, ':');
        let (_partition, service, _region, _account) = (parts.next()?, parts.next()?, parts.next()?, parts.next()?);
        let resource = parts.next()?;
        let (word, name) = match service {
            "sqs" | "sns" | "s3" | "execute-api" => ("", resource),
            _ => resource.split_once(['/', ':']).unwrap_or(("", resource)),
        };
        let name = match service {
            // Settings have paths for names.
            "ssm" => name,
            _ => name.split(['/', ':']).next().unwrap_or(name),
        };
        let wild = name.contains('*') || name.is_empty();
        return of_arn(service, word).filter(|_| !wild).map(|sort| (sort, text.piece(name)));
    }
    let queue = shape.strip_prefix("https://sqs.").or_else(|| shape.strip_prefix("https://queue."))?;
    let name = queue.rsplit('/').next().filter(|name| !name.is_empty())?;
    Some((Sort::Queue, text.piece(name)))
}

/// Whether a text can be the name of something at all.
pub(super) fn valid(name: &str) -> bool {
    let fits = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.' | '/');
    (1..=512).contains(&name.len()) && name.chars().all(fits) && name.chars().any(char::is_alphanumeric)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// ARNs and queue URLs say what they are the name of; wildcards name nothing.
    #[test]
    fn arns() {
        for (arn, expected) in [
            ("arn:aws:dynamodb:eu-west-1:123456789012:table/orders/index/by-date", Some((Sort::Table, "orders"))),
            ("arn:aws:s3:::photos/*", Some((Sort::Bucket, "photos"))),
            ("arn:aws:sqs:us-east-1:123456789012:jobs", Some((Sort::Queue, "jobs"))),
            ("arn:aws:lambda:us-east-1:123456789012:function:resize:live", Some((Sort::Function, "resize"))),
            ("arn:aws:sqs:*:*:*", None),
            ("arn:aws:iam::123456789012:role/runner", None),
            ("https://sqs.eu-west-1.amazonaws.com/123456789012/jobs", Some((Sort::Queue, "jobs"))),
            ("jobs", None),
        ] {
            let found = written(&Text::literal(arn));
            assert_eq!(found, expected.map(|(sort, name)| (sort, Text::literal(name))), "{arn}");
        }
    }
}
