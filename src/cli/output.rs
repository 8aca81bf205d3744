//! Answers to where they go: whole files or none.

use super::args::Output;
use super::{Console, Format};
use crate::render::text;
use anyhow::{Context as _, bail};
use clap::ValueEnum;
use std::fs;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

/// Where an answer goes, in order, and in which format.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Destinations(Vec<(Destination, Format)>);

#[derive(Debug, PartialEq, Eq)]
enum Destination {
    /// Standard output.
    Console,
    /// A file.
    File(PathBuf),
}

impl Destinations {
    /// What the options mean: what is printed has the command's own format unless another is asked for; a file has that
    /// of its extension, or the one that is named before a `=`.
    ///
    /// # Errors
    /// If a file's extension asks for a format that this command does not have.
    pub(super) fn of<F>(output: Output<F>) -> anyhow::Result<Self>
    where
        F: ValueEnum + Default + Into<Format> + Clone + Send + Sync + 'static,
    {
        let asked: Option<Format> = output.format.map(Into::into);
        if output.output.is_empty() {
            return Ok(Self(vec![(Destination::Console, asked.unwrap_or_else(|| F::default().into()))]));
        }
        let offered: Vec<Format> = F::value_variants().iter().cloned().map(Into::into).collect();
        let mut all: Vec<(Destination, Format)> = Vec::new();
        for path in output.output {
            let (named, path) = with_format::<F>(path);
            if path == Path::new("-") {
                let format = named.or(asked).unwrap_or_else(|| F::default().into());
                all.push((Destination::Console, format));
                continue;
            }
            let by_name = named.or_else(|| Format::of_file(&path, &offered));
            let Some(format) = by_name.or_else(|| asked.filter(|_| path.extension().is_none())) else {
                let endings: Vec<_> = offered.iter().flat_map(|f| f.extensions()).map(|e| format!(".{e}")).collect();
                bail!(
                    "cannot tell a format for `{0}`: its name has to end in one of {1}, or the format to stand before it \
                     (`-o text={0}`)",
                    path.display(),
                    endings.join(" ")
                );
            };
            if all.iter().any(|(other, _)| matches!(other, Destination::File(other) if *other == path)) {
                bail!("`{}` is to be written twice", path.display());
            }
            all.push((Destination::File(path), format));
        }
        Ok(Self(all))
    }

    /// The formats that are needed.
    pub(super) fn formats(&self) -> impl Iterator<Item = Format> {
        self.0.iter().map(|(_, format)| *format)
    }

    /// Writes an answer to where it goes. Everything is rendered before anything is written.
    ///
    /// # Errors
    /// If something cannot be written.
    pub(super) fn write<'a, A: Into<Answer<'a>>>(
        self,
        console: &mut Console<'_>,
        render: impl Fn(Format) -> A,
    ) -> anyhow::Result<()> {
        let rendered: Vec<_> = self.0.into_iter().map(|(to, format)| (to, render(format).into())).collect();
        for (to, content) in rendered {
            match (to, content) {
                (Destination::Console, Answer::Text(content)) => console.print(&content)?,
                (Destination::Console, Answer::Written(write)) => {
                    let mut out = io::BufWriter::with_capacity(BUFFER, &mut *console.out);
                    write(&mut out)?;
                    out.flush()?;
                }
                (Destination::File(path), content) => {
                    let written = match content {
                        Answer::Text(content) => write_whole(&path, &text::plain(&content)),
                        Answer::Written(write) => whole(&path, write),
                    };
                    written.with_context(|| format!("cannot write `{}`", path.display()))?;
                    console.remark(&format!("wrote {}", path.display()))?;
                }
            }
        }
        Ok(())
    }
}

/// An answer in some format.
pub(super) enum Answer<'a> {
    /// The whole of it.
    Text(String),
    /// What writes it: it is too large to be held.
    Written(Box<dyn Fn(&mut dyn io::Write) -> io::Result<()> + 'a>),
}

impl From<String> for Answer<'_> {
    fn from(text: String) -> Self {
        Self::Text(text)
    }
}

/// Bytes that are written at once.
const BUFFER: usize = 1 << 16;

/// `sarif=out.json` is the file `out.json` in the format `sarif`. A name is only taken for a format if the command has it.
fn with_format<F: ValueEnum + Into<Format> + Clone>(path: PathBuf) -> (Option<Format>, PathBuf) {
    let named = path.to_str().and_then(|text| text.split_once('='));
    let format = named.and_then(|(name, _)| F::from_str(name, true).ok());
    match (format, named) {
        (Some(format), Some((_, rest))) => (Some(format.into()), rest.into()),
        _ => (None, path),
    }
}

/// Writes a file whole or not at all: beside it first, then moved into its place. What is no ordinary file (a pipe, a
/// device) is written to directly. Permissions of a file that is replaced are kept.
pub(super) fn write_whole(path: &Path, content: &str) -> io::Result<()> {
    whole(path, |to| to.write_all(content.as_bytes()))
}

fn whole(path: &Path, write: impl Fn(&mut dyn io::Write) -> io::Result<()>) -> io::Result<()> {
    // A link stays a link: its target is replaced.
    let target = fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
    let existing = match fs::metadata(&target) {
        Ok(meta) if !meta.is_file() => {
            let mut file = io::BufWriter::with_capacity(BUFFER, fs::OpenOptions::new().write(true).open(&target)?);
            write(&mut file)?;
            return file.flush();
        }
        Ok(meta) => Some(meta.permissions()),
        Err(_) => None,
    };
    let mut beside = target.file_name().ok_or(io::ErrorKind::InvalidInput)?.to_owned();
    beside.push(format!(".{}.tmp", std::process::id()));
    let beside = target.with_file_name(beside);
    let written = (|| {
        let file = fs::OpenOptions::new().write(true).create_new(true).open(&beside)?;
        let mut file = io::BufWriter::with_capacity(BUFFER, file);
        write(&mut file)?;
        let file = file.into_inner().map_err(io::IntoInnerError::into_error)?;
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
