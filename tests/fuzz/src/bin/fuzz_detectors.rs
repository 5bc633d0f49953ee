#![no_main]
//! See [`hindcast_fuzz::detectors`].

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| hindcast_fuzz::detectors(bytes));
