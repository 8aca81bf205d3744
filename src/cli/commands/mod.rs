//! One file for each command.

mod blast;
mod cuts;
mod drift;
mod gate;
mod graph;
mod help;
mod ingest;
mod overload;
mod paths;
mod retries;
mod scan;
mod setup;
mod shared;
mod sql;
mod timeouts;
mod why;
mod why_edge;

pub(super) use blast::blast;
pub(super) use cuts::cuts;
pub(super) use drift::drift;
pub(super) use gate::{diff, gate, waivers};
pub(super) use graph::graph;
pub(super) use help::{completions, explain, man, rules};
pub(super) use ingest::{ingest, merge};
pub(super) use overload::overload;
pub(super) use paths::paths;
pub(super) use retries::retries;
pub(super) use scan::scan;
pub(super) use setup::{init, schema};
pub(super) use shared::shared;
pub(super) use sql::sql;
pub(super) use timeouts::timeouts;
pub(super) use why::why;
pub(super) use why_edge::why_edge;

use super::{Console, Format};
use crate::gate::Comparison;
use crate::render::{self, Report};
use crate::rules::words::count;
use crate::run::Loaded;

/// Findings in a format for other tools; nothing for text, JSON and drawings, which every command makes itself.
fn findings(format: Format, report: &Report<'_>, comparison: Option<&Comparison>) -> Option<String> {
    Some(match format {
        Format::Sarif => render::sarif(report, comparison),
        Format::Junit => render::junit(report, comparison),
        Format::Markdown => render::markdown(report, comparison),
        Format::Html => render::html(report, comparison),
        Format::Github => render::github(report, comparison),
        Format::Gitlab => render::gitlab(report, comparison),
        Format::Rdjsonl => render::rdjsonl(report, comparison),
        Format::Text | Format::Json | Format::Dot | Format::Mermaid | Format::OpenPsa => return None,
    })
}

/// Says that inputs could not be read, for answers that do not say it themselves.
fn warn_of_problems(loaded: &Loaded, console: &mut Console<'_>) {
    if let n @ 1.. = loaded.inventory.problems.len() {
        console.warn(&format!(
            "{} with the inputs: something may be missing here (`linchpin scan --problems` lists them)",
            count(n, "problem", "problems")
        ));
    }
}
