//! What was typed of comparisons and waivers.

use super::{DiffFormat, FindingsFormat, InputArgs, Output, ReportFormat};
use clap::Args as ClapArgs;
use std::path::PathBuf;

/// How a gate ends, and what it compares.
pub(super) const GATE_HELP: &str = "\
Exit codes: 0 passed, 1 failed, 2 it could not look (a base that cannot be read, a file that could be read at the base \
and cannot be read now). Risks are compared, not text: what is new or worse fails from warnings up unless [policy] in \
linchpin.toml says otherwise; what is as it was never does.";

/// `gate`
#[derive(Debug, ClapArgs)]
pub struct Gate {
    /// Manifests to read
    pub path: Vec<PathBuf>,
    /// What the base is.
    #[command(flatten)]
    pub against: Against,
    /// Compare with the very commit of --base, not with the last one that it and HEAD have in common
    #[arg(long, requires = "base")]
    pub exact: bool,
    /// Print the policy in force, and which part of it each failure rests on
    #[arg(long)]
    pub explain_policy: bool,
    /// Write the findings to the file of --baseline, unless it would grow
    #[arg(long, requires = "baseline")]
    pub update_baseline: bool,
    /// Let the baseline grow
    #[arg(long, requires = "update_baseline")]
    pub allow_growth: bool,
    /// Judge waivers as of another day, such as 2026-12-31
    #[arg(long, value_name = "DAY")]
    pub today: Option<String>,
    /// Show at most N findings of a sort [default: what fits a screen]
    #[arg(long, value_name = "N")]
    pub limit: Option<usize>,
    /// What to read.
    #[command(flatten)]
    pub inputs: InputArgs,
    /// Where the answer goes.
    #[command(flatten)]
    pub output: Output<FindingsFormat>,
}

/// What a gate compares with.
#[derive(Debug, ClapArgs)]
#[group(required = true, multiple = false)]
pub struct Against {
    /// A branch, tag or commit, read straight from git
    #[arg(long, value_name = "REF")]
    pub base: Option<String>,
    /// A folder that holds the base: what -m calls `k8s` is DIR/k8s, or DIR itself
    #[arg(long, value_name = "DIR")]
    pub base_dir: Option<PathBuf>,
    /// A baseline or a saved report (`linchpin scan -o FILE.json`)
    #[arg(long, value_name = "FILE")]
    pub baseline: Option<PathBuf>,
}

/// `diff`
#[derive(Debug, ClapArgs)]
pub struct Diff {
    /// A commit, a folder, or a saved report
    pub base: String,
    /// A commit or a folder [default: what is here]
    pub head: Option<String>,
    /// Show at most N rows of a sort [default: what fits a screen]
    #[arg(long, value_name = "N")]
    pub limit: Option<usize>,
    /// What to read.
    #[command(flatten)]
    pub inputs: InputArgs,
    /// Where the answer goes.
    #[command(flatten)]
    pub output: Output<DiffFormat>,
}

/// `waivers`
#[derive(Debug, ClapArgs)]
pub struct Waivers {
    /// Manifests to read
    pub path: Vec<PathBuf>,
    /// Only what has expired or expires within N days
    #[arg(long, value_name = "N")]
    pub within: Option<u64>,
    /// Judge waivers as of another day, such as 2026-12-31
    #[arg(long, value_name = "DAY")]
    pub today: Option<String>,
    /// What to read.
    #[command(flatten)]
    pub inputs: InputArgs,
    /// Where the answer goes.
    #[command(flatten)]
    pub output: Output<ReportFormat>,
}
