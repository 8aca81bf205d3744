//! What was typed.

mod blast;
mod gate;
mod sql;

pub use super::choices::{
    CollapseBy, DiffFormat, Fault, FaultLevel, FindingsFormat, GraphFormat, PathBy, ReportFormat,
};
use crate::graph::change;
use crate::run::{Inputs, Source};
use anyhow::bail;
pub use blast::Blast;
use clap::{Args as ClapArgs, Parser, Subcommand, ValueEnum};
use gate::GATE_HELP;
pub use gate::{Against, Diff, Gate, Waivers};
pub use sql::{Clickhouse, Sql, SqlOf, TableSchema};
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};

/// What would break, and why: the blast radius of every failure, from manifests and traces.
#[derive(Debug, Parser)]
#[command(name = "linchpin", version, after_help = "Without a command, linchpin scans the current folder.")]
pub struct Args {
    /// What to do.
    #[command(subcommand)]
    pub command: Option<Command>,
    /// Use N threads [default: all cores]
    #[arg(long, value_name = "N", global = true)]
    pub threads: Option<NonZeroUsize>,
    /// Print nothing but what was asked for
    #[arg(short, long, global = true)]
    pub quiet: bool,
}

/// What can be asked for.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Report what takes an entry down, what is shared and what is wrong, worst first
    Scan(Scan),
    /// Show what breaks when components fail together
    Blast(Blast),
    /// Show by which ways failures come into an entry
    Why(Why),
    /// Show every setting that made the tries and the limit of one component's calls to another
    WhyEdge(WhyEdge),
    /// Show the minimal sets of failures that take an entry down
    Cuts(Cuts),
    /// Show what couples components that look independent, and capacities that are asked for more than they have
    Shared(Shared),
    /// Show how many calls one request becomes, and loops in which calls multiply
    Retries(Retries),
    /// Show which callers give up before their callees do, and which never do
    Timeouts(Timeouts),
    /// Show who gets more than he can serve after which failure, and who stays so
    Overload(Overload),
    /// Show the worst ways of failures into entries, for every source
    Paths(Paths),
    /// Show where manifests and traces disagree
    Drift(Drift),
    /// Compare with a base and fail on what is new or worse
    #[command(after_help = GATE_HELP)]
    Gate(Gate),
    /// Show what changed in the system and its risks between two states, without a verdict
    Diff(Diff),
    /// List what is waived, by whom and until when
    Waivers(Waivers),
    /// Draw or print the graph
    Graph(Graph),
    /// Make a small summary of traces, to keep, to merge and to read with -t
    Ingest(Ingest),
    /// Merge summaries of traces, such as those of several machines
    #[command(after_help = MERGE_HELP)]
    Merge(Merge),
    /// Print a query that summarises traces where they are stored
    Sql(Sql),
    /// Print the JSON Schema of a format
    Schema(Schema),
    /// Write a linchpin.toml with every setting explained
    Init(Init),
    /// Explain a rule: what it finds, why that is bad, what to do
    Explain(Explain),
    /// List all rules
    Rules,
    /// Print a completion script for a shell
    Completions(Completions),
    /// Print a manual page
    Man(Man),
}

impl Default for Command {
    fn default() -> Self {
        Self::Scan(Scan::default())
    }
}

/// What to read. Every command that looks at a system takes these.
#[derive(Clone, Debug, Default, ClapArgs)]
#[command(next_help_heading = "Inputs")]
pub struct InputArgs {
    /// Read manifests from a file or folder; `-` is standard input [default: the current folder]
    #[arg(short, long, value_name = "PATH")]
    pub manifests: Vec<PathBuf>,
    /// Read trace exports from a file or folder; `-` is standard input
    #[arg(short, long, value_name = "PATH")]
    pub traces: Vec<PathBuf>,
    /// Read only files whose path matches
    #[arg(long, value_name = "GLOB")]
    pub select: Vec<String>,
    /// Look only at one cluster, Compose project or stack
    #[arg(long, value_name = "NAME")]
    pub scope: Option<String>,
    /// Switch a Compose profile on
    #[arg(long, value_name = "NAME")]
    pub profile: Vec<String>,
    /// Read files that .gitignore leaves out
    #[arg(long)]
    pub no_ignore: bool,
    /// Render Helm charts and kustomizations with `helm` and `kustomize`, which have to be on PATH
    #[arg(long)]
    pub render: bool,
    /// Suppose a change, such as "replicas(cart)=3" or "soft(frontend->ads)"; may be repeated
    #[arg(long, value_name = "CHANGE", long_help = with_help(), help_heading = "What if")]
    pub with: Vec<String>,
    /// Suppose that a component, or a dependency "frontend->ads", is not there; may be repeated
    #[arg(long, value_name = "COMPONENT", help_heading = "What if")]
    pub without: Vec<String>,
}

/// What can be supposed.
fn with_help() -> String {
    format!(
        "Suppose a change, compute everything again, and say so in the answer. May be repeated; changes are made in \
         order, those of --without last. X, Y and Z are ids, names, namespace/name, aliases or unambiguous parts of \
         ids.\n\n{}",
        change::GRAMMAR
    )
}

impl InputArgs {
    /// What the paths mean: the current folder when none is given at all.
    ///
    /// # Errors
    /// If standard input would be read twice.
    pub fn meaning(self, more_manifests: Vec<PathBuf>) -> anyhow::Result<Inputs> {
        let source = |path: PathBuf| if path == Path::new("-") { Source::Stdin } else { Source::Path(path) };
        let mut manifests: Vec<Source> = more_manifests.into_iter().chain(self.manifests).map(source).collect();
        let traces: Vec<Source> = self.traces.into_iter().map(source).collect();
        if manifests.iter().chain(&traces).filter(|s| **s == Source::Stdin).count() > 1 {
            bail!("standard input can be read only once: give `-` to one option");
        }
        if manifests.is_empty() && traces.is_empty() {
            manifests.push(Source::Path(".".into()));
        }
        let with = self.with.into_iter().map(|text| ("--with", change::parse(&text), text));
        let without = self.without.into_iter().map(|text| ("--without", change::parse_without(&text), text));
        let read = |(option, change, text): (&str, Result<_, change::ParseError>, String)| match change {
            Ok(change) => Ok((format!("{option} {text}"), change)),
            Err(error) => bail!("cannot read `{option} {text}`: {error} (`linchpin scan --help` lists the changes)"),
        };
        let changes = with.chain(without).map(read).collect::<anyhow::Result<_>>()?;
        let Self { select, scope, profile, no_ignore, render, .. } = self;
        Ok(Inputs { manifests, traces, select, scope, profiles: profile, no_ignore, render, changes })
    }
}

/// `scan`
#[derive(Debug, Default, ClapArgs)]
pub struct Scan {
    /// Manifests to read
    pub path: Vec<PathBuf>,
    /// What to read.
    #[command(flatten)]
    pub inputs: InputArgs,
    /// Where the report goes.
    #[command(flatten)]
    pub output: Output<FindingsFormat>,
    /// Tell every finding by itself, at most N of a sort [default: what fits a screen; JSON: 10000]
    #[arg(long, value_name = "N")]
    pub limit: Option<usize>,
    /// Tell every finding by itself, with what to do about it
    #[arg(long, conflicts_with = "limit")]
    pub all: bool,
    /// List every problem with the inputs and why files were left aside
    #[arg(long)]
    pub problems: bool,
    /// List every place at which something is assumed
    #[arg(long)]
    pub assumptions: bool,
}

/// `why`
#[derive(Debug, ClapArgs)]
pub struct Why {
    /// Where users come in
    pub entry: String,
    /// What fails [default: everything that takes the entry down alone]
    pub component: Option<String>,
    /// Show at most N ways [default: 40]
    #[arg(long, value_name = "N")]
    pub limit: Option<usize>,
    /// What to read.
    #[command(flatten)]
    pub inputs: InputArgs,
    /// Where the answer goes.
    #[command(flatten)]
    pub output: Output<ReportFormat>,
}

/// `why-edge`
#[derive(Debug, ClapArgs)]
pub struct WhyEdge {
    /// Who calls: an id, a name, namespace/name, an alias or an unambiguous part of an id
    pub from: String,
    /// Who is called
    pub to: String,
    /// What to read.
    #[command(flatten)]
    pub inputs: InputArgs,
    /// Where the answer goes.
    #[command(flatten)]
    pub output: Output<ReportFormat>,
}

/// `cuts`
#[derive(Debug, ClapArgs)]
pub struct Cuts {
    /// Where users come in; may be repeated [default: all entries]
    #[arg(long, value_name = "ENTRY")]
    pub entry: Vec<String>,
    /// Look for sets of up to N failures at once
    #[arg(long, value_name = "N", default_value_t = 2, value_parser = clap::value_parser!(u8).range(1..=10))]
    pub max_size: u8,
    /// Show at most N rows of an entry [default: 20; JSON: 10000 of all]
    #[arg(long, value_name = "N")]
    pub limit: Option<usize>,
    /// What to read.
    #[command(flatten)]
    pub inputs: InputArgs,
    /// Where the answer goes.
    #[command(flatten)]
    pub output: Output<ReportFormat>,
}

/// `shared`
#[derive(Debug, ClapArgs)]
pub struct Shared {
    /// Show at most N rows of a sort [default: 30; JSON: 10000]
    #[arg(long, value_name = "N")]
    pub limit: Option<usize>,
    /// What to read.
    #[command(flatten)]
    pub inputs: InputArgs,
    /// Where the answer goes.
    #[command(flatten)]
    pub output: Output<ReportFormat>,
}

/// `retries`
#[derive(Debug, ClapArgs)]
pub struct Retries {
    /// Leave out of the text what becomes fewer calls than N [default: only one]
    #[arg(long, value_name = "N")]
    pub min: Option<f64>,
    /// Show at most N rows [default: 30; JSON: 10000]
    #[arg(long, value_name = "N")]
    pub limit: Option<usize>,
    /// What to read.
    #[command(flatten)]
    pub inputs: InputArgs,
    /// Where the answer goes.
    #[command(flatten)]
    pub output: Output<ReportFormat>,
}

/// `timeouts`
#[derive(Debug, ClapArgs)]
pub struct Timeouts {
    /// Show at most N rows of a sort [default: 30; JSON: 10000]
    #[arg(long, value_name = "N")]
    pub limit: Option<usize>,
    /// What to read.
    #[command(flatten)]
    pub inputs: InputArgs,
    /// Where the answer goes.
    #[command(flatten)]
    pub output: Output<ReportFormat>,
}

/// `overload`
#[derive(Debug, ClapArgs)]
pub struct Overload {
    /// Show at most N rows of a sort [default: 10; JSON: 10000]
    #[arg(long, value_name = "N")]
    pub limit: Option<usize>,
    /// What to read.
    #[command(flatten)]
    pub inputs: InputArgs,
    /// Where the answer goes.
    #[command(flatten)]
    pub output: Output<ReportFormat>,
}

/// `paths`
#[derive(Debug, ClapArgs)]
pub struct Paths {
    /// Only those of what fails here
    #[arg(long, value_name = "COMPONENT")]
    pub from: Option<String>,
    /// Only those into this entry
    #[arg(long, value_name = "ENTRY")]
    pub to: Option<String>,
    /// What makes a way the worst [default: each of them]
    #[arg(long, value_enum)]
    pub by: Vec<PathBy>,
    /// Only those of at least this probability, length or number of calls
    #[arg(long, value_name = "N")]
    pub min: Option<f64>,
    /// Show at most N rows of a sort [default: 20; JSON: 10000]
    #[arg(long, value_name = "N")]
    pub limit: Option<usize>,
    /// What to read.
    #[command(flatten)]
    pub inputs: InputArgs,
    /// Where the answer goes.
    #[command(flatten)]
    pub output: Output<ReportFormat>,
}

/// `drift`
#[derive(Debug, ClapArgs)]
pub struct Drift {
    /// Show at most N rows of a sort [default: 20; JSON: 10000]
    #[arg(long, value_name = "N")]
    pub limit: Option<usize>,
    /// What to read.
    #[command(flatten)]
    pub inputs: InputArgs,
    /// Where the answer goes.
    #[command(flatten)]
    pub output: Output<ReportFormat>,
}

/// `ingest`
#[derive(Debug, ClapArgs)]
pub struct Ingest {
    /// Trace exports or summaries to read: files, folders, `-` for standard input
    #[arg(required_unless_present = "traces")]
    pub path: Vec<PathBuf>,
    /// The same
    #[arg(short, long, value_name = "PATH")]
    pub traces: Vec<PathBuf>,
    /// Write the summary to a file instead of standard output
    #[arg(short, long, value_name = "FILE")]
    pub output: Option<PathBuf>,
}

/// What a person has to know before splitting traces over machines.
const MERGE_HELP: &str = "\
If all spans of a trace were ingested together, merging gives exactly what ingesting everything at once would have \
given; links from one trace to another are followed for 65,536 messages of each summary. If not, calls between spans \
that were apart are lost: merge says how many at most. Spans that are in several summaries count several times.";

/// `merge`
#[derive(Debug, ClapArgs)]
pub struct Merge {
    /// Summaries made by `linchpin ingest`: files, folders, `-` for standard input
    #[arg(required = true)]
    pub path: Vec<PathBuf>,
    /// Write the summary to a file instead of standard output
    #[arg(short, long, value_name = "FILE")]
    pub output: Option<PathBuf>,
}

/// `graph`
#[derive(Debug, ClapArgs)]
pub struct Graph {
    /// Show only what is near a component
    #[arg(long, value_name = "COMPONENT")]
    pub focus: Vec<String>,
    /// How many dependencies away from the focus
    #[arg(long, value_name = "N", default_value_t = 1, requires = "focus")]
    pub depth: u32,
    /// Highlight what breaks when a component fails
    #[arg(long, value_name = "COMPONENT")]
    pub blast: Vec<String>,
    /// The entry whose fault tree is wanted, for open-psa [default: the only one]
    #[arg(long, value_name = "ENTRY")]
    pub entry: Option<String>,
    /// Draw all of a namespace or owner as one box
    #[arg(long, value_enum)]
    pub collapse: Option<CollapseBy>,
    /// What to read.
    #[command(flatten)]
    pub inputs: InputArgs,
    /// Where the drawing goes.
    #[command(flatten)]
    pub output: Output<GraphFormat>,
}

/// `schema`
#[derive(Debug, ClapArgs)]
pub struct Schema {
    /// Which format
    pub name: String,
}

/// `init`
#[derive(Debug, ClapArgs)]
pub struct Init {
    /// The file to write
    #[arg(default_value = "linchpin.toml")]
    pub path: PathBuf,
    /// Replace it if it is there
    #[arg(long)]
    pub force: bool,
}

/// `explain`
#[derive(Debug, ClapArgs)]
pub struct Explain {
    /// The rule's code or name
    #[arg(required_unless_present = "all")]
    pub rule: Option<String>,
    /// Explain all rules
    #[arg(long, conflicts_with = "rule")]
    pub all: bool,
}

/// `completions`
#[derive(Debug, ClapArgs)]
pub struct Completions {
    /// Which shell
    pub shell: clap_complete::Shell,
}

/// `man`
#[derive(Debug, ClapArgs)]
pub struct Man {
    /// The command to describe [default: linchpin itself]
    pub command: Option<String>,
}

/// Where an answer goes, and in which format.
#[derive(Clone, Debug, Default, ClapArgs)]
#[command(next_help_heading = "Output")]
pub struct Output<F: ValueEnum + Clone + Send + Sync + 'static> {
    /// Format of what is printed
    #[arg(long, value_enum)]
    pub format: Option<F>,
    /// Write to a file instead, in the format of its extension or the one before `=`; `-` is standard output; may be
    /// repeated
    #[arg(short, long, value_name = "[FORMAT=]FILE")]
    pub output: Vec<PathBuf>,
}
