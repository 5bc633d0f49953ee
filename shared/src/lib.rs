//! Everything that decides about an anomaly, and everything that the server and the browser say to each other.
//!
//! The same code runs natively on the server and as Wasm in the browser, with equal bits (see `DETERMINISM.md`).
//! Therefore this crate does no I/O, reads no clock, draws no entropy and spawns no thread:
//! time comes in as an argument, data as [`series::Series`], configuration as [`rule::Rule`].
#![warn(missing_docs, missing_debug_implementations)]

pub mod anomaly;
pub mod api;
pub mod calendar;
#[cfg(feature = "chart")]
pub mod chart;
pub mod detector;
pub mod error;
pub mod evaluate;
pub mod glob;
pub mod hash;
pub mod map;
pub mod math;
pub mod message;
pub mod pipeline;
pub mod profile;
pub mod reduce;
pub mod replay;
pub mod rule;
pub mod series;
pub mod study;
pub mod sum;
pub mod time;
