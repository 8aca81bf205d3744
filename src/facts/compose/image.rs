//! What a service runs: its image, or the Dockerfile that builds it.

use super::load::{is_remote, resolve};
use super::project::Variant;
use crate::facts::{Evidence, Kind, address};
use crate::parse::Node;
use crate::source::{Files, Location, folder_of, join};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// How many stages may be built on each other.
const STAGE_LIMIT: usize = 64;

/// What is known of what a service runs.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Image {
    /// A store, broker or cache by its image or its ports, else a service.
    pub(super) kind: Kind,
    /// It only watches others.
    pub(super) telemetry: bool,
    /// Last part of the image's name: `traefik` of `docker.io/library/traefik:v3`.
    pub(super) name: String,
    /// Variables that the image sets.
    pub(super) env: Vec<(String, String, Evidence)>,
}

/// What a service runs, in a variant.
pub(super) fn of(service: &Node, variant: &Variant, source: &dyn Files, used: &mut BTreeSet<Arc<str>>) -> Image {
    let built = dockerfile(service, variant, source, used).unwrap_or_default();
    let names = [service.str("image"), built.from.as_deref()];
    let names = || names.into_iter().flatten().filter(|name| !name.is_empty());
    Image {
        kind: names().find_map(address::kind_of_image).or_else(|| by_port(service)).unwrap_or(Kind::Service),
        telemetry: names().any(address::is_telemetry_image),
        name: names().map(short_name).next().unwrap_or_default().to_owned(),
        env: built.env,
    }
}

/// What the ports of its container say of a service that an image of one's own runs.
fn by_port(service: &Node) -> Option<Kind> {
    let lists = ["ports", "expose"].into_iter().filter_map(|key| service.get(key));
    lists.flat_map(Node::items).find_map(|port| {
        let written = port.text().or_else(|| port.str("target"))?;
        let inner = written.split('/').next()?.rsplit(':').next()?;
        address::kind_of_port(inner.trim().parse().ok()?)
    })
}

/// Folders that a service is built from: that of its Dockerfile, and the whole context.
pub(super) fn contexts(service: &Node, variant: &Variant) -> Vec<Arc<str>> {
    let Some(build) = service.get("build").filter(|b| !b.is_null()) else { return Vec::new() };
    let context = build.get("context").unwrap_or(build);
    let folder = context.text().unwrap_or(".");
    if is_remote(folder) {
        return Vec::new();
    }
    let folder = resolve(&variant.homes, context, folder);
    let file = build.str("dockerfile").filter(|f| !f.is_empty()).unwrap_or("Dockerfile");
    let inner = join(&folder, file);
    let mut contexts = vec![folder_of(&inner).into(), folder.into()];
    contexts.dedup();
    contexts
}

/// The last part of an image's name, without tag and digest.
pub(super) fn short_name(image: &str) -> &str {
    let image = image.split('@').next().unwrap_or(image);
    let last = image.rsplit('/').next().unwrap_or(image);
    last.split(':').next().unwrap_or(last)
}

/// What a Dockerfile says of the image that it makes.
#[derive(Clone, Debug, Default, PartialEq)]
struct Built {
    from: Option<String>,
    env: Vec<(String, String, Evidence)>,
}

fn dockerfile(service: &Node, variant: &Variant, source: &dyn Files, used: &mut BTreeSet<Arc<str>>) -> Option<Built> {
    let build = service.get("build").filter(|b| !b.is_null())?;
    let args = build.get("args").into_iter().flat_map(Node::fields);
    let args = args.filter_map(|(name, _, value)| Some((name.to_owned(), value.text()?.to_owned()))).collect();
    let target = build.str("target");
    if let Some(inline) = build.get("dockerfile_inline") {
        return Some(parse(inline.text()?, target, args, &|line| inline.at_text_line(line)));
    }
    let context = build.get("context").unwrap_or(build);
    let folder = context.text().unwrap_or(".");
    if is_remote(folder) {
        return None;
    }
    let folder = resolve(&variant.homes, context, folder);
    let path: Arc<str> =
        join(&folder, build.str("dockerfile").filter(|f| !f.is_empty()).unwrap_or("Dockerfile")).into();
    let text = source.read(&path)?;
    used.insert(path.clone());
    let at = |line: usize| Location::new(path.clone(), u32::try_from(line).unwrap_or(u32::MAX - 1) + 1, 1);
    Some(parse(&text, target, args, &at))
}

/// The stages of a Dockerfile down to the target: what it is built from, and its `ENV`.
fn parse(
    text: &str,
    target: Option<&str>,
    mut args: BTreeMap<String, String>,
    at: &dyn Fn(usize) -> Location,
) -> Built {
    /// One `FROM`.
    struct Stage {
        from: String,
        name: String,
        env: Vec<(String, String, Evidence)>,
    }
    let mut stages: Vec<Stage> = Vec::new();
    for (line, words) in instructions(text) {
        let (instruction, rest) = words.split_once(char::is_whitespace).unwrap_or((&words, ""));
        let rest = rest.trim();
        match instruction.to_ascii_uppercase().as_str() {
            "FROM" => {
                let rest = expanded(rest, &args, &[]);
                let mut words = rest.split_whitespace().filter(|word| !word.starts_with("--"));
                let from = words.next().unwrap_or_default().to_owned();
                let name = words.nth(1).unwrap_or_default().to_owned();
                stages.push(Stage { from, name, env: Vec::new() });
            }
            "ARG" => {
                if let Some((name, value)) = rest.split_once('=') {
                    args.entry(name.trim().to_owned()).or_insert_with(|| unquoted(value.trim()));
                }
            }
            "ENV" => {
                if let Some(stage) = stages.last_mut() {
                    for (name, value) in pairs(rest) {
                        let value = expanded(&value, &args, &stage.env);
                        stage.env.push((name.clone(), value, Evidence::new(at(line), format!("ENV {name}"))));
                    }
                }
            }
            _ => {}
        }
    }
    let named = |name: &str, before: usize| {
        stages.iter().take(before).rposition(|stage| !name.is_empty() && stage.name.eq_ignore_ascii_case(name))
    };
    let wanted = target.and_then(|target| named(target, stages.len()));
    let Some(mut index) = wanted.or(stages.len().checked_sub(1)) else {
        return Built::default();
    };
    let mut built = Built::default();
    for _ in 0..STAGE_LIMIT {
        let Some(stage) = stages.get(index) else { break };
        built.env.splice(0..0, stage.env.iter().cloned());
        match named(&stage.from, index) {
            Some(earlier) => index = earlier,
            None => {
                built.from = Some(stage.from.clone());
                break;
            }
        }
    }
    built
}

/// The instructions with the line (from 0) on which each begins; continued lines are joined, comments dropped.
fn instructions(text: &str) -> Vec<(usize, String)> {
    let mut found: Vec<(usize, String)> = Vec::new();
    let mut open = false;
    for (line, content) in text.lines().enumerate() {
        let content = content.trim();
        if content.starts_with('#') || content.is_empty() {
            continue;
        }
        let (part, more) = content.strip_suffix('\\').map_or((content, false), |part| (part, true));
        match found.last_mut() {
            Some((_, instruction)) if open => {
                instruction.push(' ');
                instruction.push_str(part.trim());
            }
            _ => found.push((line, part.trim().to_owned())),
        }
        open = more;
    }
    found
}

/// The variables of `ENV A=b C="d e"` or of the old form `ENV A b`.
fn pairs(rest: &str) -> Vec<(String, String)> {
    let first = rest.split_whitespace().next().unwrap_or_default();
    if !first.contains('=') {
        let value = rest.get(first.len()..).unwrap_or_default().trim();
        return vec![(first.to_owned(), unquoted(value))];
    }
    let words = super::words::split(rest);
    words.iter().filter_map(|word| word.split_once('=')).map(|(k, v)| (k.to_owned(), v.to_owned())).collect()
}

fn expanded(text: &str, args: &BTreeMap<String, String>, env: &[(String, String, Evidence)]) -> String {
    let earlier = |name: &str| env.iter().rev().find(|(key, _, _)| key == name).map(|(_, value, _)| value.clone());
    super::interpolate::expand(text, &|name| earlier(name).or_else(|| args.get(name).cloned()), &mut |_| {})
}

fn unquoted(value: &str) -> String {
    value.trim_matches(['"', '\'']).to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn built(text: &str, target: Option<&str>) -> (Option<String>, Vec<String>) {
        let built = parse(text, target, BTreeMap::new(), &|_| Location::start("Dockerfile".into()));
        (built.from, built.env.into_iter().map(|(k, v, _)| format!("{k}={v}")).collect())
    }

    /// The last stage counts, with what it is built on; another one counts if the service names it.
    #[test]
    fn stages() {
        let text = "ARG V=16\nFROM node:20 AS dev\nENV A=1 \\\n  B=\"two words\"\nENV C http://api:80\n\
                    FROM dev as prod\nENV D=$A\nFROM postgres:${V}\n# ENV no\nenv E=x\n";
        assert_eq!(built(text, None), (Some("postgres:16".into()), vec!["E=x".into()]));
        let prod = ["A=1", "B=two words", "C=http://api:80", "D="].map(String::from);
        let (from, env) = built(text, Some("prod"));
        assert_eq!(from.as_deref(), Some("node:20"));
        assert_eq!(env, prod);
        assert_eq!(built("RUN x\n", None), (None, vec![]));
        assert_eq!(built("FROM a AS a\n", None).0.as_deref(), Some("a"));
    }

    /// Registries, tags and digests are no part of what an image is.
    #[test]
    fn short_names() {
        for image in ["traefik", "traefik:v3", "a.io:5000/x/traefik:v3@sha256:1", "library/traefik@sha256:1"] {
            assert_eq!(short_name(image), "traefik");
        }
    }
}
