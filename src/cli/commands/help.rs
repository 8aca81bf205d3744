use crate::cli::Console;
use crate::cli::args::{self, Args};
use crate::rules::{self, Rule};
use anyhow::bail;
use clap::CommandFactory as _;

pub(in crate::cli) fn explain(args: &args::Explain, console: &mut Console<'_>) -> anyhow::Result<()> {
    let pages: Vec<String> = match &args.rule {
        None => rules::ALL.into_iter().map(rules::explain).collect(),
        Some(name) => match rules::find(name) {
            Some(rule) => vec![rules::explain(rule)],
            None => bail!("there is no rule `{name}`; `linchpin rules` lists all"),
        },
    };
    Ok(console.print(&pages.join("\n"))?)
}

pub(in crate::cli) fn rules(console: &mut Console<'_>) -> anyhow::Result<()> {
    let widest = rules::ALL.iter().map(|r| r.name.len()).max().unwrap_or(0);
    let line = |r: &Rule| format!("{}  {:7}  {:widest$}  {}\n", r.code, r.severity.word(), r.name, r.summary);
    Ok(console.print(&rules::ALL.into_iter().map(line).collect::<String>())?)
}

pub(in crate::cli) fn completions(args: &args::Completions, console: &mut Console<'_>) -> anyhow::Result<()> {
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut Args::command(), "linchpin", &mut script);
    Ok(console.print(&String::from_utf8_lossy(&script))?)
}

pub(in crate::cli) fn man(args: &args::Man, console: &mut Console<'_>) -> anyhow::Result<()> {
    let mut whole = Args::command();
    whole.build();
    let described = match &args.command {
        None => whole,
        Some(name) => match whole.find_subcommand(name) {
            Some(command) => command.clone(),
            None => bail!("there is no command `{name}`; `linchpin help` lists all"),
        },
    };
    let mut page = Vec::new();
    clap_mangen::Man::new(described).render(&mut page)?;
    Ok(console.print(&String::from_utf8_lossy(&page))?)
}
