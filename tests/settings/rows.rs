//! Which rows of the reference are covered by which test: the table in `ROWS.md` is held against the tests themselves.

use std::fs;
use std::path::Path;

/// The body of a test function of a module beside this one.
fn body(module: &str, function: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("tests/settings/{module}.rs"));
    let text = fs::read_to_string(&path).unwrap_or_else(|_| panic!("no module {module}"));
    let head = format!("#[test]\nfn {function}() {{");
    let (_, rest) = text.split_once(&head).unwrap_or_else(|| panic!("no test {module}::{function}"));
    rest.split("\n}\n").next().unwrap().to_owned()
}

/// Every test that the table names is there and holds what the table says, every row that is left out has a reason, and
/// the count at its head is right.
#[test]
fn rows_are_covered() {
    let table = include_str!("ROWS.md");
    let (mut covered, mut all) = (0, 0);
    for line in table.lines().filter(|l| l.starts_with("| ") && !l.starts_with("| Row ")) {
        let cells: Vec<&str> = line.trim_matches('|').split(" | ").map(str::trim).collect();
        let [row, test, holds] = cells.as_slice() else { panic!("{line}") };
        all += 1;
        match test.split_once("::") {
            Some((module, function)) => {
                covered += 1;
                let held = holds.trim_matches('`');
                assert!(body(module, function).contains(held), "{row}: {test} does not hold {held}");
            }
            None => assert!(holds.len() > 10, "{row} is left out without a reason"),
        }
    }
    assert!(table.contains(&format!("Covered {covered} of {all}.")), "{covered} of {all}");
}
