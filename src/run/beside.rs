//! Two sides at once: the input as it is, and the same paths as they were.

use super::settings::Decided;
use super::side::{Known, Side};
use super::{Inputs, LoadError, Loaded, Source, summary_of};
use crate::discover::{Checkout, Revision, Tree};
use crate::facts::read::{Reading, Status};
use crate::facts::traces::Summary;
use crate::gate::{Lines, differences, taken_back};
use crate::rules::words::count;
use crate::source::Inventory;
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// What the input is compared with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Base {
    /// A commit by its name; unless `exact`, the last one that it has in common with `HEAD`.
    Commit {
        /// The name.
        reference: String,
        /// That very commit.
        exact: bool,
    },
    /// A folder in the place of the input's.
    Folder(PathBuf),
}

/// A file that is not the same on both sides.
#[derive(Clone, Debug)]
struct Edit {
    /// The path at the head, or at the base if it is there no more.
    path: Arc<str>,
    /// The path at the base, if that is another one.
    from: Option<Arc<str>>,
    base: Option<Arc<str>>,
    head: Option<Arc<str>>,
    /// It is not among the files that are read, but one of them names it.
    outside: bool,
}

/// What the head is called unless it is another place.
pub const HERE: &str = "the working tree";

/// Both sides.
#[derive(Debug)]
pub struct Beside {
    /// The input as it is.
    pub head: Loaded,
    /// The base; nothing if no file of it says anything else than the head's.
    pub base: Option<Loaded>,
    /// What the head is called.
    pub head_name: String,
    /// What the base is called.
    pub name: String,
    /// What a reader should know of how they were read.
    pub remarks: Vec<String>,
    /// Why a comparison would not be one, each in a sentence.
    pub blind: Vec<String>,
    /// The lines that differ, of files that mean something, by file and place.
    pub lines: Vec<Lines>,
    again: Again,
}

/// What is needed to read the head once more with some lines taken back.
#[derive(Debug)]
struct Again {
    inputs: Inputs,
    decided: Decided,
    side: Side,
    traces: Option<(Summary, Inventory)>,
    edits: Vec<Edit>,
}

/// Reads both sides. Files that are the same on both are parsed once. The head is what is here unless another place is
/// given for it, from which no lines can be taken back.
///
/// # Errors
/// As [`super::load`], for the head; and a base that cannot be read.
pub fn load_beside(inputs: &Inputs, head: Option<&Base>, base: &Base) -> Result<Beside, LoadError> {
    let decided = Decided::find(inputs)?;
    if inputs.manifests.contains(&Source::Stdin) {
        return Err(refused("standard input has no base; give files, or compare with a saved report: --baseline"));
    }
    let limit = decided.config.scan.max_file_size.0;
    let mut given = Vec::new();
    let (here, head_name) = match head {
        None => (Tree::disk(limit), HERE.to_owned()),
        Some(head) => {
            let Opened { tree, name, remarks } = open(inputs, head, limit)?;
            given = remarks;
            (tree, name)
        }
    };
    let nothing = Side::default();
    let mut head_side = Side::read(inputs, &decided, &here, Some(&Known::of(&nothing)))?;
    let Opened { tree, name, mut remarks } = open(inputs, base, limit)?;
    remarks.splice(0..0, given);
    let base_inputs = Inputs { changes: Vec::new(), ..inputs.clone() };
    let mut base_side = Side::read(&base_inputs, &decided, &tree, Some(&Known::of(&head_side)))?;
    remarks.extend(repaired(&mut base_side, &head_side));
    let mut blind = in_large_file_storage(&base_side, &name);
    blind.extend(unreadable(&base_side, &head_side, decided.config.policy.unreadable.0));
    as_before(&mut head_side, &base_side);
    let traces = summary_of(inputs)?;
    let mut edits = edits(&base_side, &head_side);
    let listed = |side: &Side| side.files.iter().map(|(input, _)| input.path.clone()).collect::<BTreeSet<_>>();
    let listed: BTreeSet<Arc<str>> = listed(&base_side).into_iter().chain(listed(&head_side)).collect();
    let link = |side: Side, inputs: &Inputs, tree: &Tree| side.link(inputs, decided.clone(), tree, traces.clone());
    let kept = head_side.clone();
    let as_it_was = || link(base_side.clone(), &base_inputs, &tree);
    // What nobody recognises may still be a file that somebody names, so every edit counts here.
    let (head, mut old) = rayon::join(|| link(head_side, inputs, &here), || (!edits.is_empty()).then(as_it_was));
    let head = head?;
    let was: Option<&BTreeSet<Arc<str>>> = old.as_ref().and_then(|old| old.as_ref().ok()).map(|old| &old.files_used);
    edits.extend(outside(head.files_used.iter().chain(was.into_iter().flatten()), &listed, &tree, &here));
    if old.is_none() && !edits.is_empty() {
        old = Some(as_it_was());
    }
    let base = match old {
        None => None,
        Some(Ok(loaded)) => Some(loaded),
        Some(Err(LoadError::Nothing { .. } | LoadError::NoScope { .. })) => {
            remarks.push("the base has nothing that linchpin knows: everything is new".to_owned());
            Some(Loaded::default())
        }
        Some(Err(error)) => return Err(error),
    };
    let used = |path: &Arc<str>| {
        head.files_used.contains(path) || base.as_ref().is_some_and(|base| base.files_used.contains(path))
    };
    let means = |edit: &&Edit| used(&edit.path) || edit.from.as_ref().is_some_and(used);
    let lines = edits.iter().filter(means).flat_map(of_edit).collect();
    let again = Again { inputs: inputs.clone(), decided, side: kept, traces, edits };
    Ok(Beside { head, base, head_name, name, remarks, blind, lines, again })
}

/// Files that others name, that are not among those that are read, and that differ.
fn outside<'f>(
    used: impl Iterator<Item = &'f Arc<str>>,
    listed: &BTreeSet<Arc<str>>,
    base: &Tree,
    head: &Tree,
) -> Vec<Edit> {
    let paths: BTreeSet<&Arc<str>> = used.filter(|path| !listed.contains(*path)).collect();
    let edit = |path: &Arc<str>| {
        let text = |tree: &Tree| tree.text(path).ok().map(Into::into);
        Edit { path: path.clone(), from: None, base: text(base), head: text(head), outside: true }
    };
    paths.into_iter().map(edit).filter(|e| e.base != e.head).collect()
}

fn refused(reason: &str) -> LoadError {
    LoadError::Path(reason.to_owned())
}

struct Opened {
    tree: Tree,
    name: String,
    remarks: Vec<String>,
}

fn open(inputs: &Inputs, base: &Base, limit: u64) -> Result<Opened, LoadError> {
    let roots: Vec<PathBuf> = inputs.manifests.iter().filter_map(Source::path).collect();
    match base {
        Base::Commit { reference, exact } => {
            if inputs.render {
                return Err(refused(
                    "charts of a commit cannot be rendered without a checkout of it; make one (`git worktree add`) and \
                     give it with --base-dir",
                ));
            }
            let anchor = roots.first().map_or(Path::new("."), PathBuf::as_path);
            let revision = Revision::open(anchor, reference, *exact).map_err(LoadError::Path)?;
            let (name, remarks) = (revision.name.clone(), revision.remarks.clone());
            let checkout = Checkout::new(revision, &roots).map_err(LoadError::Path)?;
            Ok(Opened { tree: Tree::commit(checkout, limit), name, remarks })
        }
        Base::Folder(folder) => {
            let shown = folder.display();
            if !folder.is_dir() {
                return Err(refused(&format!("{shown} is no folder, so it is no base")));
            }
            // One root may be given as it is called in the base, or as the folder that takes its place.
            let instead = match &roots[..] {
                [root] if root.is_absolute() || !folder.join(root).exists() => root.clone(),
                _ => PathBuf::from("."),
            };
            if roots.iter().any(|root| root.is_absolute() && *root != instead) {
                return Err(refused(
                    "with --base-dir, several manifests have to be given relative to the current folder",
                ));
            }
            let tree = Tree::instead(&instead, folder, limit);
            Ok(Opened { tree, name: format!("folder {shown}"), remarks: Vec::new() })
        }
    }
}

/// Files that are pointers at the base: what they hold is not in the repository.
fn in_large_file_storage(base: &Side, name: &str) -> Vec<String> {
    let pointer = |text: &Option<Arc<str>>| text.as_ref().is_some_and(|t| t.starts_with("version https://git-lfs"));
    let found = base.files.iter().zip(&base.texts).filter(|(_, text)| pointer(text));
    found
        .map(|((input, _), _)| {
            format!("{} is kept in Git LFS, so {name} does not hold it; give the base with --base-dir", input.path)
        })
        .collect()
}

/// Takes files that could not be read at the base, and can be now, as they are now: what they were, nobody knows, and a
/// repair is not to be blamed for everything that it brings to light. Says so.
fn repaired(base: &mut Side, head: &Side) -> Vec<String> {
    let now: BTreeMap<&Arc<str>, usize> = (0..).zip(&head.files).map(|(i, (input, _))| (&input.path, i)).collect();
    let mut said = Vec::new();
    for ((input, reading), text) in base.files.iter_mut().zip(&mut base.texts).filter(|((_, r), _)| broken(r)) {
        let repaired = now.get(&input.path).and_then(|&i| head.files.get(i).zip(head.texts.get(i)));
        if let Some(((_, now), now_text)) = repaired.filter(|((_, now), _)| !broken(now)) {
            *reading = now.clone();
            text.clone_from(now_text);
            said.push(format!("{} could not be read at the base: it is taken as it is now", input.path));
        }
    }
    said
}

/// Takes files that could be read at the base, and cannot be now, as they were: that is reported, and what seems to be
/// missing because of it is not.
fn as_before(head: &mut Side, base: &Side) {
    let old: BTreeMap<&Arc<str>, usize> = (0..).zip(&base.files).map(|(i, (input, _))| (&input.path, i)).collect();
    for ((input, reading), text) in head.files.iter_mut().zip(&mut head.texts).filter(|((_, r), _)| broken(r)) {
        let was = old.get(&input.path).and_then(|&i| base.files.get(i).zip(base.texts.get(i)));
        if let Some(((_, was), was_text)) = was.filter(|((_, was), _)| was.status == Status::Used && !broken(was)) {
            let problems = std::mem::take(&mut reading.problems);
            *reading = was.clone();
            reading.problems.extend(problems);
            text.clone_from(was_text);
        }
    }
}

fn broken(reading: &Reading) -> bool {
    reading.documents.failed > 0 || reading.status == Status::Failed
}

/// What of the head cannot be read and could be at the base; or is not at the base at all, and more than the allowed
/// share of the head's documents. What nobody could read before, nobody is asked to repair now.
fn unreadable(base: &Side, head: &Side, allowed: f64) -> Vec<String> {
    let failures = |r: &Reading| r.documents.failed + u64::from(r.status == Status::Failed && r.documents.seen == 0);
    let old: BTreeMap<&Arc<str>, &Reading> = base.files.iter().map(|(input, reading)| (&input.path, reading)).collect();
    let (mut lost, mut first) = (Vec::new(), None);
    let (mut failed, mut seen) = (0, 0);
    for (input, reading) in &head.files {
        let n = failures(reading);
        seen += reading.documents.seen.max(n);
        let was = old.get(&input.path);
        if n <= was.map_or(0, |was| failures(was)) {
            continue;
        }
        let why = reading.problems.first().map_or_else(|| input.path.to_string(), ToString::to_string);
        if was.is_some_and(|was| was.status == Status::Used) {
            lost.push(format!("what could be read at the base cannot be read now: {why}"));
        } else {
            failed += n;
            first.get_or_insert(why);
        }
    }
    if let Some(first) = first.filter(|_| failed as f64 / seen.max(1) as f64 > allowed) {
        let documents = count(usize::try_from(failed).unwrap_or(usize::MAX), "new document", "new documents");
        lost.push(format!("{documents} cannot be read: {first} ([policy] unreadable in linchpin.toml allows a share)"));
    }
    lost
}

/// The files whose texts differ; a file that only moved is none.
fn edits(base: &Side, head: &Side) -> Vec<Edit> {
    let texts = |side: &Side| -> BTreeMap<Arc<str>, Arc<str>> {
        let files = side.files.iter().zip(&side.texts);
        files.filter_map(|((input, _), text)| Some((input.path.clone(), text.clone()?))).collect()
    };
    let (old, new) = (texts(base), texts(head));
    let edit = |path: &Arc<str>| Edit {
        path: path.clone(),
        from: None,
        base: old.get(path).cloned(),
        head: new.get(path).cloned(),
        outside: false,
    };
    let paths: BTreeSet<&Arc<str>> = old.keys().chain(new.keys()).collect();
    let mut all: Vec<Edit> = paths.into_iter().map(edit).filter(|e| e.base != e.head).collect();
    let removed: Vec<usize> = (0..all.len()).filter(|&i| all.get(i).is_some_and(|e| e.head.is_none())).collect();
    let mut moved = BTreeSet::new();
    for i in removed {
        let Some(Edit { path, base: Some(text), .. }) = all.get(i).cloned() else { continue };
        let name = |path: &str| path.rsplit('/').next().map(str::to_owned);
        let fits = |e: &&mut Edit| e.base.is_none() && e.head.as_deref().is_some_and(|head| alike(&text, head));
        let best =
            all.iter_mut().filter(fits).max_by_key(|e| (e.head.as_ref() == Some(&text), name(&e.path) == name(&path)));
        if let Some(edit) = best {
            edit.base = Some(text);
            edit.from = Some(path);
            moved.insert(i);
        }
    }
    let mut index = 0..;
    all.retain(|_| index.next().is_none_or(|i: usize| !moved.contains(&i)));
    all
}

/// Whether most lines of two texts are the same, so that one is the other after a move.
fn alike(a: &str, b: &str) -> bool {
    let lines: BTreeSet<&str> = a.lines().map(str::trim_end).filter(|l| !l.is_empty()).collect();
    let others: BTreeSet<&str> = b.lines().map(str::trim_end).filter(|l| !l.is_empty()).collect();
    let common = lines.intersection(&others).count();
    common > 0 && common * 2 >= lines.len().max(others.len())
}

fn of_edit(edit: &Edit) -> Vec<Lines> {
    let text = |text: &Option<Arc<str>>| text.clone().unwrap_or_default();
    differences(&edit.path, &text(&edit.base), &text(&edit.head))
}

impl Beside {
    /// The input with some changed lines taken back; nothing if that is no system any more.
    pub fn without(&self, lines: &[&Lines]) -> Option<Loaded> {
        let Again { inputs, decided, side, traces, edits } = &self.again;
        let mut supposed: BTreeMap<Arc<str>, Option<Arc<str>>> = BTreeMap::new();
        let mut read = BTreeMap::new();
        for edit in edits {
            let taken: Vec<&Lines> = lines.iter().copied().filter(|l| l.file == edit.path).collect();
            if taken.is_empty() {
                continue;
            }
            let text = match (&edit.base, &edit.head) {
                (None, Some(_)) => None,
                (Some(base), None) => Some(base.clone()),
                (Some(base), Some(head)) => Some(taken_back(base, head, &taken).into()),
                (None, None) => continue,
            };
            if !edit.outside {
                read.insert(edit.path.clone(), text.clone());
            }
            supposed.insert(edit.path.clone(), text);
        }
        let tree = Tree::disk(decided.config.scan.max_file_size.0);
        let side = side.supposing(&read, &tree);
        let tree = Tree::supposing(supposed, tree.limit);
        side.link(inputs, decided.clone(), &tree, traces.clone()).ok()
    }
}
