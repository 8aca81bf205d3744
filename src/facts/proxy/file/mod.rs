//! A proxy's own configuration file: what it does with the calls to each of its upstreams.

mod envoy;
mod haproxy;
mod kong;
mod nginx;

use crate::facts::address::{Address, parse_one};
use crate::facts::{CallPolicy, Callers, Evidence, Key, Layer, Providers, Rank, Target};
use crate::source::{Location, Problem};
use std::cell::RefCell;
use std::collections::BTreeSet;
use std::sync::Arc;

/// Texts longer than this are data, not configuration.
const LARGEST: usize = 4 * 1024 * 1024;

/// What a proxy does with the calls to one upstream.
struct Upstream {
    /// Its hosts, any of which may answer.
    addresses: Vec<Address>,
    /// What is done with calls to them.
    policy: CallPolicy,
}

/// The proxy whose file it is.
struct Proxy<'a> {
    /// A policy of the proxy that says nothing yet, for a line (from 0) and a field.
    blank: &'a dyn Fn(usize, &str) -> CallPolicy,
    /// How many of it run: each lets through as many calls as its file says.
    instances: Option<u32>,
    /// What cannot be understood, by its line in the file.
    wrong: RefCell<Vec<Problem>>,
}

impl Proxy<'_> {
    /// A setting whose value cannot be read: what rests on it is then unknown.
    fn misread(&self, line: usize, setting: &str, expected: &str) {
        let at = Location::new("".into(), u32::try_from(line).unwrap_or(u32::MAX - 1) + 1, 1);
        let problem = Problem::new(at, format!("`{setting}` cannot be read")).remedy(format!("write {expected}"));
        self.wrong.borrow_mut().push(problem);
    }
}

/// What a component does with its calls if a file that it reads is that of a proxy, and what is wrong with the file. `at`
/// is the place of a line (from 0).
pub(in crate::facts) fn policies(
    name: &str,
    text: &str,
    key: &Key,
    instances: Option<u32>,
    at: &dyn Fn(usize) -> Location,
    problems: &mut Vec<Problem>,
) -> Vec<CallPolicy> {
    let callers = Arc::new(BTreeSet::from([key.clone()]));
    let blank = |line: usize, field: &str| {
        let (scope, callers) = (key.scope.clone(), Callers::Components(callers.clone()));
        let evidence = Evidence::new(at(line), field);
        CallPolicy { rank: Rank::Route, ..CallPolicy::new(scope, Layer::Gateway, callers, Providers::Anyone, evidence) }
    };
    let namespace: Arc<str> = key.namespace.clone().unwrap_or_else(|| "default".into());
    let proxy = Proxy { blank: &blank, instances, wrong: RefCell::default() };
    let found = upstreams(name, text, &proxy);
    let wrong = proxy.wrong.into_inner().into_iter();
    let line = |place: &Location| usize::try_from(place.line).unwrap_or(1).saturating_sub(1);
    problems.extend(wrong.map(|problem| Problem { at: at(line(&problem.at)), ..problem }));
    let policy = |Upstream { addresses, policy }| {
        let target = Target::Addresses { addresses, certain: true };
        CallPolicy { providers: Providers::Named { namespace: namespace.clone(), target }, ..policy }
    };
    found.into_iter().map(policy).collect()
}

/// The upstreams of a file, in the order of its lines; none if it is no proxy's.
fn upstreams(name: &str, text: &str, proxy: &Proxy<'_>) -> Vec<Upstream> {
    let name = name.rsplit('/').next().unwrap_or_default();
    let has = |words: &[&str]| words.iter().any(|word| text.contains(word));
    if text.len() > LARGEST {
        return Vec::new();
    }
    if has(&["static_resources", "staticResources"]) {
        return envoy::upstreams(text, proxy);
    }
    if has(&["_format_version", "routes"]) {
        let found = kong::upstreams(text, proxy);
        if !found.is_empty() {
            return found;
        }
    }
    if name.starts_with("haproxy") || (has(&["\nbackend ", "\nlisten "]) && has(&["\nfrontend ", "\ndefaults"])) {
        return haproxy::upstreams(text, proxy);
    }
    if has(&["proxy_pass ", "grpc_pass "]) {
        return nginx::upstreams(text, proxy);
    }
    Vec::new()
}

/// The host of a target as proxies write it: a URL or `host:port`.
fn host(text: &str) -> Option<Address> {
    parse_one(text.trim_end_matches(';'))
}
