//! What is an address and what is not: tables of keys, values, command lines, files and images, and the properties
//! that hold for any text.

mod commands;
mod files;
mod images;
mod properties;
mod settings;

use linchpin::facts::Plane;
use linchpin::facts::address::{Address, Found, Setting, in_settings};

/// Addresses in a form that fits a table: `host:port`, members of a cluster joined by `,`, separate finds by ` | `;
/// `?` after one that must resolve to count, `~` before telemetry, `^` before start order.
fn shown<'a>(found: impl IntoIterator<Item = &'a Found>) -> String {
    let one = |found: &Found| {
        let plane = match found.plane {
            Plane::Telemetry => "~",
            Plane::Startup => "^",
            _ => "",
        };
        let addresses: Vec<String> = found.addresses.iter().map(address).collect();
        format!("{plane}{}{}", addresses.join(","), if found.certain { "" } else { "?" })
    };
    found.into_iter().map(one).collect::<Vec<_>>().join(" | ")
}

fn address(address: &Address) -> String {
    match address {
        Address::Host { host, port: Some(port), .. } => format!("{host}:{port}"),
        Address::Host { host, port: None, .. } => host.clone(),
        Address::Resource { kind, service, name } => format!("{kind} {service} {name}"),
    }
}

/// One setting alone.
fn setting(key: &str, value: &str) -> String {
    shown(in_settings(&[Setting { key, value }]).iter().map(|(_, found)| found))
}

/// Checks a table and reports all its wrong rows at once.
fn check(rows: &[(&str, &str, &str)], result: impl Fn(&str, &str) -> String) {
    let wrong: Vec<String> = rows
        .iter()
        .map(|(a, b, expected)| (a, b, expected, result(a, b)))
        .filter(|(_, _, expected, got)| *expected != got)
        .map(|(a, b, expected, got)| format!("{a} = {b}\n    expected: {expected}\n         got: {got}"))
        .collect();
    assert!(wrong.is_empty(), "{} of {} rows:\n{}", wrong.len(), rows.len(), wrong.join("\n"));
}
