//! Answers to where they go: whole files or none.

use super::args::Output;
use super::{Console, Format};
use crate::render::text;
use anyhow::{Context as _, bail};
use clap::ValueEnum;
use std::fs;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

/// Where an answer goes.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Destinations {
    /// Standard output.
    Console(Format),
    /// Files.
    Files(Vec<(PathBuf, Format)>),
}

impl Destinations {
    /// What the options mean: what is printed has the command's own format unless another is asked for.
    ///
    /// # Errors
    /// If a file's extension asks for a format that this command does not have.
    pub(super) fn of<F>(output: Output<F>) -> anyhow::Result<Self>
    where
        F: ValueEnum + Default + Into<Format> + Clone + Send + Sync + 'static,
    {
        if output.output.is_empty() {
            return Ok(Self::Console(output.format.unwrap_or_default().into()));
        }
        let offered: Vec<Format> = F::value_variants().iter().cloned().map(Into::into).collect();
        let asked: Option<Format> = output.format.map(Into::into);
        let mut files: Vec<(PathBuf, Format)> = Vec::new();
        for path in output.output {
            let by_name = Format::of_file(&path, &offered);
            let Some(format) = by_name.or_else(|| asked.filter(|_| path.extension().is_none())) else {
                let endings: Vec<_> = offered.iter().flat_map(|f| f.extensions()).map(|e| format!(".{e}")).collect();
                bail!(
                    "cannot tell a format for `{}`: its name has to end in one of {}",
                    path.display(),
                    endings.join(" ")
                );
            };
            if files.iter().any(|(other, _)| *other == path) {
                bail!("`{}` is to be written twice", path.display());
            }
            files.push((path, format));
        }
        Ok(Self::Files(files))
    }

    /// The formats that are needed.
    pub(super) fn formats(&self) -> impl Iterator<Item = Format> {
        let (console, files) = match self {
            Self::Console(format) => (Some(*format), &[][..]),
            Self::Files(files) => (None, &files[..]),
        };
        console.into_iter().chain(files.iter().map(|(_, format)| *format))
    }

    /// Writes an answer to where it goes. Everything is rendered before anything is written.
    ///
    /// # Errors
    /// If something cannot be written.
    pub(super) fn write(self, console: &mut Console<'_>, render: impl Fn(Format) -> String) -> anyhow::Result<()> {
        match self {
            Self::Console(format) => Ok(console.print(&render(format))?),
            Self::Files(files) => {
                let rendered: Vec<_> = files.into_iter().map(|(path, f)| (path, text::plain(&render(f)))).collect();
                for (path, content) in rendered {
                    write_whole(&path, &content).with_context(|| format!("cannot write `{}`", path.display()))?;
                    console.remark(&format!("wrote {}", path.display()))?;
                }
                Ok(())
            }
        }
    }
}

/// Writes a file whole or not at all: beside it first, then moved into its place. What is no ordinary file (a pipe, a
/// device) is written to directly. Permissions of a file that is replaced are kept.
pub(super) fn write_whole(path: &Path, content: &str) -> io::Result<()> {
    // A link stays a link: its target is replaced.
    let target = fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
    let existing = match fs::metadata(&target) {
        Ok(meta) if !meta.is_file() => return fs::write(&target, content),
        Ok(meta) => Some(meta.permissions()),
        Err(_) => None,
    };
    let mut beside = target.file_name().ok_or(io::ErrorKind::InvalidInput)?.to_owned();
    beside.push(format!(".{}.tmp", std::process::id()));
    let beside = target.with_file_name(beside);
    let written = (|| {
        let mut file = fs::OpenOptions::new().write(true).create_new(true).open(&beside)?;
        file.write_all(content.as_bytes())?;
        if let Some(permissions) = existing {
            file.set_permissions(permissions)?;
        }
        file.sync_all()?;
        drop(file);
        fs::rename(&beside, &target)
    })();
    if let Err(error) = &written
        && error.kind() != io::ErrorKind::AlreadyExists
    {
        // Nothing is left behind; the first error is the one that matters.
        let _ = fs::remove_file(&beside);
    }
    written
}
