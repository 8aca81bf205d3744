//! The tree of a commit, read straight from git: no checkout, nothing written.

use super::command::{Answer, Batch, ask, nearest_folder};
use crate::discover::Unreadable;
use crate::discover::disk::decode;
use crate::source::{beside, join};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

/// More links than this in one path lead nowhere.
const LINKS: usize = 16;

/// An entry of a tree.
#[derive(Clone, Debug)]
struct Entry {
    /// Name of the object.
    id: Arc<str>,
    /// It is a symbolic link, whose text is its target.
    link: bool,
    /// Which of the repositories holds it: the outer one, or one of its submodules.
    repository: usize,
}

/// The files of a commit.
pub struct Revision {
    /// The repository's folder.
    top: PathBuf,
    /// The commit.
    commit: String,
    /// What the commit is to the reference that was asked for, in words.
    pub name: String,
    /// What a reader should know of how it was found.
    pub remarks: Vec<String>,
    /// By path in the repository.
    entries: BTreeMap<String, Entry>,
    repositories: Vec<Mutex<Batch>>,
}

impl std::fmt::Debug for Revision {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Revision").field("top", &self.top).field("commit", &self.commit).finish_non_exhaustive()
    }
}

impl Revision {
    /// The commit that `HEAD` and `reference` have in common last, in the repository that holds `anchor`; with `exact`
    /// the commit of `reference` itself.
    ///
    /// # Errors
    /// No git, no repository, no such reference, no common commit in a shallow clone, submodules without the commit that
    /// is needed: each with what to do about it.
    pub fn open(anchor: &Path, reference: &str, exact: bool) -> Result<Self, String> {
        let folder = nearest_folder(anchor);
        let top = top_of(&folder)?;
        if reference == "HEAD" && unborn(&top) {
            let remarks = vec!["there is no commit yet: everything is new".to_owned()];
            let (entries, repositories) = (BTreeMap::new(), Vec::new());
            return Ok(Self {
                top,
                commit: String::new(),
                name: "no commit".to_owned(),
                remarks,
                entries,
                repositories,
            });
        }
        let wanted = commit_of(&top, reference)?;
        let short = |id: &str| id.get(..8).unwrap_or(id).to_owned();
        let mut remarks = Vec::new();
        let (commit, name) = if exact {
            (wanted.clone(), format!("{reference} ({})", short(&wanted)))
        } else {
            match common(&top, reference, &wanted)? {
                Some(base) => {
                    let name = format!("{reference} (merge base {})", short(&base));
                    (base, name)
                }
                None => {
                    remarks.push(format!(
                        "HEAD and {reference} have no commit in common: compared with {reference} itself"
                    ));
                    (wanted.clone(), format!("{reference} ({})", short(&wanted)))
                }
            }
        };
        let mut revision = Self { top, commit, name, remarks, entries: BTreeMap::new(), repositories: Vec::new() };
        revision.list()?;
        Ok(revision)
    }

    /// The repository's folder, absolute.
    pub fn top(&self) -> &Path {
        &self.top
    }

    /// Lists the tree and those of its submodules that are checked out.
    fn list(&mut self) -> Result<(), String> {
        let mut trees = vec![(String::new(), self.commit.clone())];
        while let Some((prefix, commit)) = trees.pop() {
            let folder = self.top.join(&prefix);
            let listed = match ask(&folder, &["ls-tree", "-r", "-z", "--full-tree", &commit])? {
                Answer::Ok(listed) => listed,
                Answer::Failed(_) if !prefix.is_empty() => {
                    return Err(format!(
                        "the base needs commit {commit} of submodule `{prefix}`, which is not here; `git -C {prefix} \
                         fetch` brings it"
                    ));
                }
                Answer::Failed(said) => return Err(format!("the tree of {commit} cannot be read: {said}")),
            };
            let repository = self.repositories.len();
            self.repositories.push(Mutex::new(Batch::start(&folder)?));
            for line in listed.split('\0').filter(|line| !line.is_empty()) {
                let Some((about, path)) = line.split_once('\t') else { continue };
                let mut words = about.split(' ');
                let (Some(mode), Some(kind), Some(id)) = (words.next(), words.next(), words.next()) else { continue };
                let path = join(&prefix, path);
                match kind {
                    "blob" => {
                        let entry = Entry { id: id.into(), link: mode == "120000", repository };
                        self.entries.insert(path, entry);
                    }
                    // Git keeps a submodule's own repository behind this name.
                    "commit" if self.top.join(&path).join(".git").exists() => trees.push((path, id.to_owned())),
                    "commit" => self.remarks.push(format!("submodule {path} is not checked out: it is left aside")),
                    _ => {}
                }
            }
        }
        self.remarks.sort();
        Ok(())
    }

    /// The paths of files under a folder of the repository (`""` is all of it), sorted, links among them.
    pub(in crate::discover) fn under<'s>(&'s self, folder: &'s str) -> impl Iterator<Item = (&'s str, bool)> + 's {
        let inside =
            move |path: &str| folder.is_empty() || path.strip_prefix(folder).is_some_and(|rest| rest.starts_with('/'));
        let from = self.entries.range(folder.to_owned()..);
        from.take_while(move |(path, _)| folder.is_empty() || path.starts_with(folder))
            .filter(move |(path, _)| inside(path))
            .map(|(path, entry)| (path.as_str(), entry.link))
    }

    /// Whether there is a file.
    pub(in crate::discover) fn holds(&self, path: &str) -> bool {
        self.resolve(path).is_some()
    }

    /// The path of the file that a path means when links are followed.
    pub(in crate::discover) fn resolve(&self, path: &str) -> Option<String> {
        let mut path = join("", path);
        for _ in 0..LINKS {
            match self.entries.get(&path) {
                Some(entry) if !entry.link => return Some(path),
                Some(_) => path = self.target(&path)?,
                None => {
                    // A folder above it may be a link.
                    let above = path.match_indices('/').map(|(i, _)| i);
                    let (folder, rest) = above
                        .map(|i| path.split_at(i))
                        .find(|(folder, _)| self.entries.get(*folder).is_some_and(|e| e.link))?;
                    path = join(&self.target(folder)?, rest.trim_start_matches('/'));
                }
            }
        }
        None
    }

    /// Where a link leads, if that is in the repository.
    pub(in crate::discover) fn target(&self, link: &str) -> Option<String> {
        let text = String::from_utf8(self.bytes(link, 1 << 12).ok()?).ok()?;
        let target = if text.starts_with('/') {
            let top = self.top.to_string_lossy().replace('\\', "/");
            text.strip_prefix(&*top)?.trim_start_matches('/').to_owned()
        } else {
            beside(link, &text)
        };
        (!target.starts_with("..")).then_some(target)
    }

    /// The text of a file, links followed.
    ///
    /// # Errors
    /// See [`Unreadable`].
    pub(in crate::discover) fn text(&self, path: &str, limit: u64) -> Result<String, Unreadable> {
        let path = self.resolve(path).ok_or_else(|| Unreadable::Io("there is no such file".into()))?;
        decode(self.bytes(&path, limit)?)
    }

    fn bytes(&self, path: &str, limit: u64) -> Result<Vec<u8>, Unreadable> {
        // Nobody can ask a disk for it by what is left of its name: it is the same on both sides.
        if path.contains(char::REPLACEMENT_CHARACTER) {
            return Err(Unreadable::NotText);
        }
        let entry = self.entries.get(path).ok_or_else(|| Unreadable::Io("there is no such file".into()))?;
        let batch = self.repositories.get(entry.repository).ok_or_else(|| Unreadable::Io("no repository".into()))?;
        // A thread that died while asking leaves a batch that answers the next question wrongly or not at all; an
        // object's name in the answer would not fit.
        let mut batch = batch.lock().unwrap_or_else(PoisonError::into_inner);
        match batch.blob(&entry.id, limit).map_err(Unreadable::Io)? {
            Ok(bytes) => Ok(bytes),
            Err(size) => Err(Unreadable::TooLarge(size)),
        }
    }
}

fn top_of(folder: &Path) -> Result<PathBuf, String> {
    match ask(folder, &["rev-parse", "--show-toplevel"])? {
        Answer::Ok(top) => {
            let top = PathBuf::from(top.trim_end_matches(['\n', '\r']));
            Ok(std::fs::canonicalize(&top).unwrap_or(top))
        }
        Answer::Failed(said) if said.contains("dubious ownership") => Err(format!(
            "git does not trust {}, which belongs to somebody else: `git config --global --add safe.directory {}` \
             tells it to",
            folder.display(),
            folder.display()
        )),
        Answer::Failed(said) if said.contains("not a git repository") => Err(format!(
            "{} is in no git repository; give the base as a folder with --base-dir or as a saved report with --baseline",
            folder.display()
        )),
        Answer::Failed(said) if said.contains("work tree") => Err(format!(
            "{} is in a repository without a working tree, so there is nothing to compare with the base; `git worktree \
             add` makes one",
            folder.display()
        )),
        Answer::Failed(said) => Err(format!("git cannot say where the repository is: {said}")),
    }
}

/// Whether nothing was committed yet.
fn unborn(top: &Path) -> bool {
    matches!(ask(top, &["rev-parse", "--verify", "--quiet", "HEAD"]), Ok(Answer::Failed(_)))
        && matches!(ask(top, &["symbolic-ref", "--quiet", "HEAD"]), Ok(Answer::Ok(_)))
}

fn is_shallow(top: &Path) -> bool {
    matches!(ask(top, &["rev-parse", "--is-shallow-repository"]), Ok(Answer::Ok(said)) if said.trim() == "true")
}

/// What helps a clone that has not enough of the history.
const DEEPEN: &str = "fetch the history: `git fetch --unshallow`, or `fetch-depth: 0` for actions/checkout and \
                      `GIT_DEPTH: 0` in GitLab";

fn commit_of(top: &Path, reference: &str) -> Result<String, String> {
    if reference.is_empty() || reference.starts_with('-') {
        return Err(format!("`{reference}` is no name of a commit"));
    }
    let object = format!("{reference}^{{commit}}");
    if let Answer::Ok(commit) = ask(top, &["rev-parse", "--verify", "--quiet", &object])? {
        return Ok(commit.trim().to_owned());
    }
    let fetch = match reference.split_once('/') {
        Some((remote, branch)) if !branch.is_empty() => {
            format!("`git fetch {remote} {branch}:refs/remotes/{remote}/{branch}` brings it")
        }
        _ => "`git fetch` may bring it; `git branch --all` lists those that are here".to_owned(),
    };
    let shallow = if is_shallow(top) { format!("; this clone is shallow: {DEEPEN}") } else { String::new() };
    Err(format!("there is no `{reference}` in this repository; {fetch}{shallow}"))
}

/// The commits that HEAD says it was made from, whether or not they are here.
fn parents(top: &Path) -> Result<Vec<String>, String> {
    let Answer::Ok(commit) = ask(top, &["cat-file", "commit", "HEAD"])? else { return Ok(Vec::new()) };
    let head = commit.lines().take_while(|line| !line.is_empty());
    Ok(head.filter_map(|line| line.strip_prefix("parent ")).map(str::to_owned).collect())
}

/// The last commit that HEAD and another one have in common.
fn common(top: &Path, reference: &str, wanted: &str) -> Result<Option<String>, String> {
    match ask(top, &["merge-base", "HEAD", wanted])? {
        Answer::Ok(base) => Ok(Some(base.trim().to_owned())),
        // A shallow clone of a merge knows the names of what was merged, though not what was before.
        Answer::Failed(_) if is_shallow(top) && parents(top)?.iter().any(|parent| parent == wanted) => {
            Ok(Some(wanted.to_owned()))
        }
        Answer::Failed(_) if is_shallow(top) => Err(format!(
            "this clone is too shallow to hold the commit that HEAD and {reference} have in common; {DEEPEN}"
        )),
        Answer::Failed(_) => Ok(None),
    }
}
