//! The command line: what was typed ([`args`]), what it means ([`Inputs`], [`Format`]), and a file for each command.

pub mod args;
mod choices;
mod commands;
mod console;
mod format;
mod output;
mod progress;

pub use console::Console;
pub use format::Format;
pub use progress::{Bar, Clearing};

use crate::run::{Inputs, LoadError, Loaded};
use args::{Args, Command};
use std::io;
use std::process::ExitCode;

/// How a run ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exit {
    /// What was asked for was done, whatever was found.
    Clean,
    /// A gate failed.
    Failed,
    /// It could not be done.
    Trouble,
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        match exit {
            Exit::Clean => ExitCode::SUCCESS,
            Exit::Failed => ExitCode::from(1),
            Exit::Trouble => ExitCode::from(2),
        }
    }
}

/// How the commands come by the system that they speak of: [`crate::run::load`], or one made by hand in tests.
pub type Load = fn(&Inputs) -> Result<Loaded, LoadError>;

/// Does what was asked for. Errors go to standard error with what to do about them; a reader that has gone away is a
/// clean end.
pub fn run(args: Args, load: Load, console: &mut Console<'_>) -> Exit {
    match dispatch(args, load, console) {
        Ok(exit) => exit,
        Err(error) if reader_is_gone(&error) => Exit::Clean,
        Err(error) => {
            console.error(&format!("{error:#}"));
            Exit::Trouble
        }
    }
}

fn dispatch(args: Args, load: Load, console: &mut Console<'_>) -> anyhow::Result<Exit> {
    console.quiet = args.quiet;
    if let Some(threads) = args.threads {
        rayon::ThreadPoolBuilder::new().num_threads(threads.get()).build_global()?;
    }
    match args.command.unwrap_or_default() {
        Command::Gate(gate) => return commands::gate(gate, load, console),
        Command::Diff(diff) => commands::diff(diff, load, console),
        Command::Waivers(waivers) => commands::waivers(waivers, load, console),
        Command::Scan(scan) => commands::scan(scan, load, console),
        Command::Blast(blast) => commands::blast(blast, load, console),
        Command::Why(why) => commands::why(why, load, console),
        Command::WhyEdge(why) => commands::why_edge(why, load, console),
        Command::Cuts(cuts) => commands::cuts(cuts, load, console),
        Command::Retries(retries) => commands::retries(retries, load, console),
        Command::Overload(overload) => commands::overload(overload, load, console),
        Command::Shared(shared) => commands::shared(shared, load, console),
        Command::Timeouts(timeouts) => commands::timeouts(timeouts, load, console),
        Command::Paths(paths) => commands::paths(paths, load, console),
        Command::Drift(drift) => commands::drift(drift, load, console),
        Command::Graph(graph) => commands::graph(graph, load, console),
        Command::Ingest(ingest) => commands::ingest(ingest, console),
        Command::Merge(merge) => commands::merge(merge, console),
        Command::Sql(sql) => commands::sql(sql, console),
        Command::Schema(schema) => commands::schema(&schema, console),
        Command::Init(init) => commands::init(&init, console),
        Command::Explain(explain) => commands::explain(&explain, console),
        Command::Rules => commands::rules(console),
        Command::Completions(completions) => commands::completions(&completions, console),
        Command::Man(man) => commands::man(&man, console),
    }?;
    Ok(Exit::Clean)
}

fn reader_is_gone(error: &anyhow::Error) -> bool {
    let broken_pipe = |e: &io::Error| e.kind() == io::ErrorKind::BrokenPipe;
    error.chain().filter_map(|cause| cause.downcast_ref()).any(broken_pipe)
}
