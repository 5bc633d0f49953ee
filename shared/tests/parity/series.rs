//! The series that the parity tests run: seeded ones, awkward ones and a long one.

/// `SplitMix64` (Steele, Lea and Flood, 2014): small, and the same everywhere.
pub(super) struct Random(pub(super) u64);

impl Random {
    pub(super) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// In `[0, 1)`.
    pub(super) fn unit(&mut self) -> f64 {
        (self.next() >> 11) as f64 / (1_u64 << 53) as f64
    }
}

/// A level, a triangular season, noise, spikes, gaps and now and then an infinity.
pub(super) fn random_series(seed: u64) -> Vec<f64> {
    let mut random = Random(seed);
    let len = 60 + (random.next() % 400) as usize;
    let (level, season, noise) = (
        random.unit() * 20.0,
        random.unit() * 5.0,
        random.unit() * 3.0,
    );
    let mut gap = 0;
    (0..len)
        .map(|index| {
            if gap > 0 {
                gap -= 1;
                return f64::NAN;
            }
            let phase = (index % 60) as f64 / 60.0;
            let value =
                level + season * (0.5 - (phase - 0.5).abs()) + noise * (random.unit() - 0.5);
            match random.next() % 100 {
                0..4 => value + 30.0 * random.unit(),
                4..6 => value - 30.0 * random.unit(),
                6 => {
                    gap = random.next() % 12;
                    f64::NAN
                }
                7 if seed.is_multiple_of(10) => f64::INFINITY,
                _ => value,
            }
        })
        .collect()
}

pub(super) fn awkward_series() -> Vec<(&'static str, Vec<f64>)> {
    let mut jump = vec![5.0; 200];
    jump.extend([9.0; 20]);
    let mut silence = vec![1.0, 2.0, 3.0];
    silence.extend([f64::NAN; 300]);
    silence.extend([2.0, 50.0, 50.0]);
    let infinite = [1.0, f64::INFINITY, 2.0, f64::NEG_INFINITY, f64::NAN].repeat(40);
    let huge = [1e300, -1e300, 1e-300, f64::MAX, 0.0, -0.0].repeat(30);
    vec![
        ("constant", vec![5.0; 300]),
        ("jump", jump),
        ("silence", silence),
        ("infinite", infinite),
        ("huge", huge),
        ("one-point", vec![3.0]),
        ("no-point", vec![f64::NAN; 10]),
    ]
}

pub(super) fn long_series() -> Vec<f64> {
    let mut random = Random(7);
    (0..1_000_000)
        .map(|index| {
            let spike = if random.next().is_multiple_of(1_000) {
                40.0
            } else {
                0.0
            };
            10.0 + (f64::from(index % 1_440) - 720.0).abs() / 100.0 + random.unit() + spike
        })
        .collect()
}
