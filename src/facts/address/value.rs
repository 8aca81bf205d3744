//! A value below a key: which addresses it uses, if any.

use super::expand::expand;
use super::host::{self, Endpoint};
use super::key::{Meaning, Use, meaning};
use super::url::{has_scheme, host_address};
use super::{Address, Confidence, Family, Found, Interaction, Kind, Plane, dsn, list, resource, url};

/// Values longer than this are data, not addresses.
pub(super) const LONGEST: usize = 16 * 1024;

/// How an address is recognised.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Form {
    /// By a scheme or a connection string's grammar.
    Written,
    /// `lb://orders`: by a scheme, but the name is a registry's.
    Registry,
    /// `host:port`.
    Pair,
    /// A word.
    Bare,
}

/// One thing that a value names: a host, or a cluster of them.
pub(super) struct Named {
    pub form: Form,
    pub addresses: Vec<Address>,
}

/// The addresses that `value` uses as the value of `key`; what the key means goes with them.
pub(super) fn of_setting(key: &str, value: &str) -> (Vec<Found>, Option<Meaning>) {
    if !may_hold_address(value) {
        return (Vec::new(), None);
    }
    let meaning = meaning(key);
    let options = meaning.command || value.starts_with("--") || value.starts_with("-D");
    let found = if options { super::command::in_text(value) } else { of_meaning(&meaning, key, value) };
    (found, Some(meaning))
}

/// The same for a value that is no command line.
pub(super) fn of_plain(key: &str, value: &str) -> Vec<Found> {
    let bare = key.is_empty() && !value.contains([':', '/', '=']);
    if !bare && may_hold_address(value) { of_meaning(&meaning(key), key, value) } else { Vec::new() }
}

/// Most values are numbers and switches; they need no closer look.
fn may_hold_address(value: &str) -> bool {
    value.len() <= LONGEST
        && !matches!(value, "true" | "false" | "True" | "False")
        && !value.bytes().all(|b| b.is_ascii_digit() || b.is_ascii_whitespace())
}

/// The same for a key whose meaning is known from elsewhere.
pub(super) fn of_meaning(meaning: &Meaning, key: &str, value: &str) -> Vec<Found> {
    if meaning.usage == Use::Never || value.len() > LONGEST {
        return Vec::new();
    }
    let expanded = expand(value);
    let text = unquote(&expanded);
    if text.is_empty() {
        return Vec::new();
    }
    if let Some(found) = json(key, text) {
        return found;
    }
    // ActiveMQ's wrapper of a list: `failover:(tcp://a:61616,tcp://b:61616)?randomize=false`.
    let inner = text.strip_prefix("failover:").map(|rest| rest.trim_start_matches("//").trim_start_matches('('));
    let text = inner.map_or(text, |rest| rest.split(')').next().unwrap_or_default());
    let named = match whole(text) {
        Some(named) => vec![named],
        None => list::parse(meaning, text),
    };
    named.into_iter().filter_map(|named| found(meaning, named)).collect()
}

/// The first address of a text that is one, whatever its key: a URL, a connection string, `host:port` or a host.
pub(super) fn first_address(text: &str) -> Option<Address> {
    if text.len() > LONGEST {
        return None;
    }
    let expanded = expand(text);
    let text = unquote(&expanded);
    whole(text).or_else(|| single(text)).and_then(|named| named.addresses.into_iter().next())
}

pub(super) fn digits(text: &str) -> bool {
    text.bytes().all(|b| b.is_ascii_digit())
}

pub(super) fn unquote(text: &str) -> &str {
    let text = text.trim();
    // The quotes around `'a:1','b:2'` are not those of the whole.
    let inner = ['"', '\''].iter().find_map(|q| text.strip_prefix(*q)?.strip_suffix(*q).filter(|t| !t.contains(*q)));
    inner.unwrap_or(text).trim()
}

/// Whether and how what was named counts below this key.
fn found(meaning: &Meaning, named: Named) -> Option<Found> {
    let addresses: Vec<Address> =
        named.addresses.into_iter().map(|address| with_family(address, meaning.family)).collect();
    let first = addresses.first()?;
    let public = |a: &Address| matches!(a, Address::Host { host, .. } if host::is_public(host));
    let (counts, certain) = match named.form {
        Form::Written => (true, !meaning.own),
        Form::Registry => (true, false),
        Form::Pair => (true, meaning.usage >= Use::Likely),
        Form::Bare => (
            meaning.usage >= Use::Suggests,
            meaning.usage == Use::Address || (meaning.usage == Use::Likely && public(first)),
        ),
    };
    if !counts {
        return None;
    }
    let reports = |a: &Address| matches!(a, Address::Host { family: Some(family), .. } if family.is_telemetry());
    let plane = if addresses.iter().all(reports) { Plane::Telemetry } else { meaning.plane };
    let interaction = match first {
        Address::Resource { kind: Kind::Topic, .. } => Interaction::AsyncPublish,
        _ => Interaction::Sync,
    };
    let confidence = if meaning.awaited { Confidence::Inferred } else { Confidence::Declared };
    Some(Found { addresses, certain, plane, interaction, confidence, criticality: None })
}

/// The key's family where the value says nothing better.
fn with_family(address: Address, of_key: Option<Family>) -> Address {
    match address {
        Address::Host { host, port, family: None } => Address::Host { host, port, family: of_key },
        address => address,
    }
}

/// A value that is one address by its own grammar, or a cluster written as one.
pub(super) fn whole(text: &str) -> Option<Named> {
    if text.starts_with("arn:") {
        return Some(Named { form: Form::Written, addresses: resource::arn(text).into_iter().collect() });
    }
    if has_scheme(text) {
        if list::boundaries(text).len() > 1 {
            return None;
        }
        let parsed = url::parse(text)?;
        let form = if parsed.registry { Form::Registry } else { Form::Written };
        return Some(Named { form, addresses: parsed.addresses });
    }
    if let Some(rest) = text.strip_prefix("//") {
        return Some(Named { form: Form::Written, addresses: url::authority("", rest) });
    }
    let addresses = dsn::go_sql(text).or_else(|| if text.contains('=') { dsn::keywords(text) } else { None })?;
    Some(Named { form: Form::Written, addresses })
}

/// A single `host`, `host:port`, with a path or credentials perhaps.
pub(super) fn single(text: &str) -> Option<Named> {
    let (authority, path) = match text.find(['/', '?', '#']) {
        // Behind an unescaped `/` of a password.
        Some(end) if text[end..].contains('@') => return None,
        Some(end) => (&text[..end], true),
        None => (text, false),
    };
    let hosts = match authority.rsplit_once('@') {
        // `user:password@host:port`; an address of mail has no port and no password.
        Some((user, host)) if user.contains(':') && host.contains(':') => host,
        Some(_) => return None,
        None => authority,
    };
    let at: Endpoint = host::endpoint(hosts).filter(|_| !hosts.ends_with(':'))?;
    if host::is_placeholder(&at.host) {
        return None;
    }
    // `cart:${PORT}` is no better than a word: `ns:${NAMESPACE}` looks the same.
    let pair = at.port.is_some();
    // `api/v1` is a path, `gcr.io/x/y` an image: without a port nothing says that the first part is a host.
    if path && !pair {
        return None;
    }
    let form = if pair { Form::Pair } else { Form::Bare };
    let addresses = host_address(at, None, None).into_iter().collect();
    Some(Named { form, addresses })
}

/// JSON values: lists of strings are lists, members of objects are settings of their own. `None` if it is no JSON.
fn json(key: &str, text: &str) -> Option<Vec<Found>> {
    if !text.starts_with(['[', '{']) {
        return None;
    }
    let value: serde_json::Value = serde_json::from_str(text).ok()?;
    let mut found = Vec::new();
    json_value(key, &value, &mut found);
    Some(found)
}

/// The depth is bounded by serde_json's own limit of 128.
fn json_value(key: &str, value: &serde_json::Value, found: &mut Vec<Found>) {
    match value {
        serde_json::Value::String(text) if !text.starts_with(['[', '{']) => found.extend(of_plain(key, text)),
        serde_json::Value::Array(items) if items.iter().all(serde_json::Value::is_string) => {
            let texts: Vec<&str> = items.iter().filter_map(serde_json::Value::as_str).collect();
            found.extend(of_list(key, &texts));
        }
        serde_json::Value::Array(items) => items.iter().for_each(|item| json_value(key, item, found)),
        serde_json::Value::Object(members) => {
            let settings: Vec<(String, &serde_json::Value)> =
                members.iter().map(|(name, value)| (format!("{key}.{name}"), value)).collect();
            let flat: Vec<super::Setting<'_>> = settings
                .iter()
                .filter_map(|(key, value)| Some(super::Setting { key, value: value.as_str()? }))
                .collect();
            found.extend(super::settings::scan(&flat).into_iter().map(|(_, found)| found));
            settings.iter().filter(|(_, v)| !v.is_string()).for_each(|(key, value)| json_value(key, value, found));
        }
        _ => {}
    }
}

/// The addresses of a list of values below one key.
pub(super) fn of_list(key: &str, items: &[&str]) -> Vec<Found> {
    let plain = |item: &&str| !item.contains([',', ';', ' ', '[', '{']);
    if items.iter().all(plain) {
        of_plain(key, &items.join(","))
    } else {
        items.iter().flat_map(|item| of_plain(key, item)).collect()
    }
}
