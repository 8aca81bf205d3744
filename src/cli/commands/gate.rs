use crate::analysis::{self, Analysis, Baseline, Spof};
use crate::cli::args;
use crate::cli::output::{Destinations, write_whole};
use crate::cli::{Console, Exit, Format, Load};
use crate::config::{Config, Date};
use crate::gate::{self, Base, Comparison, Head, Renames, Snapshot, State, Verdict, View};
use crate::graph::{ComponentId, Kind, Labels};
use crate::render::{Report, json, text};
use crate::rules::words::count;
use crate::rules::{self, Finding};
use crate::run::{self, Beside, Inputs, Loaded};
use anyhow::{Context as _, anyhow, bail};
use std::collections::BTreeSet;
use std::mem::ManuallyDrop;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

/// What was found in one side.
struct Examined {
    labels: Labels,
    analysis: Analysis,
    findings: Vec<Finding>,
}

impl Examined {
    /// Asks everything that findings rest on, of a graph whose single failures are known.
    fn of(baseline: &Baseline<'_>, config: &Config) -> Self {
        let options = analysis::Options { cut_sets: false, rows: 0, ..analysis::Options::default() };
        let analysis = analysis::analyse_further(baseline, &options);
        let graph = baseline.graph();
        let labels = Labels::new(graph);
        let findings = gate::govern(config, rules::check(graph, &analysis, &labels));
        Self { labels, analysis, findings }
    }

    /// Tries what would help against single points of failure that the base does not have, or less badly: nobody reads it
    /// of the others here.
    fn advise(&mut self, baseline: &Baseline<'_>, config: &Config, base: &Snapshot) {
        let graph = baseline.graph();
        let is = Snapshot::of(graph, &self.findings, &Renames::default());
        let standing = gate::compare(base, &is, config.policy.worse_factor.0);
        let worse = self
            .findings
            .iter()
            .zip(&standing.states)
            .filter(|(f, at)| f.rule.code == "LP001" && matches!(at.state, State::New | State::Worsened));
        let subjects: BTreeSet<ComponentId> = worse.flat_map(|(f, _)| f.subjects.iter().copied()).collect();
        let spofs = self.analysis.spofs.iter().filter(|s| subjects.contains(&s.component));
        let spofs: Vec<Spof> = spofs.cloned().collect();
        if spofs.is_empty() {
            return;
        }
        let probability = |kind: Kind| config.probability(kind.word()).unwrap_or(1.0);
        self.analysis.improvements = analysis::improvements(baseline, &spofs, &probability);
        self.findings = gate::govern(config, rules::check(graph, &self.analysis, &self.labels));
    }

    fn view<'a>(&'a self, loaded: &'a Loaded) -> View<'a> {
        View { graph: &loaded.graph, labels: &self.labels }
    }

    fn report<'a>(&'a self, loaded: &'a Loaded) -> Report<'a> {
        Report {
            inventory: &loaded.inventory,
            graph: &loaded.graph,
            labels: &self.labels,
            analysis: &self.analysis,
            findings: &self.findings,
        }
    }
}

pub(in crate::cli) fn gate(args: args::Gate, load: Load, console: &mut Console<'_>) -> anyhow::Result<Exit> {
    let to = Destinations::of(args.output)?;
    let today = today(args.today.as_deref())?;
    let inputs = args.inputs.meaning(args.path)?;
    let base = match (args.against.base, args.against.base_dir, args.against.baseline) {
        (Some(reference), _, _) => run::Base::Commit { reference, exact: args.exact },
        (_, Some(folder), _) => run::Base::Folder(folder),
        (_, _, Some(file)) => {
            let saved = Saved { file, update: args.update_baseline, allow_growth: args.allow_growth };
            let (loaded, examined, comparison) = with_saved(&inputs, &saved, today, load, console)?;
            return finish(to, &examined.report(&loaded), &comparison, args.explain_policy, args.limit, console);
        }
        _ => bail!("nothing to compare with: give --base REF, --base-dir DIR or --baseline FILE"),
    };
    // The process ends here: to free the trees of every file one by one would take a tenth of the time.
    let beside = ManuallyDrop::new(run::load_beside(&inputs, None, &base)?);
    let (examined, comparison) = compare(&beside, today, true);
    finish(to, &examined.report(&beside.head), &comparison, args.explain_policy, args.limit, console)
}

pub(in crate::cli) fn diff(args: args::Diff, load: Load, console: &mut Console<'_>) -> anyhow::Result<()> {
    let to = Destinations::of(args.output)?;
    let inputs = args.inputs.meaning(Vec::new())?;
    let today = today(None)?;
    let render = |report: &Report<'_>, comparison: &Comparison, format: Format| match format {
        Format::Json => json::gate(report, comparison),
        other => super::findings(other, report, Some(comparison))
            .unwrap_or_else(|| text::diff(report, comparison, args.limit)),
    };
    if Path::new(&args.base).is_file() {
        if args.head.is_some() {
            bail!("a saved report can be compared only with what is here: leave the second side out");
        }
        let saved = Saved { file: args.base.into(), update: false, allow_growth: false };
        let (loaded, examined, comparison) = with_saved(&inputs, &saved, today, load, console)?;
        let comparison = comparison.without_verdict();
        return to.write(console, |format| render(&examined.report(&loaded), &comparison, format));
    }
    let side = |name: String| match PathBuf::from(&name) {
        folder if folder.is_dir() => run::Base::Folder(folder),
        _ => run::Base::Commit { reference: name, exact: true },
    };
    let beside = run::load_beside(&inputs, args.head.map(side).as_ref(), &side(args.base))?;
    let (examined, comparison) = compare(&beside, today, false);
    let comparison = comparison.without_verdict();
    to.write(console, |format| render(&examined.report(&beside.head), &comparison, format))
}

pub(in crate::cli) fn waivers(args: args::Waivers, load: Load, console: &mut Console<'_>) -> anyhow::Result<()> {
    let to = Destinations::of(args.output)?;
    let today = today(args.today.as_deref())?;
    let loaded = load(&args.inputs.meaning(args.path)?)?;
    let examined = Examined::of(&Baseline::new(&loaded.graph), &loaded.config);
    let all = gate::waivers(&loaded.config, &loaded.graph, &examined.findings, &loaded.comments, today);
    let last = args.within.map(|days| today.plus(days));
    let soon = |w: &&gate::Waiver| last.is_none_or(|last| w.grant.expires.is_some_and(|day| day <= last));
    let shown: Vec<&gate::Waiver> = all.iter().filter(soon).collect();
    to.write(console, |format| match format {
        Format::Json => json::waivers(&shown),
        _ => text::waivers(&shown),
    })
}

/// The day that waivers are judged by.
fn today(given: Option<&str>) -> anyhow::Result<Date> {
    match given {
        Some(text) => Date::parse(text).ok_or_else(|| anyhow!("`{text}` is no day such as 2026-12-31")),
        None => gate::today(SystemTime::now()).ok_or_else(|| anyhow!("the clock stands before 1970; give --today")),
    }
}

fn compare(beside: &Beside, today: Date, undo: bool) -> (Examined, Comparison) {
    let config = &beside.head.config;
    // All sides differ by little: what the head's single failures are is known for most of the others.
    let known = Baseline::new(&beside.head.graph);
    let (mut head, old) = rayon::join(
        || Examined::of(&known, config),
        || beside.base.as_ref().map(|loaded| (loaded, Examined::of(&known.update(&loaded.graph), config))),
    );
    let same = Renames::default();
    let renames =
        old.as_ref().map_or_else(Renames::default, |(was, _)| Renames::between(&was.graph, &beside.head.graph));
    let snapshot = match &old {
        Some((loaded, examined)) => Snapshot::of(&loaded.graph, &examined.findings, &renames),
        None => Snapshot::of(&beside.head.graph, &head.findings, &same),
    };
    head.advise(&known, config, &snapshot);
    let without = |lines: &[&gate::Lines]| {
        let loaded = beside.without(lines)?;
        let examined = Examined::of(&known.update(&loaded.graph), config);
        Some(Snapshot::of(&loaded.graph, &examined.findings, &same))
    };
    let base = Base {
        name: &beside.name,
        snapshot: &snapshot,
        view: old.as_ref().map(|(loaded, examined)| examined.view(loaded)),
        renames: &renames,
        lines: &beside.lines,
        remarks: &beside.remarks,
        blind: &beside.blind,
    };
    let side = Head {
        name: &beside.head_name,
        view: head.view(&beside.head),
        config,
        findings: &head.findings,
        comments: &beside.head.comments,
    };
    let without: &gate::Without<'_> = &without;
    let comparison = gate::judge(&side, &base, today, undo.then_some(without));
    (head, comparison)
}

/// A saved report or baseline, and whether it is to be replaced.
struct Saved {
    file: PathBuf,
    update: bool,
    allow_growth: bool,
}

fn with_saved(
    inputs: &Inputs,
    saved: &Saved,
    today: Date,
    load: Load,
    console: &mut Console<'_>,
) -> anyhow::Result<(Loaded, Examined, Comparison)> {
    let shown = saved.file.display();
    let text = match std::fs::read_to_string(&saved.file) {
        Ok(text) => Some(text),
        Err(e) if saved.update && e.kind() == std::io::ErrorKind::NotFound => None,
        Err(e) => bail!("the base `{shown}` cannot be read: {e}; `--update-baseline` writes one"),
    };
    let known = text.as_deref().map(Snapshot::read).transpose().map_err(|e| anyhow!("`{shown}` {e}"))?;
    let loaded = load(inputs)?;
    let baseline = Baseline::new(&loaded.graph);
    let mut examined = Examined::of(&baseline, &loaded.config);
    let same = Renames::default();
    let now = Snapshot::of(&loaded.graph, &examined.findings, &same);
    let first = known.is_none();
    let snapshot = known.map_or_else(|| now.clone(), |known| known.in_terms_of(&loaded.graph));
    examined.advise(&baseline, &loaded.config, &snapshot);
    let blind = unreadable(&loaded);
    let base = Base {
        name: &format!("{shown}"),
        snapshot: &snapshot,
        view: None,
        renames: &same,
        lines: &[],
        remarks: &[],
        blind: &blind,
    };
    let head = Head {
        name: run::HERE,
        view: examined.view(&loaded),
        config: &loaded.config,
        findings: &examined.findings,
        comments: &loaded.comments,
    };
    let comparison = gate::judge(&head, &base, today, None);
    if saved.update {
        let grown = comparison.of(State::New).chain(comparison.of(State::Worsened));
        let grown = grown.count();
        if grown > 0 && !saved.allow_growth {
            bail!(
                "`{shown}` would grow by {}; a baseline only shrinks: repair or waive them, or say --allow-growth",
                count(grown, "finding", "findings")
            );
        }
        if !comparison.blind().is_empty() {
            bail!("`{shown}` is left as it is: {}", comparison.blind().join("; "));
        }
        let text = json::baseline(&now);
        write_whole(&saved.file, &text).with_context(|| format!("cannot write `{shown}`"))?;
        let risks = count(now.risks.len(), "finding", "findings");
        console.remark(&format!("{} {shown}: {risks}", if first { "wrote" } else { "updated" }))?;
    }
    drop(baseline);
    Ok((loaded, examined, comparison))
}

/// Documents that cannot be read, if they are more than the policy allows.
fn unreadable(loaded: &Loaded) -> Vec<String> {
    let documents = &loaded.inventory.documents;
    let allowed = loaded.config.policy.unreadable.0;
    if documents.failed == 0 || documents.failed as f64 / documents.seen as f64 <= allowed {
        return Vec::new();
    }
    let failed = count(usize::try_from(documents.failed).unwrap_or(usize::MAX), "document", "documents");
    let first = loaded.inventory.problems.first().map_or_else(String::new, |p| format!(": {p}"));
    vec![format!("{failed} cannot be read{first} ([policy] unreadable in linchpin.toml allows a share)")]
}

fn finish(
    to: Destinations,
    report: &Report<'_>,
    comparison: &Comparison,
    explain: bool,
    limit: Option<usize>,
    console: &mut Console<'_>,
) -> anyhow::Result<Exit> {
    to.write(console, |format| match format {
        Format::Json => json::gate(report, comparison),
        other => super::findings(other, report, Some(comparison))
            .unwrap_or_else(|| text::gate(report, comparison, explain, limit)),
    })?;
    Ok(match &comparison.verdict {
        None | Some(Verdict::Passed) => Exit::Clean,
        Some(Verdict::Failed) => Exit::Failed,
        Some(Verdict::Blind(reasons)) => {
            console.error(&format!("the gate could not look: {}", reasons.join("; ")));
            Exit::Trouble
        }
    })
}
