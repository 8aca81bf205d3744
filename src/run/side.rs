//! One side of the input: all of its files, and what they mean together.

use super::items::Items;
use super::settings::{self, Decided};
use super::{Inputs, LoadError, Loaded, Source, nothing, render, text};
use crate::discover::{Input, Tree, Unreadable};
use crate::facts::read::{Reading, Status, UNTIL_NAMED};
use crate::facts::traces::Summary;
use crate::facts::{Facts, NATIVE};
use crate::gate;
use crate::graph::build::{Built, build};
use crate::graph::change;
use crate::source::{Inventory, PROGRESS, Problem, Stage, Tally};
use rayon::prelude::*;
use rustc_hash::FxHashMap;
use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::sync::Arc;

/// Every file, by itself.
#[derive(Clone, Debug, Default)]
pub(super) struct Side {
    /// The files, sorted by path; standard input first.
    pub files: Vec<(Input, Reading)>,
    /// Their texts, in the same order, as far as they were kept.
    pub texts: Vec<Option<Arc<str>>>,
    /// Files that were left aside unread.
    aside: Tally,
    problems: Vec<Problem>,
}

/// Files that were read already: those with the same path and text are not parsed again.
pub(super) struct Known<'s> {
    side: &'s Side,
    by_path: FxHashMap<&'s str, usize>,
}

impl<'s> Known<'s> {
    /// All files of a side whose texts were kept.
    pub(super) fn of(side: &'s Side) -> Self {
        let by_path = side.files.iter().enumerate().map(|(i, (input, _))| (&*input.path, i)).collect();
        Self { side, by_path }
    }

    /// What a file says if this is its text.
    fn reading(&self, input: &Input, text: &str) -> Option<(Arc<str>, Reading)> {
        let i = *self.by_path.get(&*input.path)?;
        let known = self.side.texts.get(i)?.as_ref().filter(|known| ***known == *text)?;
        let (_, reading) = self.side.files.get(i).filter(|(known, _)| known.named == input.named)?;
        Some((known.clone(), reading.clone()))
    }
}

impl Side {
    /// Reads the files of a tree. Texts are kept if there is something known to compare them with, even if that is
    /// nothing.
    ///
    /// # Errors
    /// What the user named himself and cannot be read; a commit whose files cannot be had.
    pub(super) fn read(
        inputs: &Inputs,
        decided: &Decided,
        tree: &Tree,
        known: Option<&Known<'_>>,
    ) -> Result<Self, LoadError> {
        let roots: Vec<PathBuf> = inputs.manifests.iter().filter_map(Source::path).collect();
        let walk = settings::walk(inputs, decided);
        let listing = tree.list(&roots, &walk).map_err(LoadError::Path)?;
        let one = |input: Input| match known {
            None => {
                let reading = text::read_file(&input, tree);
                Ok((input, None, reading))
            }
            Some(known) => kept(input, tree, known),
        };
        PROGRESS.begin(Stage::Manifests, listing.inputs.len() as u64);
        let read: Vec<(Input, Option<Arc<str>>, Reading)> =
            listing.inputs.into_par_iter().map(one).inspect(|_| PROGRESS.add(1)).collect::<Result<_, _>>()?;
        let mut side = Self { aside: listing.files, problems: listing.problems, ..Self::default() };
        if inputs.manifests.contains(&Source::Stdin) {
            side.files.push(text::read_stdin(tree.limit)?);
            side.texts.push(None);
        }
        for (input, text, reading) in read {
            side.files.push((input, reading));
            side.texts.push(text);
        }
        if let Some(message) = side.files.iter().find_map(|(input, reading)| beyond_reading(input, reading)) {
            return Err(LoadError::Path(message));
        }
        let Decided { config, file } = decided;
        let unrendered = render::apply(&mut side.files, config, file.as_deref(), inputs.render, tree.limit);
        side.problems.extend(unrendered);
        Ok(side)
    }

    /// The same with some texts instead of what is there: `None` for files that are not to be there.
    pub(super) fn supposing(&self, supposed: &BTreeMap<Arc<str>, Option<Arc<str>>>, tree: &Tree) -> Self {
        let kept = |((input, reading), text): (&(Input, Reading), &Option<Arc<str>>)| match supposed.get(&input.path) {
            None => Some(((input.clone(), reading.clone()), text.clone())),
            Some(None) => None,
            Some(Some(text)) => Some(((input.clone(), again(input, text, tree)), Some(text.clone()))),
        };
        let mut files: Vec<_> = self.files.iter().zip(&self.texts).filter_map(kept).collect();
        let there: BTreeSet<&Arc<str>> = self.files.iter().map(|(input, _)| &input.path).collect();
        for (path, text) in supposed.iter().filter(|(path, _)| !there.contains(path)) {
            let Some(text) = text else { continue };
            let input = Input { path: path.clone(), named: false };
            let reading = again(&input, text, tree);
            files.push(((input, reading), Some(text.clone())));
        }
        files.sort_by(|((a, _), _), ((b, _), _)| a.cmp(b));
        let (files, texts) = files.into_iter().unzip();
        Self { files, texts, aside: self.aside.clone(), problems: self.problems.clone() }
    }

    /// What all files mean together, with what traces say.
    ///
    /// # Errors
    /// Nothing that is known, a scope that is not there, or a change that makes no sense.
    pub(super) fn link(
        self,
        inputs: &Inputs,
        decided: Decided,
        tree: &Tree,
        traces: Option<(Summary, Inventory)>,
    ) -> Result<Loaded, LoadError> {
        PROGRESS.begin(Stage::Analysis, 0);
        let Decided { config, file: config_file } = decided;
        let mut inventory = Inventory { files: self.aside, problems: self.problems, ..Inventory::default() };
        let mut statuses: BTreeMap<Arc<str>, Status> = BTreeMap::new();
        let mut items = Items::default();
        let listing: BTreeSet<Arc<str>> = self.files.iter().map(|(input, _)| input.path.clone()).collect();
        let mut aside: BTreeMap<Arc<str>, Vec<(&str, u64)>> = BTreeMap::new();
        let mut comments = Vec::new();
        for (input, reading) in self.files {
            let counted = |why: &&'static str| Some((*why, *reading.documents.reasons.get(*why)?));
            aside.insert(input.path.clone(), UNTIL_NAMED.iter().filter_map(counted).collect());
            inventory.documents.merge(reading.documents);
            inventory.problems.extend(reading.problems);
            comments.extend(reading.comments);
            statuses.insert(input.path, reading.status);
            reading.items.into_iter().for_each(|item| items.add(item));
        }
        let environments = settings::scopes(&config, config_file.as_deref());
        let mut facts = items.link(&environments, &listing, tree, &config.platform);
        inventory.problems.append(&mut facts.problems);
        if let Some((summary, account)) = traces {
            facts.traces = Some(summary);
            inventory.merge(account);
        }
        for path in facts.files_used.iter().chain(&config_file) {
            for (why, count) in aside.remove(path).unwrap_or_default() {
                inventory.documents.taken_up(why, count);
            }
            statuses.entry(path.clone()).and_modify(|status| *status = Status::Used);
        }
        let used = statuses.iter().filter(|(_, status)| **status == Status::Used);
        let mut files_used: BTreeSet<Arc<str>> = used.map(|(path, _)| path.clone()).collect();
        files_used.append(&mut facts.files_used);
        for status in statuses.into_values() {
            match status {
                Status::Used => inventory.files.used(),
                Status::Ignored(reason) => inventory.files.ignored(reason),
                Status::Failed => inventory.files.failed(),
            }
        }
        if inventory.documents.used == 0 {
            inventory.close();
            return Err(nothing(inputs, &inventory));
        }
        if let Some(wanted) = &inputs.scope {
            has_scope(&facts, wanted)?;
        }
        inventory.problems.extend(settings::unknown_profiles(&facts, &inputs.profiles));
        let Built { mut graph, problems } = build(facts, &settings::build_options(&config, inputs));
        for (text, change) in &inputs.changes {
            let impossible = |reason: String| LoadError::Change(text.clone(), reason);
            let change = change.clone().resolve(&graph).map_err(|e| impossible(e.to_string()))?;
            graph = change::apply(&graph, &change).map_err(|e| impossible(e.to_string()))?;
        }
        inventory.problems.extend(problems);
        inventory.problems.extend(gate::idle_thresholds(&config));
        inventory.close();
        comments.sort_by(|a, b| a.at.cmp(&b.at));
        Ok(Loaded { graph, inventory, config, comments, files_used })
    }
}

/// Reads a file and keeps its text.
fn kept(input: Input, tree: &Tree, known: &Known<'_>) -> Result<(Input, Option<Arc<str>>, Reading), LoadError> {
    let text = tree.text(&input.path);
    if let (Some(checkout), Err(Unreadable::Io(reason))) = (tree.checkout(), &text) {
        let commit = &checkout.revision().name;
        return Err(LoadError::Path(format!("{} cannot be read in {commit}: {reason}", input.path)));
    }
    if let Ok(text) = &text
        && let Some((text, reading)) = known.reading(&input, text)
    {
        return Ok((input, Some(text), reading));
    }
    let reading = text::of_text(&input, &text, tree);
    Ok((input, text.ok().map(Into::into), reading))
}

fn again(input: &Input, text: &Arc<str>, tree: &Tree) -> Reading {
    text::of_text(input, &Ok(text.to_string()), tree)
}

/// A file that the user named himself and whose bytes cannot be had at all is not a problem but an error.
fn beyond_reading(input: &Input, reading: &Reading) -> Option<String> {
    let unread = input.named && reading.status == Status::Failed && reading.documents.seen == 0;
    unread.then(|| reading.problems.first().map(ToString::to_string)).flatten()
}

/// A scope is named whole, or by what stands after its colon.
fn has_scope(facts: &Facts, wanted: &str) -> Result<(), LoadError> {
    let scopes = facts.components.iter().map(|c| &c.key.scope).filter(|s| !s.is_empty() && &***s != NATIVE);
    let known: BTreeSet<&Arc<str>> = scopes.collect();
    let named = |scope: &str| scope == wanted || scope.split_once(':').is_some_and(|(_, rest)| rest == wanted);
    if known.iter().any(|scope| named(scope)) {
        return Ok(());
    }
    Err(LoadError::NoScope { wanted: wanted.to_owned(), known: known.into_iter().cloned().collect() })
}
