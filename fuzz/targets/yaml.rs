#![no_main]

#[path = "../../tests/survival/checks/yaml.rs"]
mod check;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| check::check(bytes));
