//! Connection strings that are no URLs: JDBC's own grammars, `Server=…;Database=…`, libpq keywords, go-sql-driver.

use super::family::port_of_scheme;
use super::host::{self, Endpoint};
use super::url::{authority, distinct, host_address};
use super::{Address, Family};

/// Hosts of a `jdbc:` or `r2dbc:` URL; none for embedded databases and throw-away test containers.
pub(super) fn jdbc(text: &str) -> Vec<Address> {
    let Some((_, rest)) = text.split_once(':') else { return Vec::new() };
    let (chain, rest) = match rest.split_once("//") {
        Some((chain, rest)) if !chain.contains(['(', '/', '?', ';']) => (chain, Some(rest)),
        _ => (rest, None),
    };
    let parts: Vec<String> = chain.split(':').map(str::to_ascii_lowercase).collect();
    if parts.iter().any(|p| matches!(p.as_str(), "tc" | "mem" | "file" | "sqlite" | "res" | "zip")) {
        return Vec::new();
    }
    let scheme = parts.iter().find(|p| Family::from_scheme(p).is_some()).map_or("", String::as_str);
    if scheme == "oracle" {
        return oracle(text);
    }
    let Some(rest) = rest else { return Vec::new() };
    if scheme == "sqlserver" {
        return sql_server(rest);
    }
    if rest.trim_start().starts_with(['(', 'a', 'A']) && rest.to_ascii_lowercase().contains("host=") {
        return parenthesised(rest, Family::from_scheme(scheme));
    }
    authority(scheme, rest)
}

/// `jdbc:sqlserver://host\instance:1433;serverName=other;…`.
fn sql_server(rest: &str) -> Vec<Address> {
    let mut fields = rest.split(';');
    let host = fields.next().unwrap_or_default();
    let named = fields.find_map(|field| {
        let (key, value) = field.split_once('=')?;
        matches!(key.trim().to_ascii_lowercase().as_str(), "servername" | "server").then(|| value.trim())
    });
    let host = if host.is_empty() { named.unwrap_or_default() } else { host };
    server(host, Some(Family::SqlServer), port_of_scheme("sqlserver"))
}

/// `thin:@//h:1521/service`, `thin:user/password@h:1521:SID`, `thin:@(DESCRIPTION=…)`.
fn oracle(text: &str) -> Vec<Address> {
    let Some((_, rest)) = text.rsplit_once('@') else { return Vec::new() };
    if rest.contains('(') {
        return parenthesised(rest, Some(Family::Oracle));
    }
    let rest = rest.strip_prefix("tcps://").or_else(|| rest.strip_prefix("tcp://")).unwrap_or(rest);
    let rest = rest.trim_start_matches('/').split(['/', '?']).next().unwrap_or_default();
    let mut parts = rest.splitn(3, ':');
    // A name without a port is an entry of tnsnames.ora, not a host.
    let (Some(host), Some(port)) = (parts.next(), parts.next()) else { return Vec::new() };
    let at = host::endpoint(&format!("{host}:{port}"));
    at.and_then(|at| host_address(at, Some(Family::Oracle), Some(1521))).into_iter().collect()
}

/// Every `(HOST=h)(PORT=p)` of an Oracle Net description or a MySQL address list.
fn parenthesised(text: &str, family: Option<Family>) -> Vec<Address> {
    let mut found: Vec<Endpoint> = Vec::new();
    for part in text.split(['(', ')', ',']) {
        let Some((key, value)) = part.split_once('=') else { continue };
        match key.trim().to_ascii_lowercase().as_str() {
            "host" => found.extend(host::endpoint(value.trim())),
            "port" => {
                if let Some(last) = found.last_mut() {
                    last.port = last.port.or(value.trim().parse().ok());
                }
            }
            _ => {}
        }
    }
    let port = family.and_then(Family::default_port);
    distinct(found.into_iter().filter_map(|at| host_address(at, family, port)).collect())
}

/// go-sql-driver: `user:password@tcp(host:3306)/db`. `None` if it is not one.
pub(super) fn go_sql(text: &str) -> Option<Vec<Address>> {
    let open = text.find("@tcp(").map(|i| i + "@tcp(".len()).or_else(|| text.starts_with("tcp(").then_some(4));
    let Some(open) = open else {
        return (text.contains("@unix(") || text.starts_with("unix(")).then(Vec::new);
    };
    let close = text[open..].find(')')?;
    let at = host::endpoint(&text[open..open + close]);
    let family = Some(Family::Mysql);
    Some(at.and_then(|at| host_address(at, family, Some(3306))).into_iter().collect())
}

/// `Key=Value` strings: ADO.NET and its kin (`;`), libpq keywords (spaces). `None` if it is not one.
pub(super) fn keywords(text: &str) -> Option<Vec<Address>> {
    let text = text.trim();
    let semicolons = text.contains(';');
    let pairs: Vec<(String, &str)> = if semicolons {
        text.split(';').filter_map(|p| p.split_once('=')).map(|(k, v)| (normal(k), unquote(v))).collect()
    } else {
        let spaced: Option<Vec<_>> = text.split_whitespace().map(|p| p.split_once('=')).collect();
        spaced?.into_iter().map(|(k, v)| (normal(k), unquote(v))).collect()
    };
    let get = |names: &[&str]| pairs.iter().find(|(k, _)| names.contains(&k.as_str())).map(|(_, v)| *v);
    let has = |names: &[&str]| get(names).is_some();
    if let Some(url) =
        get(&["endpoint", "accountendpoint", "blobendpoint", "connectto", "hosturi", "ingestionendpoint"])
            .filter(|v| v.contains("://"))
    {
        return Some(super::url::parse(url).map(|u| u.addresses).unwrap_or_default());
    }
    if has(&["accountkey", "sharedaccesssignature"])
        && let Some(account) = get(&["accountname"])
    {
        let found = super::resource::resource_named(super::Kind::ObjectStore, "azure-storage", account);
        return Some(found.into_iter().collect());
    }
    // A single `host=x` is a pair of a list, not a connection string.
    if pairs.len() < 2 {
        return None;
    }
    let hosts = get(&[
        "server",
        "datasource",
        "host",
        "hosts",
        "hostaddr",
        "hostname",
        "address",
        "addr",
        "networkaddress",
        "servers",
        "contactpoints",
    ])?;
    let others = [
        "database",
        "initialcatalog",
        "dbname",
        "userid",
        "user",
        "username",
        "uid",
        "pwd",
        "password",
        "port",
        "integratedsecurity",
        "trustedconnection",
        "sslmode",
        "virtualhost",
        "sharedaccesskey",
        "encrypt",
        "trustservercertificate",
        "timeout",
        "version",
        "ssl",
        "keyspace",
        "defaultkeyspace",
    ];
    if !has(&others) {
        return None;
    }
    let family = get(&["port"]).and_then(|p| p.parse().ok()).and_then(Family::from_port).or_else(|| {
        if has(&[
            "trustservercertificate",
            "multipleactiveresultsets",
            "integratedsecurity",
            "trustedconnection",
            "initialcatalog",
            "encrypt",
        ]) {
            Some(Family::SqlServer)
        } else if has(&["uid"]) && has(&["pwd"]) && !has(&["datasource"]) {
            Some(Family::Mysql)
        } else if has(&["virtualhost"]) {
            Some(Family::Rabbitmq)
        } else if has(&["contactpoints"]) {
            Some(Family::Cassandra)
        } else if has(&["host"]) && has(&["username", "dbname"]) || has(&["dbname"]) {
            Some(Family::Postgresql)
        } else if has(&["server"]) && has(&["database"]) && has(&["userid"]) {
            Some(Family::SqlServer)
        } else {
            None
        }
    });
    let port = get(&["port"]).map_or_else(|| family.and_then(Family::default_port), |p| p.parse().ok());
    if hosts.contains('(') {
        return Some(parenthesised(hosts, Some(Family::Oracle)));
    }
    Some(server(hosts, family, port))
}

/// The server of a keyword string: `tcp:h,1433`, `h\instance`, `h:1521/service`, `h1,h2`.
fn server(text: &str, family: Option<Family>, port: Option<u16>) -> Vec<Address> {
    let text = text.trim().strip_prefix("tcp:").unwrap_or(text.trim());
    let file = [".db", ".db3", ".sqlite", ".sqlite3", ".mdb", ".fdb"].iter().any(|suffix| text.ends_with(suffix));
    if file || text.starts_with(['/', '.', '(', '\\', '@']) {
        return Vec::new();
    }
    let mut endpoints: Vec<Endpoint> = Vec::new();
    for part in text.split(',') {
        let part = part.trim();
        match part.parse::<u16>() {
            // SQL Server writes its port behind a comma.
            Ok(number) => {
                if let Some(last) = endpoints.last_mut() {
                    last.port = Some(number);
                }
            }
            Err(_) => {
                let (host, after) = part.split_once('\\').unwrap_or((part, ""));
                let host = host.split('/').next().unwrap_or_default();
                let instance_port = after.split_once(':').and_then(|(_, port)| port.parse().ok());
                endpoints.extend(host::endpoint(host).map(|e| Endpoint { port: e.port.or(instance_port), ..e }));
            }
        }
    }
    distinct(endpoints.into_iter().filter_map(|at| host_address(at, family, port)).collect())
}

fn normal(key: &str) -> String {
    key.chars().filter(|c| !matches!(c, ' ' | '_' | '-')).collect::<String>().to_ascii_lowercase()
}

fn unquote(value: &str) -> &str {
    value.trim().trim_matches(['"', '\''])
}
