//! What the fuzzers try (`fuzz/`), tried a little on every run: real inputs, changed at random.

mod checks {
    pub mod address;
    pub mod otlp_json;
    pub mod otlp_proto;
    pub mod spans;
    pub mod yaml;
}

use proptest::prelude::*;
use proptest::sample::Index;

/// Pieces that mean something to one grammar or another.
const PIECES: [&str; 40] = [
    "{",
    "}",
    "[",
    "]",
    "\"",
    ":",
    ",",
    "\\",
    "\\u0041",
    "\\ud800",
    "null",
    "-1e999",
    "\"kind\":",
    "\"attributes\":[",
    "\n",
    "---\n",
    "- ",
    "? ",
    "&a ",
    "*a",
    "<<: *a",
    "|\n",
    ">-\n",
    "!!str ",
    "# ",
    "\t",
    "http://",
    "user:S3cr3t@",
    "${A:-",
    "jdbc:mysql://",
    "=",
    ";",
    "\u{0}",
    "\u{7f}",
    "\u{feff}",
    "é",
    "\u{a}\u{1}\u{12}",
    "\u{12}\u{2}",
    "\u{8}\u{7f}",
    " ",
];

/// One change to an input.
#[derive(Clone, Debug)]
enum Change {
    Put(Index, &'static str),
    Set(Index, u8),
    Cut(Index, u8),
    Repeat(Index, u8),
}

fn change() -> impl Strategy<Value = Change> {
    let at = || any::<Index>();
    prop_oneof![
        3 => (at(), prop::sample::select(&PIECES[..])).prop_map(|(at, piece)| Change::Put(at, piece)),
        2 => (at(), any::<u8>()).prop_map(|(at, byte)| Change::Set(at, byte)),
        1 => (at(), any::<u8>()).prop_map(|(at, length)| Change::Cut(at, length)),
        1 => (at(), any::<u8>()).prop_map(|(at, length)| Change::Repeat(at, length)),
    ]
}

fn changed(seed: &[u8], changes: &[Change]) -> Vec<u8> {
    let mut bytes = seed.to_vec();
    for change in changes {
        let place = |at: &Index| at.index(bytes.len() + 1);
        let piece = |at: usize, length: u8| at..(at + usize::from(length)).min(bytes.len());
        match change {
            Change::Put(at, text) => {
                let at = place(at);
                bytes.splice(at..at, text.bytes());
            }
            Change::Set(at, byte) => {
                let at = place(at);
                if let Some(old) = bytes.get_mut(at) {
                    *old = *byte;
                }
            }
            Change::Cut(at, length) => {
                let range = piece(place(at), *length);
                bytes.drain(range);
            }
            Change::Repeat(at, length) => {
                let range = piece(place(at), *length);
                let copy = bytes[range.clone()].to_vec();
                bytes.splice(range.start..range.start, copy);
            }
        }
    }
    bytes
}

fn changes() -> impl Strategy<Value = Vec<Change>> {
    prop::collection::vec(change(), 0..6)
}

const ADDRESSES: [&str; 6] = [
    "DATABASE_URL\npostgres://shop:S3cr3t@db.shop:5432/orders?sslmode=require",
    "spring.datasource.url\njdbc:sqlserver://db:1433;databaseName=a;password=S3cr3t",
    "KAFKA_BROKERS\nPLAINTEXT://a:9092,b:9092",
    "x\nsh -c until nc -z rabbit 5672; do sleep 1; done; exec app --redis redis://:S3cr3t@cache:6379/0",
    "nginx.conf\nupstream x { server cart:7070; }\nserver { location / { proxy_pass http://x; } }",
    "ConnectionString\nServer=tcp:sql,1433;User Id=sa;Password=S3cr3t;Database=orders",
];

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    /// OTLP JSON: the scanner and serde_json read the same, and nothing panics.
    #[test]
    fn otlp_json(which in 0..3usize, changes in changes()) {
        let seeds: [&[u8]; 3] = [
            include_bytes!("../../fixtures/traces/same/otlp.json"),
            include_bytes!("../../fixtures/traces/same/tempo.json"),
            include_bytes!("../../fixtures/traces/same/otlp.jsonl").split(|&b| b == b'\n').next().unwrap_or_default(),
        ];
        checks::otlp_json::check(&changed(seeds[which], &changes));
    }

    /// OTLP protobuf: nothing panics, and messages add up.
    #[test]
    fn otlp_proto(which in 0..2usize, changes in changes()) {
        let seeds: [&[u8]; 2] = [
            include_bytes!("../../fixtures/traces/same/otlp.pb"),
            include_bytes!("../../fixtures/traces/same/otlp-framed.pb"),
        ];
        checks::otlp_proto::check(&changed(seeds[which], &changes));
    }

    /// YAML: nothing panics, places are within the file, and JSON is read as JSON.
    #[test]
    fn yaml(which in 0..4usize, changes in changes()) {
        let seeds: [&[u8]; 4] = [
            include_bytes!("../../fixtures/kubernetes/hostile.yaml"),
            include_bytes!("../../fixtures/native/every-field.yaml"),
            include_bytes!("../../fixtures/shop/compose.yaml"),
            br#"{"kind":"Service","metadata":{"name":"a\/b\u0041","labels":{}},"spec":{"ports":[80,1.5e3,true,null,"x: y"]}}"#,
        ];
        checks::yaml::check(&changed(seeds[which], &changes));
    }

    /// Addresses: nothing panics, and hosts are hosts.
    #[test]
    fn address(which in 0..ADDRESSES.len(), changes in changes()) {
        checks::address::check(&changed(ADDRESSES[which].as_bytes(), &changes));
    }
}
