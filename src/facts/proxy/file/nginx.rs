//! nginx.conf. A directive of a block holds for the blocks in it, wherever in the block it stands.

use super::{Proxy, Upstream, host};
use crate::facts::address::Address;
use crate::facts::block::Time;
use crate::facts::proxy::next_upstream;
use crate::facts::{Origin, RetryLayer, TimeoutOrigin};
use rustc_hash::FxHashMap;

/// How long nginx waits for a piece of an answer unless told otherwise, in milliseconds.
const READ_MS: f64 = 60_000.0;

/// A directive: its line and its words.
struct Directive<'t> {
    line: usize,
    words: Vec<&'t str>,
}

/// A block with what stands directly in it.
#[derive(Default)]
struct Block<'t> {
    parent: usize,
    head: Vec<&'t str>,
    directives: Vec<Directive<'t>>,
}

pub(super) fn upstreams(text: &str, proxy: &Proxy<'_>) -> Vec<Upstream> {
    let blocks = blocks(text);
    let mut groups: FxHashMap<&str, Vec<Address>> = FxHashMap::default();
    for block in &blocks {
        if let ["upstream", name, ..] = block.head[..] {
            let servers = block.directives.iter().filter(|d| d.words.first() == Some(&"server"));
            groups.insert(name, servers.filter_map(|d| host(d.words.get(1)?)).collect());
        }
    }
    let mut found = Vec::new();
    for (i, block) in blocks.iter().enumerate() {
        for directive in &block.directives {
            let [pass @ ("proxy_pass" | "grpc_pass"), target, ..] = directive.words[..] else { continue };
            let name = target.split_once("://").map_or(target, |(_, rest)| rest);
            let name = name.split(['/', ':', '?']).next().unwrap_or_default();
            let addresses = groups.get(name).cloned().unwrap_or_else(|| host(target).into_iter().collect());
            if !addresses.is_empty() {
                let peers = u32::try_from(addresses.len()).unwrap_or(u32::MAX);
                let prefix = pass.trim_end_matches("pass");
                found.push(Upstream { addresses, policy: policy(&blocks, i, directive, prefix, peers, proxy) });
            }
        }
    }
    found
}

/// What holds for the requests that a directive passes on. nginx tries each peer once, and fewer if it is told so.
fn policy(
    blocks: &[Block<'_>],
    at: usize,
    pass: &Directive<'_>,
    prefix: &str,
    peers: u32,
    proxy: &Proxy<'_>,
) -> crate::facts::CallPolicy {
    let setting = |name: &str| inherited(blocks, at, &format!("{prefix}{name}"));
    let mut policy = (proxy.blank)(pass.line, pass.words.first().copied().unwrap_or_default());
    policy.timeout = Some((f64::INFINITY, TimeoutOrigin::Disabled));
    let written = setting("next_upstream_tries");
    let most = written.and_then(|d| Some((d.words.get(1)?.parse::<u32>().ok()?, d.line)));
    if let (Some(written), None) = (written, most) {
        proxy.misread(written.line, "next_upstream_tries", "a whole number, 0 or more");
        return policy;
    }
    let (tries, origin, evidence) = match most.filter(|(n, _)| *n > 0) {
        Some((n, line)) => {
            (n.min(peers), Origin::Explicit, (proxy.blank)(line, &format!("{prefix}next_upstream_tries")).evidence)
        }
        None => (peers, Origin::PlatformDefault, policy.evidence.clone()),
    };
    let time = |name: &str, default: Option<f64>| {
        let Some(written) = setting(name) else { return default };
        let ms = written.words.get(1).and_then(|word| Time::Seconds.milliseconds(word));
        if ms.is_none() {
            proxy.misread(written.line, name, Time::Seconds.expected());
        }
        ms
    };
    let retry = RetryLayer::new(policy.layer, tries, origin, evidence);
    let words = setting("next_upstream").map(|d| d.words.get(1..).unwrap_or_default().join(" "));
    let mut retry = next_upstream(retry, words.as_deref().unwrap_or("error timeout"));
    retry.per_try_timeout_ms = time("read_timeout", Some(READ_MS));
    retry.timeout_ms = time("next_upstream_timeout", None).filter(|ms| *ms > 0.0);
    policy.retry = Some(retry);
    policy
}

/// A directive of a block or of the nearest block around it that has one.
fn inherited<'b, 't>(blocks: &'b [Block<'t>], mut at: usize, name: &str) -> Option<&'b Directive<'t>> {
    loop {
        let block = blocks.get(at)?;
        if let Some(found) = block.directives.iter().rev().find(|d| d.words.first() == Some(&name)) {
            return Some(found);
        }
        // The outermost block is its own parent; every other one stands after its parent.
        if block.parent == at {
            return None;
        }
        at = block.parent;
    }
}

/// The blocks of a file, outer ones first.
fn blocks(text: &str) -> Vec<Block<'_>> {
    let mut blocks = vec![Block::default()];
    let mut open = vec![0usize];
    let mut words: Vec<&str> = Vec::new();
    let mut first = 0;
    for (line, content) in text.lines().enumerate() {
        let mut rest = content.split(" #").next().filter(|c| !c.trim_start().starts_with('#')).unwrap_or_default();
        loop {
            let end = rest.find([';', '{', '}']);
            let (statement, after) = rest.split_at(end.unwrap_or(rest.len()));
            let more = statement.split_whitespace().map(|w| w.trim_matches(['"', '\'']));
            if words.is_empty() {
                first = line;
            }
            words.extend(more);
            let current = open.last().copied().unwrap_or(0);
            match after.chars().next() {
                Some('{') => {
                    open.push(blocks.len());
                    blocks.push(Block { parent: current, head: std::mem::take(&mut words), directives: Vec::new() });
                }
                Some(end) => {
                    let words = std::mem::take(&mut words);
                    if let (false, Some(block)) = (words.is_empty(), blocks.get_mut(current)) {
                        block.directives.push(Directive { line: first, words });
                    }
                    if end == '}' && open.len() > 1 {
                        open.pop();
                    }
                }
                None => break,
            }
            rest = after.get(1..).unwrap_or_default();
        }
    }
    blocks
}
