//! Which documents are Compose files: by what they hold; a name only helps where the content could be two things.

use super::include;
use crate::parse::{Node, Value};

/// What may stand at the top of a Compose file, beside `x-…`.
const TOP: [&str; 9] =
    ["version", "name", "services", "networks", "volumes", "configs", "secrets", "include", "models"];

/// Fields of a service. Other formats with a top-level `services` mapping (azd, Symfony, Lando) have hardly any of them.
const FIELDS: [&str; 82] = [
    "annotations",
    "attach",
    "blkio_config",
    "build",
    "cap_add",
    "cap_drop",
    "cgroup",
    "cgroup_parent",
    "command",
    "configs",
    "container_name",
    "cpu_count",
    "cpu_percent",
    "cpu_period",
    "cpu_quota",
    "cpu_shares",
    "cpus",
    "cpuset",
    "credential_spec",
    "depends_on",
    "deploy",
    "develop",
    "device_cgroup_rules",
    "devices",
    "dns",
    "dns_opt",
    "dns_search",
    "domainname",
    "entrypoint",
    "env_file",
    "environment",
    "expose",
    "extends",
    "external_links",
    "extra_hosts",
    "gpus",
    "group_add",
    "healthcheck",
    "hostname",
    "image",
    "init",
    "ipc",
    "isolation",
    "label_file",
    "labels",
    "links",
    "log_driver",
    "log_opt",
    "logging",
    "mac_address",
    "mem_limit",
    "mem_reservation",
    "mem_swappiness",
    "memswap_limit",
    "models",
    "net",
    "network_mode",
    "networks",
    "oom_kill_disable",
    "pid",
    "pids_limit",
    "platform",
    "ports",
    "privileged",
    "profiles",
    "provider",
    "pull_policy",
    "read_only",
    "restart",
    "runtime",
    "scale",
    "secrets",
    "security_opt",
    "shm_size",
    "stdin_open",
    "stop_grace_period",
    "stop_signal",
    "tmpfs",
    "tty",
    "ulimits",
    "user",
    "volumes",
];

/// More fields of a service, of old versions or of little use.
const RARE_FIELDS: [&str; 9] = [
    "dockerfile",
    "group",
    "oom_score_adj",
    "storage_opt",
    "sysctls",
    "userns_mode",
    "uts",
    "volume_driver",
    "volumes_from",
];

/// Whether a document is a Compose file.
pub fn recognises(path: &str, node: &Node) -> bool {
    let name = path.rsplit('/').next().unwrap_or(path).to_ascii_lowercase();
    let named = name.contains("compose") || name.starts_with("docker-stack");
    if node.get("apiVersion").is_some() || name.starts_with("values") {
        return false;
    }
    let only_known = node.fields().all(|(key, _, _)| TOP.contains(&key) || key.starts_with("x-"));
    match node.get("services") {
        Some(services) => are_services(services, named) && (only_known || named),
        None if node.get("include").is_some() => only_known && are_includes(node, named),
        None => {
            named && only_known && node.fields().any(|(key, _, _)| key != "version" && TOP.contains(&key))
                || is_version_1(node)
        }
    }
}

/// Services of which most of what is said is what Compose says.
fn are_services(services: &Node, named: bool) -> bool {
    let Value::Mapping(entries) = services.value() else {
        return false;
    };
    // In a file called Compose's, a service that is no mapping is a slip (of indentation, mostly) and told as one.
    if !named && !entries.iter().all(|(_, v)| v.is_null() || matches!(v.value(), Value::Mapping(_))) {
        return false;
    }
    let (mut known, mut unknown, mut sources) = (0usize, 0usize, 0usize);
    for (field, _, value) in entries.iter().flat_map(|(_, service)| service.fields()) {
        if field == "image" && value.text().is_none() {
            // `image: {repository: …}` is Helm's.
            unknown += 2;
        } else if is_field(field) {
            known += 1;
            sources += usize::from(matches!(field, "image" | "build" | "extends" | "provider"));
        } else {
            unknown += 1;
        }
    }
    known > unknown && (named || sources > 0) || (named && known + unknown == 0)
}

fn is_field(field: &str) -> bool {
    FIELDS.binary_search(&field).is_ok() || RARE_FIELDS.contains(&field) || field.starts_with("x-")
}

/// `include` alone is also GitLab's; a Compose file is named so, or includes files that are.
fn are_includes(node: &Node, named: bool) -> bool {
    let Some(include) = node.get("include") else { return false };
    let items = include.items();
    let paths: Vec<_> = items.iter().map(include::paths).collect();
    let gitlab =
        |item: &Node| ["local", "project", "template", "remote", "component"].iter().any(|k| item.get(k).is_some());
    !items.is_empty()
        && paths.iter().all(|p| !p.is_empty())
        && !items.iter().any(gitlab)
        && (named || paths.iter().flatten().any(|p| p.text().is_some_and(|p| p.contains("compose"))))
}

/// A file of version 1 has its services at the top, all of them with what they run and nothing that Compose lacks.
fn is_version_1(node: &Node) -> bool {
    !node.entries().is_empty()
        && node.entries().iter().all(|(_, service)| {
            let text = |key| service.get(key).is_some_and(|v: &Node| v.text().is_some());
            (text("image") || text("build") || service.get("extends").is_some())
                && service.fields().all(|(field, _, _)| is_field(field))
        })
        && node.entries().iter().any(|(_, service)| service.entries().len() > 1)
}

#[cfg(test)]
mod tests {
    use super::super::testing::tree;
    use super::*;

    /// Compose files of every age are known, whatever their names; their neighbours are not taken for one.
    #[test]
    fn contents() {
        let rows = [
            ("compose.yaml", "services: {web: {image: a}}", true),
            ("stack/prod.yml", "version: '3'\nservices: {web: {image: a, deploy: {replicas: 2}}}", true),
            ("docker-compose.override.yml", "services: {web: {ports: ['80:80']}}", true),
            ("docker-compose.override.yml", "services: {web: }", true),
            ("compose.yaml", "services: {web: , image: nginx}", true),
            ("services.yaml", "services: {web: , image: nginx}", false),
            ("overrides.yml", "services: {web: {ports: ['80:80']}}", false),
            ("x.yml", "x-a: &a {restart: always}\nservices: {web: {<<: *a, build: .}}", true),
            ("x.yml", "services: {web: {extends: {file: a.yml, service: b}}}", true),
            ("compose.networks.yml", "networks: {a: {}}", true),
            ("networks.yml", "networks: {a: {}}", false),
            ("compose.yaml", "include: [a/compose.yaml]", true),
            ("all.yaml", "include: [{path: [a/compose.yaml, b.yaml]}]", true),
            (".gitlab-ci.yml", "include: [{local: /a.yml}]", false),
            (".gitlab-ci.yml", "include: [a.yml]", false),
            ("docker-compose.yml", "web: {image: a, links: [db]}\ndb: {image: b}", true),
            ("fig.yml", "web: {build: ., links: [db]}\ndb: {image: b}", true),
            ("rancher-compose.yml", "web: {scale: 2}\ndb: {scale: 1}", false),
            ("azure.yaml", "name: x\nservices: {web: {project: ./web, language: js, host: appservice}}", false),
            ("serverless.yml", "service: x\nprovider: {name: aws}\nfunctions: {a: {handler: b}}", false),
            ("services.yaml", "services: {_defaults: {autowire: true}, App\\: {resource: ../src}}", false),
            (".lando.yml", "name: x\nrecipe: lamp\nservices: {db: {type: mysql, portforward: true}}", false),
            ("a.yaml", "apiVersion: v1\nkind: ConfigMap\nservices: {web: {image: a}}", false),
            ("values.yaml", "services: {web: {image: a}}", false),
            ("chart/defaults.yaml", "services: {web: {image: {repository: a}}}", false),
            (".travis.yml", "services: [docker]", false),
            (".gitlab-ci.yml", "test: {image: ruby, script: [rake], services: [postgres]}", false),
            ("ci.yml", "jobs: {a: {services: {db: {image: postgres}}}}", false),
            ("openapi.yaml", "openapi: 3.0.0\npaths: {}", false),
            ("list.yaml", "[1]", false),
        ];
        for (path, text, want) in rows {
            assert_eq!(recognises(path, &tree(text)), want, "{path}: {text}");
        }
    }

    /// The table is searched by halves, so it must be sorted.
    #[test]
    fn fields_are_sorted() {
        assert!(FIELDS.is_sorted());
    }
}
