//! Overload as it is printed, of the fixture whose README says what is right.

use clap::Parser as _;
use insta::assert_snapshot;
use linchpin::cli::args::Args;
use linchpin::cli::{Console, Exit, run};

/// The program with these arguments in the repository's root, which is where tests run.
fn printed(args: &[&str]) -> String {
    let args = Args::try_parse_from(std::iter::once("linchpin").chain(args.iter().copied())).expect("arguments");
    let (mut out, mut err) = (anstream::StripStream::new(Vec::new()), anstream::StripStream::new(Vec::new()));
    let mut console = Console { out: &mut out, err: &mut err, terminal: true, quiet: false };
    assert_eq!(run(args, linchpin::run::load, &mut console), Exit::Clean);
    String::from_utf8(out.into_inner()).expect("text")
}

/// For people.
#[test]
fn text() {
    assert_snapshot!(printed(&["overload", "-m", "fixtures/overload"]));
}

/// For programs: the sections of the report.
#[test]
fn json() {
    assert_snapshot!(printed(&["overload", "-m", "fixtures/overload", "--format", "json"]));
}

/// What the report's first screen says of it.
#[test]
fn report() {
    assert_snapshot!(printed(&["scan", "fixtures/overload"]));
}
