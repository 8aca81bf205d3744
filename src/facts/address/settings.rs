//! Settings of one component: each on its own, then `*_HOST` joined with `*_PORT`.

use super::expand::expand;
use super::{Address, Confidence, Family, Found, Setting, file, host, key, value};
use rustc_hash::FxHashMap;

/// See [`super::in_settings`].
pub(super) fn of_component(settings: &[Setting<'_>]) -> Vec<(usize, Found)> {
    let mut all = scan(settings);
    for (index, setting) in settings.iter().enumerate() {
        // `CADDYFILE: |`: the program, or the script that starts it, makes a file of it.
        if setting.value.trim().contains('\n')
            && is_variable(setting.key)
            && all.iter().all(|(found, _)| *found != index)
            && key::may_hold(setting.key)
        {
            let inside = file::scan(setting.key, setting.value).into_iter();
            all.extend(inside.map(|(_, found)| (index, Found { confidence: Confidence::Inferred, ..found })));
        }
    }
    all
}

/// Whether a name can be a variable's: `app.properties` in a ConfigMap is a file, whoever imports all its keys.
fn is_variable(key: &str) -> bool {
    key.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_')
}

/// The settings of one place: a component's environment, or a file.
pub(super) fn scan(settings: &[Setting<'_>]) -> Vec<(usize, Found)> {
    let mut ports: Option<FxHashMap<Vec<String>, u16>> = None;
    let mut shown: Vec<String> = Vec::new();
    let mut all: Vec<(usize, Found)> = Vec::new();
    for (index, setting) in settings.iter().enumerate() {
        if host::is_public(setting.value) && key::is_own_domain(setting.key) {
            shown.push(setting.value.to_ascii_lowercase());
        }
        let (found, meaning) = value::of_setting(setting.key, setting.value);
        for mut found in found {
            if let [Address::Host { port: port @ None, family, .. }] = found.addresses.as_mut_slice()
                && let Some(stem) = meaning.as_ref().and_then(|m| m.stem.as_ref()).filter(|stem| !stem.is_empty())
            {
                let ports = ports.get_or_insert_with(|| ports_of(settings));
                *port = ports.get(stem).copied();
                *family = family.or(port.and_then(Family::from_port));
            }
            if meaning.as_ref().is_some_and(|m| m.shown) {
                shown.extend(public_hosts(&found.addresses).map(str::to_owned));
            }
            all.push((index, found));
        }
    }
    // What leads to the public address that the component calls its own must resolve to count, as that itself must.
    for (_, found) in all.iter_mut().filter(|_| !shown.is_empty()) {
        found.certain &= public_hosts(&found.addresses).all(|host| shown.iter().all(|own| own != host));
    }
    all
}

/// The hosts that only the public DNS knows.
fn public_hosts(addresses: &[Address]) -> impl Iterator<Item = &str> {
    addresses.iter().filter_map(|address| match address {
        Address::Host { host, .. } if host::is_public(host) => Some(host.as_str()),
        _ => None,
    })
}

/// Ports by the words before `PORT`; the first of several holds.
fn ports_of(settings: &[Setting<'_>]) -> FxHashMap<Vec<String>, u16> {
    let mut ports = FxHashMap::default();
    for setting in settings {
        if setting.value.len() < 64
            && let Some(stem) = key::port_stem(setting.key)
            && let Ok(port) = expand(setting.value).trim().trim_matches(['"', '\'']).parse()
            && port != 0
        {
            ports.entry(stem).or_insert(port);
        }
    }
    ports
}
