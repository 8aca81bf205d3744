#![no_main]

#[path = "../../tests/survival/checks/address.rs"]
mod check;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| check::check(bytes));
