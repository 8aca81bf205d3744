//! Configuration files of the repository that a service mounts: they say whom it calls, too.

use super::load::resolve;
use super::reader::{Reader, Subject};
use crate::facts::address;
use crate::facts::{Confidence, Evidence, MountedFile, grpc, proxy, spring};
use crate::parse::Node;
use crate::source::{Location, join};
use std::collections::BTreeSet;
use std::sync::Arc;

/// Extensions of files that hold data, keys or code and no configuration.
const NO_CONFIGURATION: [&str; 24] = [
    "crt", "css", "csv", "gif", "gz", "html", "ico", "jar", "jks", "jpeg", "jpg", "js", "key", "md", "p12", "pem",
    "pfx", "php", "png", "py", "sock", "sql", "svg", "zip",
];

/// Files that well-known programs read in a folder, for folders that are mounted as a whole.
const READ_IN_FOLDER: [(&str, &[&str]); 12] = [
    ("/etc/caddy", &["Caddyfile"]),
    ("/etc/envoy", &["envoy.yaml", "envoy.yml", "envoy.json"]),
    ("/etc/fluent-bit", &["fluent-bit.conf", "fluent-bit.yaml"]),
    ("/etc/nginx", &["nginx.conf", "conf.d/default.conf"]),
    ("/etc/nginx/conf.d", &["default.conf", "nginx.conf"]),
    ("/etc/nginx/templates", &["default.conf.template", "nginx.conf.template"]),
    ("/etc/prometheus", &["prometheus.yml", "prometheus.yaml"]),
    ("/etc/traefik", &["traefik.yml", "traefik.yaml", "traefik.toml", "dynamic.yml", "dynamic.yaml"]),
    ("/fluentd/etc", &["fluent.conf"]),
    ("/usr/local/apache2/conf", &["httpd.conf"]),
    ("/usr/local/etc/haproxy", &["haproxy.cfg"]),
    ("/usr/share/logstash/pipeline", &["logstash.conf"]),
];

/// Names under which programs look for their configuration in a folder, and the formats that they have.
const CONFIGURATION: [&str; 5] = ["application", "config", "configs", "configuration", "settings"];
const FORMATS: [&str; 8] = ["cfg", "conf", "ini", "json", "properties", "toml", "yaml", "yml"];

impl Reader<'_> {
    /// Whom the files name that a service mounts.
    pub(super) fn mounted_files(&mut self, subject: &Subject<'_>) {
        for item in subject.node.get("volumes").into_iter().flat_map(Node::items) {
            let (source, target) = match item.text() {
                Some(text) => {
                    let (source, target, _) = parts(text);
                    (source, target)
                }
                None if item.str("type") == Some("bind") => {
                    (item.str("source").unwrap_or_default(), item.str("target").unwrap_or_default())
                }
                None => continue,
            };
            if is_in_tree(source) {
                let path = resolve(&subject.variant.homes, item, source);
                if !self.mounted_file(subject, &path) {
                    self.mounted_folder(subject, &path, target);
                }
            }
        }
        for item in subject.node.get("configs").into_iter().flat_map(Node::items) {
            let name = item.text().or_else(|| item.str("source")).unwrap_or_default();
            let Some((_, config)) = subject.variant.model.configs.get(name) else { continue };
            if let Some(content) = config.get("content") {
                let name = item.str("target").unwrap_or(name);
                let text = content.text().unwrap_or_default();
                let at = |line| content.at_text_line(line);
                let problems = &mut self.facts.problems;
                self.facts.policies.extend(proxy::policies(name, text, &subject.key, None, &at, problems));
                for (line, found) in address::in_file(name, text) {
                    let found = address::Found { confidence: Confidence::Inferred, ..found };
                    self.refer(subject, found, Evidence::new(content.at_text_line(line), "configs.content"));
                }
            } else if let Some(file) = config.get("file")
                && let Some(relative) = file.text()
            {
                self.mounted_file(subject, &resolve(&subject.variant.homes, file, relative));
            }
        }
    }

    /// Reads a mounted file. `false` if there is none.
    fn mounted_file(&mut self, subject: &Subject<'_>, path: &str) -> bool {
        let name = path.rsplit('/').next().unwrap_or(path);
        let extension = name.rsplit_once('.').map_or("", |(_, extension)| extension).to_ascii_lowercase();
        if NO_CONFIGURATION.contains(&extension.as_str()) {
            return true;
        }
        let Some(text) = self.source.read(path) else {
            return false;
        };
        let file: Arc<str> = path.into();
        self.facts.files_used.insert(file.clone());
        if (spring::recognises(path) || grpc::recognises(&text))
            && let Some(program) = self.facts.programs.iter_mut().rfind(|p| p.key == subject.key)
        {
            let at = Location::start(file.clone());
            program.files.push(MountedFile { name: name.into(), text: text.clone(), at });
        }
        let at = |line| Location::new(file.clone(), u32::try_from(line).unwrap_or(u32::MAX - 1) + 1, 1);
        let problems = &mut self.facts.problems;
        self.facts.policies.extend(proxy::policies(path, &text, &subject.key, None, &at, problems));
        for (line, found) in address::in_file(path, &text) {
            let found = address::Found { confidence: Confidence::Inferred, ..found };
            self.refer(subject, found, Evidence::new(at(line), "mounted file"));
        }
        true
    }

    /// Reads the files of a mounted folder that the program reads there: well-known ones, those that its command line
    /// names, and those that are called what configuration is called.
    fn mounted_folder(&mut self, subject: &Subject<'_>, folder: &str, target: &str) {
        let target = target.trim_end_matches('/');
        let known = READ_IN_FOLDER.iter().find(|(place, _)| *place == target).map_or(&[][..], |(_, names)| names);
        let mut names: BTreeSet<String> = known.iter().map(|name| (*name).to_owned()).collect();
        names.extend(named_below(subject.node, target));
        names
            .extend(CONFIGURATION.iter().flat_map(|stem| FORMATS.iter().map(move |format| format!("{stem}.{format}"))));
        for name in names {
            self.mounted_file(subject, &join(folder, &name));
        }
    }
}

/// The files below a folder that the command line of a service names, relative to the folder.
fn named_below(service: &Node, folder: &str) -> BTreeSet<String> {
    let lines = ["entrypoint", "command"].iter().filter_map(|field| service.get(field));
    let texts = lines.flat_map(|line| line.text().into_iter().chain(line.items().iter().filter_map(Node::text)));
    let words =
        texts.flat_map(|text| text.split(|c: char| c.is_whitespace() || matches!(c, '=' | '"' | '\'' | ';' | ',')));
    let below = words.filter_map(|word| word.strip_prefix(folder)?.strip_prefix('/'));
    below.filter(|name| !name.is_empty() && !name.contains("..")).map(str::to_owned).collect()
}

/// Source, target and mode of a short mount; the source is empty for an anonymous volume.
pub(super) fn parts(text: &str) -> (&str, &str, &str) {
    // A drive letter's colon separates nothing; a volume may be called `c`, so what follows decides.
    let bytes = text.as_bytes();
    let drive = bytes.first().is_some_and(u8::is_ascii_alphabetic)
        && bytes.get(1) == Some(&b':')
        && matches!(bytes.get(2), Some(b'\\' | b'/'))
        && text.get(2..).and_then(|rest| rest.split_once(':')).is_some_and(|(_, target)| target.starts_with('/'));
    let from = if drive { 2 } else { 0 };
    let Some(colon) = text.get(from..).and_then(|rest| rest.find(':')).map(|i| i + from) else {
        return ("", text, "");
    };
    let (source, rest) = (&text[..colon], &text[colon + 1..]);
    match rest.rsplit_once(':') {
        Some((target, mode)) if !mode.contains(['/', '\\']) => (source, target, mode),
        _ => (source, rest, ""),
    }
}

/// Whether the source of a mount is the name of a volume and not a path.
pub(super) fn is_volume_name(source: &str) -> bool {
    source.starts_with(|c: char| c.is_ascii_alphanumeric()) && !source.contains(['/', '\\', ':', '$'])
}

/// Whether the source of a mount is a path below or beside the project.
fn is_in_tree(source: &str) -> bool {
    !source.starts_with(['/', '~', '\\']) && !source.contains(['$', ':']) && source.contains(['/', '.'])
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The short form has one to three parts, and drive letters are no parts.
    #[test]
    fn short_mounts() {
        let rows = [
            ("/data", ("", "/data", "")),
            ("db:/data", ("db", "/data", "")),
            ("./a.conf:/etc/a.conf:ro", ("./a.conf", "/etc/a.conf", "ro")),
            ("C:\\x:/data:rw", ("C:\\x", "/data", "rw")),
            ("c:/data", ("c", "/data", "")),
            ("c:/data:ro", ("c", "/data", "ro")),
            ("", ("", "", "")),
        ];
        for (text, want) in rows {
            assert_eq!(parts(text), want, "{text}");
        }
    }

    /// A volume has a name, a file of the repository has a relative path.
    #[test]
    fn sources() {
        for name in ["db", "db-data", "my.volume", "1a"] {
            assert!(is_volume_name(name), "{name}");
        }
        for path in ["./a", "../a", "a/b", ".env"] {
            assert!(is_in_tree(path) && !is_volume_name(path), "{path}");
        }
        for other in ["/var/run/docker.sock", "~/x", "C:\\x", "", "${X}"] {
            assert!(!is_in_tree(other) && !is_volume_name(other), "{other}");
        }
    }
}
