//! `linchpin.toml`: where it is, and what it means to the stages.

use super::items::Environment;
use super::{Inputs, LoadError, Source};
use crate::config::{self, Config, Criticality, Platform};
use crate::discover::{DiskFiles, WalkOptions};
use crate::facts::{Facts, cloud};
use crate::gate;
use crate::graph::build::{BuildOptions, Setting};
use crate::source::{Location, Problem, unknown};
use globset::GlobBuilder;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// What the user decided, and the file that says so.
#[derive(Clone, Debug, Default)]
pub(super) struct Decided {
    pub config: Config,
    pub file: Option<Arc<str>>,
}

impl Decided {
    /// What holds for the manifests that are to be read.
    ///
    /// # Errors
    /// See [`find`]; and a rule that is none.
    pub(super) fn find(inputs: &Inputs) -> Result<Self, LoadError> {
        let roots: Vec<PathBuf> = inputs.manifests.iter().filter_map(Source::path).collect();
        let (config, file) = find(&roots)?;
        match gate::unknown_rules(&config) {
            unknown if unknown.is_empty() => Ok(Self { config, file }),
            unknown => Err(LoadError::Config(unknown)),
        }
    }
}

/// The nearest `linchpin.toml` of the first root or a folder above it, within its repository.
///
/// # Errors
/// If it is there and not understood: settings that are ignored in silence would change answers.
fn find(roots: &[PathBuf]) -> Result<(Config, Option<Arc<str>>), LoadError> {
    let start = roots.first().cloned().unwrap_or_else(|| ".".into());
    let start = std::fs::canonicalize(&start).unwrap_or(start);
    for path in config::candidates(&start) {
        if path.is_file() {
            let shown = shown(&path, roots.first());
            let problem =
                |reason: String| LoadError::Config(vec![Problem::new(Location::start(shown.clone()), reason)]);
            let text = DiskFiles::default()
                .text(&path.to_string_lossy())
                .map_err(|e| problem(format!("cannot be read: {e:?}")))?;
            let config = Config::load(&shown, &text).map_err(LoadError::Config)?;
            return Ok((config, Some(shown)));
        }
        if path.parent().is_some_and(|folder| folder.join(".git").exists()) {
            break;
        }
    }
    Ok((Config::default(), None))
}

/// The path as other paths of the run are reported: below the root as the user named it, or below the current folder.
fn shown(path: &Path, root: Option<&PathBuf>) -> Arc<str> {
    let below = |base: &Path| {
        let absolute = std::fs::canonicalize(base).ok()?;
        path.strip_prefix(&absolute).ok().map(|rest| base.join(rest))
    };
    let found = root.and_then(|root| below(root)).or_else(|| {
        let cwd = std::env::current_dir().ok()?;
        path.strip_prefix(&cwd).ok().map(Path::to_path_buf)
    });
    let shown = found.unwrap_or_else(|| path.to_path_buf());
    let shown = shown.strip_prefix(".").unwrap_or(&shown);
    shown.to_string_lossy().replace('\\', "/").into()
}

/// Which files count. Globs of the file are relative to its folder.
pub(super) fn walk(inputs: &Inputs, Decided { config, file }: &Decided) -> WalkOptions {
    let here = |globs: &[config::Glob]| globs.iter().map(|glob| below(file.as_deref(), glob.pattern())).collect();
    WalkOptions {
        gitignore: !inputs.no_ignore,
        select: inputs.select.clone(),
        include: here(&config.scan.include),
        exclude: here(&config.scan.exclude),
    }
}

/// Compose profiles that were asked for and that no service has: a slip of the finger switches nothing on.
pub(super) fn unknown_profiles(facts: &Facts, wanted: &[String]) -> Vec<Problem> {
    let known: BTreeSet<&str> = facts.components.iter().flat_map(|c| &c.profiles).map(|p| &**p).collect();
    let known: Vec<&str> = known.into_iter().collect();
    let at = || Location::start("--profile".into());
    let problem = |name: &String| match known[..] {
        [] => Problem::new(at(), format!("there is no Compose profile `{name}`: no service has a profile")),
        _ => unknown("Compose profile", name, &known, at()),
    };
    wanted.iter().filter(|name| !known.contains(&name.as_str())).map(problem).collect()
}

/// What the file says of AWS.
pub(super) fn aws(platform: &Platform) -> cloud::Options {
    let aws = &platform.aws;
    cloud::Options {
        concurrency: aws.lambda_concurrency.map(|p| p.0),
        sdk_tries: aws.sdk_max_attempts.map(|n| n.0 as u32),
    }
}

fn below(file: Option<&str>, glob: &str) -> String {
    match file.and_then(|f| f.rsplit_once('/')) {
        Some((folder, _)) => format!("{}/{glob}", globset::escape(folder)),
        None => glob.to_owned(),
    }
}

/// The environments of the file.
pub(super) fn scopes(config: &Config, file: Option<&str>) -> Vec<Environment> {
    let mut environments: Vec<Environment> = Vec::new();
    for (name, scope) in &config.scopes {
        let globs: Vec<_> = scope
            .paths
            .iter()
            .filter_map(|p| GlobBuilder::new(&below(file, p.pattern())).literal_separator(true).build().ok())
            .map(|g| g.compile_matcher())
            .collect();
        environments.push((name.as_str().into(), Box::new(move |path| globs.iter().any(|g| g.is_match(path)))));
    }
    environments
}

/// What the file says of components.
pub(super) fn build_options(config: &Config, inputs: &Inputs) -> BuildOptions {
    let setting =
        |name: &config::Placed<config::Text>| Setting { name: name.as_str().into(), at: config.at(name.place()) };
    BuildOptions {
        scope: inputs.scope.clone(),
        profiles: inputs.profiles.clone(),
        containment_min: config.assume.containment_min,
        cluster_domain: config.platform.kubernetes.cluster_domain.as_ref().map(|domain| domain.as_str().into()),
        entries: config.entries.iter().map(|e| (setting(&e.component), e.weight.map(|w| w.0))).collect(),
        aliases: config.aliases.iter().map(|(name, component)| (name.as_str().into(), setting(component))).collect(),
        criticality: config
            .criticalities
            .iter()
            .map(|c| (setting(&c.from), setting(&c.to), c.criticality == Criticality::Hard))
            .collect(),
        capacities: config
            .capacities
            .iter()
            .map(|(name, c)| (setting(name), c.rps.map(|p| p.0), c.concurrency.map(|p| p.0)))
            .collect(),
    }
}
