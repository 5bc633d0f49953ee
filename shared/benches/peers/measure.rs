//! Time and data for both sides.
//!
//! Time is that of the processor, because both sides have one thread.

use std::hint::black_box;
use std::io;
use std::path::{Path, PathBuf};

use hindcast_shared::math::random::Random;

use crate::clock::thread_s;

/// A work is repeated for so long, and at least three times.
const AT_LEAST_S: f64 = 0.8;

/// A million seeded draws of the standard normal distribution, of which families make what they need.
pub(crate) struct Data {
    normals: Vec<f64>,
    folder: PathBuf,
}

impl Data {
    /// Draws them, and leaves them for the other side as little-endian doubles in `normals.f64`.
    pub(crate) fn write(folder: &Path) -> io::Result<Self> {
        let mut random = Random::new(1);
        let normals: Vec<f64> = (0..1_000_000).map(|_| random.normal()).collect();
        std::fs::write(folder.join("normals.f64"), bytes(&normals))?;
        Ok(Self {
            normals,
            folder: folder.to_path_buf(),
        })
    }

    /// Leaves results for the other side to compare with its own.
    pub(crate) fn keep(&self, name: &str, values: &[f64]) {
        let written = std::fs::write(self.folder.join(format!("{name}.f64")), bytes(values));
        if let Err(error) = written {
            eprintln!("{name} cannot be written: {error}");
        }
    }

    /// The first so many.
    pub(crate) fn normals(&self, count: usize) -> &[f64] {
        &self.normals[..count]
    }
}

/// Runs a work several times and prints its best time, divided by `times` where a run does it so often.
pub(crate) fn measure<T>(name: &str, times: u32, work: impl FnMut() -> T) {
    println!("{name} {:e}", best_s(work) / f64::from(times));
}

/// The same for a peer that is a program like ours, and so has no script.
pub(crate) fn measure_peer<T>(name: &str, library: &str, goal: f64, work: impl FnMut() -> T) {
    println!("{name} {library} {:e} {goal}", best_s(work));
}

fn bytes(values: &[f64]) -> Vec<u8> {
    values
        .iter()
        .flat_map(|value| value.to_le_bytes())
        .collect()
}

fn best_s<T>(mut work: impl FnMut() -> T) -> f64 {
    let mut best = f64::INFINITY;
    let begin = thread_s();
    let mut runs = 0;
    while runs < 3 || thread_s() - begin < AT_LEAST_S {
        let start = thread_s();
        black_box(work());
        best = best.min(thread_s() - start);
        runs += 1;
    }
    best
}
