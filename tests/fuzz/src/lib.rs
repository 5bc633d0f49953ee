//! The fuzzing targets, as functions of bytes: a panic is a finding.
//!
//! `cargo xtask check fuzz` links each to libFuzzer, with our own crates compiled so that it sees which branches
//! an input takes. The seeds under `seeds/` show it what real input looks like; as tests they also hold every
//! input that was once a finding.

mod detectors;
mod parsers;
mod server;

pub use self::detectors::detectors;
pub use self::parsers::parsers;
pub use self::server::server;

/// The input of one parser out of many: its first byte says which, so that one target drives all of them.
fn split(bytes: &[u8]) -> Option<(u8, &[u8])> {
    let (first, rest) = bytes.split_first()?;
    Some((*first, rest))
}

#[cfg(test)]
mod tests;
