//! Connection pools of clients against what their database accepts (SEMANTICS C): the connections of a database are a
//! pool that all its clients take from.

use super::address::{Address, Family, Setting, in_settings};
use super::{Answer, Class, ComponentFact, DependencyFact, Evidence, Facts, Interaction, Key, Kind, Target};
use super::{Program, Variable};
use rustc_hash::FxHashMap;
use std::collections::BTreeMap;
use std::sync::Arc;

/// Parameters of connection strings that limit a pool, in lower case without spaces and separators.
const PARAMETERS: [&str; 6] =
    ["maximumpoolsize", "maxpoolsize", "connectionlimit", "poolmaxconns", "poolsize", "maxconns"];

/// Parts of names of variables that are about other pools than those of a database.
const OTHER_POOLS: [&str; 14] = [
    "REDIS", "HTTP", "THREAD", "WORKER", "KAFKA", "MONGO", "AMQP", "RABBIT", "GRPC", "CELERY", "IDLE", "MIN",
    "TIMEOUT", "OVERFLOW",
];

/// Connections of PostgreSQL, and those of them that are kept for superusers.
const POSTGRESQL: (f64, f64) = (100.0, 3.0);

/// Connections of MySQL and MariaDB.
const MYSQL: f64 = 151.0;

/// Connections of a pool of Npgsql whose string does not say.
const NPGSQL: f64 = 100.0;

/// Connections that each instance of a program may hold to a database.
#[derive(Clone, Debug)]
pub struct Connections {
    /// The program's component.
    pub from: Key,
    /// The database.
    pub to: Target,
    /// The most that one instance holds.
    pub each: f64,
    /// The most instances, if known.
    pub instances: Option<u32>,
    /// Where the size stands, or what the default follows from.
    pub evidence: Evidence,
}

/// The pools that connections are taken from, and who takes how many. A database that the input does not hold has
/// limits that nobody here knows, so it has no pool.
pub fn link(connections: Vec<Connections>, programs: &[Program], known: &Facts) -> Facts {
    let mut facts = Facts::default();
    if connections.is_empty() {
        return facts;
    }
    let names: FxHashMap<(&str, Option<&str>, &str), &Answer> =
        known.names.iter().map(|n| ((&*n.scope, n.namespace.as_deref(), &*n.name), &n.answer)).collect();
    let kinds: FxHashMap<&Key, Kind> =
        known.components.iter().filter(|c| c.kind == Kind::Datastore).map(|c| (&c.key, c.kind)).collect();
    let programs: FxHashMap<&Key, &Program> = programs.iter().map(|p| (&p.key, p)).collect();
    let mut pools: BTreeMap<Key, ComponentFact> = BTreeMap::new();
    // Of several statements about one client and one database (variants) the largest one counts.
    let mut uses: BTreeMap<(Key, Key), Connections> = BTreeMap::new();
    for connection in connections {
        let Some(database) = resolve(&connection, &names).filter(|key| kinds.contains_key(key)) else { continue };
        let name = format!("{}-connections", database.name);
        let pool = Key { class: Class::Pool, name: name.into(), ..database.clone() };
        pools.entry(pool.clone()).or_insert_with(|| component(&pool, programs.get(&database).copied(), &connection));
        let most = uses.entry((connection.from.clone(), pool)).or_insert_with(|| connection.clone());
        if connection.each > most.each {
            *most = connection;
        }
    }
    facts.components = pools.into_values().collect();
    for ((from, pool), connection) in uses {
        let held = connection.instances.map(|n| f64::from(n) * connection.each);
        let fact = DependencyFact::new(from, Target::Component(pool), Interaction::UsesPool, connection.evidence);
        facts.dependencies.push(DependencyFact { pool: Some((held, None)), ..fact });
    }
    facts
}

/// The one component that answers to a connection's address.
fn resolve(connection: &Connections, names: &FxHashMap<(&str, Option<&str>, &str), &Answer>) -> Option<Key> {
    let hosts = match &connection.to {
        Target::Component(key) => return Some(key.clone()),
        Target::Addresses { addresses, .. } => addresses,
        Target::Name { .. } | Target::Reference(_) => return None,
    };
    let [Address::Host { host, .. }] = hosts.as_slice() else { return None };
    let (scope, own) = (&*connection.from.scope, connection.from.namespace.as_deref());
    let mut labels = host.split('.');
    let (first, second) = (labels.next()?, labels.next());
    let exact = names.get(&(scope, own, host.as_str())).or_else(|| names.get(&(scope, None, host.as_str())));
    match exact.or_else(|| names.get(&(scope, Some(second?), first)))? {
        Answer::Components(keys) => match keys.as_slice() {
            [key] => Some(key.clone()),
            _ => None,
        },
        Answer::Host(_) | Answer::Nobody => None,
    }
}

/// The connections of a database: as many as its command line or environment says, else as its image has by default.
fn component(pool: &Key, database: Option<&Program>, connection: &Connections) -> ComponentFact {
    let evidence = database.map_or(&connection.evidence, |p| &p.evidence).clone();
    let mut fact = ComponentFact::new(pool.clone(), Kind::Pool, evidence);
    let Some(database) = database else { return fact };
    let image = database.image.as_deref().unwrap_or_default();
    let postgresql = ["postgres", "postgis", "timescale", "pgvector"].iter().any(|name| image.contains(name));
    let mysql = ["mysql", "mariadb", "percona"].iter().any(|name| image.contains(name));
    let (stated, at) = stated(database).unzip();
    let reserved = if postgresql { POSTGRESQL.1 } else { 0.0 };
    fact.settings.capacity_concurrency = match stated {
        Some(stated) => Some((stated - reserved).max(0.0)),
        None if postgresql => Some(POSTGRESQL.0 - reserved),
        None if mysql => Some(MYSQL),
        None => None,
    };
    if let Some(at) = at.flatten() {
        fact.evidence = at;
    }
    fact
}

/// `max_connections` as a database's command line or environment says it.
fn stated(database: &Program) -> Option<(f64, Option<Evidence>)> {
    let number = |text: &str| text.trim().parse::<f64>().ok().filter(|n| *n > 0.0);
    let by_argument = || {
        database.arguments.iter().find_map(|word| {
            let word = word.trim_start_matches("-c").trim_start_matches('-').replace('-', "_");
            let (_, rest) = word.split_once("max_connections=")?;
            Some((number(rest.split(|c: char| !c.is_ascii_digit()).next()?)?, None))
        })
    };
    let by_variable = || {
        let named = |v: &&Variable| v.name.ends_with("MAX_CONNECTIONS");
        let variable = database.environment.iter().find(named)?;
        Some((number(&variable.value)?, Some(variable.evidence.clone())))
    };
    by_argument().or_else(by_variable)
}

/// Pools that a program's environment says it keeps: in its connection strings, or in a variable of their own
/// (`DB_POOL_SIZE`) if it has one database.
pub fn of_environment(program: &Program) -> Vec<Connections> {
    // Most programs say nothing of pools, and finding addresses costs.
    if !program.environment.iter().any(|v| is_pool_size(&v.name) || in_string(&v.value).is_some()) {
        return Vec::new();
    }
    let settings: Vec<Setting<'_>> =
        program.environment.iter().map(|v| Setting { key: &v.name, value: &v.value }).collect();
    let mut found = Vec::new();
    let mut databases: Vec<(usize, Vec<Address>)> = Vec::new();
    for (i, address) in in_settings(&settings) {
        if address.addresses.iter().all(is_sql) {
            databases.push((i, address.addresses));
        }
    }
    let connection = |addresses: &Vec<Address>, each: f64, evidence: Evidence| Connections {
        from: program.key.clone(),
        to: Target::Addresses { addresses: addresses.clone(), certain: true },
        each,
        instances: program.most,
        evidence,
    };
    for (i, addresses) in &databases {
        let Some(variable) = program.environment.get(*i) else { continue };
        if let Some(each) = in_string(&variable.value) {
            found.push(connection(addresses, each, variable.evidence.clone()));
        }
    }
    let mut hosts: Vec<&Vec<Address>> = databases.iter().map(|(_, addresses)| addresses).collect();
    hosts.dedup();
    if let ([only], true) = (hosts.as_slice(), found.is_empty()) {
        let sized = program.environment.iter().filter(|v| is_pool_size(&v.name));
        let sized = sized.filter_map(|v| Some((v.value.trim().parse::<f64>().ok().filter(|n| *n > 0.0)?, v)));
        found.extend(sized.map(|(each, variable)| connection(only, each, variable.evidence.clone())));
    }
    found
}

fn is_sql(address: &Address) -> bool {
    use Family::{Db2, Mysql, Oracle, Postgresql, SqlServer};
    matches!(address, Address::Host { family: Some(Postgresql | Mysql | SqlServer | Oracle | Db2), .. })
}

/// The size of the pool that a connection string states, or that its grammar implies.
fn in_string(text: &str) -> Option<f64> {
    if !text.contains('=') {
        return None;
    }
    let parameters = parameters(text);
    let mut stated = parameters.iter().filter(|(key, _)| PARAMETERS.contains(&key.as_str()));
    let stated = stated.find_map(|(_, v)| v.trim().parse().ok());
    let unpooled = parameters.iter().any(|(key, v)| key == "pooling" && v.trim().eq_ignore_ascii_case("false"));
    stated.or((is_npgsql(text) && !unpooled).then_some(NPGSQL))
}

/// The parameters of a connection string, keys in lower case without spaces and separators.
pub(super) fn parameters(text: &str) -> Vec<(String, &str)> {
    let plain = |key: &str| key.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect();
    let parts = text.split(['?', '&', ';']).filter_map(|part| part.split_once('='));
    parts.map(|(key, value)| (plain(key), value)).collect()
}

/// Whether a connection string has the grammar of Npgsql's.
pub(super) fn is_npgsql(text: &str) -> bool {
    let parameters = parameters(text);
    let has = |name: &str| parameters.iter().any(|(key, _)| key == name);
    !text.contains("://") && text.contains(';') && has("host") && (has("database") || has("username"))
}

/// Whether a variable is called like the size of a pool of database connections.
fn is_pool_size(name: &str) -> bool {
    if !["POOL", "CONN", "pool", "conn", "Pool", "Conn"].iter().any(|part| name.contains(part)) {
        return false;
    }
    let name = name.to_ascii_uppercase();
    let words: Vec<&str> = name.split('_').collect();
    let pool = words.contains(&"POOL") && words.iter().any(|w| matches!(*w, "SIZE" | "MAX" | "LIMIT"));
    let open = name.ends_with("MAX_OPEN_CONNS") || name.ends_with("MAX_OPEN_CONNECTIONS");
    let of_database = ["DB_", "DATABASE_", "PG_", "POSTGRES", "MYSQL", "SQL"].iter().any(|d| name.contains(d));
    let most = of_database && (name.ends_with("MAX_CONNECTIONS") || name.ends_with("MAX_CONNS"));
    (pool || open || most) && !OTHER_POOLS.iter().any(|other| name.contains(other))
}

/// What the environments of programs say of their pools.
pub fn of_programs(programs: &[Program], known: &Facts) -> Facts {
    link(programs.iter().flat_map(of_environment).collect(), programs, known)
}

/// The last part of an image's name, without registry, tag and digest: what a [`Program`] calls its image.
pub fn image_name(image: &str) -> Arc<str> {
    let image = image.split('@').next().unwrap_or(image);
    let last = image.rsplit('/').next().unwrap_or(image);
    last.split(':').next().unwrap_or(last).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Connection strings of several clients state the size of their pool; Npgsql's has a default.
    #[test]
    fn strings() {
        for (text, expected) in [
            ("Host=db;Username=a;Password=b;Maximum Pool Size=20", Some(20.0)),
            ("Host=db;Username=a;Database=x", Some(100.0)),
            ("Host=db;Username=a;Database=x;Pooling=false", None),
            ("postgres://u:p@db/x?connection_limit=5", Some(5.0)),
            ("postgres://u:p@db/x?pool_max_conns=8&sslmode=off", Some(8.0)),
            ("host=db user=a dbname=x", None),
            ("postgres://db/x", None),
        ] {
            assert_eq!(in_string(text), expected, "{text}");
        }
    }

    /// Names of pool sizes, and of other pools and other limits.
    #[test]
    fn names() {
        for (name, expected) in [
            ("DB_POOL_SIZE", true),
            ("DATABASE_MAX_POOL_SIZE", true),
            ("PG_POOL_MAX", true),
            ("DB_MAX_OPEN_CONNS", true),
            ("DB_MAX_CONNECTIONS", true),
            ("REDIS_POOL_SIZE", false),
            ("DB_POOL_MIN", false),
            ("DB_POOL_TIMEOUT_MAX", false),
            ("MAX_CONNECTIONS", false),
            ("CARPOOL_SIZE", false),
        ] {
            assert_eq!(is_pool_size(name), expected, "{name}");
        }
    }
}
