//! Arguments of one program: flags with their values, and what stands alone.

use super::command::{Word, assignment};
use super::key::{Meaning, Use, meaning};
use super::{Confidence, Found, value};

/// Programs whose `-h` (or `-H`) is the host to speak to.
#[rustfmt::skip]
const CLIENTS: &[&str] = &[
    "psql", "pg_isready", "pg_dump", "pg_dumpall", "pg_restore", "pg_basebackup", "createdb", "dropdb", "pgbench",
    "vacuumdb", "mysql", "mysqladmin", "mysqldump", "mysqlcheck", "mysqlsh", "mariadb", "mariadb-admin",
    "mariadb-dump", "redis-cli", "redis-benchmark", "valkey-cli", "clickhouse-client", "mongo", "mongosh",
    "mongodump", "mongorestore", "mongoexport", "mongoimport", "influx", "mosquitto_pub", "mosquitto_sub",
    "rabbitmqadmin", "ldapsearch", "ldapwhoami",
];
/// Programs that take a host and a port as two words.
const PAIRS: &[&str] = &["nc", "ncat", "netcat", "telnet", "cqlsh"];
/// Programs that look a name up.
const LOOKUPS: &[&str] = &["getent", "nslookup", "dig", "host", "ping"];

/// Addresses among the arguments of a program, the program itself first, and the words behind `--`.
pub(super) fn scan<'a>(program: &str, words: &'a [Word]) -> (Vec<(usize, Found)>, &'a [Word]) {
    let port = if is_client(program) { client_port(words) } else { None };
    let mut arguments = Arguments { program, port, words, at: 0, found: Vec::new() };
    let after = arguments.all();
    (arguments.found, after)
}

/// Clients, and `wait-for-it -h db -p 5432`.
fn is_client(program: &str) -> bool {
    CLIENTS.contains(&program) || ["wait-for", "wait_for", "waitfor"].iter().any(|waiter| program.starts_with(waiter))
}

struct Arguments<'a, 'p> {
    program: &'p str,
    /// The port that a client is told.
    port: Option<&'a str>,
    words: &'a [Word],
    /// The next word.
    at: usize,
    found: Vec<(usize, Found)>,
}

impl<'a> Arguments<'a, '_> {
    fn all(&mut self) -> &'a [Word] {
        while let Some((index, word)) = self.words.get(self.at) {
            self.at += 1;
            if word == "--" {
                return self.words.get(self.at..).unwrap_or_default();
            }
            if word.len() > 1 && word.starts_with('-') {
                self.flag(*index, word);
            } else {
                self.positional(*index, word);
            }
        }
        &[]
    }

    /// The word after the current one.
    fn next(&self) -> Option<&'a Word> {
        self.words.get(self.at)
    }

    /// Adds what was found; whether it was anything.
    fn add(&mut self, index: usize, found: Vec<Found>) -> bool {
        let any = !found.is_empty();
        self.found.extend(found.into_iter().map(|found| (index, found)));
        any
    }

    fn flag(&mut self, index: usize, word: &str) {
        let value = self.next().filter(|(_, next)| !next.starts_with('-'));
        if is_client(self.program)
            && let Some((host, separate)) = client_host(word, value)
        {
            self.add(index, host_found(host, self.port));
            self.at += usize::from(separate);
            return;
        }
        // Only flags are given: they go to the image's own program, and `-h web` is no cry for help.
        if word == "-h"
            && self.program.starts_with('-')
            && let Some((index, host)) = value
        {
            let suggests = Meaning { usage: Use::Suggests, ..host_meaning() };
            self.add(*index, value::of_meaning(&suggests, "", host));
            self.at += 1;
            return;
        }
        let flag = word.trim_start_matches('-');
        if let Some((name, value)) = flag.split_once('=') {
            let name = name.strip_prefix('D').filter(|_| word.starts_with("-D")).unwrap_or(name);
            self.add(index, value::of_plain(name, value));
            return;
        }
        let Some((index, value)) = value else { return };
        if self.is_other(flag) || meaning(flag).usage == Use::Never {
            self.at += 1;
            return;
        }
        let mut found = value::of_plain(flag, value);
        if self.program == "dockerize" && flag == "wait" {
            found.iter_mut().for_each(|found| found.confidence = Confidence::Inferred);
        }
        self.at += usize::from(self.add(*index, found));
    }

    /// Flags whose value is a header, a body, a user or a password. Netcat's `-u` and `-p` are something else.
    fn is_other(&self, flag: &str) -> bool {
        let netcat = matches!(self.program, "nc" | "ncat" | "netcat");
        (self.program == "curl" && matches!(flag, "H" | "d" | "A" | "o" | "e"))
            || (!netcat && matches!(flag, "u" | "U" | "p" | "P"))
    }

    fn positional(&mut self, index: usize, word: &str) {
        if PAIRS.contains(&self.program)
            && let Some((_, port)) = self.next().filter(|(_, port)| port.parse::<u16>().is_ok())
        {
            let found = self.add(index, host_found(word, Some(port)));
            self.at += usize::from(found);
        } else if LOOKUPS.contains(&self.program) {
            // `getent hosts name`; the program itself is the first word.
            if self.at > 1 && word != "hosts" && !word.starts_with("ahosts") {
                let suggests = Meaning { usage: Use::Suggests, ..host_meaning() };
                self.add(index, value::of_meaning(&suggests, "", word));
            }
        } else if let Some((_, device)) = word.split_once("/dev/tcp/") {
            self.add(index, value::of_meaning(&host_meaning(), "", &device.replacen('/', ":", 1)));
        } else {
            let waits = self.program == "wait-on" || self.program == "wait4x";
            let text = if waits { word.trim_start_matches("tcp:") } else { word };
            let (name, text) = assignment(text).unwrap_or(("", text));
            self.add(index, value::of_plain(name, text));
        }
    }
}

/// What an argument that must be a host means.
fn host_meaning() -> Meaning {
    Meaning { own: false, usage: Use::Address, stem: None, ..meaning("host") }
}

fn host_found(host: &str, port: Option<&str>) -> Vec<Found> {
    let text = match port {
        Some(port) if !host.contains(':') => format!("{host}:{port}"),
        _ => host.to_owned(),
    };
    value::of_meaning(&host_meaning(), "", &text)
}

/// `-h db`, `-hdb`, `--host db`, `--host=db` of a client, and whether the next word is used up.
fn client_host<'a>(word: &'a str, next: Option<&'a Word>) -> Option<(&'a str, bool)> {
    match word {
        "-h" | "-H" | "--host" | "--hostname" => next.map(|(_, next)| (next.as_str(), true)),
        _ => {
            let joined = word.strip_prefix("--host=").or_else(|| word.strip_prefix("-h"))?;
            (!joined.is_empty() && !word.starts_with("-help")).then_some((joined, false))
        }
    }
}

/// The port given to a client.
fn client_port(words: &[Word]) -> Option<&str> {
    let numeric = |text: &&str| text.parse::<u16>().is_ok();
    words.iter().enumerate().find_map(|(i, (_, word))| match word.as_str() {
        "-p" | "-P" | "--port" => words.get(i + 1).map(|(_, port)| port.as_str()).filter(numeric),
        word => ["--port=", "-p", "-P"].iter().find_map(|flag| word.strip_prefix(flag)).filter(numeric),
    })
}
