//! Addresses in settings, commands and configuration files.

use linchpin::facts::address::{
    Address, Found, Setting, host_of_url, in_command, in_file, in_settings, is_telemetry_image, kind_of_image,
    parse_one,
};

/// Whatever stands in a value, what is found is a host: without credentials, path, blanks or control characters.
pub fn check(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    let (key, value) = text.split_once('\n').unwrap_or(("API_URL", &text));
    let words: Vec<&str> = value.split(' ').collect();
    let mut found: Vec<Found> = Vec::new();
    let mut add = |places: Vec<(usize, Found)>| found.extend(places.into_iter().map(|(_, found)| found));
    add(in_settings(&[Setting { key, value }, Setting { key: "DB_HOST", value: key }]));
    add(in_command(&words));
    for name in [key, "a.properties", "a.yaml", "a.xml", "nginx.conf", "a.sh"] {
        add(in_file(name, value));
    }
    let alone = [host_of_url(value), parse_one(value)].into_iter().flatten();
    for address in found.iter().flat_map(|found| &found.addresses).cloned().chain(alone) {
        if let Address::Host { host, .. } = address {
            let foreign = |c: char| c.is_whitespace() || c.is_control() || "@/?#\"'".contains(c);
            assert!(!host.is_empty() && !host.contains(foreign), "{host:?} in {text:?}");
        }
    }
    kind_of_image(value);
    is_telemetry_image(value);
}
