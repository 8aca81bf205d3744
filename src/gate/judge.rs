//! Both sides to a comparison with a verdict.

use super::{
    Cause, Changed, Compared, Comparison, Index, Lines, Policy, Renames, Risk, Snapshot, Standing, Standpoint, State,
    Verdict, View, changes, compare, granted, problems, undo, waivers,
};
use crate::config::{Config, Date};
use crate::facts::read::Comment;
use crate::rules::{Finding, Severity};

/// The head.
#[derive(Clone, Copy, Debug)]
pub struct Head<'a> {
    /// What it is called.
    pub name: &'a str,
    /// Its graph.
    pub view: View<'a>,
    /// What the user decided.
    pub config: &'a Config,
    /// Its findings, as the policy has them reported, worst first.
    pub findings: &'a [Finding],
    /// Comments in manifests that speak to linchpin.
    pub comments: &'a [Comment],
}

/// The base.
#[derive(Clone, Copy, Debug)]
pub struct Base<'a> {
    /// What it is called.
    pub name: &'a str,
    /// What it had.
    pub snapshot: &'a Snapshot,
    /// Its graph, if it is known.
    pub view: Option<View<'a>>,
    /// What is called otherwise in the head.
    pub renames: &'a Renames,
    /// The lines that differ.
    pub lines: &'a [Lines],
    /// What a reader should know of how it was read.
    pub remarks: &'a [String],
    /// Why this would be no comparison.
    pub blind: &'a [String],
}

/// What would be found with some lines taken back; nothing if that is no system.
pub type Without<'a> = dyn Fn(&[&Lines]) -> Option<Snapshot> + Sync + 'a;

/// Compares and judges. Waivers hold as of `today`; undos are looked for if there is a way to try them.
pub fn judge(head: &Head<'_>, base: &Base<'_>, today: Date, without: Option<&Without<'_>>) -> Comparison {
    let Head { view, config, findings, comments, .. } = *head;
    let graph = view.graph;
    let times = config.policy.worse_factor.0;
    let policy = Policy::new(config, graph);
    let is = Snapshot::of(graph, findings, &Renames::default());
    let Standing { states, gone } = compare(base.snapshot, &is, times);
    let waivers = waivers(config, graph, findings, comments, today);
    let granted = granted(&waivers, findings.len());
    let changed: Vec<Changed> = base.view.map_or_else(Vec::new, |was| changes(was, view, base.renames, base.lines));
    let index = Index::new(&changed);
    let rows = findings.iter().zip(&is.risks).zip(states).zip(&granted);
    let mut compared: Vec<Compared> = rows
        .map(|(((finding, risk), Standpoint { state, mut differences, was }), waiver)| {
            let worse = matches!(state, State::New | State::Worsened);
            if state == State::New && needed_two(base.snapshot, risk) {
                differences.push("a second failure was needed before".to_owned());
            }
            let decided = policy.fails(graph, finding, state);
            Compared {
                state,
                was,
                differences,
                causes: if worse {
                    index.of(graph, finding).into_iter().map(|changed| changed.cause.clone()).collect()
                } else {
                    Vec::new()
                },
                undo: None,
                waiver: waiver.clone(),
                fails: decided.filter(|_| waiver.is_none()),
                finding: finding.clone(),
            }
        })
        .collect();
    if let Some(without) = without {
        undo::find(&mut compared, &is, base, times, &undo::Known { graph, index: &index }, without);
    }
    compared.sort_by_key(|c| (c.fails.is_none(), c.state));
    let wrong = problems(&waivers, &granted);
    let verdict = Some(if !base.blind.is_empty() {
        Verdict::Blind(base.blind.to_vec())
    } else if compared.iter().any(|c| c.fails.is_some()) || wrong.iter().any(|w| w.fails) {
        Verdict::Failed
    } else {
        Verdict::Passed
    });
    let unknown = policy.problems.iter().map(ToString::to_string);
    Comparison {
        base: base.name.to_owned(),
        head: head.name.to_owned(),
        remarks: base.remarks.iter().cloned().chain(unknown).collect(),
        findings: compared,
        gone,
        changes: changed.into_iter().map(|c| c.cause).collect::<Vec<Cause>>(),
        waivers: wrong,
        policy: policy.explained(),
        verdict,
    }
}

/// Whether what fails alone now failed only together with something else before.
fn needed_two(base: &Snapshot, risk: &Risk) -> bool {
    let pair = |was: &Risk| was.rule.code == "LP003" && was.subjects.iter().any(|s| risk.subjects.contains(s));
    risk.rule.code == "LP001" && risk.severity > Severity::Note && base.risks.iter().any(pair)
}
