#![no_main]

#[path = "../../tests/survival/checks/otlp_proto.rs"]
mod check;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| check::check(bytes));
