//! Walking folders with .gitignore's rules.

use super::Input;
use crate::source::{Location, Problem, Tally};
use globset::{GlobBuilder, GlobSet, GlobSetBuilder};
use ignore::gitignore::{Gitignore, GitignoreBuilder};
use std::collections::BTreeSet;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use walkdir::{DirEntry, WalkDir};

/// What to walk, and what to leave aside.
#[derive(Clone, Debug)]
pub struct WalkOptions {
    /// Follow `.gitignore` files.
    pub gitignore: bool,
    /// Only files whose reported path matches one of these, if there are any.
    pub select: Vec<String>,
    /// The same, from `linchpin.toml`.
    pub include: Vec<String>,
    /// Files whose reported path matches one of these are left aside.
    pub exclude: Vec<String>,
}

impl Default for WalkOptions {
    fn default() -> Self {
        Self { gitignore: true, select: Vec::new(), include: Vec::new(), exclude: Vec::new() }
    }
}

/// What a walk found.
#[derive(Debug, Default)]
pub struct Listing {
    /// Files to look at, sorted by path.
    pub inputs: Vec<Input>,
    /// What was left aside already, with reasons.
    pub files: Tally,
    /// Folders and files that could not be looked at.
    pub problems: Vec<Problem>,
}

/// Folders that never hold manifests of one's own.
pub(super) const FOREIGN: [&str; 5] = [".git", ".hg", ".svn", "node_modules", ".terraform"];

/// Lists the files under `roots`. A root that is a file is listed whatever the rules say.
///
/// # Errors
/// A root that does not exist or cannot be read, or a glob that is not one.
pub fn list(roots: &[PathBuf], options: &WalkOptions) -> Result<Listing, String> {
    list_as(&roots.iter().map(|root| (root.clone(), root.clone())).collect::<Vec<_>>(), options)
}

/// The same, with each root reported as though it were another path.
pub(super) fn list_as(roots: &[(PathBuf, PathBuf)], options: &WalkOptions) -> Result<Listing, String> {
    let chosen = Chosen::new(options)?;
    let mut listing = Listing::default();
    let mut inputs = BTreeSet::new();
    for (root, shown) in roots {
        let meta = std::fs::metadata(root).map_err(|e| unreadable(root, &e))?;
        if meta.is_dir() {
            std::fs::read_dir(root).map_err(|e| unreadable(root, &e))?;
            let told = |path: &Path| {
                reported(&path.strip_prefix(root).map_or_else(|_| path.to_path_buf(), |rest| shown.join(rest)))
            };
            walk(root, &told, options, &mut inputs, &mut listing);
        } else if meta.is_file() {
            inputs.insert(Input { path: reported(shown), named: true });
        } else {
            return Err(format!("{} is neither a file nor a folder", root.display()));
        }
    }
    chosen.of(inputs, &mut listing);
    Ok(listing)
}

/// Which of the files that a walk meets are looked at.
pub(super) struct Chosen {
    select: Option<GlobSet>,
    include: Option<GlobSet>,
    exclude: Option<GlobSet>,
}

impl Chosen {
    pub(super) fn new(options: &WalkOptions) -> Result<Self, String> {
        let (select, include) = (globs(&options.select)?, globs(&options.include)?);
        Ok(Self { select, include, exclude: globs(&options.exclude)? })
    }

    /// Adds to a listing what was met.
    pub(super) fn of(&self, inputs: BTreeSet<Input>, listing: &mut Listing) {
        let named: BTreeSet<Arc<str>> = inputs.iter().filter(|i| i.named).map(|i| i.path.clone()).collect();
        for input in inputs {
            if !input.named && named.contains(&input.path) {
                continue;
            }
            let misses = |globs: &Option<GlobSet>| globs.as_ref().is_some_and(|g| !g.is_match(&*input.path));
            if !input.named && (misses(&self.select) || misses(&self.include)) {
                listing.files.ignored("not selected");
            } else if !input.named && self.exclude.is_some() && !misses(&self.exclude) {
                listing.files.ignored("excluded by linchpin.toml");
            } else {
                listing.inputs.push(input);
            }
        }
    }
}

fn globs(patterns: &[String]) -> Result<Option<GlobSet>, String> {
    if patterns.is_empty() {
        return Ok(None);
    }
    let mut set = GlobSetBuilder::new();
    for pattern in patterns {
        set.add(
            GlobBuilder::new(pattern)
                .literal_separator(true)
                .build()
                .map_err(|e| format!("`{pattern}` is not a glob: {}", e.kind()))?,
        );
    }
    set.build().map(Some).map_err(|e| e.to_string())
}

fn unreadable(path: &Path, error: &io::Error) -> String {
    match error.kind() {
        io::ErrorKind::NotFound => format!("{}: there is no such file or folder", path.display()),
        io::ErrorKind::PermissionDenied => format!("{}: permission denied", path.display()),
        _ => format!("{}: {error}", path.display()),
    }
}

fn walk(
    root: &Path,
    told: &dyn Fn(&Path) -> Arc<str>,
    options: &WalkOptions,
    inputs: &mut BTreeSet<Input>,
    listing: &mut Listing,
) {
    let mut rules = Rules::above(root, options.gitignore);
    let base = std::fs::canonicalize(root).unwrap_or_else(|_| root.to_path_buf());
    let mut walker = WalkDir::new(root).follow_links(true).sort_by_file_name().into_iter();
    while let Some(entry) = walker.next() {
        let entry = match entry {
            Ok(entry) => entry,
            Err(error) => {
                let path = error.path().unwrap_or(root);
                if error.loop_ancestor().is_some() {
                    listing.files.ignored("a symbolic link that leads back to its own folder");
                } else if error.io_error().is_some_and(|e| e.kind() == io::ErrorKind::NotFound) {
                    listing.files.ignored("a symbolic link to nothing");
                } else {
                    listing.files.failed();
                    let reason = error.io_error().map_or_else(|| error.to_string(), |e| format!("cannot be read: {e}"));
                    listing.problems.push(Problem::new(Location::start(told(path)), reason));
                }
                continue;
            }
        };
        let is_dir = entry.file_type().is_dir();
        if entry.depth() > 0 {
            if is_dir && entry.file_name().to_str().is_some_and(|n| FOREIGN.contains(&n)) {
                walker.skip_current_dir();
                continue;
            }
            if rules.ignored(entry.path(), is_dir) {
                listing.files.ignored(".gitignore");
                if is_dir {
                    walker.skip_current_dir();
                }
                continue;
            }
            if entry.path_is_symlink() && leads_inside(&entry, &base) {
                listing.files.ignored("a symbolic link to what is read anyway");
                if is_dir {
                    walker.skip_current_dir();
                }
                continue;
            }
        }
        if is_dir {
            rules.enter(entry.path(), entry.depth());
        } else if entry.file_type().is_file() {
            inputs.insert(Input { path: told(entry.path()), named: false });
        } else {
            listing.files.ignored("not a regular file");
        }
    }
}

/// Whether a link's target lies under the walked root, where it is met on its own.
fn leads_inside(entry: &DirEntry, base: &Path) -> bool {
    std::fs::canonicalize(entry.path()).is_ok_and(|target| target.starts_with(base))
}

/// The `.gitignore` rules in force, from the repository's root down to the current folder.
struct Rules {
    enabled: bool,
    above: Vec<Gitignore>,
    /// Rules of folders on the way down, with their depth.
    stack: Vec<(usize, Gitignore)>,
}

impl Rules {
    fn above(root: &Path, enabled: bool) -> Self {
        let mut above = Vec::new();
        let start = std::fs::canonicalize(root).unwrap_or_else(|_| root.to_path_buf());
        if enabled && start.ancestors().any(|a| a.join(".git").exists()) {
            for folder in start.ancestors().skip(1) {
                above.extend(rules_of(folder));
                if folder.join(".git").exists() || start.join(".git").exists() {
                    break;
                }
            }
        }
        Self { enabled, above, stack: Vec::new() }
    }

    fn enter(&mut self, folder: &Path, depth: usize) {
        self.stack.retain(|(d, _)| *d < depth);
        if self.enabled {
            self.stack.extend(rules_of(folder).map(|rules| (depth, rules)));
        }
    }

    /// The deepest rule that says something decides; a rule of a folder further up can be overruled, as git does.
    fn ignored(&mut self, path: &Path, is_dir: bool) -> bool {
        self.stack.retain(|(_, rules)| path.starts_with(rules.path()));
        for (_, rules) in self.stack.iter().rev() {
            let found = rules.matched(path, is_dir);
            if !found.is_none() {
                return found.is_ignore();
            }
        }
        if self.above.is_empty() {
            return false;
        }
        let Ok(absolute) = std::path::absolute(path) else { return false };
        let decided = self.above.iter().map(|rules| rules.matched(&absolute, is_dir)).find(|m| !m.is_none());
        decided.is_some_and(|m| m.is_ignore())
    }
}

fn rules_of(folder: &Path) -> Option<Gitignore> {
    let file = folder.join(".gitignore");
    if !file.is_file() {
        return None;
    }
    let mut builder = GitignoreBuilder::new(folder);
    // A line that is no glob is left out by git as well; the others still count.
    let _ = builder.add(file);
    builder.build().ok()
}

/// A path as it is reported: relative to the working directory when it lies under it, with `/`; otherwise as given.
pub(super) fn reported(path: &Path) -> Arc<str> {
    let given = path.strip_prefix(".").unwrap_or(path);
    let shown = match std::env::current_dir() {
        Ok(cwd) if path.is_absolute() => path.strip_prefix(&cwd).unwrap_or(path),
        _ => given,
    };
    let shown = if shown.as_os_str().is_empty() { path } else { shown };
    shown.to_string_lossy().replace('\\', "/").into()
}
