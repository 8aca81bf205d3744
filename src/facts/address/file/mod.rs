//! Configuration files: which format a text is in, and what it calls.

mod envoy;
mod kong;
mod lines;
mod proxy;
mod tree;
mod variables;
mod xml;

use super::key::{Use, meaning};
use super::{Confidence, Found, Plane, Setting};

/// Texts longer than this are data, not configuration.
const LARGEST: usize = 4 * 1024 * 1024;

/// Extensions of programs, pages, data and secrets: nothing in them is a setting.
#[rustfmt::skip]
const NO_SETTINGS: &[&str] = &[
    "sql", "js", "mjs", "cjs", "ts", "tsx", "jsx", "html", "htm", "css", "scss", "map", "svg", "py", "rb", "php",
    "go", "java", "kt", "cs", "rs", "c", "h", "cpp", "lua", "pl", "md", "rst", "txt", "csv", "tsv", "pem", "crt",
    "cer", "key", "csr", "p12", "jks", "pub", "rules", "graphql", "proto", "wasm", "tpl", "ejs", "hbs", "ipynb",
    "log", "lock", "sum", "vue", "groovy", "gradle", "rego", "cue",
];

/// A setting of a file with the index of its line.
struct Entry {
    line: usize,
    key: String,
    value: String,
}

/// See [`super::in_file`].
pub(super) fn scan(name: &str, text: &str) -> Vec<(usize, Found)> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let name = name.rsplit('/').next().unwrap_or_default().to_ascii_lowercase();
    let stem = ["template", "tmpl", "dist", "sample", "example", "in"]
        .iter()
        .find_map(|suffix| name.strip_suffix(suffix)?.strip_suffix('.'))
        .unwrap_or(&name);
    let extension = stem.rsplit_once('.').map_or("", |(_, extension)| extension);
    if text.len() > LARGEST || NO_SETTINGS.contains(&extension) || text.trim_start().starts_with("-----BEGIN ") {
        return Vec::new();
    }
    let markup = text.trim_start().starts_with('<');
    let mut found = match extension {
        "sh" | "bash" => script(text),
        "properties" | "ini" | "cfg" | "toml" | "env" | "cnf" if !proxy::is_proxy(stem, text) => lines::scan(text),
        "yaml" | "yml" | "json" | "xml" => tree::scan(text).unwrap_or_else(|| by_content(markup, text)),
        _ if text.starts_with("#!") => script(text),
        _ if proxy::is_proxy(stem, text) => proxy::scan(text),
        _ => tree::scan(text).unwrap_or_else(|| by_content(markup, text)),
    };
    if ["logback", "log4j", "nlog", "promtail"].iter().any(|logger| stem.starts_with(logger)) {
        found.iter_mut().for_each(|(_, found)| found.plane = Plane::Telemetry);
    }
    found.sort_by_key(|(line, _)| *line);
    found
}

fn by_content(markup: bool, text: &str) -> Vec<(usize, Found)> {
    if markup { xml::scan(text) } else { lines::scan(text) }
}

/// A script: what it calls is inferred, and nothing if it does not resolve.
fn script(text: &str) -> Vec<(usize, Found)> {
    let lines = text.lines().enumerate();
    let found =
        lines.flat_map(|(line, text)| super::command::in_text(text).into_iter().map(move |found| (line, found)));
    found.map(|(line, found)| (line, Found { certain: false, confidence: Confidence::Inferred, ..found })).collect()
}

/// What the settings of a file use. What stands under a key that does not speak of addresses is free text, so inferred.
fn used(entries: &[Entry]) -> Vec<(usize, Found)> {
    let settings: Vec<Setting<'_>> = entries.iter().map(|e| Setting { key: &e.key, value: &e.value }).collect();
    let found = super::settings::scan(&settings).into_iter();
    found.filter_map(|(i, found)| entries.get(i).map(|entry| (entry.line, graded(&entry.key, found)))).collect()
}

/// The start of a name: nobody's key is longer, and hostile ones are copied often.
fn short(text: &str) -> &str {
    text.get(..text.floor_char_boundary(128)).unwrap_or_default()
}

fn graded(key: &str, found: Found) -> Found {
    if meaning(key).usage < Use::Suggests { Found { confidence: Confidence::Inferred, ..found } } else { found }
}
