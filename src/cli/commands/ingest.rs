use crate::cli::output::write_whole;
use crate::cli::{Console, args};
use crate::facts::traces::{LISTED, Summary};
use crate::render::{json, text};
use crate::rules::words::{count_of, number};
use crate::run::{self, Merged, Source};
use anyhow::{Context as _, bail};
use std::path::{Path, PathBuf};

pub(in crate::cli) fn ingest(args: args::Ingest, console: &mut Console<'_>) -> anyhow::Result<()> {
    let paths = args.path.into_iter().chain(args.traces);
    let (summary, inventory) = run::summarise(&sources(paths)?)?;
    console.tell(&text::account(&inventory, &summary.spans.odd));
    write(&summary, args.output.as_deref(), console)
}

pub(in crate::cli) fn merge(args: args::Merge, console: &mut Console<'_>) -> anyhow::Result<()> {
    let merged = run::merge(&sources(args.path)?)?;
    let spans = count_of(merged.summary.spans.seen, "span", "spans");
    let summaries = count_of(merged.files, "summary", "summaries");
    console.tell(&format!("{summaries} of {spans} merged\n"));
    if merged.files > 1 {
        warn_of_losses(&merged, console);
    }
    write(&merged.summary, args.output.as_deref(), console)
}

/// What merging could not join. A summary does not know trace ids, so it cannot be told whether a span's parent was in
/// another shard or in none; but nothing that was cut in two is missing from these counts.
fn warn_of_losses(merged: &Merged, console: &mut Console<'_>) {
    let spans = &merged.summary.spans;
    let seen = number(spans.seen);
    if let orphans @ 1.. = spans.odd.get("orphan").copied().unwrap_or(0) {
        let lack = if orphans == 1 { "lacks its parent" } else { "lack their parent" };
        console.warn(&format!(
            "{} of {seen} spans {lack}: if shards were not split by trace id, so many calls at most are lost \
             (ingest the shards together to join them)",
            number(orphans)
        ));
    }
    if let unfollowed @ 1.. = merged.unfollowed {
        let messages = count_of(unfollowed, "message", "messages");
        console.warn(&format!(
            "{messages} received whose sender may be in another shard: links between traces are followed from shard to \
             shard for {} messages of each at most, so that the dependencies between the two may be lost (ingest the \
             shards together to follow all)",
            number(LISTED as u64)
        ));
    }
}

/// What the paths mean.
fn sources(paths: impl IntoIterator<Item = PathBuf>) -> anyhow::Result<Vec<Source>> {
    let source = |path: PathBuf| if path == Path::new("-") { Source::Stdin } else { Source::Path(path) };
    let sources: Vec<Source> = paths.into_iter().map(source).collect();
    if sources.iter().filter(|s| **s == Source::Stdin).count() > 1 {
        bail!("standard input can be read only once");
    }
    Ok(sources)
}

fn write(summary: &Summary, to: Option<&Path>, console: &mut Console<'_>) -> anyhow::Result<()> {
    let mut lines = Vec::new();
    summary.write(&mut lines)?;
    let lines = String::from_utf8(lines)?;
    let lines = json::harmless(&lines);
    match to {
        None => Ok(console.print(&lines)?),
        Some(path) => {
            write_whole(path, &lines).with_context(|| format!("cannot write `{}`", path.display()))?;
            Ok(console.remark(&format!("wrote {}", path.display()))?)
        }
    }
}
