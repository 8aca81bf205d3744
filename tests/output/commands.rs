//! The command line, over a system made by hand.

use crate::systems::shop;
use clap::{CommandFactory as _, Parser as _};
use linchpin::cli::args::Args;
use linchpin::cli::{Console, Exit, Load, run};
use linchpin::run::{Inputs, LoadError, Loaded};
use std::fs;
use std::io::{self, Write};
use std::path::Path;

fn load(_: &Inputs) -> Result<Loaded, LoadError> {
    let shop = shop();
    Ok(Loaded { graph: shop.graph, inventory: shop.inventory, ..Loaded::default() })
}

/// Refuses to read, saying what was asked for.
fn refuse(inputs: &Inputs) -> Result<Loaded, LoadError> {
    Err(LoadError::Path(format!("{inputs:?}")))
}

pub struct Ran {
    pub exit: Exit,
    pub out: String,
    pub err: String,
}

fn ran_with(load: Load, args: &[&str]) -> Ran {
    let args = Args::try_parse_from(std::iter::once("linchpin").chain(args.iter().copied())).unwrap();
    let (mut out, mut err) = (anstream::StripStream::new(Vec::new()), anstream::StripStream::new(Vec::new()));
    let mut console = Console { out: &mut out, err: &mut err, terminal: true, quiet: false };
    let exit = run(args, load, &mut console);
    let text = |stream: anstream::StripStream<Vec<u8>>| String::from_utf8(stream.into_inner()).unwrap();
    Ran { exit, out: text(out), err: text(err) }
}

pub fn ran(args: &[&str]) -> Ran {
    ran_with(load, args)
}

/// What was typed means the right inputs; the current folder only when nothing is named.
#[test]
fn inputs_mean_what_was_typed() {
    for (args, manifests, traces) in [
        (&[][..], "[Path(\".\")]", "[]"),
        (&["scan"], "[Path(\".\")]", "[]"),
        (&["scan", "a", "b"], "[Path(\"a\"), Path(\"b\")]", "[]"),
        (&["scan", "a", "-m", "b"], "[Path(\"a\"), Path(\"b\")]", "[]"),
        (&["scan", "-t", "x"], "[]", "[Path(\"x\")]"),
        (&["scan", "-m", "-", "-t", "x"], "[Stdin]", "[Path(\"x\")]"),
        (&["blast", "cart", "-m", "k8s"], "[Path(\"k8s\")]", "[]"),
    ] {
        let Ran { exit, err, out } = ran_with(refuse, args);
        assert_eq!((exit, &*out), (Exit::Trouble, ""), "{args:?}");
        assert!(err.starts_with(&format!("error: Inputs {{ manifests: {manifests}, traces: {traces}, ")), "{err}");
    }
    let twice = ran(&["scan", "-m", "-", "-t", "-"]);
    assert_eq!(twice.exit, Exit::Trouble);
    assert_eq!(twice.err, "error: standard input can be read only once: give `-` to one option\n");
}

/// What cannot be meant is refused before anything is read.
#[test]
fn nonsense_is_refused() {
    for args in [
        &["blast"][..],
        &["scan", "--format", "dot"],
        &["scan", "--threads", "0"],
        &["blast", "x", "--fault", "meteor"],
        &["blast", "x", "--min-share", "2"],
        &["graph", "--depth", "2"],
        &["explain"],
        &["ingest"],
        &["merge"],
        &["frobnicate"],
    ] {
        let error = Args::try_parse_from(std::iter::once("linchpin").chain(args.iter().copied())).unwrap_err();
        assert_eq!(error.exit_code(), 2, "{args:?}");
    }
}

/// Every mistake ends in exit code 2, one `error:` on standard error, and nothing on standard output.
#[test]
fn mistakes_are_explained() {
    for (args, message) in [
        (&["blast", "redis-kart"][..], "no component is called `redis-kart`; did you mean `redis-cart`?"),
        (
            &["blast", "payments"],
            "`payments` could be `service:shop/payments-a`, `service:shop/payments-b`; name one by its id",
        ),
        (&["blast", "a\x1b[2J"], "no component is called `a\\u{1b}[2J`; `linchpin graph --format text` lists all"),
        (&["why", "cart"], "`cart` is no entry; the entries are `entry frontend` and `checkout`"),
        (
            &["drift", "-o", "x.svg"],
            "cannot tell a format for `x.svg`: its name has to end in one of .txt .json, or the format to stand before it \
             (`-o text=x.svg`)",
        ),
        (&["scan", "-o", "x.json", "-o", "x.json"], "`x.json` is to be written twice"),
        (
            &["graph", "--format", "json", "--blast", "cart"],
            "--collapse and --blast change drawings: use them with dot or mermaid",
        ),
        (&["drift"], "drift lies between manifests and traces: give both, as in `linchpin drift -m k8s -t traces`"),
        (&["ingest", "-", "-"], "standard input can be read only once"),
        (&["merge", "no/such/file"], "no/such/file: there is no such file or folder"),
        (
            &["schema", "grpah"],
            "there is no schema `grpah`; there are baseline, blast, config, gate, graph, manifest, report, waivers",
        ),
        (&["explain", "LP999"], "there is no rule `LP999`; `linchpin rules` lists all"),
        (&["man", "frobnicate"], "there is no command `frobnicate`; `linchpin help` lists all"),
    ] {
        let Ran { exit, out, err } = ran(args);
        assert_eq!((exit, out), (Exit::Trouble, String::new()), "{args:?}");
        assert_eq!(err, format!("error: {message}\n"));
    }
}

/// Each command prints what it is for.
#[test]
fn commands_answer() {
    for (args, start) in [
        (&["scan"][..], "15 components, 16 dependencies"),
        (&["scan", "--format", "json"], "{\n  \"schema\": \"linchpin.report/1\""),
        (&["blast", "redis-cart"], "redis-cart fails (outage)\n3 more components fail"),
        (&["blast", "redis-cart", "--min-share", "0.5"], "redis-cart fails (outage)\n1 more component fails"),
        (&["blast", "cart", "checkout", "cart"], "cart and checkout fail together (outage)\n"),
        (&["blast", "cart", "--level", "instance"], "one instance of cart fails (outage)\nnothing else is affected"),
        (&["blast", "redis-cart", "--format", "json"], "{\n  \"schema\": \"linchpin.blast/1\""),
        (&["why", "frontend"], "3 things take entry frontend down alone\n\n  redis-cart  instance    entry frontend →"),
        (&["why", "frontend", "redis-cart"], "entry frontend fails when redis-cart fails\n"),
        (&["why", "checkout", "payments-a"], "checkout stays up when payments-a fails\nthere is a way, but"),
        (&["why", "frontend", "auth"], "entry frontend stays up when auth fails\nthere is no way"),
        (&["why", "frontend", "--format", "json"], "{\n  \"schema\": \"linchpin.report/1\""),
        (&["why", "frontend", "redis-cart", "--format", "json"], "{\n  \"schema\": \"linchpin.report/1\""),
        // One of its dependents needs the other.
        (&["shared"], "Nothing couples components that look independent\n"),
        (&["shared", "--format", "json"], "{\n  \"schema\": \"linchpin.report/1\""),
        (&["retries"], "No request becomes more than one call of anything"),
        (&["retries", "--format", "json"], "{\n  \"schema\": \"linchpin.report/1\""),
        (&["timeouts"], "Of no call both the limit and the wait are known\n"),
        (&["timeouts", "--format", "json"], "{\n  \"schema\": \"linchpin.report/1\""),
        (&["paths", "--by", "length"], "Longest: "),
        (&["paths", "--format", "json"], "{\n  \"schema\": \"linchpin.report/1\""),
        (&["graph"], "digraph \"linchpin\" {\n"),
        (&["graph", "--format", "mermaid", "--focus", "cart"], "flowchart LR\n"),
        (
            &["graph", "--format", "text", "--focus", "cart", "--depth", "0"],
            "cart  service, 3 instances  k8s/cart.yaml:7\n",
        ),
        (&["graph", "--format", "json"], "{\n  \"schema\": \"linchpin.graph/1\""),
        (&["schema", "graph"], "{\n"),
        (&["explain", "single-point-of-failure"], "# LP001 single-point-of-failure\n"),
        (&["explain", "--all"], "# LP001 single-point-of-failure\n"),
        (&["rules"], "LP001  error    single-point-of-failure          one failure takes an entry down\nLP002"),
        (&["completions", "bash"], "_linchpin() {"),
        (&["man"], ".ie \\n(.g .ds Aq"),
        (&["man", "blast"], ".ie \\n(.g .ds Aq"),
    ] {
        let Ran { exit, out, err } = ran(args);
        assert_eq!(exit, Exit::Clean, "{args:?}: {err}");
        assert!(out.starts_with(start), "{args:?}: {out}");
        assert!(err.is_empty() || err.starts_with("warning: 1 problem with the inputs"), "{args:?}: {err}");
    }
    assert_eq!(ran(&["blast", "cart", "-q"]).err, "");
}

/// Files are written in the format of their extension, without colours, and nothing else is printed but that.
#[test]
fn files_are_written_whole() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    let (json, text) = (path("report.json"), path("report.txt"));
    fs::write(&text, "old").unwrap();
    let done = ran(&["scan", "-o", &json, "-o", &text]);
    assert_eq!((done.exit, &*done.err), (Exit::Clean, ""));
    assert_eq!(done.out, format!("wrote {json}\nwrote {text}\n"));
    assert!(fs::read_to_string(&json).unwrap().starts_with("{\n  \"schema\""));
    assert!(fs::read_to_string(&text).unwrap().starts_with("15 components"));
    assert_eq!(ran(&["scan", "-q", "-o", &json]).out, "");

    let nowhere = path("no/such/folder.json");
    let failed = ran(&["scan", "-o", &nowhere]);
    assert_eq!(failed.exit, Exit::Trouble);
    assert!(failed.err.starts_with(&format!("error: cannot write `{nowhere}`: ")), "{}", failed.err);
    assert_eq!(names(folder.path()), ["report.json", "report.txt"]);
}

/// A link stays a link, and a pipe or device is not replaced by a file.
#[cfg(unix)]
#[test]
fn links_and_devices_are_kept() {
    let folder = tempfile::tempdir().unwrap();
    let (target, link) = (folder.path().join("real.json"), folder.path().join("link.json"));
    fs::write(&target, "old").unwrap();
    std::os::unix::fs::symlink(&target, &link).unwrap();
    assert_eq!(ran(&["scan", "-o", link.to_str().unwrap()]).exit, Exit::Clean);
    assert!(fs::symlink_metadata(&link).unwrap().is_symlink());
    assert!(fs::read_to_string(&target).unwrap().starts_with('{'));
    let null = folder.path().join("null.json");
    std::os::unix::fs::symlink("/dev/null", &null).unwrap();
    assert_eq!(ran(&["scan", "-o", null.to_str().unwrap()]).exit, Exit::Clean);
    assert_eq!(fs::read_to_string("/dev/null").unwrap(), "");
    assert_eq!(names(folder.path()), ["link.json", "null.json", "real.json"]);
}

fn names(folder: &Path) -> Vec<String> {
    let mut names: Vec<_> =
        fs::read_dir(folder).unwrap().map(|f| f.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

/// `init` writes the template once.
#[test]
fn init_does_not_overwrite() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("linchpin.toml");
    let path = path.to_str().unwrap();
    assert_eq!(ran(&["init", path]).exit, Exit::Clean);
    assert_eq!(fs::read_to_string(path).unwrap(), linchpin::config::TEMPLATE);
    fs::write(path, "mine").unwrap();
    let again = ran(&["init", path]);
    assert_eq!(
        (again.exit, again.err),
        (Exit::Trouble, format!("error: `{path}` is there already; --force replaces it\n"))
    );
    assert_eq!(fs::read_to_string(path).unwrap(), "mine");
    assert_eq!(ran(&["init", path, "--force"]).exit, Exit::Clean);
}

/// A reader that goes away is a clean end; a full disk is not.
#[test]
fn a_closed_pipe_is_a_clean_end() {
    struct Broken(io::ErrorKind);
    impl Write for Broken {
        fn write(&mut self, _: &[u8]) -> io::Result<usize> {
            Err(self.0.into())
        }
        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }
    for (kind, expected) in [(io::ErrorKind::BrokenPipe, Exit::Clean), (io::ErrorKind::StorageFull, Exit::Trouble)] {
        for args in [&["linchpin", "scan"][..], &["linchpin", "rules"], &["linchpin", "completions", "zsh"]] {
            let mut err = Vec::new();
            let mut console = Console { out: &mut Broken(kind), err: &mut err, terminal: false, quiet: false };
            assert_eq!(run(Args::parse_from(args), load, &mut console), expected);
            assert_eq!(err.is_empty(), expected == Exit::Clean);
        }
    }
}

/// The help is what users read first: it changes on purpose only.
#[test]
fn help_is_reviewed() {
    let mut whole = Args::command().term_width(100);
    whole.build();
    insta::assert_snapshot!("help", whole.render_help());
    for name in ["scan", "blast", "graph"] {
        let command = whole.find_subcommand_mut(name).unwrap();
        insta::assert_snapshot!(format!("help_{name}"), command.render_help());
    }
}
