//! Command lines and shell scripts: flags, positional addresses, and programs that wait for others.

use super::key::{Meaning, Use, meaning};
use super::{Confidence, Found, Plane, shell, value};

/// Programs that only ask whether another is there. Who waits for an address will use it, but does not say so.
#[rustfmt::skip]
const ASKING: &[&str] = &[
    "nc", "ncat", "netcat", "pg_isready", "getent", "nslookup", "dig", "host", "ping", "telnet", "mysqladmin",
    "mariadb-admin", "grpc_health_probe",
];
/// Programs that fetch something once, before the service runs.
const FETCHING: &[&str] = &["git", "pip", "pip3", "npm", "yarn", "apk", "apt", "apt-get", "yum", "dnf", "gem", "helm"];
/// Programs whose `-h` (or `-H`) is the host to speak to.
#[rustfmt::skip]
const CLIENTS: &[&str] = &[
    "psql", "pg_isready", "pg_dump", "pg_dumpall", "pg_restore", "pg_basebackup", "createdb", "dropdb", "pgbench",
    "vacuumdb", "mysql", "mysqladmin", "mysqldump", "mysqlcheck", "mysqlsh", "mariadb", "mariadb-admin",
    "mariadb-dump", "redis-cli", "redis-benchmark", "valkey-cli", "clickhouse-client", "mongo", "mongosh",
    "mongodump", "mongorestore", "mongoexport", "mongoimport", "influx", "mosquitto_pub", "mosquitto_sub",
    "rabbitmqadmin", "ldapsearch", "ldapwhoami",
];
/// Programs that print, filter or change files: what they are given is not called.
#[rustfmt::skip]
const LOCAL: &[&str] = &[
    "echo", "printf", "sed", "awk", "gawk", "grep", "egrep", "cat", "tee", "logger", "test", "[", "[[", "chmod",
    "chown", "chgrp", "mkdir", "cd", "ls", "rm", "cp", "mv", "ln", "touch", "sleep", "tr", "cut", "sort", "head",
    "tail", "return", "exit", "case", "for", "install", "useradd", "adduser", "usermod", "unset", "read", "kill",
    "hostname", "date", "tar", "envsubst", "jq", "yq",
];
/// Words before the program itself.
#[rustfmt::skip]
const BEFORE: &[&str] = &[
    "until", "while", "if", "then", "do", "else", "elif", "!", "exec", "time", "sudo", "env", "nohup", "command",
    "tini", "dumb-init", "catatonit", "xargs", "eval", "export", "set", "local", "declare", "readonly",
];

/// See [`super::in_command`].
pub(super) fn scan(words: &[&str]) -> Vec<(usize, Found)> {
    let mut all = Vec::new();
    let mut line: Vec<(usize, String)> = Vec::new();
    for (index, word) in words.iter().enumerate() {
        let before = index.checked_sub(1).and_then(|i| words.get(i)).copied().unwrap_or_default();
        if is_script(word, before) {
            simple(&std::mem::take(&mut line), &mut all);
            for command in shell::commands(word) {
                let command: Vec<_> = command.into_iter().map(|text| (index, text)).collect();
                simple(&command, &mut all);
            }
        } else {
            line.push((index, (*word).to_owned()));
        }
    }
    simple(&line, &mut all);
    all
}

/// The addresses used by a script or by options in one text.
pub(super) fn in_text(text: &str) -> Vec<Found> {
    let mut all = Vec::new();
    for command in shell::commands(text) {
        let command: Vec<_> = command.into_iter().map(|text| (0, text)).collect();
        simple(&command, &mut all);
    }
    all.into_iter().map(|(_, found)| found).collect()
}

/// A word with spaces is a script (`sh -c "…"`), unless it is the value of a flag.
fn is_script(word: &str, before: &str) -> bool {
    let trimmed = word.trim();
    if !trimmed.contains(char::is_whitespace) {
        return trimmed.contains("&&") || trimmed.contains("||");
    }
    let first = trimmed.split_whitespace().next().unwrap_or_default();
    let flag = first.starts_with('-') && first.contains('=') && !trimmed.contains('\n');
    let value = before.starts_with("--") && !before.contains('=') && before.len() > 2;
    !flag && !value
}

/// One command of a script: keywords and assignments, program, arguments.
fn simple(words: &[(usize, String)], all: &mut Vec<(usize, Found)>) {
    let mut rest = words;
    let mut polling = false;
    let program = loop {
        let Some(((index, word), after)) = rest.split_first() else { return };
        if let Some((name, assigned)) = assignment(word) {
            all.extend(value::of_plain(name, assigned).into_iter().map(|found| (*index, found)));
        } else if word == "timeout" || word == "gosu" || word == "su-exec" {
            rest = after.get(1..).unwrap_or_default();
            continue;
        } else if !BEFORE.contains(&word.as_str()) {
            break word;
        }
        polling |= word == "until" || word == "while";
        rest = after;
    };
    let program = program.rsplit('/').next().unwrap_or_default();
    if LOCAL.contains(&program) {
        return;
    }
    let waits = program.starts_with("wait");
    let mut found = Vec::new();
    let after = arguments(program, rest, &mut found);
    for (_, found) in &mut found {
        if polling || waits || ASKING.contains(&program) {
            found.confidence = Confidence::Inferred;
            found.certain |= waits;
        }
        if FETCHING.contains(&program) {
            found.plane = Plane::Startup;
        }
    }
    all.extend(found);
    // `wait-for-it.sh db:5432 -- app`: what follows is the command itself.
    if let Some(after) = after {
        simple_rest(after, all);
    }
}

/// The command behind `--`, whose own `--` is an argument like any other.
fn simple_rest(words: &[(usize, String)], all: &mut Vec<(usize, Found)>) {
    let Some((_, program)) = words.first() else { return };
    let program = program.rsplit('/').next().unwrap_or_default();
    if !LOCAL.contains(&program) {
        arguments(program, words, all);
    }
}

/// `NAME=value`.
fn assignment(word: &str) -> Option<(&str, &str)> {
    let (name, value) = word.split_once('=')?;
    let plain = name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
        && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_');
    plain.then_some((name, value))
}

/// Arguments of a program, the program itself first. Returns what stands behind `--`.
fn arguments<'a>(
    program: &str,
    words: &'a [(usize, String)],
    all: &mut Vec<(usize, Found)>,
) -> Option<&'a [(usize, String)]> {
    let client = CLIENTS.contains(&program);
    let mut i = 0;
    while let Some((index, word)) = words.get(i) {
        let next = words.get(i + 1).map(|(_, word)| word.as_str());
        let mut add = |found: Vec<Found>| {
            let any = !found.is_empty();
            all.extend(found.into_iter().map(|found| (*index, found)));
            any
        };
        i += 1;
        if word == "--" {
            return words.get(i..);
        }
        if let Some(flag) = word.strip_prefix('-') {
            let flag = flag.strip_prefix('-').unwrap_or(flag);
            if client && let Some((host, used)) = client_host(word, next) {
                let port = client_port(words);
                add(value::of_meaning(&host_argument(), "host", &with_port(host, port.as_deref())));
                i += usize::from(used);
            } else if let Some((name, value)) = flag.split_once('=') {
                let name = name.strip_prefix('D').filter(|_| word.starts_with("-D")).unwrap_or(name);
                add(value::of_plain(name, value));
            } else if let Some((at, value)) = words.get(i).filter(|(_, next)| !next.starts_with('-')) {
                let waits = program == "dockerize" && flag == "wait";
                let mut found = value::of_plain(flag, value);
                if waits {
                    found.iter_mut().for_each(|found| found.confidence = Confidence::Inferred);
                }
                let never = meaning(flag).usage == Use::Never;
                let header = program == "curl" && matches!(flag, "H" | "d" | "A" | "o" | "e");
                // Users and passwords; netcat's -u and -p are something else.
                let login = !is_netcat(program) && matches!(flag, "u" | "U" | "p" | "P");
                i += usize::from(header || login || never || !found.is_empty());
                if !(header || login) {
                    all.extend(found.into_iter().map(|found| (*at, found)));
                }
            }
            continue;
        }
        if (is_netcat(program) || matches!(program, "telnet" | "cqlsh"))
            && let Some(port) = next.filter(|p| p.parse::<u16>().is_ok())
        {
            if add(value::of_meaning(&host_argument(), "host", &with_port(word, Some(port)))) {
                i += 1;
            }
            continue;
        }
        if matches!(program, "getent" | "nslookup" | "dig" | "host" | "ping")
            && i > 1
            && !word.starts_with("ahosts")
            && word != "hosts"
        {
            add(value::of_meaning(&Meaning { usage: Use::Suggests, ..host_argument() }, "host", word));
            continue;
        }
        if let Some((_, device)) = word.split_once("/dev/tcp/") {
            add(value::of_meaning(&host_argument(), "host", &device.replacen('/', ":", 1)));
            continue;
        }
        let text = if program == "wait-on" || program == "wait4x" { word.trim_start_matches("tcp:") } else { word };
        let (name, text) = assignment(text).unwrap_or(("", text));
        add(value::of_plain(name, text));
    }
    None
}

fn is_netcat(program: &str) -> bool {
    matches!(program, "nc" | "ncat" | "netcat")
}

/// What an argument that must be a host means.
fn host_argument() -> Meaning {
    Meaning { own: false, usage: Use::Address, stem: None, ..meaning("host") }
}

/// `-h db`, `-hdb`, `--host db`, `--host=db` of a client, and whether the next word is used up.
fn client_host<'a>(word: &'a str, next: Option<&'a str>) -> Option<(&'a str, bool)> {
    match word {
        "-h" | "-H" | "--host" | "--hostname" => Some((next.filter(|n| !n.starts_with('-'))?, true)),
        _ => {
            let joined = word.strip_prefix("--host=").or_else(|| word.strip_prefix("-h"))?;
            (!joined.is_empty() && !word.starts_with("-help")).then_some((joined, false))
        }
    }
}

/// The port given to a client.
fn client_port(words: &[(usize, String)]) -> Option<String> {
    let numeric = |text: &str| text.parse::<u16>().is_ok().then(|| text.to_owned());
    words.iter().enumerate().find_map(|(i, (_, word))| match word.as_str() {
        "-p" | "-P" | "--port" => numeric(words.get(i + 1)?.1.as_str()),
        word => numeric(
            word.strip_prefix("--port=").or_else(|| word.strip_prefix("-p")).or_else(|| word.strip_prefix("-P"))?,
        ),
    })
}

fn with_port(host: &str, port: Option<&str>) -> String {
    match port {
        Some(port) if !host.contains(':') => format!("{host}:{port}"),
        _ => host.to_owned(),
    }
}
