//! What was typed of a fault.

use super::{Fault, FaultLevel, InputArgs, Output, ReportFormat};
use crate::facts::native::milliseconds;
use clap::Args as ClapArgs;

/// `blast`
#[derive(Debug, ClapArgs)]
pub struct Blast {
    /// What fails: an id, a name, namespace/name, an alias or an unambiguous part of an id; with `--fault change` also a
    /// container image, as it is written
    #[arg(required = true)]
    pub component: Vec<String>,
    /// How it fails
    #[arg(long, value_enum, default_value_t)]
    pub fault: Fault,
    /// How much of it fails
    #[arg(long, value_enum, default_value_t)]
    pub level: FaultLevel,
    /// With --fault latency: it answers after so long, such as 8s or 1m30s [default: never]
    #[arg(long, value_name = "DURATION", value_parser = duration)]
    pub latency: Option<f64>,
    /// It lasts so long: who is kept going by buffers until then is not affected [default: without end]
    #[arg(long, value_name = "DURATION", value_parser = duration)]
    pub duration: Option<f64>,
    /// With --fault overload: so many times its load [default: just above its capacity]
    #[arg(long, value_name = "FACTOR", value_parser = factor)]
    pub load: Option<f64>,
    /// Leave out components of whose requests less than this share is hit or goes without something
    #[arg(long, value_name = "SHARE", value_parser = share)]
    pub min_share: Option<f64>,
    /// Show at most N components [default: 40]
    #[arg(long, value_name = "N")]
    pub limit: Option<usize>,
    /// What to read.
    #[command(flatten)]
    pub inputs: InputArgs,
    /// Where the answer goes.
    #[command(flatten)]
    pub output: Output<ReportFormat>,
}

fn share(text: &str) -> Result<f64, String> {
    match text.parse::<f64>() {
        Ok(share) if (0.0..=1.0).contains(&share) => Ok(share),
        _ => Err("a share is a number from 0 to 1".to_owned()),
    }
}

fn duration(text: &str) -> Result<f64, String> {
    milliseconds(text).ok_or_else(|| "a duration is a number with its unit, such as 200ms, 8s or 1m30s".to_owned())
}

fn factor(text: &str) -> Result<f64, String> {
    match text.parse::<f64>() {
        Ok(factor) if factor > 0.0 && factor.is_finite() => Ok(factor),
        _ => Err("a factor is a number above 0, such as 3 or 1.5".to_owned()),
    }
}
