//! Applications with a Dapr sidecar, and whom they invoke through it.

use super::super::cluster::{Cluster, common_folders};
use super::super::object::Object;
use crate::facts::{DependencyFact, Evidence, Facts, Interaction, Key, Target};
use crate::parse::Node;
use crate::source::folder_of;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// What stands before the application's id in the address of an invocation.
pub(super) const INVOKE: &str = "/v1.0/invoke/";

/// Applications by namespace and id.
#[derive(Default)]
pub(super) struct Apps {
    by_id: BTreeMap<(String, String), App>,
}

/// An application.
pub(super) struct App {
    /// Its component.
    pub key: Key,
    /// The file that deploys it.
    pub file: Arc<str>,
    /// Folders whose resources its sidecar loads; `None` if it loads those of its namespace.
    pub folders: Option<BTreeSet<String>>,
}

impl App {
    fn loads(&self, object: &Object) -> bool {
        self.folders.as_ref().is_none_or(|folders| folders.contains(folder_of(object.file())))
    }
}

/// Who invokes whom through sidecars.
pub(super) type Invocations = BTreeSet<(Key, Key)>;

impl Apps {
    /// The workloads that are told to have a sidecar.
    pub(super) fn deployed(cluster: &Cluster<'_>) -> Self {
        let mut by_id = BTreeMap::new();
        for workload in &cluster.workloads {
            let annotations = workload.template().and_then(|t| t.path(&["metadata", "annotations"]));
            let enabled = annotations.and_then(|a| a.get("dapr.io/enabled")).and_then(Node::bool) == Some(true);
            if enabled {
                let id = annotations.and_then(|a| a.str("dapr.io/app-id")).unwrap_or(&workload.key.name);
                let app = App { key: workload.key.clone(), file: workload.object.file().clone(), folders: None };
                by_id.insert((workload.namespace().to_owned(), id.to_owned()), app);
            }
        }
        Self { by_id }
    }

    /// Adds an application that runs by itself.
    pub(super) fn add(&mut self, id: &str, app: App) {
        self.by_id.insert((app.key.namespace.as_deref().unwrap_or_default().to_owned(), id.to_owned()), app);
    }

    /// The application of an id, which may name another namespace: `orders`, `orders.shop`.
    pub(super) fn find(&self, namespace: &str, id: &str) -> Option<&Key> {
        self.app(namespace, id).map(|app| &app.key)
    }

    fn app(&self, namespace: &str, id: &str) -> Option<&App> {
        let own = self.by_id.get(&(namespace.to_owned(), id.to_owned()));
        let other = || {
            let (id, namespace) = id.rsplit_once('.')?;
            self.by_id.get(&(namespace.to_owned(), id.to_owned()))
        };
        own.or_else(other)
    }

    /// The applications of a namespace.
    fn of(&self, namespace: &str) -> impl Iterator<Item = &App> {
        self.by_id.iter().filter(move |((ns, _), _)| ns == namespace).map(|(_, app)| app)
    }

    /// Whether they all run on the machine of the sidecars' `localhost`.
    pub(super) fn on_one_machine(&self) -> bool {
        self.by_id.values().any(|app| app.folders.is_some())
    }

    /// The applications that a resource is for: those that its `scopes` list, else all of its namespace.
    pub(super) fn scoped(&self, object: &Object) -> (BTreeSet<Key>, bool) {
        match object.node.get("scopes").map(Node::items).filter(|s| !s.is_empty()) {
            Some(scopes) => {
                let ids = scopes.iter().filter_map(Node::text);
                let apps = ids.filter_map(|id| self.app(object.namespace(), id)).filter(|app| app.loads(object));
                (apps.map(|app| app.key.clone()).collect(), true)
            }
            // Several systems in one tree share a namespace in name only: each component is for the nearest.
            None => {
                let near = |file: &str| common_folders(file, object.file());
                let apps = || self.of(object.namespace()).filter(|app| app.loads(object));
                let most = apps().map(|app| near(&app.file)).max();
                let nearest = apps().filter(|app| Some(near(&app.file)) == most);
                (nearest.map(|app| app.key.clone()).collect(), false)
            }
        }
    }

    /// Adds the dependencies that addresses of invocations state: `http://localhost:3500/v1.0/invoke/orders/method/x`.
    pub(super) fn invocations(&self, facts: &mut Facts) -> Invocations {
        let mut invoked = Invocations::new();
        let mut found = Vec::new();
        for program in &facts.programs {
            let variables = program.environment.iter().map(|v| (&*v.value, v.evidence.clone()));
            let words = program.arguments.iter().map(|w| (&**w, Evidence::new(program.evidence.at.clone(), "args")));
            for (text, evidence) in variables.chain(words) {
                let Some((_, rest)) = text.split_once(INVOKE) else { continue };
                let id = rest.split(['/', '?', '"', '\'', ' ']).next().unwrap_or_default();
                let namespace = program.key.namespace.as_deref().unwrap_or("default");
                if id.is_empty() || id.contains(['$', '{', ':']) {
                    continue;
                }
                let target = match self.find(namespace, id) {
                    Some(key) => {
                        invoked.insert((program.key.clone(), key.clone()));
                        Target::Component(key.clone())
                    }
                    // A name of a namespace that nothing has is a reference to nothing.
                    None => Target::Name { namespace: namespace.into(), name: id.to_lowercase().into() },
                };
                found.push(DependencyFact::new(program.key.clone(), target, Interaction::Sync, evidence));
            }
        }
        facts.dependencies.extend(found);
        invoked
    }
}
