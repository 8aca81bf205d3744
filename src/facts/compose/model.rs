//! What one Compose file, or several merged ones, say.

use super::{merge, shape};
use crate::parse::Node;
use crate::source::Problem;
use indexmap::IndexMap;

/// Named things with the node of the name and what is said of it, in the order of first mention.
pub(super) type Section = IndexMap<String, (Node, Node)>;

/// The parts of a Compose file that say something about dependencies.
#[derive(Clone, Debug, Default)]
pub(super) struct Model {
    /// `name:`.
    pub(super) name: Option<Node>,
    /// Services, in the shape of [`shape::service`].
    pub(super) services: Section,
    /// Networks.
    pub(super) networks: Section,
    /// Volumes.
    pub(super) volumes: Section,
    /// Configs.
    pub(super) configs: Section,
    /// Secrets.
    pub(super) secrets: Section,
    /// AI models.
    pub(super) models: Section,
    /// What `include` lists.
    pub(super) include: Option<Node>,
}

impl Model {
    /// Reads a document whose variables are replaced. In a v1 file the services stand at the top.
    pub(super) fn of(node: &Node, problems: &mut Vec<Problem>) -> Self {
        let bare = node.get("services").is_none() && node.get("include").is_none() && has_bare_services(node);
        let mut services = Section::new();
        let listed = if bare { Some(node) } else { node.get("services") };
        for (name, key, value) in listed.into_iter().flat_map(Node::fields) {
            if let Some(service) = shape::service(name, value, problems) {
                services.insert(name.to_owned(), (key.clone(), service));
            }
        }
        let mut section = |name: &str| {
            let Some(section) = node.get(name).filter(|_| !bare) else {
                return Section::new();
            };
            if !section.is_null()
                && section.entries().is_empty()
                && section.items().len() + section.text().map_or(0, str::len) > 0
            {
                let reason = format!("`{name}` is {}; expected a mapping", section.sort());
                problems.push(Problem::new(section.at(), reason));
            }
            section.fields().map(|(name, key, value)| (name.to_owned(), (key.clone(), value.clone()))).collect()
        };
        Self {
            networks: section("networks"),
            volumes: section("volumes"),
            configs: section("configs"),
            secrets: section("secrets"),
            models: section("models"),
            services,
            name: node.get("name").filter(|n| !bare && n.text().is_some()).cloned(),
            include: node.get("include").filter(|_| !bare).cloned(),
        }
    }

    /// What both say together; `over` is the later one.
    #[must_use]
    pub(super) fn merged(mut self, over: Model) -> Self {
        for (name, (key, service)) in over.services {
            put(&mut self.services, name, key, service, merge::service);
        }
        for (section, over) in [
            (&mut self.networks, over.networks),
            (&mut self.volumes, over.volumes),
            (&mut self.configs, over.configs),
            (&mut self.secrets, over.secrets),
            (&mut self.models, over.models),
        ] {
            for (name, (key, resource)) in over {
                put(section, name, key, resource, merge::resource);
            }
        }
        self.name = over.name.or(self.name);
        self.include = over.include.or(self.include);
        self
    }

    /// The model without what `!reset` dropped.
    #[must_use]
    pub(super) fn settled(mut self) -> Self {
        for section in [
            &mut self.services,
            &mut self.networks,
            &mut self.volumes,
            &mut self.configs,
            &mut self.secrets,
            &mut self.models,
        ] {
            let old = std::mem::take(section);
            section
                .extend(old.into_iter().filter_map(|(name, (key, node))| Some((name, (key, merge::settled(&node)?)))));
        }
        self
    }
}

fn put(section: &mut Section, name: String, key: Node, node: Node, merged: fn(&Node, &Node) -> Node) {
    match section.get_mut(&name) {
        // The place of the first mention stays: that is where people look for the service.
        Some((_, earlier)) => *earlier = merged(earlier, &node),
        None => {
            section.insert(name, (key, node));
        }
    }
}

/// Whether the top level holds services, as in files of version 1.
pub(super) fn has_bare_services(node: &Node) -> bool {
    node.fields().any(|(_, _, value)| ["image", "build", "extends"].iter().any(|key| value.get(key).is_some()))
}
