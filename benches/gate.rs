//! What a gate costs beside a scan of the same tree: `cargo bench --bench gate`, or `-- FILES RUNS`.
//!
//! Makes a git repository of 3,000 YAML files (a Deployment and a Service each, in layers, behind 30 Ingresses), edits it
//! in four ways, and runs `linchpin scan` and `linchpin gate --base HEAD` in turn. Prints a line a case, `{"case",
//! "scan_s", "gate_s", "ratio", "scan_cpu_s", "gate_cpu_s", "failing", "undone"}`: seconds of the clock and of CPU time
//! of a run, of the program and the git that it runs, the least of all runs; how many findings are told as failing and
//! for how many of them the lines that undo them were found. Ends with an error if a gate takes longer than 1.5 scans.
//!
//! Without `--bench`, as `cargo test --benches` calls it, the tree is small and nothing is held to a limit.

use anyhow::{Context as _, ensure};
use std::fmt::Write as _;
use std::fs;
use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Output};
use std::time::Instant;

/// A gate may cost so many scans.
const LIMIT: f64 = 1.5;
/// Services of a layer; each needs some of the next one.
const LAYERS: usize = 6;

fn main() -> anyhow::Result<()> {
    let measured = std::env::args().any(|a| a == "--bench");
    let numbers: Vec<usize> = std::env::args().skip(1).filter_map(|a| a.parse().ok()).collect();
    let (files, runs) = if measured { (3_000, 5) } else { (60, 1) };
    let files = numbers.first().copied().unwrap_or(files).max(40);
    let runs = numbers.get(1).copied().unwrap_or(runs).max(1);
    let temporary = tempfile::tempdir()?;
    let folder = &temporary.path().join("repository");
    fs::create_dir(folder)?;
    (0..files).try_for_each(|i| write(folder, i, files, Edit::None))?;
    for args in [&["init", "--quiet"][..], &["add", "--all"], &["commit", "--quiet", "--message", "base"]] {
        git(folder, args)?;
    }
    let failing = |n: usize| (0..7).map(move |i| (i, if i < n { Edit::OneReplica } else { Edit::Image }));
    let cases: [(&str, Vec<(usize, Edit)>); 4] = [
        ("nothing changed", Vec::new()),
        ("7 files edited", failing(0).collect()),
        ("7 files edited, 1 finding fails", failing(1).collect()),
        ("7 files edited, 3 findings fail", failing(3).collect()),
    ];
    let mut worst: f64 = 0.0;
    for (case, edits) in cases {
        // In the middle layers, so that something is in front of them and something behind.
        let place = |i: usize| files / 3 + i * files / 30;
        edits.iter().try_for_each(|&(i, edit)| write(folder, place(i), files, edit))?;
        let (mut scan, mut gate) = (Spent::MAX, Spent::MAX);
        let mut answer = String::new();
        for _ in 0..runs {
            scan = scan.least(run(folder, &["scan"])?.0);
            let (spent, printed) = run(folder, &["gate", "--base", "HEAD", "-o", "text=-", "-o", "json=../gate.json"])?;
            gate = gate.least(spent);
            answer = printed;
        }
        let ratio = gate.clock / scan.clock;
        worst = worst.max(ratio);
        let count = |sign: &str| answer.lines().filter(|l| l.trim_start().starts_with(sign)).count();
        let line = serde_json::json!({
            "case": case, "scan_s": scan.clock, "gate_s": gate.clock, "ratio": ratio,
            "scan_cpu_s": scan.cpu, "gate_cpu_s": gate.cpu,
            "failing": count("✗"), "undone": count("undo:"),
        });
        writeln!(std::io::stdout(), "{line}")?;
        edits.iter().try_for_each(|&(i, _)| write(folder, place(i), files, Edit::None))?;
    }
    ensure!(!measured || worst <= LIMIT, "a gate takes {worst:.2} scans, more than {LIMIT}");
    Ok(())
}

#[derive(Clone, Copy)]
enum Edit {
    None,
    /// Another version, which changes no risk.
    Image,
    /// One replica instead of two.
    OneReplica,
}

/// A service of the layer that its number falls into, which needs two to four of the next layer.
fn write(folder: &Path, number: usize, files: usize, edit: Edit) -> anyhow::Result<()> {
    let width = files.div_ceil(LAYERS);
    let below = (number / width + 1) * width;
    let rest = files.saturating_sub(below).min(width);
    let mut text = String::new();
    let name = |i: usize| format!("svc-{i:05}");
    let me = name(number);
    if number < 30 {
        write!(
            text,
            "apiVersion: networking.k8s.io/v1\nkind: Ingress\nmetadata: {{name: {me}, namespace: shop}}\nspec:\n  rules:\n    \
             - host: {me}.example.com\n      http: {{paths: [{{path: /, pathType: Prefix, backend: {{service: {{name: {me}, \
             port: {{number: 80}}}}}}}}]}}\n---\n"
        )?;
    }
    let replicas = if matches!(edit, Edit::OneReplica) { 1 } else { 2 };
    let version = if matches!(edit, Edit::Image) { 2 } else { 1 };
    write!(
        text,
        "apiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: {me}\n  namespace: shop\n  labels:\n    app: {me}\n    \
         team: team-{}\nspec:\n  replicas: {replicas}\n  selector:\n    matchLabels:\n      app: {me}\n  template:\n    \
         metadata:\n      labels:\n        app: {me}\n    spec:\n      topologySpreadConstraints:\n        - maxSkew: 1\n          \
         topologyKey: kubernetes.io/hostname\n          whenUnsatisfiable: DoNotSchedule\n          labelSelector:\n            \
         matchLabels:\n              app: {me}\n      containers:\n        - name: main\n          image: \
         registry.example.com/{me}:1.{version}.0\n          ports:\n            - containerPort: 8080\n          \
         resources:\n            requests: {{cpu: 100m, memory: 128Mi}}\n            limits: {{cpu: 500m, memory: 256Mi}}\n          \
         readinessProbe:\n            httpGet: {{path: /healthz, port: 8080}}\n          env:\n            - name: PORT\n              \
         value: \"8080\"\n",
        number % 40
    )?;
    for (k, step) in [1, 7, 31, 113].into_iter().take(2 + number % 3).enumerate() {
        if let Some(at) = (number * step + k * 17).checked_rem(rest) {
            let other = name(below + at);
            writeln!(
                text,
                "            - name: UPSTREAM_{k}_URL\n              value: http://{other}.shop.svc.cluster.local"
            )?;
        }
    }
    write!(
        text,
        "---\napiVersion: v1\nkind: Service\nmetadata:\n  name: {me}\n  namespace: shop\nspec:\n  selector:\n    app: {me}\n  \
         ports:\n    - name: http\n      port: 80\n      targetPort: 8080\n"
    )?;
    let path = folder.join(format!("team-{:02}/{me}.yaml", number % 40));
    fs::create_dir_all(path.parent().context("a file is in a folder")?)?;
    fs::write(&path, text)?;
    Ok(())
}

fn git(folder: &Path, args: &[&str]) -> anyhow::Result<()> {
    let mut git = Command::new("git");
    git.current_dir(folder).args(["-c", "user.name=b", "-c", "user.email=b@example.com", "-c", "commit.gpgsign=false"]);
    let output = git.args(args).output().context("git")?;
    ensure!(output.status.success(), "git {args:?}: {}", String::from_utf8_lossy(&output.stderr));
    Ok(())
}

/// Seconds of a run.
#[derive(Clone, Copy)]
struct Spent {
    clock: f64,
    cpu: f64,
}

impl Spent {
    const MAX: Self = Self { clock: f64::INFINITY, cpu: f64::INFINITY };

    fn least(self, other: Self) -> Self {
        Self { clock: self.clock.min(other.clock), cpu: self.cpu.min(other.cpu) }
    }
}

/// What a run took, and what it printed.
fn run(folder: &Path, args: &[&str]) -> anyhow::Result<(Spent, String)> {
    let (started, before) = (Instant::now(), children_cpu_seconds()?);
    let Output { status, stdout, stderr } =
        Command::new(env!("CARGO_BIN_EXE_linchpin")).current_dir(folder).args(args).output()?;
    let spent = Spent { clock: started.elapsed().as_secs_f64(), cpu: children_cpu_seconds()? - before };
    ensure!(matches!(status.code(), Some(0 | 1)), "{args:?}: {}", String::from_utf8_lossy(&stderr));
    Ok((spent, String::from_utf8_lossy(&stdout).into_owned()))
}

/// Time that all processes ran that this one has waited for, those that they waited for included; 0 where the system
/// does not say it.
fn children_cpu_seconds() -> anyhow::Result<f64> {
    /// Clock ticks of `/proc` in a second, on every Linux.
    const TICKS: f64 = 100.0;
    let Ok(stat) = fs::read_to_string("/proc/self/stat") else { return Ok(0.0) };
    // The name of the program stands in brackets and may hold blanks; fields count from what follows it.
    let fields: Vec<&str> = stat.rsplit(')').next().unwrap_or_default().split_whitespace().collect();
    let ticks: f64 = fields.get(13..15).unwrap_or_default().iter().filter_map(|f| f.parse::<f64>().ok()).sum();
    Ok(ticks / TICKS)
}
