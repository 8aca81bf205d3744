//! Findings that are accepted for now: by `linchpin.toml`, or by a comment beside the line.

use super::{Waived, WaiverProblem};
use crate::config::{Config, Date};
use crate::facts::read::Comment;
use crate::graph::{Evidence, Graph, lookup};
use crate::rules::{self, Finding, Rule};
use std::sync::Arc;

/// A waiver, and what it does.
#[derive(Clone, Debug, PartialEq)]
pub struct Waiver {
    /// The rules whose findings it accepts; none if it is not understood.
    pub rules: Vec<&'static Rule>,
    /// Whom it is about, as written; for a comment, the place says it.
    pub subject: Option<String>,
    /// What it grants.
    pub grant: Waived,
    /// Its last day is over.
    pub expired: bool,
    /// The findings that it is about, by their place in the list.
    pub findings: Vec<usize>,
    /// Why it can do nothing.
    pub wrong: Option<String>,
    matches: Matches,
}

#[derive(Clone, Debug, PartialEq)]
enum Matches {
    Subject(Option<crate::graph::ComponentId>),
    Comment { document: (u32, u32), whole: bool },
}

/// All waivers, with the findings that each is about, by place.
pub fn waivers(config: &Config, graph: &Graph, findings: &[Finding], comments: &[Comment], today: Date) -> Vec<Waiver> {
    let of_file = config.waivers.iter().map(|w| {
        let (subject, wrong) = match w.subject.as_ref().map(|name| lookup(graph, name.as_str())) {
            None => (None, None),
            Some(Ok(id)) => (Some(id), None),
            Some(Err(error)) => (None, Some(error.to_string())),
        };
        Waiver {
            rules: rules::find(w.rule.as_str()).into_iter().collect(),
            subject: w.subject.as_ref().map(|name| name.as_str().to_owned()),
            grant: Waived {
                reason: w.reason.as_str().into(),
                owner: w.owner.as_ref().map(|o| o.as_str().into()),
                expires: w.expires.as_ref().map(|d| **d),
                at: config.at(w.rule.place()),
            },
            expired: w.expired(today),
            findings: Vec::new(),
            wrong,
            matches: Matches::Subject(subject),
        }
    });
    let mut all: Vec<Waiver> = of_file.chain(comments.iter().map(|c| of_comment(c, today))).collect();
    all.sort_by(|a, b| a.grant.at.cmp(&b.grant.at));
    for waiver in all.iter_mut().filter(|w| w.wrong.is_none()) {
        let about = |f: &Finding| waiver.rules.contains(&f.rule) && waiver.matches(graph, f);
        waiver.findings = findings.iter().enumerate().filter(|(_, f)| about(f)).map(|(i, _)| i).collect();
    }
    all
}

/// What accepts each finding, if anything: the first waiver that has not expired.
pub fn granted(waivers: &[Waiver], findings: usize) -> Vec<Option<Waived>> {
    let mut granted: Vec<Option<Waived>> = vec![None; findings];
    for waiver in waivers.iter().filter(|w| !w.expired) {
        for &i in &waiver.findings {
            if let Some(place) = granted.get_mut(i) {
                place.get_or_insert_with(|| waiver.grant.clone());
            }
        }
    }
    granted
}

/// Waivers that do not do what somebody wrote them for.
pub fn problems(waivers: &[Waiver], granted: &[Option<Waived>]) -> Vec<WaiverProblem> {
    let problem = |w: &Waiver| {
        let rules: Vec<&str> = w.rules.iter().map(|r| r.code).collect();
        let name = match &w.subject {
            Some(subject) => format!("the waiver of {} for {subject}", rules.join(", ")),
            None => format!("the waiver of {}", rules.join(", ")),
        };
        let uncovered = w.findings.iter().any(|&i| granted.get(i).is_some_and(Option::is_none));
        let (reason, fails) = match (&w.wrong, w.expired, w.grant.expires) {
            (Some(wrong), _, _) => (format!("this waiver does nothing: {wrong}"), false),
            (None, true, Some(day)) if uncovered => {
                let owner = w.grant.owner.as_ref().map_or(String::new(), |o| format!(", owner {o}"));
                (format!("{name} expired on {day} ({}{owner}): repair it, or agree on a new day", w.grant.reason), true)
            }
            _ if w.findings.is_empty() => {
                (format!("{name} accepts nothing: there is no such finding any more, delete it"), false)
            }
            _ => return None,
        };
        Some(WaiverProblem { at: w.grant.at.clone(), reason, fails })
    };
    waivers.iter().filter_map(problem).collect()
}

impl Waiver {
    /// `in-force`, `expired`, `unused`, or `wrong` if it is not understood.
    pub fn state(&self) -> &'static str {
        match (&self.wrong, self.expired, self.findings.is_empty()) {
            (Some(_), ..) => "wrong",
            (None, true, _) => "expired",
            (None, false, true) => "unused",
            (None, false, false) => "in-force",
        }
    }

    fn matches(&self, graph: &Graph, finding: &Finding) -> bool {
        let at = &self.grant.at;
        match &self.matches {
            Matches::Subject(None) => true,
            Matches::Subject(Some(id)) => finding.subjects.contains(id),
            Matches::Comment { document: (first, last), whole } => {
                let here = |e: &&Evidence| e.at.file == at.file && (*first..=*last).contains(&e.at.line);
                let beside =
                    |e: &&Evidence| here(e) && (e.at.line == at.line || e.at.line == at.line.saturating_add(1));
                let declared = || finding.subjects.iter().flat_map(|&s| &graph.component(s).evidence);
                finding.evidence.iter().any(|e| beside(&e))
                    || (*whole && (declared().any(|e| here(&e)) || finding.evidence.first().is_some_and(|e| here(&e))))
            }
        }
    }
}

/// `ignore[LP001, until=2026-12-31, owner=payments] the reason`.
fn of_comment(comment: &Comment, today: Date) -> Waiver {
    let mut waiver = Waiver {
        rules: Vec::new(),
        subject: None,
        grant: Waived { reason: "".into(), owner: None, expires: None, at: comment.at.clone() },
        expired: false,
        findings: Vec::new(),
        wrong: None,
        matches: Matches::Comment { document: comment.document, whole: comment.whole },
    };
    waiver.wrong = read(&comment.text, &mut waiver, today).err();
    waiver
}

fn read(text: &str, waiver: &mut Waiver, today: Date) -> Result<(), String> {
    const FORM: &str = "the form is `# linchpin: ignore[LP001] reason`, with `until=2026-12-31` and `owner=name` beside the rule if wanted";
    let rest = text.strip_prefix("ignore").ok_or_else(|| format!("it does not begin with `ignore`; {FORM}"))?;
    let (inside, reason) = rest
        .strip_prefix('[')
        .and_then(|rest| rest.split_once(']'))
        .ok_or_else(|| format!("it names no rule in brackets; {FORM}"))?;
    let reason = reason.trim_start_matches([':', ' ', '-']).trim();
    waiver.grant.reason = reason.into();
    for item in inside.split(',').map(str::trim).filter(|item| !item.is_empty()) {
        match item.split_once('=').map(|(key, value)| (key.trim(), value.trim())) {
            None => {
                waiver.rules.push(rules::find(item).ok_or_else(|| format!("there is no rule `{item}`"))?);
            }
            Some(("until", day)) => {
                let day = Date::parse(day).ok_or_else(|| format!("`{day}` is no day such as 2026-12-31"))?;
                waiver.grant.expires = Some(day);
                waiver.expired = day < today;
            }
            Some(("owner", name)) => waiver.grant.owner = Some(Arc::from(name)),
            Some((key, _)) => return Err(format!("`{key}` is neither `until` nor `owner`; {FORM}")),
        }
    }
    if waiver.rules.is_empty() {
        return Err(format!("it names no rule in brackets; {FORM}"));
    }
    if reason.is_empty() {
        return Err("it needs a reason after the bracket".to_owned());
    }
    Ok(())
}

/// The day, as far as waivers are concerned: in UTC.
pub fn today(now: std::time::SystemTime) -> Option<Date> {
    let seconds = now.duration_since(std::time::UNIX_EPOCH).ok()?.as_secs();
    Date::of_days(seconds / 86_400)
}
