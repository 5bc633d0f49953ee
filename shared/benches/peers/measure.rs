//! Time and data for both sides.

use std::hint::black_box;
use std::io;
use std::path::Path;
use std::time::{Duration, Instant};

use hindcast_shared::math::random::Random;

/// A work is repeated for so long, and at least three times.
const AT_LEAST: Duration = Duration::from_millis(800);

/// A million seeded draws of the standard normal distribution, of which families make what they need.
pub(crate) struct Data {
    normals: Vec<f64>,
}

impl Data {
    /// Draws them, and leaves them for the other side as little-endian doubles in `normals.f64`.
    pub(crate) fn write(folder: &Path) -> io::Result<Self> {
        let mut random = Random::new(1);
        let normals: Vec<f64> = (0..1_000_000).map(|_| random.normal()).collect();
        let bytes: Vec<u8> = normals
            .iter()
            .flat_map(|value| value.to_le_bytes())
            .collect();
        std::fs::write(folder.join("normals.f64"), bytes)?;
        Ok(Self { normals })
    }

    /// The first so many.
    pub(crate) fn normals(&self, count: usize) -> &[f64] {
        &self.normals[..count]
    }
}

/// Runs a work several times and prints its best time, divided by `times` where a run does it so often.
#[expect(clippy::disallowed_methods, reason = "time is what is measured")]
pub(crate) fn measure<T>(name: &str, times: u32, mut work: impl FnMut() -> T) {
    let mut best = f64::INFINITY;
    let begin = Instant::now();
    let mut runs = 0;
    while runs < 3 || begin.elapsed() < AT_LEAST {
        let start = Instant::now();
        black_box(work());
        best = best.min(start.elapsed().as_secs_f64());
        runs += 1;
    }
    println!("{name} {:e}", best / f64::from(times));
}
