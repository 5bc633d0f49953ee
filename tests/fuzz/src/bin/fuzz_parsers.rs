#![no_main]
//! See [`hindcast_fuzz::parsers`].

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| hindcast_fuzz::parsers(bytes));
