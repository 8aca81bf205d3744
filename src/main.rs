//! The `linchpin` command.

use clap::Parser as _;
use linchpin::cli::{self, Bar, Clearing, Console, args::Args};
use linchpin::run;
use std::cell::Cell;
use std::io::IsTerminal as _;
use std::process::ExitCode;

fn main() -> ExitCode {
    let args = Args::parse();
    let watched = std::io::stderr().is_terminal() && !args.quiet;
    let bar = Cell::new(watched.then(Bar::watch));
    let terminal = std::io::stdout().is_terminal();
    let mut out = Clearing { bar: &bar, stream: anstream::stdout() };
    let mut err = Clearing { bar: &bar, stream: anstream::stderr() };
    let mut console = Console { out: &mut out, err: &mut err, terminal, quiet: false };
    cli::run(args, run::load, &mut console).into()
}
