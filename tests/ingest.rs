//! `ingest`, `merge` and `drift`, as they are run.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on must fail")]

use serde_json::{Value, json};
use std::fs;
use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Output, Stdio};

const SHOP: &str = "fixtures/traces/shop";
const SHARDS: [&str; 2] = ["fixtures/traces/shop/shard-a.jsonl", "fixtures/traces/shop/shard-b.jsonl"];

fn linchpin(args: &[&str], input: &[u8]) -> Output {
    let mut child = Command::new(env!("CARGO_BIN_EXE_linchpin"))
        .args(args)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    // Who refuses its arguments does not read: a broken pipe is no failure here.
    let _ = child.stdin.take().unwrap().write_all(input);
    child.wait_with_output().unwrap()
}

/// What was printed by a run that must succeed, with what it said beside.
fn told(args: &[&str], input: &[u8]) -> (Vec<u8>, String) {
    let Output { status, stdout, stderr } = linchpin(args, input);
    let stderr = String::from_utf8(stderr).unwrap();
    assert!(status.success(), "{args:?}: {stderr}");
    (stdout, stderr)
}

fn gzip(plain: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    encoder.write_all(plain).unwrap();
    encoder.finish().unwrap()
}

fn path(folder: &Path, name: &str) -> String {
    folder.join(name).to_str().unwrap().to_owned()
}

/// However traces and summaries of whole traces are put together, the sum is the same to the byte.
#[test]
fn shards_make_the_whole() {
    let folder = tempfile::tempdir().unwrap();
    let (whole, _) = told(&["ingest", SHOP], b"");
    assert!(whole.starts_with(b"{\"schema\":\"linchpin.edges/1\",\"spans\":{\"seen\":55,\"used\":55}}\n"));
    let summaries = ["a.edges", "b.edges"].map(|name| path(folder.path(), name));
    for (shard, summary) in SHARDS.iter().zip(&summaries) {
        assert!(told(&["ingest", shard, "-o", summary], b"").0.is_empty());
    }
    let [a, b] = summaries.each_ref().map(|s| fs::read(s).unwrap());
    let compressed = path(folder.path(), "b.edges.gz");
    fs::write(&compressed, gzip(&b)).unwrap();
    let [a_path, b_path] = summaries.each_ref().map(String::as_str);
    let runs: [(&[&str], &[u8]); 9] = [
        (&["merge", a_path, b_path], b""),
        (&["merge", b_path, a_path, "--threads", "1"], b""),
        (&["merge", a_path, a_path, b_path], b""),
        (&["merge", a_path, &compressed], b""),
        (&["merge", "-"], &[a.clone(), b.clone()].concat()),
        (&["merge", "-", b_path], &gzip(&a)),
        (&["ingest", SHARDS[1], SHARDS[0], "--threads", "1"], b""),
        (&["ingest", a_path, "-t", SHARDS[1]], b""),
        (&["ingest", "-", SHARDS[1]], &gzip(&fs::read(SHARDS[0]).unwrap())),
    ];
    for (args, input) in runs {
        let (found, said) = told(args, input);
        assert!(found == whole, "{args:?}: {said}");
        assert!(!said.contains("warning"), "{args:?}: {said}");
    }
}

/// The same traces give the same summary in every format, and so does their summary.
#[test]
fn formats_do_not_matter() {
    let mut files: Vec<_> = fs::read_dir("fixtures/traces/same").unwrap().map(|f| f.unwrap().path()).collect();
    files.retain(|f| f.extension().is_none_or(|e| e != "md"));
    assert!(files.len() > 10);
    let summaries: Vec<Vec<u8>> = files.iter().map(|f| told(&["ingest", f.to_str().unwrap()], b"").0).collect();
    for (file, summary) in files.iter().zip(&summaries) {
        assert!(*summary == summaries[0], "{}", file.display());
    }
    assert_eq!(told(&["ingest", "-"], &summaries[0]).0, summaries[0]);
}

/// Shards that cut traces in two are told from those that do not: so many calls may be lost.
#[test]
fn losses_are_counted() {
    let folder = tempfile::tempdir().unwrap();
    let mut orphans = 0;
    let summaries = [0, 1].map(|shard| {
        let mut lines = String::new();
        for line in
            SHARDS.iter().flat_map(|s| fs::read_to_string(s).unwrap().lines().map(str::to_owned).collect::<Vec<_>>())
        {
            let batch: Value = serde_json::from_str(&line).unwrap();
            let resources = batch["resourceSpans"].as_array().unwrap();
            let part: Vec<_> = resources.iter().skip(shard).step_by(2).collect();
            lines.push_str(&format!("{}\n", json!({ "resourceSpans": part })));
        }
        let summary = path(folder.path(), &format!("{shard}.edges"));
        told(&["ingest", "-", "-o", &summary], lines.as_bytes());
        let header: Value =
            serde_json::from_str(fs::read_to_string(&summary).unwrap().lines().next().unwrap()).unwrap();
        orphans += header["spans"]["odd"]["orphan"].as_u64().unwrap();
        summary
    });
    assert!(orphans > 0);
    let (_, said) = told(&["merge", &summaries[0], &summaries[1]], b"");
    assert!(said.starts_with("2 summaries of 55 spans merged\n"), "{said}");
    let warning = format!("warning: {orphans} of 55 spans lack their parent: if shards were not split by trace id");
    assert!(said.contains(&warning), "{said}");
    assert!(!told(&["merge", &summaries[0]], b"").1.contains("warning"));
    assert_eq!(told(&["merge", &summaries[0], &summaries[1], "-q"], b"").1, "");
}

/// A link is followed to a trace of another shard, from either side; what a summary does not list is missed aloud.
#[test]
fn links_between_shards_are_followed() {
    let folder = tempfile::tempdir().unwrap();
    let batch = |service: &str, span: Value| {
        let resource = json!({"attributes": [{"key": "service.name", "value": {"stringValue": service}}]});
        let line = json!({"resourceSpans": [{"resource": resource, "scopeSpans": [{"spans": [span]}]}]});
        format!("{line}\n").into_bytes()
    };
    let [sent, received] = [format!("{:032x}", 1), format!("{:032x}", 2)];
    let queue = json!([{"key": "messaging.destination.name", "value": {"stringValue": "orders"}}]);
    for (of_sender, of_receiver) in
        [(&json!([]), &queue), (&queue, &json!([])), (&queue, &queue), (&json!([]), &json!([]))]
    {
        let shards = [
            batch(
                "sender",
                json!({
                    "traceId": sent, "spanId": "00000000000000a1", "name": "send", "kind": 4, "attributes": of_sender,
                    "startTimeUnixNano": "1763683200000000000", "endTimeUnixNano": "1763683200000250000",
                }),
            ),
            batch(
                "receiver",
                json!({
                    "traceId": received, "spanId": "00000000000000b1", "name": "process", "kind": 5,
                    "links": [{"traceId": sent, "spanId": "00000000000000a1"}], "attributes": of_receiver,
                }),
            ),
        ];
        let whole = told(&["ingest", "-"], &shards.concat()).0;
        let [one, other] = [0, 1].map(|shard| {
            let summary = path(folder.path(), &format!("{shard}.edges"));
            told(&["ingest", "-", "-o", &summary], &shards[shard]);
            summary
        });
        for order in [[&one, &other], [&other, &one]] {
            let (merged, said) = told(&["merge", order[0], order[1]], b"");
            assert!(merged == whole, "{}\n{}", String::from_utf8_lossy(&merged), String::from_utf8_lossy(&whole));
            assert!(!said.contains("warning"), "{said}");
        }
        // A summary that does not list the messages.
        let kept: String = fs::read_to_string(&other)
            .unwrap()
            .lines()
            .filter(|line| !line.starts_with("{\"handler\""))
            .map(|line| format!("{line}\n"))
            .collect();
        fs::write(&other, kept).unwrap();
        let (_, said) = told(&["merge", &one, &other], b"");
        assert!(said.contains("warning: 1 message received whose sender may be in another shard"), "{said}");
    }
}

/// A file of other signals is refused with what it holds; one in which a span has a fault is read all the same.
#[test]
fn faults_do_not_hide_spans() {
    let logs = br#"{"resourceLogs":[]}"#;
    let Output { status, stderr, .. } = linchpin(&["ingest", "-"], logs);
    assert_eq!(status.code(), Some(2));
    assert!(String::from_utf8(stderr).unwrap().contains("it holds logs, no traces"));
    let faulty = br#"[{"traceId":"a","id":"1","duration":"x","localEndpoint":{"serviceName":"s"}}]"#;
    let (summary, said) = told(&["ingest", "-"], faulty);
    assert!(String::from_utf8(summary).unwrap().contains(r#""name":"s","spans":1"#));
    assert!(said.contains("a `duration` that cannot be read; its span is used without it"), "{said}");
}

/// Everything that lies in a folder is accounted for: what was read, what never was telemetry, what is damaged.
#[test]
fn the_account_leaves_nothing_out() {
    let folder = tempfile::tempdir().unwrap();
    let shard = fs::read(SHARDS[0]).unwrap();
    let files: [(&str, &[u8]); 8] = [
        ("a.jsonl", &shard),
        ("again.jsonl.gz", &gzip(&shard)),
        (".gitignore", b"*.jsonl\n"),
        ("README.md", b"# Traces\n"),
        ("package.json", b"{\"name\": \"x\"}"),
        ("empty.json", b""),
        ("old.bz2", b"BZh91AY&SY"),
        ("cut.json", b"{\"resourceSpans\":[{\"resource\":"),
    ];
    for (name, bytes) in files {
        fs::write(folder.path().join(name), bytes).unwrap();
    }
    let (lines, said) = told(&["ingest", folder.path().to_str().unwrap()], b"");
    assert!(String::from_utf8(lines).unwrap().lines().all(|line| line.starts_with('{')));
    let said = said.replace(folder.path().to_str().unwrap(), "@");
    insta::assert_snapshot!(said, @"
    3 files, 6 documents, 24 spans read; 4 files, 24 spans ignored; 1 file, 1 document not readable
      1 file ignored: JSON that is no trace export
      1 file ignored: an empty file
      2 files ignored: text that is no trace export
      24 spans ignored: duplicate
    ! @/cut.json:1: the JSON ends too early; what stands before it was read, nothing behind it
    ! @/old.bz2:1: compressed by xz, bzip2 or lz4; decompress it first, or use gzip or zstd
    ");
}

/// What cannot be summed up is refused with its reason, and nothing is printed or written.
#[test]
fn refusals_have_reasons() {
    let folder = tempfile::tempdir().unwrap();
    let (whole, _) = told(&["ingest", SHOP], b"");
    let [whole_path, cut, out] = ["whole.edges", "cut.edges", "out.edges"].map(|name| path(folder.path(), name));
    fs::write(&whole_path, &whole).unwrap();
    fs::write(&cut, &whole[..whole.len() / 2]).unwrap();
    fs::write(&out, "old").unwrap();
    for (args, reason) in [
        (&["ingest", "no/such/folder"][..], "no/such/folder: there is no such file or folder"),
        (&["ingest", "fixtures/shop"], "nothing under fixtures/shop is a trace export that linchpin knows ("),
        (
            &["ingest", "fixtures/shop/linchpin.toml"],
            "; fixtures/shop/linchpin.toml:1: text that is no trace export; give OTLP",
        ),
        (
            &["merge", &whole_path, SHARDS[0]],
            "shard-a.jsonl:1: OTLP, not an edge summary; make one of it with `linchpin ingest`",
        ),
        (&["merge", &whole_path, &cut], "not a line of an edge summary; make the summary again with `linchpin ingest`"),
        (&["merge", "fixtures/shop"], "there is no edge summary; `linchpin ingest` makes them"),
        (&["drift", "-m", "fixtures/shop"], "drift lies between manifests and traces: give both"),
    ] {
        let to = if args[0] == "drift" { Vec::new() } else { vec!["-o", &*out] };
        let Output { status, stdout, stderr } = linchpin(&[args, &to].concat(), b"");
        let said = String::from_utf8(stderr).unwrap();
        assert_eq!((status.code(), stdout), (Some(2), Vec::new()), "{args:?}");
        assert!(said.starts_with("error: ") && said.contains(reason), "{args:?}: {said}");
    }
    assert_eq!(fs::read_to_string(&out).unwrap(), "old");
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 3);
}

/// The shop's traces disagree with its manifests exactly where their README says.
#[test]
fn drift_is_found() {
    let args = ["drift", "-m", "fixtures/shop", "-t", SHOP, "--format", "json"];
    let (report, said) = told(&args, b"");
    assert_eq!(said, "");
    let mut report: Value = serde_json::from_slice(&report).unwrap();
    let drift = &mut report["drift"];
    for section in ["unobserved", "blind_spots", "settings"] {
        for row in drift[section].as_array_mut().unwrap() {
            let at = row.as_object_mut().unwrap().remove("evidence").unwrap();
            assert!(at[0]["file"].as_str().unwrap().starts_with("fixtures/shop/"), "{at}");
        }
    }
    let matches = drift.as_object_mut().unwrap().remove("matches").unwrap();
    assert_eq!(matches.as_array().unwrap().len(), 7);
    assert_eq!(
        matches[6],
        json!({"service": "shop/web-frontend", "component": "service:shop/frontend", "rule": "kubernetes-attributes"})
    );
    let [checkout, catalog] = ["service:shop/checkout", "service:shop/catalog"];
    let expected = json!({
        "unmatched": [],
        "undeclared": [
            {"from": checkout, "to": "external:score.fraud.example", "interaction": "sync", "calls": 2},
            {"from": checkout, "to": catalog, "interaction": "sync", "calls": 2},
        ],
        "unobserved": [{"from": catalog, "to": "datastore:shop/search", "interaction": "sync"}],
        "blind_spots": [{"id": "service:shop/ads"}],
        "settings": [{
            "from": "service:shop/frontend", "to": checkout,
            "what": "per_try_timeout_ms", "declared": 1000, "observed": drift["settings"][0]["observed"],
        }],
    });
    assert_eq!(*drift, expected);
    let observed = drift["settings"][0]["observed"].as_f64().unwrap();
    assert!((observed - 1400.0).abs() / 1400.0 < 1.0 / 128.0, "{observed}");
    let whole = told(&["ingest", SHOP], b"").0;
    let summarised = told(&["drift", "-m", "fixtures/shop", "-t", "-", "--format", "json"], &whole).0;
    assert_eq!(serde_json::from_slice::<Value>(&summarised).unwrap()["drift"]["undeclared"], expected["undeclared"]);
}
