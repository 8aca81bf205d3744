//! Command lines and shell scripts: which words are one command, and which program they run.

use super::{Confidence, Found, Plane, arguments, shell, value};

/// Programs that only ask whether another is there. Who waits for an address will use it, but does not say so.
#[rustfmt::skip]
const ASKING: &[&str] = &[
    "nc", "ncat", "netcat", "pg_isready", "getent", "nslookup", "dig", "host", "ping", "telnet", "mysqladmin",
    "mariadb-admin", "grpc_health_probe",
];
/// Programs that fetch something once, before the service runs.
const FETCHING: &[&str] = &["git", "pip", "pip3", "npm", "yarn", "apk", "apt", "apt-get", "yum", "dnf", "gem", "helm"];
/// Programs that print, filter or change files: what they are given is not called.
#[rustfmt::skip]
const LOCAL: &[&str] = &[
    "echo", "printf", "sed", "awk", "gawk", "grep", "egrep", "cat", "tee", "logger", "test", "[", "[[", "chmod",
    "chown", "chgrp", "mkdir", "cd", "ls", "rm", "cp", "mv", "ln", "touch", "sleep", "tr", "cut", "sort", "head",
    "tail", "return", "exit", "case", "for", "useradd", "adduser", "usermod", "unset", "read", "kill", "hostname",
    "date", "tar", "envsubst", "jq", "yq",
];
/// Words before the program itself.
#[rustfmt::skip]
const BEFORE: &[&str] = &[
    "until", "while", "if", "then", "do", "else", "elif", "!", "exec", "time", "sudo", "env", "nohup", "command",
    "tini", "dumb-init", "catatonit", "xargs", "eval", "export", "set", "local", "declare", "readonly",
];
/// Programs that run another after one argument of their own.
const WRAPPERS: &[&str] = &["timeout", "gosu", "su-exec"];

/// A word of a command and its index in the caller's list.
pub(super) type Word = (usize, String);

/// See [`super::in_command`].
pub(super) fn scan(words: &[&str]) -> Vec<(usize, Found)> {
    let mut all = Vec::new();
    let mut line: Vec<Word> = Vec::new();
    for (index, word) in words.iter().enumerate() {
        let before = index.checked_sub(1).and_then(|i| words.get(i)).copied().unwrap_or_default();
        if is_script(word, before) {
            simple(&std::mem::take(&mut line), &mut all);
            script(index, word, &mut all);
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
    script(0, text, &mut all);
    all.into_iter().map(|(_, found)| found).collect()
}

fn script(index: usize, text: &str, all: &mut Vec<(usize, Found)>) {
    for command in shell::commands(text) {
        let command: Vec<Word> = command.into_iter().map(|text| (index, text)).collect();
        simple(&command, all);
    }
}

/// A word with spaces is a script (`sh -c "…"`), unless it is the value of a flag.
fn is_script(word: &str, before: &str) -> bool {
    let trimmed = word.trim();
    if !trimmed.contains(char::is_whitespace) {
        return false;
    }
    let first = trimmed.split_whitespace().next().unwrap_or_default();
    let flag = first.starts_with('-') && first.contains('=') && !trimmed.contains('\n');
    let value = before.starts_with("--") && !before.contains('=') && before.len() > 2;
    !flag && !value
}

/// One command: keywords and assignments, program, arguments.
fn simple(words: &[Word], all: &mut Vec<(usize, Found)>) {
    let mut rest = words;
    let mut polling = false;
    let program = loop {
        let Some(((index, word), after)) = rest.split_first() else { return };
        if let Some((name, assigned)) = assignment(word) {
            all.extend(value::of_plain(name, assigned).into_iter().map(|found| (*index, found)));
        } else if WRAPPERS.contains(&word.as_str()) {
            rest = after.get(1..).unwrap_or_default();
            continue;
        } else if !BEFORE.contains(&word.as_str()) {
            break word;
        }
        polling |= word == "until" || word == "while";
        rest = after;
    };
    let program = base(program);
    if LOCAL.contains(&program) {
        return;
    }
    let waits = program.starts_with("wait");
    let (found, after) = arguments::scan(program, rest);
    for (index, mut found) in found {
        if polling || waits || ASKING.contains(&program) {
            found.confidence = Confidence::Inferred;
            found.certain |= waits;
        }
        if FETCHING.contains(&program) {
            found.plane = Plane::Startup;
        }
        all.push((index, found));
    }
    // `wait-for-it.sh db:5432 -- app`: behind `--` is the command itself.
    if let Some((_, program)) = after.first().filter(|(_, program)| !LOCAL.contains(&base(program))) {
        all.extend(arguments::scan(base(program), after).0);
    }
}

/// A program without its folder.
fn base(program: &str) -> &str {
    program.rsplit('/').next().unwrap_or_default()
}

/// `NAME=value`.
pub(super) fn assignment(word: &str) -> Option<(&str, &str)> {
    let (name, value) = word.split_once('=')?;
    let plain = name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
        && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_');
    plain.then_some((name, value))
}
