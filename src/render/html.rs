//! A report as a page of its own: no scripts, nothing from anywhere else, readable in any browser and by screen readers.

use super::Report;
use super::escape::xml;
use super::text::back;
use super::told;
use crate::gate::{Compared, Comparison, State, Verdict};
use crate::rules::digest::{Digest, Row, Story};
use crate::rules::words::{arrows, count};
use crate::rules::{Finding, Severity};
use std::fmt::Write as _;

/// What the page looks like, light or dark as the reader has it.
const STYLE: &str = "\
:root{color-scheme:light dark;--line:#8884;--bad:#b3261e;--weak:#8a5a00;--dim:#666}
@media(prefers-color-scheme:dark){:root{--bad:#ff8a80;--weak:#ffc266;--dim:#aaa}}
body{font:16px/1.5 system-ui,sans-serif;max-width:70rem;margin:0 auto;padding:1.5rem}
h1{font-size:1.6rem;margin:0}h2{font-size:1.2rem;margin:2rem 0 .5rem}
.scroll{overflow-x:auto}table{border-collapse:collapse;width:100%}
th,td{text-align:left;vertical-align:top;padding:.4rem .8rem .4rem 0;border-bottom:1px solid var(--line)}
code{font:.85em ui-monospace,monospace;overflow-wrap:anywhere}
.error{color:var(--bad);font-weight:600}.warning{color:var(--weak);font-weight:600}.dim{color:var(--dim)}
details{margin:.25rem 0}summary{cursor:pointer}ul{margin:.25rem 0;padding-left:1.25rem}
";

/// A report, or a comparison with a base, as a page.
pub fn html(report: &Report<'_>, comparison: Option<&Comparison>) -> String {
    let mut page = format!(
        "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width,initial-scale=1\">\n\
         <meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">\n\
         <title>linchpin</title>\n<style>\n{STYLE}</style>\n</head>\n<body>\n<main>\n"
    );
    match comparison {
        Some(comparison) => compared(&mut page, report, comparison),
        None => scanned(&mut page, report),
    }
    findings(&mut page, report, comparison);
    assumed(&mut page, report);
    page.push_str("</main>\n</body>\n</html>\n");
    page
}

/// Adds formatted text; writing to a string cannot fail.
macro_rules! put {
    ($page:expr, $($text:tt)*) => { let _ = write!($page, $($text)*); };
}

fn scanned(page: &mut String, report: &Report<'_>) {
    let Report { graph, labels, analysis, findings, .. } = *report;
    let digest = Digest::folded(graph, labels, analysis, findings);
    let takes = if digest.alone.count == 1 { "takes" } else { "take" };
    let title = match (graph.entries().next(), digest.alone.count) {
        (None, _) => "No entry was found, so nothing can be said to take one down".to_owned(),
        (_, 0) => "Alone, nothing takes down an entry".to_owned(),
        (_, n) => format!("Alone, {} {takes} down an entry", count(n, "thing", "things")),
    };
    head(page, report, &title);
    if !digest.alone.rows.is_empty() {
        page.push_str("<h2>Single points of failure</h2>\n<div class=\"scroll\"><table>\n<thead><tr>");
        for column in ["What", "How much of it", "Takes down", "Where", "What to do"] {
            put!(page, "<th scope=\"col\">{column}</th>");
        }
        page.push_str("</tr></thead>\n<tbody>\n");
        digest.alone.rows.iter().for_each(|row| alone(page, report, row));
        page.push_str("</tbody></table></div>\n");
    }
    if !digest.stories.is_empty() {
        page.push_str("<h2>What else is wrong</h2>\n<div class=\"scroll\"><table>\n<thead><tr>");
        for column in ["Sort", "What is wrong", "What to do"] {
            put!(page, "<th scope=\"col\">{column}</th>");
        }
        page.push_str("</tr></thead>\n<tbody>\n");
        digest.stories.iter().for_each(|story| told_once(page, story));
        page.push_str("</tbody></table></div>\n");
    }
}

fn head(page: &mut String, report: &Report<'_>, title: &str) {
    let graph = report.graph;
    put!(page, "<h1>{}</h1>\n<p class=\"dim\">", xml(title));
    put!(page, "{}, ", count(graph.components.len(), "component", "components"));
    put!(page, "{}, ", count(graph.dependencies.len(), "dependency", "dependencies"));
    put!(page, "{}</p>\n", count(graph.entries().count(), "entry", "entries"));
}

fn alone(page: &mut String, report: &Report<'_>, row: &Row) {
    put!(page, "<tr><th scope=\"row\" class=\"error\">{}</th><td>{}</td>", xml(&row.name), xml(&row.fails));
    put!(page, "<td>{}</td><td><code>{}</code>", xml(&row.victims), xml(&row.places));
    if !row.way.is_empty() {
        put!(page, "<br><span class=\"dim\">{}</span>", xml(&arrows(report.labels, row.way.iter().copied())));
    }
    put!(page, "</td><td>{}</td></tr>\n", xml(&row.fix));
}

fn told_once(page: &mut String, story: &Story<'_>) {
    let severity = story.severity.word();
    put!(page, "<tr><th scope=\"row\" class=\"{severity}\">{}</th><td>{}", xml(story.heading), xml(&story.text));
    if let Some(e) = story.place {
        put!(page, "<br><code>{}</code>", xml(&e.at.to_string()));
    }
    put!(page, "</td><td>{}</td></tr>\n", xml(&story.fix));
}

fn compared(page: &mut String, report: &Report<'_>, comparison: &Comparison) {
    let verdict = match &comparison.verdict {
        None => "What changed",
        Some(Verdict::Passed) => "The gate passes",
        Some(Verdict::Failed) => "The gate fails",
        Some(Verdict::Blind(_)) => "The gate could not look",
    };
    head(page, report, verdict);
    put!(page, "<p>Compared with {}.</p>\n", xml(&comparison.base));
    if !comparison.blind().is_empty() {
        list(page, comparison.blind().iter().map(|reason| xml(reason)));
    }
    for (state, title) in
        [(State::New, "New"), (State::Worsened, "Worse"), (State::Improved, "Better"), (State::Unchanged, "As before")]
    {
        // What is as it was matters where the policy fails on anything.
        let of_state: Vec<&Compared> =
            comparison.of(state).filter(|c| state != State::Unchanged || c.fails.is_some()).collect();
        if of_state.is_empty() {
            continue;
        }
        put!(page, "<h2>{title}</h2>\n");
        list(page, of_state.into_iter().map(change));
    }
    if !comparison.gone.is_empty() {
        page.push_str("<h2>Gone</h2>\n");
        list(page, comparison.gone.iter().map(|gone| format!("{} {}", gone.rule.code, xml(&gone.message))));
    }
    let waived: Vec<_> = comparison.waived().filter_map(|c| Some((c, c.waiver.as_ref()?))).collect();
    if !waived.is_empty() {
        page.push_str("<h2>Waived</h2>\n");
        list(page, waived.into_iter().map(|(c, w)| format!("{}: {}", xml(&c.finding.message), xml(&w.reason))));
    }
    if !comparison.waivers.is_empty() {
        page.push_str("<h2>Waivers to look at</h2>\n");
        let line = |at: String, reason: &str| format!("<code>{}</code> {}", xml(&at), xml(reason));
        list(page, comparison.waivers.iter().map(|w| line(w.at.to_string(), &w.reason)));
    }
}

fn change(compared: &Compared) -> String {
    let Finding { severity, rule, message, fix, .. } = &compared.finding;
    let mut text = format!("<span class=\"{0}\">{0}</span> {1} {2}", severity.word(), rule.code, xml(message));
    let causes = compared.causes.iter().map(|c| format!("{} ({})", c.what, c.at));
    let causes: Vec<String> = causes.chain(compared.differences.iter().cloned()).collect();
    if !causes.is_empty() {
        put!(text, "<br>because {}", xml(&causes.join("; ")));
    }
    if let Some(undo) = &compared.undo {
        put!(text, "<br>to undo: {}", xml(&back(undo)));
    }
    put!(text, "<br><span class=\"dim\">to do: {}</span>", xml(fix));
    text
}

fn list(page: &mut String, items: impl Iterator<Item = String>) {
    page.push_str("<ul>\n");
    for item in items {
        put!(page, "<li>{item}</li>\n");
    }
    page.push_str("</ul>\n");
}

/// Every finding by itself, folded by rule.
fn findings(page: &mut String, report: &Report<'_>, comparison: Option<&Comparison>) {
    let all = told::all(report, comparison);
    put!(page, "<h2>All {}</h2>\n", count(all.len(), "finding", "findings"));
    for rule in crate::rules::ALL {
        let of_rule: Vec<&Finding> = all.iter().map(|t| t.finding).filter(|f| f.rule == rule).collect();
        let Some(worst) = of_rule.iter().map(|f| f.severity).max() else { continue };
        let class = if worst == Severity::Note { "dim" } else { worst.word() };
        put!(page, "<details><summary><span class=\"{class}\">{} {}</span>: ", rule.code, rule.name);
        put!(page, "{}</summary>\n", count(of_rule.len(), "finding", "findings"));
        list(page, of_rule.into_iter().map(|f| by_itself(report, f)));
        page.push_str("</details>\n");
    }
}

fn by_itself(report: &Report<'_>, finding: &Finding) -> String {
    let mut text = xml(&finding.message);
    for e in finding.evidence.iter().take(3) {
        put!(text, "<br><code>{}</code>", xml(&e.at.to_string()));
    }
    if finding.path.len() > 1 {
        let way = arrows(report.labels, finding.path.iter().rev().copied());
        put!(text, "<br><span class=\"dim\">{}</span>", xml(&way));
    }
    put!(text, "<br>to do: {}", xml(&finding.fix));
    text
}

fn assumed(page: &mut String, report: &Report<'_>) {
    let all: Vec<String> = report.graph.assumptions.iter().map(|a| xml(&a.text)).collect();
    if !all.is_empty() {
        page.push_str("<h2>Taken for granted</h2>\n");
        list(page, all.into_iter());
    }
    let problems = &report.inventory.problems;
    if !problems.is_empty() {
        put!(page, "<details><summary>{} with the input</summary>\n", count(problems.len(), "problem", "problems"));
        list(page, problems.iter().map(|p| xml(&p.to_string())));
        page.push_str("</details>\n");
    }
}
