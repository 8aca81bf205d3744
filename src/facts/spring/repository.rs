//! Configuration repositories (Spring Cloud Config): folders with a file for each application, named after it, and
//! `application.yml` for all.

use super::document::{self, Document};
use super::module::Module;
use crate::source::Files;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

const EXTENSIONS: [&str; 3] = ["yml", "yaml", "properties"];

/// Folders that configuration servers serve, with the files in them.
#[derive(Debug, Default)]
pub(super) struct Repositories {
    /// Folder → files in it.
    folders: BTreeMap<Arc<str>, Vec<Arc<str>>>,
}

impl Repositories {
    /// The repositories among the files of the tree: folders that a configuration server says it serves, and, if there
    /// is a server or a client of one, folders with files for at least two of the applications.
    pub(super) fn of(modules: &[Module], names: &BTreeSet<String>, listing: &BTreeSet<Arc<str>>) -> Self {
        let server = |m: &&Module| m.speaks_of("spring.cloud.config.server");
        let speaks = |m: &Module| m.speaks_of("spring.cloud.config") || is_client(m.documents.iter());
        if !modules.iter().any(speaks) {
            return Self::default();
        }
        let served: BTreeSet<String> = modules.iter().filter(server).flat_map(locations).collect();
        let mut folders: BTreeMap<Arc<str>, Vec<Arc<str>>> = BTreeMap::new();
        for file in listing {
            let Some((folder, name)) = file.rsplit_once('/') else { continue };
            let is_configuration = name.rsplit_once('.').is_some_and(|(_, e)| EXTENSIONS.contains(&e));
            if is_configuration && !file.contains("src/test/") {
                folders.entry(folder.into()).or_default().push(file.clone());
            }
        }
        folders.retain(|folder, files| {
            let of_applications = names.iter().filter(|name| files.iter().any(|f| is_for(f, name))).count();
            // Manifests are often named after applications, too; they are no configuration of them.
            let manifests = ["k8s", "kubernetes", "deploy", "manifests", "compose"].iter().any(|m| folder.contains(m));
            served.contains(&**folder) || (!manifests && of_applications >= 2)
        });
        Self { folders }
    }

    /// What they say of an application: what is for all, then what is for it alone. Each with whether it is for all.
    pub(super) fn documents(&self, names: &[&str], is_client: bool, files: &dyn Files) -> Vec<(Document, bool)> {
        let mut found = Vec::new();
        for paths in self.folders.values() {
            let own: Vec<&Arc<str>> = paths.iter().filter(|f| names.iter().any(|name| is_for(f, name))).collect();
            if own.is_empty() && !is_client {
                continue;
            }
            let shared = paths.iter().filter(|f| is_for(f, "application"));
            for (file, for_all) in shared.map(|f| (f, true)).chain(own.into_iter().map(|f| (f, false))) {
                let text = files.read(file).unwrap_or_default();
                found.extend(document::of_text(file, &text).into_iter().map(|d| (d, for_all)));
            }
        }
        found
    }

    /// Whether a file is in one of them.
    pub(super) fn hold(&self, file: &str) -> bool {
        file.rsplit_once('/').is_some_and(|(folder, _)| self.folders.contains_key(folder))
    }
}

/// Whether documents say that their application asks a configuration server.
pub(super) fn is_client<'d>(mut documents: impl Iterator<Item = &'d Document>) -> bool {
    documents.any(|d| {
        let import = d.get("spring.config.import").is_some_and(|p| p.value.contains("configserver:"));
        import || (d.speaks_of("spring.cloud.config") && !d.speaks_of("spring.cloud.config.server"))
    })
}

/// Whether a file is named after an application, with a profile perhaps.
fn is_for(file: &str, application: &str) -> bool {
    let name = file.rsplit('/').next().unwrap_or(file);
    let Some((stem, _)) = name.rsplit_once('.') else { return false };
    // `orders-db.yml` is that of `orders` only if `db` is a profile, which nothing says: exact names only, but for
    // the profiles that everybody has.
    let rest = stem.strip_prefix(application);
    rest.is_some_and(|rest| rest.is_empty() || PROFILES.iter().any(|p| rest.strip_prefix('-') == Some(p)))
}

/// Profiles that files in repositories are often for.
const PROFILES: [&str; 10] =
    ["docker", "prod", "production", "dev", "staging", "kubernetes", "k8s", "cloud", "default", "native"];

/// The folders of the tree that a configuration server serves.
fn locations(server: &Module) -> Vec<String> {
    let keys = ["search-locations", "searchLocations"];
    let stated = server
        .documents
        .iter()
        .flat_map(|d| keys.iter().filter_map(|k| d.get(&format!("spring.cloud.config.server.native.{k}"))));
    let mut folders = Vec::new();
    let resources = |inner: &str| {
        let base = if server.folder.is_empty() {
            "src/main/resources".to_owned()
        } else {
            format!("{}/src/main/resources", server.folder)
        };
        let inner = inner.trim_matches('/');
        if inner.is_empty() { base } else { format!("{base}/{inner}") }
    };
    for location in stated.flat_map(|p| super::view::list(&p.value)) {
        if let Some(inner) = location.strip_prefix("classpath:") {
            // The root of the class path holds the server's own configuration, too.
            if !inner.trim_matches('/').is_empty() {
                folders.push(resources(inner));
            }
        } else if let Some(path) = location.strip_prefix("file:")
            && !path.contains("${")
        {
            let path = path.trim_start_matches(['/', '.']);
            folders.push(crate::source::join(&server.folder, path));
            folders.push(path.to_owned());
        }
    }
    if folders.is_empty() {
        // What a server of the file system serves unless told otherwise, and where people put it.
        folders.extend(["config", "shared"].map(resources));
    }
    folders
}
