use crate::analysis::{self, Baseline};
use crate::cli::args;
use crate::cli::output::{Answer, Destinations};
use crate::cli::{Console, Format, Load};
use crate::gate;
use crate::graph::{Kind, Labels};
use crate::render::{Report, json, text};
use crate::rules::{self, Finding};
use crate::run::Loaded;
use std::time::SystemTime;

pub(in crate::cli) fn scan(args: args::Scan, load: Load, console: &mut Console<'_>) -> anyhow::Result<()> {
    let to = Destinations::of(args.output)?;
    let loaded = load(&args.inputs.meaning(args.path)?)?;
    let defaults = analysis::Options::default();
    let json = to.formats().any(|f| f == Format::Json);
    let options = analysis::Options {
        rows: args.limit.map_or(defaults.rows, |limit| limit.max(defaults.rows)),
        // They are many, and the text does not show them.
        worst_paths: json,
        // The text counts them only in a report of some length.
        cut_sets: json || args.all || args.limit.is_some(),
        ..defaults
    };
    let baseline = Baseline::new(&loaded.graph);
    let mut analysis = analysis::analyse_further(&baseline, &options);
    let probability = |kind: Kind| loaded.config.probability(kind.word()).unwrap_or(1.0);
    analysis.improvements = analysis::improvements(&baseline, &analysis.spofs, &probability);
    let labels = Labels::new(&loaded.graph);
    let findings = gate::govern(&loaded.config, rules::check(&loaded.graph, &analysis, &labels));
    warn_of_waivers(&loaded, &findings, console);
    let report = Report {
        inventory: &loaded.inventory,
        graph: &loaded.graph,
        labels: &labels,
        analysis: &analysis,
        findings: &findings,
    };
    let limit = if args.all { Some(usize::MAX) } else { args.limit };
    let detail = text::Detail { limit, problems: args.problems, assumptions: args.assumptions };
    to.write(console, |format| match format {
        Format::Json => Answer::Written(Box::new(|to| json::write_report(&report, args.limit, to))),
        other => super::findings(other, &report, None).unwrap_or_else(|| text::scan(&report, detail)).into(),
    })
}

/// A report shows what is waived like everything else; waivers that do not do what they were written for are named.
fn warn_of_waivers(loaded: &Loaded, findings: &[Finding], console: &mut Console<'_>) {
    if loaded.config.waivers.is_empty() && loaded.comments.is_empty() {
        return;
    }
    // Without a clock nothing has expired that anybody could know of.
    let Some(today) = gate::today(SystemTime::now()) else { return };
    let waivers = gate::waivers(&loaded.config, &loaded.graph, findings, &loaded.comments, today);
    let granted = gate::granted(&waivers, findings.len());
    for wrong in gate::problems(&waivers, &granted) {
        console.warn(&format!("{}: {}", wrong.at, wrong.reason));
    }
}
