//! Which Compose files are run together.
//!
//! Compose merges `X.override.yml` onto `X.yml` by itself. Other files are merged by whoever runs them (`-f base -f
//! more`), and nothing says which: a file that could not run alone is taken as one more layer over the file whose name
//! its own name extends, else over the folder's main file. A file that could run alone is a variant of its own.

use super::include;
use super::model::has_bare_services;
use crate::parse::Node;
use crate::source::{self, folder_of, join};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// Names that Compose looks for when it is told none, first choice first.
const MAIN: [&str; 4] = ["compose.yaml", "compose.yml", "docker-compose.yml", "docker-compose.yaml"];

/// Files that are run together, the base first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Layers {
    /// The folder that `.env` and relative paths belong to: that of the base.
    pub(super) folder: Arc<str>,
    /// The files.
    pub(super) files: Vec<Arc<str>>,
    /// How many of them, from the end, are what this set adds: what they say nothing of is said by another set.
    pub(super) own: usize,
}

/// All sets of files that are run together, sorted by the file that makes each. `listed` is what `COMPOSE_FILE` in the
/// `.env` of a folder says, if anything.
pub(super) fn layers(
    given: &BTreeMap<Arc<str>, Vec<Node>>,
    listed: &dyn Fn(&str) -> Option<Vec<String>>,
) -> Vec<Layers> {
    let read = independent(given);
    let mut folders: BTreeMap<&str, Vec<&Arc<str>>> = BTreeMap::new();
    for path in &read {
        folders.entry(folder_of(path)).or_default().push(path);
    }
    let mains: BTreeMap<&str, &Arc<str>> =
        folders.iter().filter_map(|(folder, files)| Some((*folder, main_of(files)?))).collect();
    let mut sets = Vec::new();
    for (folder, files) in &folders {
        let chosen = listed(folder).unwrap_or_default();
        let chosen: Vec<Arc<str>> =
            chosen.iter().filter_map(|f| Some(given.get_key_value(f.as_str())?.0.clone())).collect();
        if !chosen.is_empty() {
            sets.push(Layers { folder: (*folder).into(), own: chosen.len(), files: chosen.clone() });
        }
        let family = Family { given, files, mains: &mains };
        for path in files.iter().filter(|path| !chosen.contains(path)) {
            if let Some(set) = family.set(path) {
                sets.push(set);
            }
        }
    }
    sets
}

/// The files of one folder.
struct Family<'a> {
    given: &'a BTreeMap<Arc<str>, Vec<Node>>,
    files: &'a [&'a Arc<str>],
    mains: &'a BTreeMap<&'a str, &'a Arc<str>>,
}

impl Family<'_> {
    /// The set that a file makes; `None` for an override, which belongs to the set of its base.
    fn set(&self, path: &Arc<str>) -> Option<Layers> {
        if self.base_of_override(path).is_some() {
            return None;
        }
        let mut files = vec![path.clone()];
        while let Some(base) = files.last().and_then(|last| self.base(last))
            && !files.contains(&base)
        {
            files.push(base);
        }
        files.reverse();
        let name = format!("{}.override", stem(path));
        let automatic = self.files.iter().copied().find(|other| stem(other) == name);
        let own = 1 + usize::from(automatic.is_some());
        files.extend(automatic.cloned());
        Some(Layers { folder: folder_of(files.first()?).into(), files, own })
    }

    /// The file that this one is a layer over.
    fn base(&self, path: &Arc<str>) -> Option<Arc<str>> {
        if let Some(base) = self.base_of_override(path) {
            return Some(base);
        }
        let folder = folder_of(path);
        let main = self.mains.get(folder).copied();
        if main == Some(path) || stands_alone(self.given.get(path)?) {
            return None;
        }
        let named = self.files.iter().copied().filter(|other| extends_name(stem(path), stem(other)));
        let above = std::iter::successors(Some(folder), |inner| outside(inner)).skip(1);
        let above = above.filter_map(|folder| self.mains.get(folder).copied()).find(|main| self.completes(main, path));
        named.max_by_key(|other| stem(other).len()).or(main).or(above).cloned()
    }

    /// The file that Compose merges this one onto by itself.
    fn base_of_override(&self, path: &Arc<str>) -> Option<Arc<str>> {
        let base = stem(path).strip_suffix(".override")?;
        self.files.iter().find(|other| stem(other) == base).map(|other| (*other).clone())
    }

    /// Whether a file of another folder has every service that this one only changes.
    fn completes(&self, main: &Arc<str>, path: &Arc<str>) -> bool {
        let Some((main, own)) = self.given.get(main).zip(self.given.get(path)) else { return false };
        let names: BTreeSet<&str> = main.iter().flat_map(services).map(|(name, _)| name).collect();
        let mut partial = own.iter().flat_map(services).filter(|(_, s)| !is_complete(s)).peekable();
        partial.peek().is_some() && partial.all(|(name, _)| names.contains(name))
    }
}

/// The main file of a folder: the one that Compose would read when told none.
fn main_of<'a>(files: &[&'a Arc<str>]) -> Option<&'a Arc<str>> {
    MAIN.iter().find_map(|name| files.iter().copied().find(|path| file_name(path) == *name))
}

/// Files that no other Compose file draws in.
///
/// What is included is part of the file that includes it. What is only extended is read on its own if it is a main file
/// that lies beside the file that extends it: then it is the usual way to run the same project.
fn independent(given: &BTreeMap<Arc<str>, Vec<Node>>) -> BTreeSet<Arc<str>> {
    let mut drawn: BTreeMap<&Arc<str>, BTreeSet<Arc<str>>> = BTreeMap::new();
    for (path, nodes) in given {
        let folder = folder_of(path);
        let targets = drawn.entry(path).or_default();
        for node in nodes {
            let include = node.get("include");
            let items =
                include.map_or(&[][..], |i| if i.items().is_empty() { std::slice::from_ref(i) } else { i.items() });
            targets.extend(items.iter().flat_map(include::paths).filter_map(|p| Some(join(folder, p.text()?).into())));
            let files = services(node).filter_map(|(_, service)| service.path(&["extends", "file"])?.text());
            let files = files.map(|file| join(folder, file));
            targets.extend(files.filter(|f| folder_of(f) != folder || !MAIN.contains(&file_name(f))).map(Arc::from));
        }
        targets.remove(path);
    }
    let all: BTreeSet<&Arc<str>> = drawn.values().flatten().collect();
    // First the files that nobody draws in; then, of those that only draw in each other, the first of each circle.
    let (free, bound): (Vec<&Arc<str>>, Vec<&Arc<str>>) = given.keys().partition(|path| !all.contains(path));
    let mut seen: BTreeSet<&Arc<str>> = BTreeSet::new();
    let mut read = BTreeSet::new();
    for path in free.into_iter().chain(bound) {
        if seen.contains(path) {
            continue;
        }
        read.insert(path.clone());
        let mut open = vec![path];
        while let Some(next) = open.pop() {
            if seen.insert(next) {
                open.extend(drawn.get(next).into_iter().flatten().filter_map(|p| Some(given.get_key_value(p)?.0)));
            }
        }
    }
    read
}

/// Whether a file could run without another: every service says what it runs, and all that it names is here.
fn stands_alone(nodes: &[Node]) -> bool {
    if nodes.iter().any(|node| node.get("include").is_some()) {
        return true;
    }
    let all: Vec<(&str, &Node)> = nodes.iter().flat_map(services).collect();
    let names: BTreeSet<&str> = all.iter().map(|(name, _)| *name).collect();
    !all.is_empty()
        && all.iter().all(|(_, service)| is_complete(service) && mentions(service).all(|n| names.contains(n)))
}

/// Whether a service says what it runs.
pub(super) fn is_complete(service: &Node) -> bool {
    ["image", "build", "extends", "provider"].iter().any(|key| service.get(key).is_some_and(|v| !v.is_null()))
}

/// Services that a service names as parts of its own project.
fn mentions(service: &Node) -> impl Iterator<Item = &str> {
    let depends = service.get("depends_on").into_iter();
    let depends =
        depends.flat_map(|d| d.items().iter().filter_map(Node::text).chain(d.fields().map(|(name, _, _)| name)));
    let links = service.get("links").into_iter().flat_map(Node::items).filter_map(Node::text);
    let links = links.map(|link| link.split(':').next().unwrap_or(link));
    let shared = ["network_mode", "pid", "ipc"].into_iter();
    let shared = shared.filter_map(|key| service.str(key)?.strip_prefix("service:"));
    depends.chain(links).chain(shared)
}

/// Services of a document as they are written.
fn services(node: &Node) -> impl Iterator<Item = (&str, &Node)> {
    let bare = (node.get("services").is_none() && has_bare_services(node)).then_some(node);
    node.get("services").or(bare).into_iter().flat_map(Node::fields).map(|(name, _, service)| (name, service))
}

/// The folder around a folder, as far as paths tell.
fn outside(folder: &str) -> Option<&str> {
    (!folder.is_empty() && folder != "/" && !folder.ends_with("..")).then(|| folder_of(folder))
}

fn file_name(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or(path)
}

/// The name of a file without its last extension.
fn stem(path: &str) -> &str {
    file_name(source::stem(path))
}

/// Whether one name begins with the other one and goes on after a separator.
fn extends_name(longer: &str, shorter: &str) -> bool {
    longer.strip_prefix(shorter).is_some_and(|rest| rest.starts_with(['.', '-', '_']))
}

#[cfg(test)]
mod tests {
    use super::super::testing::tree;
    use super::*;

    /// Files as path and text, and the sets of them that are expected.
    type Row<'a> = (&'a [(&'a str, &'a str)], &'a [&'a str]);

    const WHOLE: &str = "services: {web: {image: a, depends_on: [db]}, db: {image: b}}";
    const PATCH: &str = "services: {web: {ports: ['80:80']}}";

    fn sets(files: &[(&str, &str)]) -> Vec<String> {
        let given = files.iter().map(|(path, text)| (Arc::from(*path), vec![tree(text)])).collect();
        let sets = layers(&given, &|_| None);
        sets.iter().map(|s| format!("{}: {} ({})", s.folder, s.files.join(" "), s.own)).collect()
    }

    /// Names and contents tell which files are layers of which.
    #[test]
    fn families() {
        let rows: [Row<'_>; 10] = [
            (&[("compose.yaml", WHOLE)], &[": compose.yaml (1)"]),
            (
                &[("a/compose.yaml", WHOLE), ("a/compose.override.yaml", PATCH)],
                &["a: a/compose.yaml a/compose.override.yaml (2)"],
            ),
            (
                &[
                    ("docker-compose.yml", WHOLE),
                    ("docker-compose.override.yml", PATCH),
                    ("docker-compose.prod.yml", PATCH),
                ],
                &[
                    ": docker-compose.yml docker-compose.prod.yml (1)",
                    ": docker-compose.yml docker-compose.override.yml (2)",
                ],
            ),
            (
                &[
                    ("c.yml", WHOLE),
                    ("c.override.yml", PATCH),
                    ("c.override.win.yml", PATCH),
                    ("c-test.yml", WHOLE),
                    ("c-test.override.yml", PATCH),
                ],
                &[
                    ": c-test.yml c-test.override.yml (2)",
                    ": c.yml c.override.yml c.override.win.yml (1)",
                    ": c.yml c.override.yml (2)",
                ],
            ),
            (
                &[("compose.yaml", WHOLE), ("compose.obs.yaml", "services: {jaeger: {image: j, depends_on: [web]}}")],
                &[": compose.yaml compose.obs.yaml (1)", ": compose.yaml (1)"],
            ),
            (&[("compose.yaml", WHOLE), ("compose.ci.yaml", WHOLE)], &[": compose.ci.yaml (1)", ": compose.yaml (1)"]),
            (
                &[("compose.yaml", WHOLE), ("debug.yaml", PATCH)],
                &[": compose.yaml (1)", ": compose.yaml debug.yaml (1)"],
            ),
            (
                &[("compose.yaml", WHOLE), ("dev/compose.yaml", WHOLE)],
                &[": compose.yaml (1)", "dev: dev/compose.yaml (1)"],
            ),
            (
                &[("compose.yaml", WHOLE), ("dev/compose.dev.yaml", PATCH)],
                &[": compose.yaml (1)", ": compose.yaml dev/compose.dev.yaml (1)"],
            ),
            (&[("compose.override.yaml", PATCH)], &[": compose.override.yaml (1)"]),
        ];
        for (files, want) in rows {
            assert_eq!(sets(files), want, "{files:?}");
        }
    }

    /// Files that others draw in are not read on their own, and a circle of them is read once.
    #[test]
    fn drawn_in() {
        let extends = "services: {web: {extends: {file: common.yml, service: web}}}";
        let main = "services: {web: {extends: {file: compose.yaml, service: web}}}";
        let rows: [Row<'_>; 5] = [
            (&[("compose.yaml", "include: [b/compose.yaml]"), ("b/compose.yaml", WHOLE)], &[": compose.yaml (1)"]),
            (&[("compose.yaml", extends), ("common.yml", WHOLE)], &[": compose.yaml (1)"]),
            (&[("compose.yaml", WHOLE), ("dev.yaml", main)], &[": compose.yaml (1)", ": dev.yaml (1)"]),
            (
                &[
                    ("a/compose.yaml", "include: [../b/compose.yaml]"),
                    ("b/compose.yaml", "include: [../a/compose.yaml]"),
                ],
                &["a: a/compose.yaml (1)"],
            ),
            (&[("compose.yaml", "include: [compose.yaml]")], &[": compose.yaml (1)"]),
        ];
        for (files, want) in rows {
            assert_eq!(sets(files), want, "{files:?}");
        }
    }

    /// `COMPOSE_FILE` in `.env` says what is run; other files are still read.
    #[test]
    fn listed_files() {
        let given = ["a.yml", "b.yml", "c.yml"].map(|path| (Arc::from(path), vec![tree(WHOLE)])).into();
        let sets = layers(&given, &|_| Some(vec!["b.yml".into(), "a.yml".into(), "missing.yml".into()]));
        let sets: Vec<_> = sets.iter().map(|s| s.files.join(" ")).collect();
        assert_eq!(sets, ["b.yml a.yml", "c.yml"]);
    }
}
