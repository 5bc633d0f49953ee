#![no_main]
//! See [`hindcast_fuzz::server`].

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| hindcast_fuzz::server(bytes));
