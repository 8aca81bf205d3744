//! All stacks of the input, and what they know of each other.

use super::kinds::{self, Sort};
use super::stack::Stack;
use super::text::{Place, Text};
use super::words;
use crate::facts::{Answer, Class, Key, NameFact};
use crate::parse::Node;
use std::collections::BTreeMap;
use std::sync::Arc;

/// How many resources that only stand for others are passed on the way to one that is there.
const STAND_INS: usize = 8;

/// The stacks of the input.
#[derive(Debug, Default)]
pub(super) struct World {
    stacks: Vec<Stack>,
    /// Nested stacks, by the resource that deploys them.
    children: BTreeMap<Place, usize>,
    exports: BTreeMap<Text, (usize, Node)>,
    stored: BTreeMap<Text, (usize, Node)>,
    /// Resources by the name that the platform will give them.
    names: BTreeMap<(Sort, Text), Vec<Place>>,
    /// Outputs by name, whatever the case.
    outputs: BTreeMap<String, Vec<(usize, Node)>>,
    /// Resources by what their id says of whose they are.
    owners: BTreeMap<(Sort, String), Vec<Place>>,
}

impl World {
    /// A world of stacks; `children` are nested ones, by the resource that deploys each.
    pub fn new(stacks: Vec<Stack>, children: BTreeMap<Place, usize>) -> Self {
        let mut world = Self { stacks, children, ..Self::default() };
        world.exports = world.collect_exports();
        world.stored = world.collect_stored();
        world.names = world.collect_names();
        for (index, stack) in world.stacks.iter().enumerate() {
            for (name, output) in &stack.outputs {
                world.outputs.entry(name.to_lowercase()).or_default().push((index, output.value.clone()));
            }
            for (id, resource) in &stack.resources {
                if let (Some(sort), own) = (resource.sort(), words::own(&resource.name))
                    && !own.is_empty()
                {
                    let place = Place { stack: index, id: id.clone() };
                    world.owners.entry((sort, own)).or_default().push(place);
                }
            }
        }
        world
    }

    /// All stacks, with their places.
    pub fn stacks(&self) -> impl Iterator<Item = (usize, &Stack)> {
        self.stacks.iter().enumerate()
    }

    /// A stack.
    pub fn stack(&self, index: usize) -> Option<&Stack> {
        self.stacks.get(index)
    }

    /// The stack that a resource deploys, if it is in the input.
    pub fn child(&self, stack: usize, id: &str) -> Option<usize> {
        self.children.get(&Place { stack, id: id.into() }).copied()
    }

    /// What is exported under a name.
    pub fn exported(&self, name: &Text) -> Option<(usize, Node)> {
        self.exports.get(name).cloned()
    }

    /// What a template keeps in the parameter store under a name.
    pub fn stored(&self, name: &Text) -> Option<(usize, Node)> {
        self.stored.get(name).cloned()
    }

    /// The output of a stack that is called by the name of its service, or by that and a stage.
    pub fn output(&self, stack: &str, output: &str) -> Option<(usize, Node)> {
        let named =
            |s: &Stack| stack.strip_prefix(&*s.name).is_some_and(|rest| rest.is_empty() || rest.starts_with('-'));
        let found = self.stacks().filter(|(_, s)| named(s)).max_by_key(|(_, s)| s.name.len())?;
        found.1.outputs.get(output).map(|o| (found.0, o.value.clone()))
    }

    /// The component that a resource is, or stands for: its key and sort.
    pub fn component(&self, place: &Place) -> Option<(Key, Sort)> {
        let mut place = place.clone();
        for _ in 0..STAND_INS {
            let stack = self.stack(place.stack)?;
            let resource = stack.resource(&place.id)?;
            let next = kinds::stands_for(&resource.of)
                .and_then(|property| resource.get(property))
                .and_then(|(node, _)| self.named(place.stack, &self.text(place.stack, &node)));
            match (next, resource.sort()) {
                (Some(next), _) if next != place => place = next,
                (_, Some(sort)) => return Some((stack.key(sort.kind().class(), &resource.name), sort)),
                _ => return None,
            }
        }
        None
    }

    /// The resource that a value speaks of: by reference, or by its name in the same stack.
    fn named(&self, stack: usize, text: &Text) -> Option<Place> {
        if let Some(place) = text.resources().next() {
            return Some(place.clone());
        }
        let name = text.known()?;
        let found = self.names.iter().filter(|((_, t), _)| t.known() == Some(name)).flat_map(|(_, places)| places);
        let own: Vec<&Place> = found.filter(|p| p.stack == stack).collect();
        match own.as_slice() {
            [place] => Some((*place).clone()),
            _ => None,
        }
    }

    /// The resource of a sort that the platform will know by a name: of the same stack, else the only one.
    pub fn by_name(&self, stack: usize, sort: Sort, name: &Text) -> Option<Place> {
        only(self.names.get(&(sort, name.clone()))?, stack)
    }

    /// Resources of any sort in the same stack that the platform will know by a name.
    pub fn own_by_name(&self, stack: usize, name: &Text) -> Vec<(Place, Sort)> {
        let sorts = [Sort::Table, Sort::Queue, Sort::Topic, Sort::Bucket, Sort::Stream, Sort::Delivery, Sort::Bus];
        let more = [Sort::Function, Sort::StateMachine, Sort::Database, Sort::Cache, Sort::Search, Sort::Broker];
        let of = |sort: Sort| {
            let places = self.names.get(&(sort, name.clone())).into_iter().flatten();
            places.filter(move |p| p.stack == stack).map(move |p| (p.clone(), sort))
        };
        sorts.into_iter().chain(more).flat_map(of).collect()
    }

    /// The value that another stack gives out under a name, if only one does.
    pub fn given_out(&self, stack: usize, name: &str) -> Option<(usize, Node)> {
        let mut found = self.outputs.get(&name.to_lowercase())?.iter().filter(|(other, _)| *other != stack);
        let first = found.next()?;
        found.next().is_none().then(|| first.clone())
    }

    /// The resource of another stack that has the same name but for the words that say its sort, if only one does.
    pub fn alike(&self, stack: usize, sort: Sort, name: &str) -> Option<Place> {
        let own = words::own(name);
        let mut found = self.owners.get(&(sort, own))?.iter().filter(|place| place.stack != stack);
        let first = found.next()?;
        found.next().is_none().then(|| first.clone())
    }

    /// Resources by the names that ARNs and addresses anywhere have for them, if only one has the name.
    pub fn names_for_others(&self) -> Vec<NameFact> {
        let unique = self.names.iter().filter_map(|((sort, name), places)| match places.as_slice() {
            [place] if sort.kind().class() == Class::Workload => Some((*sort, name.known()?, place)),
            _ => None,
        });
        let name = |(sort, name, place): (Sort, &str, &Place)| {
            let (key, _) = self.component(place)?;
            let resource = self.stack(place.stack)?.resource(&place.id)?;
            Some(NameFact {
                scope: "".into(),
                namespace: Some(sort.service().into()),
                name: name.to_lowercase().into(),
                answer: Answer::Components(vec![key]),
                evidence: resource.at.clone(),
            })
        };
        unique.filter_map(name).collect()
    }

    fn collect_exports(&self) -> BTreeMap<Text, (usize, Node)> {
        let mut exports = BTreeMap::new();
        for (index, stack) in self.stacks() {
            for output in stack.outputs.values() {
                if let Some(name) = &output.export {
                    exports.entry(self.text(index, name)).or_insert((index, output.value.clone()));
                }
            }
        }
        exports
    }

    fn collect_stored(&self) -> BTreeMap<Text, (usize, Node)> {
        let mut stored = BTreeMap::new();
        for (index, stack) in self.stacks() {
            for resource in stack.resources.values().filter(|r| &*r.of == "AWS::SSM::Parameter") {
                if let (Some((name, _)), Some((value, _))) = (resource.get("Name"), resource.get("Value")) {
                    stored.entry(self.text(index, &name)).or_insert((index, value));
                }
            }
        }
        stored
    }

    fn collect_names(&self) -> BTreeMap<(Sort, Text), Vec<Place>> {
        let mut names: BTreeMap<(Sort, Text), Vec<Place>> = BTreeMap::new();
        for (index, stack) in self.stacks() {
            for (id, resource) in &stack.resources {
                if let Some((name, sort)) = self.physical(index, &resource.id)
                    && name.says_something()
                {
                    names.entry((sort, name)).or_default().push(Place { stack: index, id: id.clone() });
                }
            }
        }
        names
    }

    /// The name that the platform will know a resource by, as far as it is said, and its sort.
    pub fn physical(&self, stack: usize, id: &str) -> Option<(Text, Sort)> {
        let resource = self.stack(stack)?.resource(id)?;
        let of = kinds::of(&resource.of)?;
        let (node, _) = resource.get(of.named_by)?;
        Some((self.text(stack, &node), of.sort))
    }

    /// Other names of a resource: that of the platform, whole or without what varies at its ends, and the one that it
    /// has among several stacks.
    pub fn aliases(&self, stack: usize, id: &str) -> Vec<Arc<str>> {
        let Some(own) = self.stack(stack) else { return Vec::new() };
        let Some(resource) = own.resource(id) else { return Vec::new() };
        let mut aliases = resource.aliases.clone();
        if let Some((name, _)) = self.physical(stack, id) {
            aliases.extend(name.known().map(Arc::from));
            aliases.extend(name.core().filter(|_| name.known().is_none()).map(Arc::from));
        }
        if let Some(folder) = own.folder() {
            aliases.push(format!("{folder}/{}", resource.name).into());
        }
        aliases.retain(|alias| !alias.is_empty() && alias.len() <= 512);
        aliases
    }
}

/// The place in the same stack, else the only one.
fn only(places: &[Place], stack: usize) -> Option<Place> {
    let own: Vec<&Place> = places.iter().filter(|p| p.stack == stack).collect();
    match (own.as_slice(), places) {
        ([place], _) => Some((*place).clone()),
        ([], [place]) => Some(place.clone()),
        _ => None,
    }
}
