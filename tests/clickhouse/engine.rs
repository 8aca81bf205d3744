//! ClickHouse in a process of its own: the engine as a Python library, chdb.

use serde_json::json;
use std::env;
use std::io::Write as _;
use std::process::{Command, Stdio};

/// Runs statements one after the other in one session and writes what the last one gave.
const SCRIPT: &str = "
import json, sys
from chdb import session
statements = json.load(sys.stdin)
engine = session.Session()
for statement in statements:
    result = engine.query(statement, 'TSVRaw')
sys.stdout.buffer.write(result.bytes())
";

/// A Python that has chdb: the one that the environment names, else the usual one. `None` says why on standard error; where
/// nothing may be skipped it is a failure.
pub fn find() -> Option<String> {
    let python = env::var("LINCHPIN_CHDB_PYTHON").unwrap_or_else(|_| "python3".to_owned());
    let works = Command::new(&python).args(["-c", "import chdb"]).output().is_ok_and(|o| o.status.success());
    if works {
        return Some(python);
    }
    let missing = format!("{python} has no chdb: `pip install chdb`, or name another in LINCHPIN_CHDB_PYTHON");
    assert!(env::var("LINCHPIN_NO_SKIP").is_err(), "{missing}");
    eprintln!("skipped: {missing}");
    None
}

/// What the last of the statements gives.
pub fn run(python: &str, statements: &[&str]) -> String {
    let mut child = Command::new(python)
        .args(["-c", SCRIPT])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(json!(statements).to_string().as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{}", &errors[errors.len().saturating_sub(3000)..]);
    String::from_utf8(output.stdout).unwrap()
}
