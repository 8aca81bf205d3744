//! The files of a commit that a walk over its checkout would have met.

use super::Revision;
use crate::discover::walk::{Chosen, FOREIGN, Listing, WalkOptions, reported};
use crate::discover::{Input, Unreadable};
use crate::source::join;
use ignore::gitignore::{Gitignore, GitignoreBuilder};
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

/// A root as it is named, and where it is in the repository.
#[derive(Clone, Debug)]
struct Root {
    named: PathBuf,
    inside: String,
}

/// The tree of a commit seen from the current folder: paths are those that its checkout would have.
#[derive(Debug)]
pub struct Checkout {
    revision: Revision,
    roots: Vec<Root>,
    /// Where relative paths start, in the repository; `None` if outside.
    here: Option<String>,
}

impl Checkout {
    /// The tree of a commit under the same roots.
    ///
    /// # Errors
    /// A root outside the commit's repository.
    pub fn new(revision: Revision, roots: &[PathBuf]) -> Result<Self, String> {
        let inside = |path: &Path| {
            let absolute = std::fs::canonicalize(path).ok()?;
            let rest = absolute.strip_prefix(revision.top()).ok()?;
            Some(rest.to_string_lossy().replace('\\', "/"))
        };
        let root = |named: &PathBuf| match inside(named) {
            Some(inside) => Ok(Root { named: named.clone(), inside }),
            None => Err(format!(
                "{} is not in the repository {}; all manifests have to be in one, or give the base as a folder with \
                 --base-dir",
                named.display(),
                revision.top().display()
            )),
        };
        let roots = roots.iter().map(root).collect::<Result<_, _>>()?;
        let here = inside(Path::new("."));
        Ok(Self { revision, roots, here })
    }

    /// The commit.
    pub fn revision(&self) -> &Revision {
        &self.revision
    }

    /// Lists the files under the roots, as [`crate::discover::list`] would in a checkout. A root that the commit does
    /// not have holds no files.
    ///
    /// # Errors
    /// A glob that is not one.
    pub fn list(&self, options: &WalkOptions) -> Result<Listing, String> {
        let chosen = Chosen::new(options)?;
        let mut listing = Listing::default();
        let mut inputs = BTreeSet::new();
        for root in &self.roots {
            if !root.inside.is_empty() && self.revision.holds(&root.inside) {
                inputs.insert(Input { path: reported(&root.named), named: true });
                continue;
            }
            let mut rules = Rules::new(self, root, options.gitignore);
            for (path, link) in self.revision.under(&root.inside) {
                let rest = path.get(root.inside.len()..).unwrap_or_default().trim_start_matches('/');
                if rest.split('/').rev().skip(1).any(|folder| FOREIGN.contains(&folder)) {
                    continue;
                }
                if rules.ignored(path) {
                    listing.files.ignored(".gitignore");
                } else if !link {
                    inputs.insert(Input { path: reported(&root.named.join(rest)), named: false });
                } else {
                    self.follow(root, path, rest, &mut inputs, &mut listing);
                }
            }
        }
        chosen.of(inputs, &mut listing);
        Ok(listing)
    }

    /// What a link leads to, unless it is met anyway.
    fn follow(&self, root: &Root, link: &str, rest: &str, inputs: &mut BTreeSet<Input>, listing: &mut Listing) {
        let Some(target) = self.revision.target(link) else {
            listing.files.ignored("a symbolic link out of the repository");
            return;
        };
        let met = root.inside.is_empty() || target == root.inside || target.starts_with(&format!("{}/", root.inside));
        if met {
            listing.files.ignored("a symbolic link to what is read anyway");
        } else if self.revision.holds(&target) {
            inputs.insert(Input { path: reported(&root.named.join(rest)), named: false });
        } else {
            for (path, link) in self.revision.under(&target) {
                let below = path.get(target.len()..).unwrap_or_default().trim_start_matches('/');
                if !link {
                    inputs.insert(Input { path: reported(&root.named.join(rest).join(below)), named: false });
                }
            }
        }
    }

    pub(in crate::discover) fn text(&self, path: &str, limit: u64) -> Result<String, Unreadable> {
        let inside = self.inside(path).ok_or_else(|| Unreadable::Io("it is outside the repository".into()))?;
        self.revision.text(&inside, limit)
    }

    pub(in crate::discover) fn holds(&self, path: &str) -> bool {
        self.inside(path).is_some_and(|inside| self.revision.holds(&inside))
    }

    /// Where a path as reported is in the repository.
    fn inside(&self, path: &str) -> Option<String> {
        if path.starts_with('/') || self.here.is_none() {
            let of_root = |root: &Root| {
                let rest = Path::new(path).strip_prefix(&root.named).ok()?;
                Some(join(&root.inside, &rest.to_string_lossy().replace('\\', "/")))
            };
            return self.roots.iter().find_map(of_root);
        }
        let inside = join(self.here.as_deref()?, path);
        (!inside.starts_with("..")).then_some(inside)
    }
}

/// The `.gitignore` rules of a commit. Git keeps files that they name if somebody added them; a walk over a checkout
/// leaves them aside, so they are left aside here.
struct Rules<'c> {
    checkout: &'c Checkout,
    enabled: bool,
    /// By folder in the repository.
    known: BTreeMap<String, Option<Gitignore>>,
    /// Rules of folders further up than the root hold for the root's files, and never for the root itself.
    root: &'c str,
}

impl<'c> Rules<'c> {
    fn new(checkout: &'c Checkout, root: &'c Root, enabled: bool) -> Self {
        Self { checkout, enabled, known: BTreeMap::new(), root: &root.inside }
    }

    fn of(&mut self, folder: &str) -> Option<&Gitignore> {
        if !self.known.contains_key(folder) {
            let path = if folder.is_empty() { ".gitignore".to_owned() } else { format!("{folder}/.gitignore") };
            let text = self.checkout.revision.text(&path, 1 << 20).ok();
            let rules = text.and_then(|text| {
                let mut builder = GitignoreBuilder::new(folder);
                for line in text.lines() {
                    // A line that is no glob is left out by git as well.
                    let _ = builder.add_line(None, line);
                }
                builder.build().ok()
            });
            self.known.insert(folder.to_owned(), rules);
        }
        self.known.get(folder).and_then(Option::as_ref)
    }

    /// Whether a file or a folder that it is in is ignored; of the rules that say something the deepest decides.
    fn ignored(&mut self, path: &str) -> bool {
        if !self.enabled {
            return false;
        }
        let ends = path.match_indices('/').map(|(i, _)| i).chain([path.len()]);
        let below = |end: &usize| self.root.is_empty() || *end > self.root.len();
        let parts: Vec<usize> = ends.filter(below).collect();
        for end in parts {
            let (part, is_dir) = (path.get(..end).unwrap_or(path), end < path.len());
            if self.decided(part, is_dir) {
                return true;
            }
        }
        false
    }

    fn decided(&mut self, path: &str, is_dir: bool) -> bool {
        let mut folder = path;
        while !folder.is_empty() {
            folder = folder.rfind('/').and_then(|i| folder.get(..i)).unwrap_or("");
            let found = self.of(folder).map(|rules| rules.matched(path, is_dir));
            match found {
                Some(found) if !found.is_none() => return found.is_ignore(),
                _ => {}
            }
        }
        false
    }
}
