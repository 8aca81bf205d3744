//! Charts and kustomizations that only their own tools can render: which there are, the exact command for each, and
//! what the commands give when the user asks for it (`--render`).
//!
//! Commands are lists of arguments and never pass a shell.

use crate::config::{Chart, Config};
use crate::discover::Input;
use crate::facts::kubernetes::{self, Kustomization};
use crate::facts::read::{self, Item, Reading, Status};
use crate::source::{Location, Problem, join};
use std::fmt;
use std::io::Read;
use std::process::{Command, Stdio};
use std::sync::Arc;

/// What the problem of an unrendered template begins with.
const UNRENDERED: &str = "is an unrendered Helm template";

/// As much of what a failing command says as a message can bear, in characters.
const SAID: usize = 300;

/// A command and its arguments.
struct Invocation {
    program: &'static str,
    arguments: Vec<String>,
}

/// As one would type it.
impl fmt::Display for Invocation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.program)?;
        for argument in &self.arguments {
            let plain = |c: char| c.is_ascii_alphanumeric() || "-_./=:@,+".contains(c);
            if !argument.is_empty() && argument.chars().all(plain) {
                write!(f, " {argument}")?;
            } else {
                write!(f, " '{}'", argument.replace('\'', "'\\''"))?;
            }
        }
        Ok(())
    }
}

/// Renders what has to be rendered, or says how to. `limit` is the most that a command may print, in bytes; `file` is
/// the `linchpin.toml`, whose folder its paths are relative to.
pub(super) fn apply(
    readings: &mut [(Input, Reading)],
    config: &Config,
    file: Option<&str>,
    run: bool,
    limit: u64,
) -> Vec<Problem> {
    let mut problems = Vec::new();
    let home = file.and_then(|f| f.rsplit_once('/')).map_or("", |(folder, _)| folder);
    let charts = charts(readings);
    for name in config.charts.keys() {
        if !charts.iter().any(|c| **c == *join(home, name.as_str())) {
            let reason = format!("`render` names `{}`, which is no chart of the input", name.as_str());
            let remedy = "name the folder of its Chart.yaml, relative to this file";
            problems.push(Problem::new(config.at(name.place()), reason).remedy(remedy));
        }
    }
    for folder in &charts {
        let settings = config.charts.iter().find(|(name, _)| *join(home, name.as_str()) == **folder).map(|(_, c)| c);
        let parts: Vec<usize> = (0..readings.len()).filter(|&i| is_part(&readings[i].0.path, folder)).collect();
        if run {
            let invocation = template(folder, settings.unwrap_or(&Chart::default()), home, true);
            problems.extend(rendered(readings, &parts, folder, &invocation, limit).err());
        } else {
            let chart = settings.cloned().unwrap_or_default();
            advise(readings, &parts, &template(folder, &chart, home, settings.is_some()));
        }
    }
    if run {
        problems.extend(kustomizations(readings, limit));
    }
    problems
}

/// Folders of charts that are not parts of others; a library is nothing by itself.
fn charts(readings: &[(Input, Reading)]) -> Vec<Arc<str>> {
    let mut folders: Vec<Arc<str>> = Vec::new();
    for (input, _) in readings {
        let (folder, name) = input.path.rsplit_once('/').unwrap_or(("", &input.path));
        let inner = folders.iter().any(|outer| folder.starts_with(&format!("{outer}/charts/")));
        if name == "Chart.yaml" && !inner {
            folders.push(folder.into());
        }
    }
    let inner = |folder: &str| folders.iter().any(|outer| folder.starts_with(&format!("{outer}/charts/")));
    folders.iter().filter(|folder| !inner(folder)).cloned().collect()
}

/// Whether a file becomes something else when its chart is rendered.
fn is_part(path: &str, chart: &str) -> bool {
    let below = |folder: &str| {
        let prefix = if chart.is_empty() { folder.to_owned() } else { format!("{chart}/{folder}") };
        path.strip_prefix(&*prefix).is_some_and(|rest| rest.starts_with('/'))
    };
    below("templates") || below("charts")
}

/// `helm template`. Without a name of its own a release is called after the chart's folder; without settings the
/// shortest command is the one to type.
fn template(folder: &str, chart: &Chart, home: &str, named: bool) -> Invocation {
    let path = if folder.is_empty() { "." } else { folder };
    // What begins with a dash would be an option.
    let path = if path.starts_with('-') { format!("./{path}") } else { path.to_owned() };
    let mut arguments = vec!["template".to_owned()];
    if named {
        let last = path.rsplit('/').find(|part| !part.is_empty() && *part != ".").unwrap_or("release");
        arguments.push(chart.release.as_ref().map_or(last, |r| r.as_str()).trim_start_matches('-').to_owned());
    }
    arguments.push(path);
    if let Some(namespace) = &chart.namespace {
        arguments.extend(["--namespace".to_owned(), namespace.as_str().to_owned()]);
    }
    for values in &chart.values {
        arguments.extend(["--values".to_owned(), join(home, values.as_str())]);
    }
    Invocation { program: "helm", arguments }
}

/// Leaves one problem for a chart, with the command that renders it.
fn advise(readings: &mut [(Input, Reading)], parts: &[usize], invocation: &Invocation) {
    let is_template = |p: &Problem| p.reason.starts_with(UNRENDERED);
    let affected: Vec<usize> =
        parts.iter().copied().filter(|&i| readings[i].1.problems.iter().any(is_template)).collect();
    let others = affected.len().saturating_sub(1);
    for (n, &i) in affected.iter().enumerate() {
        let problems = &mut readings[i].1.problems;
        let mut kept = n == 0;
        problems.retain(|p| !is_template(p) || std::mem::take(&mut kept));
        for problem in problems.iter_mut().filter(|p| is_template(p)) {
            match others {
                0 => {}
                1 => problem.reason = format!("{UNRENDERED}, and so is another one of this chart"),
                n => problem.reason = format!("{UNRENDERED}, and so are {n} others of this chart"),
            }
            problem.remedy = Some(format!("{invocation} | linchpin scan -m -, or scan with --render"));
        }
    }
}

/// Puts what a command prints in the place of a chart's files.
fn rendered(
    readings: &mut [(Input, Reading)],
    parts: &[usize],
    folder: &str,
    invocation: &Invocation,
    limit: u64,
) -> Result<(), Problem> {
    let Some((&first, rest)) = parts.split_first() else { return Ok(()) };
    let text = output(invocation, limit).map_err(|reason| {
        let remedy = format!("see what `{invocation}` says; its chart is left unrendered");
        Problem::new(Location::start(join(folder, "Chart.yaml").into()), reason).remedy(remedy)
    })?;
    // Places are those in what was rendered: nothing says which line of a template they come from.
    let path: Arc<str> = format!("{folder} (helm template)").into();
    let reading = read::read(&path, &text, true);
    for &i in rest {
        let whole = &mut readings[i].1;
        *whole = Reading { status: Status::Used, ..Reading::ignored("") };
    }
    readings[first].1 = Reading { status: Status::Used, ..reading };
    Ok(())
}

/// Renders the kustomizations that need kustomize itself.
fn kustomizations(readings: &mut [(Input, Reading)], limit: u64) -> Vec<Problem> {
    let mut problems = Vec::new();
    let all = |item: &mut Item| match item {
        Item::Kustomization(kustomization) => Some(kustomization.clone()),
        _ => None,
    };
    let known: Vec<Kustomization> = readings.iter_mut().flat_map(|(_, r)| r.items.iter_mut().filter_map(all)).collect();
    for root in kubernetes::to_render(&known) {
        let path = if root.is_empty() { ".".to_owned() } else { root.to_string() };
        let path = if path.starts_with('-') { format!("./{path}") } else { path };
        let arguments = vec!["build".to_owned(), "--enable-helm".to_owned(), path];
        let invocation = Invocation { program: "kustomize", arguments };
        let items = readings.iter_mut().flat_map(|(_, r)| r.items.iter_mut());
        let mut built = items.filter_map(|item| match item {
            Item::Kustomization(kustomization) if kustomization.folder == root => Some(kustomization),
            _ => None,
        });
        let Some(kustomization) = built.next() else { continue };
        match output(&invocation, limit) {
            Ok(text) => {
                let path: Arc<str> = format!("{root} (kustomize build)").into();
                let reading = read::read(&path, &text, true);
                problems.extend(reading.problems);
                let objects = reading.items.into_iter().filter_map(|item| match item {
                    Item::Kubernetes(object) => Some(object),
                    _ => None,
                });
                kustomization.rendered = Some(objects.collect());
            }
            Err(reason) => {
                let remedy = format!("see what `{invocation}` says; what it would change is left out");
                problems.push(Problem::new(kustomization.node.at(), reason).remedy(remedy));
            }
        }
    }
    problems
}

/// What a command prints, or why it printed nothing that can be used.
fn output(invocation: &Invocation, limit: u64) -> Result<String, String> {
    let program = invocation.program;
    let mut command = Command::new(program);
    command.args(&invocation.arguments).stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().map_err(|e| match e.kind() {
        std::io::ErrorKind::NotFound => format!("`{program}` is not on PATH, so nothing is rendered"),
        _ => format!("`{program}` cannot be run: {e}"),
    })?;
    // Both streams are read at once, or a command that fills the one would wait for ever.
    let errors = child.stderr.take();
    let errors = std::thread::spawn(move || {
        let mut text = Vec::new();
        if let Some(stream) = errors {
            // What cannot be read is not shown.
            let _ = stream.take(1 << 16).read_to_end(&mut text);
        }
        String::from_utf8_lossy(&text).into_owned()
    });
    let mut bytes = Vec::new();
    let read = child.stdout.take().map(|stream| stream.take(limit.saturating_add(1)).read_to_end(&mut bytes));
    if bytes.len() as u64 > limit {
        // It may have ended by itself meanwhile.
        let _ = child.kill();
    }
    let status = child.wait().map_err(|e| format!("`{program}` cannot be waited for: {e}"))?;
    let said = errors.join().unwrap_or_default();
    if bytes.len() as u64 > limit {
        return Err(format!("`{program}` prints more than any manifest has ({limit} bytes)"));
    }
    if let Some(Err(e)) = read {
        return Err(format!("what `{program}` prints cannot be read: {e}"));
    }
    if !status.success() {
        let said: String = said.chars().map(|c| if c.is_control() { ' ' } else { c }).take(SAID).collect();
        return Err(format!("`{program}` fails: {}", said.trim()));
    }
    String::from_utf8(bytes).map_err(|_| format!("`{program}` prints no UTF-8 text"))
}
