//! Where files come from: the disk, another folder in its place, or a commit.

use super::disk::DiskFiles;
use super::git::Checkout;
use super::walk::{Listing, WalkOptions};
use super::{Unreadable, walk};
use crate::source::{Files, join};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Files by the paths that are reported, wherever they are.
#[derive(Debug)]
pub struct Tree {
    /// No file larger than this is read, in bytes.
    pub limit: u64,
    place: Place,
    /// Texts that are supposed to be there instead of what is; `None`: there is no such file.
    supposed: BTreeMap<Arc<str>, Option<Arc<str>>>,
}

#[derive(Debug)]
enum Place {
    /// On disk.
    Disk,
    /// On disk, but under another folder: what is reported under the first is under the second.
    Instead(String, PathBuf),
    /// In a commit.
    Commit(Box<Checkout>),
}

impl Tree {
    /// Files on disk.
    pub fn disk(limit: u64) -> Self {
        Self { limit, place: Place::Disk, supposed: BTreeMap::new() }
    }

    /// What is under `there`, reported as though it were under `here`.
    pub fn instead(here: &Path, there: &Path, limit: u64) -> Self {
        let here = here.to_string_lossy().replace('\\', "/");
        let here = if here == "." { String::new() } else { join("", here.trim_start_matches("./")) };
        Self { limit, place: Place::Instead(here, there.to_path_buf()), supposed: BTreeMap::new() }
    }

    /// What is in a commit.
    pub fn commit(checkout: Checkout, limit: u64) -> Self {
        Self { limit, place: Place::Commit(Box::new(checkout)), supposed: BTreeMap::new() }
    }

    /// Files on disk, but for some texts.
    pub fn supposing(supposed: BTreeMap<Arc<str>, Option<Arc<str>>>, limit: u64) -> Self {
        Self { limit, place: Place::Disk, supposed }
    }

    /// The commit, if it is one.
    pub fn checkout(&self) -> Option<&Checkout> {
        match &self.place {
            Place::Commit(checkout) => Some(checkout),
            _ => None,
        }
    }

    /// Lists the files under roots.
    ///
    /// # Errors
    /// A root on disk that does not exist or cannot be read, or a glob that is not one. What another place does not have
    /// holds no files.
    pub fn list(&self, roots: &[PathBuf], options: &WalkOptions) -> Result<Listing, String> {
        match &self.place {
            Place::Disk => walk::list(roots, options),
            Place::Commit(checkout) => checkout.list(options),
            Place::Instead(..) => {
                let there: Vec<(PathBuf, PathBuf)> = roots
                    .iter()
                    .map(|root| (self.on_disk(&root.to_string_lossy().replace('\\', "/")), root.clone()))
                    .filter(|(there, _)| there.exists())
                    .collect();
                walk::list_as(&there, options)
            }
        }
    }

    /// The text of a file.
    ///
    /// # Errors
    /// See [`Unreadable`].
    pub fn text(&self, path: &str) -> Result<String, Unreadable> {
        match (self.supposed.get(path), &self.place) {
            (Some(Some(text)), _) => Ok(text.to_string()),
            (Some(None), _) => Err(Unreadable::Io("there is no such file".into())),
            (None, Place::Commit(checkout)) => checkout.text(path, self.limit),
            (None, _) => DiskFiles { limit: self.limit }.text(&self.on_disk(path).to_string_lossy()),
        }
    }

    /// The first bytes of a file, `most` of them if it has as many; nothing if they cannot be had.
    pub fn head(&self, path: &str, most: usize) -> Vec<u8> {
        match &self.place {
            // Nothing that is too large to be read is taken out of a repository.
            Place::Commit(_) => Vec::new(),
            _ => DiskFiles::head(&self.on_disk(path).to_string_lossy(), most).unwrap_or_default(),
        }
    }

    /// Where a file is on disk.
    fn on_disk(&self, path: &str) -> PathBuf {
        let Place::Instead(here, there) = &self.place else { return path.into() };
        let path = path.strip_prefix("./").unwrap_or(path);
        let path = if path == "." { "" } else { path };
        let own: Vec<&str> = here.split('/').filter(|part| !part.is_empty()).collect();
        let parts: Vec<&str> = path.split('/').filter(|part| !part.is_empty()).collect();
        let common = own.iter().zip(&parts).take_while(|(a, b)| a == b).count();
        let up = std::iter::repeat_n("..", own.len() - common);
        up.chain(parts.into_iter().skip(common)).fold(there.clone(), |folder, part| folder.join(part))
    }
}

impl Files for Tree {
    fn read(&self, path: &str) -> Option<Arc<str>> {
        self.text(path).ok().map(Into::into)
    }

    fn is_file(&self, path: &str) -> bool {
        match (self.supposed.get(path), &self.place) {
            (Some(text), _) => text.is_some(),
            (None, Place::Commit(checkout)) => checkout.holds(path),
            (None, _) => std::fs::metadata(self.on_disk(path)).is_ok_and(|m| m.is_file()),
        }
    }
}
