//! How long a client of a database waits for one statement, as its connection string says (SEMANTICS B).

use super::address::{Address, Family, Setting, in_settings};
use super::native::milliseconds;
use super::{CallPolicy, Callers, Calls, Layer, Program, Providers, Rank, Target, TimeoutOrigin};
use crate::source::Problem;
use std::collections::BTreeSet;
use std::sync::Arc;

/// How long Npgsql waits unless told otherwise, in milliseconds.
const NPGSQL_MS: f64 = 30_000.0;

/// Parameters that limit a statement, in lower case without spaces and separators, and what a bare number of them is in
/// milliseconds: of Npgsql and SqlClient, of PostgreSQL itself, and of the JDBC drivers of PostgreSQL and MySQL.
const PARAMETERS: [(&str, Option<Family>, f64); 4] = [
    ("commandtimeout", None, 1_000.0),
    ("statementtimeout", Some(Family::Postgresql), 1.0),
    ("sockettimeout", Some(Family::Postgresql), 1_000.0),
    ("sockettimeout", Some(Family::Mysql), 1.0),
];

/// The limits that the environments of programs set to their statements, and those that cannot be read.
pub fn of_programs(programs: &[Program]) -> (Vec<CallPolicy>, Vec<Problem>) {
    let (mut policies, mut problems) = (Vec::new(), Vec::new());
    for program in programs {
        of_program(program, &mut policies, &mut problems);
    }
    (policies, problems)
}

fn of_program(program: &Program, policies: &mut Vec<CallPolicy>, problems: &mut Vec<Problem>) {
    for variable in program.environment.iter().filter(|v| v.value.contains('=')) {
        let parameters = super::pools::parameters(&variable.value);
        let npgsql = super::pools::is_npgsql(&variable.value);
        let limited = |key: &str| PARAMETERS.iter().any(|(name, ..)| *name == key);
        if !npgsql && !parameters.iter().any(|(key, _)| limited(key)) {
            continue;
        }
        let setting = Setting { key: &variable.name, value: &variable.value };
        let Some((_, found)) = in_settings(&[setting]).into_iter().next() else { continue };
        let family = found.addresses.iter().find_map(|address| match address {
            Address::Host { family, .. } => *family,
            Address::Resource { .. } => None,
        });
        let mut written = parameters.iter().filter_map(|(key, value)| {
            let fits = |(name, of, _): &&(&str, Option<Family>, f64)| name == key && (of.is_none() || *of == family);
            PARAMETERS.iter().find(fits).map(|(.., unit)| (*unit, *value))
        });
        let timeout = match written.next() {
            Some((unit, value)) => match limit(value, unit) {
                Some(ms) if ms > 0.0 => (ms, TimeoutOrigin::Explicit),
                Some(_) => (f64::INFINITY, TimeoutOrigin::Disabled),
                None => {
                    let reason = "the limit of statements in a connection string cannot be read";
                    let problem = Problem::new(variable.evidence.at.clone(), reason);
                    problems.push(problem.remedy("write a number, 0 for no limit"));
                    continue;
                }
            },
            None if npgsql && family == Some(Family::Postgresql) => (NPGSQL_MS, TimeoutOrigin::PlatformDefault),
            None => continue,
        };
        let callers = Callers::Components(Arc::new(BTreeSet::from([program.key.clone()])));
        let namespace = program.key.namespace.clone().unwrap_or_else(|| "default".into());
        let target = Target::Addresses { addresses: found.addresses, certain: true };
        let providers = Providers::Named { namespace, target };
        let (scope, place) = (program.key.scope.clone(), variable.evidence.clone());
        let policy = CallPolicy::new(scope, Layer::Library, callers, providers, place);
        policies.push(CallPolicy { calls: Calls::All, rank: Rank::Route, timeout: Some(timeout), ..policy });
    }
}

/// Milliseconds of a number in a unit, or of a time that has its own.
fn limit(text: &str, unit: f64) -> Option<f64> {
    let bare = text.trim().parse::<f64>().ok().filter(|n| n.is_finite() && *n >= 0.0);
    bare.map(|n| n * unit).or_else(|| milliseconds(text.trim()))
}
