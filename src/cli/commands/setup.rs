use crate::cli::output::write_whole;
use crate::cli::{Console, args};
use crate::{config, schema};
use anyhow::{Context as _, bail};

pub(in crate::cli) fn schema(args: &args::Schema, console: &mut Console<'_>) -> anyhow::Result<()> {
    match schema::schema(&args.name) {
        Some(schema) => Ok(console.print(&format!("{}\n", schema.trim_end()))?),
        None => bail!("there is no schema `{}`; there are {}", args.name, schema::NAMES.join(", ")),
    }
}

pub(in crate::cli) fn init(args: &args::Init, console: &mut Console<'_>) -> anyhow::Result<()> {
    let path = args.path.display();
    if !args.force && args.path.exists() {
        bail!("`{path}` is there already; --force replaces it");
    }
    write_whole(&args.path, config::TEMPLATE).with_context(|| format!("cannot write `{path}`"))?;
    console.remark(&format!("wrote {path}"))?;
    Ok(())
}
