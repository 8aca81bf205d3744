//! The `linchpin` command.

use clap::Parser as _;
use linchpin::cli::{self, Console, args::Args};
use linchpin::run;
use std::io::IsTerminal as _;
use std::process::ExitCode;

fn main() -> ExitCode {
    let args = Args::parse();
    let terminal = std::io::stdout().is_terminal();
    let mut out = anstream::stdout();
    let mut err = anstream::stderr();
    let mut console = Console { out: &mut out, err: &mut err, terminal, quiet: false };
    cli::run(args, run::load, &mut console).into()
}
