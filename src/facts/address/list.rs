//! Values that hold several addresses: one cluster, or several things.

use super::host;
use super::key::{Meaning, Use, meaning};
use super::url::distinct;
use super::value::{Form, Named, single, unquote, whole};
use super::{Address, Family, value};

/// Places where the parts of a list of URLs begin: only there, as commas and semicolons stand inside URLs too.
pub(super) fn boundaries(text: &str) -> Vec<usize> {
    let mut starts = vec![0];
    for (i, c) in text.char_indices().filter(|(_, c)| separator(*c)) {
        let next = &text[i + c.len_utf8()..];
        let next = &next[..next.find(separator).unwrap_or(next.len())];
        let scheme = next.find("://").is_some_and(|at| !next[..at].contains(['/', '?', '#', '@', '&']));
        if scheme || next.starts_with("jdbc:") {
            starts.push(i + c.len_utf8());
        }
    }
    starts
}

/// `replicaof redis-0 6379`: a host and its port as two words, below a key that must be an address.
fn host_and_port(meaning: &Meaning, text: &str) -> Option<Named> {
    let (host, port) = text.split_once([' ', '\t'])?;
    let port = port.trim().parse::<u16>().ok().filter(|_| meaning.usage == Use::Address)?;
    single(&format!("{host}:{port}"))
}

/// A list of addresses. Its parts are one cluster if they are members of one store or broker, or if the key says so
/// and they have the same port; otherwise they are several things.
pub(super) fn parse(meaning: &Meaning, text: &str) -> Vec<Named> {
    if let Some(named) = host_and_port(meaning, text) {
        return vec![named];
    }
    let inner = text.strip_prefix('[').and_then(|t| t.strip_suffix(']')).filter(|t| !t.contains(['[', ']']));
    let text = inner.unwrap_or(text);
    let parts = parts(text);
    let options = parts.iter().position(|part| part.contains('='));
    if !text.contains("://") && in_credentials(&parts, options) {
        return single(text).into_iter().collect();
    }
    let mut named = Vec::new();
    let mut prose = false;
    for part in &parts {
        match item(part).or_else(|| labelled(part).filter(|_| meaning.usage >= Use::Likely)) {
            Some(item) => named.push(item),
            // Options behind a StackExchange.Redis host: from here on anything may be a piece of a password.
            None if part.contains('=') => break,
            None => prose |= !part.contains(host::HOLE) && !value::digits(part),
        }
    }
    let spaced = parts.len() > 1 && text.contains(char::is_whitespace);
    if prose && (spaced || meaning.usage < Use::Likely) {
        return Vec::new();
    }
    let sentence = spaced && !meaning.plural && !text.contains([',', ';', '|']);
    let optioned = options.is_some_and(|first| first > 1);
    if optioned || sentence || (parts.len() > 1 && meaning.usage < Use::Likely) {
        // Several plain words are rarely hosts: below a key that only suggests, or one that speaks of one.
        named.retain(|n| n.form != Form::Bare);
    }
    if named.len() > 1 && is_cluster(meaning, &named) { vec![united(named)] } else { named }
}

/// The parts of a list. URLs hold separators themselves, so with them it is split only where the next one begins.
fn parts(text: &str) -> Vec<&str> {
    let parts: Vec<&str> = if text.contains("://") {
        let starts = boundaries(text);
        let ends = starts.iter().skip(1).copied().chain([text.len()]);
        starts.iter().zip(ends).map(|(start, end)| text[*start..end].trim_matches(separator)).collect()
    } else {
        text.split(separator).collect()
    };
    parts.into_iter().map(unquote).filter(|part| !part.is_empty()).collect()
}

fn separator(c: char) -> bool {
    matches!(c, ',' | ';' | '|') || c.is_whitespace()
}

/// Several members as one cluster, no surer than the least sure of them.
fn united(members: Vec<Named>) -> Named {
    let all = |form: Form| members.iter().all(|n| n.form == form);
    let bare = members.iter().any(|n| n.form == Form::Bare);
    let form = if all(Form::Written) {
        Form::Written
    } else if bare {
        Form::Bare
    } else {
        Form::Pair
    };
    Named { form, addresses: distinct(members.into_iter().flat_map(|n| n.addresses).collect()) }
}

/// Whether an `@` shows the parts to be pieces of credentials: `user:pass;word@host:80`. It does not in `1@kafka:9093`,
/// nor behind the first option of `redis:6379,password=p@ss`.
fn in_credentials(parts: &[&str], options: Option<usize>) -> bool {
    let voter = |part: &&str| part.split_once('@').is_some_and(|(id, _)| !id.is_empty() && value::digits(id));
    if !parts.iter().any(|part| part.contains('@')) || parts.iter().all(voter) {
        return false;
    }
    let (hosts, rest) = parts.split_at(options.unwrap_or(parts.len()));
    let option = rest.first().and_then(|part| part.split_once('=')).map_or("", |(name, _)| name);
    let named = option.len() > 2 && option.bytes().all(|b| b.is_ascii_alphabetic());
    hosts.iter().any(|part| part.contains('@')) || !named
}

fn is_cluster(meaning: &Meaning, named: &[Named]) -> bool {
    let store = |f: &Family| f.kind().is_some();
    let families = || {
        named.iter().flat_map(|n| &n.addresses).map(|a| match a {
            Address::Host { family, .. } => family.or(meaning.family),
            Address::Resource { .. } => None,
        })
    };
    let first = families().next().flatten();
    if first.as_ref().is_some_and(store) && families().all(|f| f == first) {
        return true;
    }
    // `ES_HOSTS=http://a:9200,…` behind other ports: HTTP is how a store is spoken to.
    let web = |f| matches!(f, Some(Family::Http | Family::Https) | None);
    if meaning.family.as_ref().is_some_and(store) && families().all(web) {
        return true;
    }
    let mut ports = named.iter().flat_map(|n| &n.addresses).map(|a| match a {
        Address::Host { port, .. } => *port,
        Address::Resource { .. } => Some(0),
    });
    let port = ports.next().flatten();
    meaning.cluster && ports.all(|p| p == port)
}

/// One part of a list; some are written `name=http://…` (etcd) or `1@host:9093` (Kafka). `name=host:port` would be
/// `password=abc:1` as well.
fn item(part: &str) -> Option<Named> {
    if let Some(named) = whole(part).or_else(|| single(part)) {
        return Some(named);
    }
    let (prefix, rest) = part.split_once(['=', '@'])?;
    if part.contains("://") {
        let name = prefix.bytes().all(|b| b.is_ascii_alphanumeric() || b"._-".contains(&b));
        return whole(rest).filter(|_| name && meaning(prefix).usage != Use::Never);
    }
    let number = !prefix.is_empty() && value::digits(prefix) && !part.contains('=');
    single(rest).filter(|named| number && named.form == Form::Pair)
}

/// An address with a label before it (`local:redis:6379`, `0:pg-0:5432`) or with more ports behind it, as ZooKeeper
/// has them: `server.1=zoo1:2888:3888`.
fn labelled(part: &str) -> Option<Named> {
    let server = part.strip_prefix("server.").and_then(|rest| rest.split_once('='));
    let pieces: Vec<&str> = server.map_or(part, |(_, rest)| rest).split(':').take(5).collect();
    match pieces[..] {
        [host, port, election] if value::digits(port) && value::digits(election) => single(&format!("{host}:{port}")),
        [label, host, port] if !label.is_empty() && !value::digits(host) && value::digits(port) => {
            single(&format!("{host}:{port}"))
        }
        _ => None,
    }
}
