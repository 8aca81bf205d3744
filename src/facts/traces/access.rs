//! Whether a call to a store reads or writes, where it says so.

use crate::parse::spans::{Attribute, Span};
use serde::{Deserialize, Serialize};

/// What a call does to a store.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Access {
    /// It does not say.
    #[default]
    Unknown,
    /// Only reads.
    Read,
    /// Changes data.
    Write,
}

/// From the operation's name, else from the first word of the query, else of the span's name (`SELECT shop.orders`).
pub fn access(span: &Span<'_>) -> Access {
    use Attribute::*;
    let get = |wanted| span.attributes.iter().find(|(a, _)| *a == wanted).map(|(_, text)| *text);
    let said = [DbOperationName, DbOperation, DbQueryText, DbStatement].into_iter().filter_map(get);
    said.chain([span.name]).map(of).find(|&access| access != Access::Unknown).unwrap_or_default()
}

fn of(text: &str) -> Access {
    let word = text.trim_start().split(|c: char| !c.is_ascii_alphanumeric() && c != '_').next().unwrap_or_default();
    // The longest word below is known by its first letters; a query has no bounds.
    let word: String = word.bytes().take(24).map(|b| char::from(b.to_ascii_lowercase())).collect();
    let starts = |prefixes: &[&str]| prefixes.iter().any(|p| word.starts_with(p));
    if starts(&["findand", "find_and", "getdel", "getset", "getex"]) {
        Access::Write
    } else if READS.contains(&word.as_str())
        || starts(&["find", "get", "scan", "batchget", "count", "describe", "list"])
    {
        Access::Read
    } else if WRITES.contains(&word.as_str())
        || starts(&["insert", "update", "delete", "put", "create", "drop", "alter", "batchwrite", "replace", "bulk"])
    {
        Access::Write
    } else {
        Access::Unknown
    }
}

/// SQL, MongoDB, Redis, Cassandra, DynamoDB and search engines, in lower case.
pub(super) const READS: &[&str] = &[
    "select",
    "show",
    "explain",
    "aggregate",
    "distinct",
    "query",
    "search",
    "msearch",
    "mget",
    "hget",
    "hgetall",
    "hmget",
    "hexists",
    "hkeys",
    "hvals",
    "hlen",
    "lrange",
    "llen",
    "lindex",
    "smembers",
    "sismember",
    "scard",
    "zrange",
    "zrangebyscore",
    "zscore",
    "zcard",
    "zrank",
    "exists",
    "ttl",
    "pttl",
    "keys",
    "strlen",
    "type",
    "hscan",
    "sscan",
    "zscan",
    "xrange",
    "xread",
    "gets",
];

/// The same, for what changes data.
pub(super) const WRITES: &[&str] = &[
    "merge",
    "upsert",
    "truncate",
    "set",
    "setex",
    "setnx",
    "psetex",
    "mset",
    "hset",
    "hmset",
    "hdel",
    "hincrby",
    "del",
    "unlink",
    "incr",
    "incrby",
    "decr",
    "decrby",
    "expire",
    "append",
    "lpush",
    "rpush",
    "lpop",
    "rpop",
    "blpop",
    "brpop",
    "ltrim",
    "sadd",
    "srem",
    "spop",
    "zadd",
    "zrem",
    "zincrby",
    "xadd",
    "flushall",
    "flushdb",
    "save",
    "index",
    "add",
    "cas",
    "touch",
    "transactwriteitems",
    "remove",
    "mapreduce",
];

#[cfg(test)]
mod tests {
    use super::*;

    /// Operations and queries of common stores are told apart; what is neither stays unknown.
    #[test]
    fn reads_and_writes_are_told_apart() {
        for (text, expected) in [
            ("SELECT * FROM orders", Access::Read),
            ("  insert into x", Access::Write),
            ("HGETALL", Access::Read),
            ("find_and_modify", Access::Write),
            ("findAndModify", Access::Write),
            ("find_one", Access::Read),
            ("PutItem", Access::Write),
            ("Query", Access::Read),
            ("WITH x AS", Access::Unknown),
            ("settle", Access::Unknown),
            ("", Access::Unknown),
        ] {
            assert_eq!(of(text), expected, "{text}");
        }
    }
}
