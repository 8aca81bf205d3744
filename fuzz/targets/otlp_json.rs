#![no_main]

#[path = "../../tests/survival/checks/otlp_json.rs"]
mod check;
#[path = "../../tests/survival/checks/spans.rs"]
mod spans;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| check::check(bytes));
