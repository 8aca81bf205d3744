use super::warn_of_problems;
use crate::analysis;
use crate::cli::args;
use crate::cli::output::Destinations;
use crate::cli::{Console, Format, Load};
use crate::graph::Labels;
use crate::render::{json, text};
use anyhow::bail;

pub(in crate::cli) fn drift(args: args::Drift, load: Load, console: &mut Console<'_>) -> anyhow::Result<()> {
    let to = Destinations::of(args.output)?;
    let loaded = load(&args.inputs.meaning(Vec::new())?)?;
    let Some(drift) = analysis::drift(&loaded.graph) else {
        bail!("drift lies between manifests and traces: give both, as in `linchpin drift -m k8s -t traces`");
    };
    if to.formats().any(|f| f != Format::Json) {
        warn_of_problems(&loaded, console);
    }
    let labels = Labels::new(&loaded.graph);
    to.write(console, |format| match format {
        Format::Json => json::drift(&loaded.graph, &loaded.inventory, &drift, args.limit),
        _ => text::drift(&loaded.graph, &labels, &drift, args.limit),
    })
}
