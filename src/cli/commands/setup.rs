use crate::cli::output::write_whole;
use crate::cli::{Console, Pipeline, args};
use anyhow::{Context as _, bail};

pub(in crate::cli) fn schema(
    args: &args::Schema,
    pipeline: &Pipeline,
    console: &mut Console<'_>,
) -> anyhow::Result<()> {
    match (pipeline.schema)(&args.name) {
        Some(schema) => Ok(console.print(&format!("{}\n", schema.trim_end()))?),
        None => bail!("there is no schema `{}`; there are {}", args.name, pipeline.schemas.join(", ")),
    }
}

pub(in crate::cli) fn init(args: &args::Init, pipeline: &Pipeline, console: &mut Console<'_>) -> anyhow::Result<()> {
    let path = args.path.display();
    if !args.force && args.path.exists() {
        bail!("`{path}` is there already; --force replaces it");
    }
    write_whole(&args.path, pipeline.config_template).with_context(|| format!("cannot write `{path}`"))?;
    console.remark(&format!("wrote {path}"))?;
    Ok(())
}
