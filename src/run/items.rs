//! Everything that was recognised, by reader, and what it means together.

use crate::config::Platform;
use crate::discover::Tree;
use crate::facts::read::Item;
use crate::facts::{Facts, backstage, cloud, compose, grpc, kubernetes, pools, spring, statements};
use crate::parse::Node;
use std::collections::BTreeSet;
use std::sync::Arc;

/// An environment of `linchpin.toml`: its name, and whether a file belongs to it.
pub(super) type Environment = (Arc<str>, Box<dyn Fn(&str) -> bool>);

/// What the documents are.
#[derive(Default)]
pub(super) struct Items {
    objects: Vec<kubernetes::Object>,
    kustomizations: Vec<kubernetes::Kustomization>,
    runs: Vec<kubernetes::RunFile>,
    compose: Vec<(Arc<str>, Node)>,
    cloud: Vec<cloud::Document>,
    applications: Vec<spring::Document>,
    catalog: Vec<backstage::Entity>,
    native: Facts,
}

impl Items {
    /// Adds a document.
    pub fn add(&mut self, item: Item) {
        match item {
            Item::Kubernetes(object) => self.objects.push(object),
            Item::Kustomization(kustomization) => self.kustomizations.push(kustomization),
            Item::DaprRun(file) => self.runs.push(file),
            Item::Compose(path, node) => self.compose.push((path, node)),
            Item::Cloud(document) => self.cloud.push(document),
            Item::Backstage(entity) => self.catalog.push(*entity),
            Item::Application(document) => self.applications.push(document),
            Item::Native(facts) => self.native.merge(*facts),
        }
    }

    /// What the documents mean together. Objects of an environment have nothing to do with those of others.
    /// `listing` are all files of the input.
    pub fn link(
        mut self,
        environments: &[Environment],
        listing: &BTreeSet<Arc<str>>,
        files: &Tree,
        platform: &Platform,
    ) -> Facts {
        let mut facts = self.native;
        let (runs, acting) = kubernetes::link_run_files(&self.runs, &self.objects);
        for (name, holds) in environments {
            let (inside, outside) = self.objects.into_iter().partition(|o: &kubernetes::Object| holds(o.file()));
            self.objects = outside;
            let mut own = kubernetes::link(inside, Vec::new(), files, platform);
            own.rescope(&format!("kubernetes:{name}").into());
            facts.merge(own);
        }
        facts.merge(kubernetes::link(self.objects, self.kustomizations, files, platform));
        // What acts on an application that Dapr starts is no mistake if it acts on nothing in the cluster.
        facts.problems.retain(|problem| !acting.contains(&problem.at));
        facts.merge(runs);
        facts.merge(cloud::link(self.cloud, files, super::settings::aws(platform)));
        facts.merge(compose::link(self.compose, files, &current_folder()));
        backstage::link(self.catalog, &mut facts);
        spring::link(self.applications, listing, files, &mut facts);
        let pools = pools::of_programs(&facts.programs, &facts);
        facts.merge(pools);
        let (limits, problems) = statements::of_programs(&facts.programs);
        facts.policies.extend(limits);
        facts.problems.extend(problems);
        let policies = grpc::link(&facts.programs);
        facts.merge(policies);
        facts
    }
}

/// The name of the folder that relative paths start from: a Compose project there is called after it.
fn current_folder() -> String {
    let folder = std::env::current_dir().unwrap_or_default();
    folder.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default()
}
