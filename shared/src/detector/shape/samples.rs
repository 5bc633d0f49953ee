//! Series that the tests of this folder share.

use crate::math::random::Random;

/// A noisy wave with a bump of another shape at 60 % of its length.
pub(crate) fn wave(len: usize) -> Vec<f64> {
    let mut random = Random::new(len as u64);
    let bump = len * 3 / 5;
    (0..len)
        .map(|at| {
            let phase = (at % 25) as f64 / 25.0;
            let wave = 4.0 * phase * (1.0 - phase);
            let odd = if (bump..bump + 12).contains(&at) {
                0.9 - wave
            } else {
                0.0
            };
            20.0 + wave + odd + 0.03 * random.normal()
        })
        .collect()
}

/// The point with the greatest score.
pub(crate) fn peak(scores: &[f64]) -> usize {
    let greatest = scores.iter().copied().fold(0.0, f64::max);
    scores
        .iter()
        .position(|score| *score >= greatest)
        .unwrap_or(0)
}

/// Series that break what is not careful.
pub(crate) fn awkward() -> Vec<Vec<f64>> {
    let (nan, wave) = (f64::NAN, wave(200));
    let with = |at: usize, value: f64| {
        let mut series = wave.clone();
        series[at] = value;
        series
    };
    let mut holes = wave.clone();
    holes[40..90].fill(nan);
    holes[..5].fill(nan);
    holes[195..].fill(nan);
    vec![
        vec![5.0; 200],
        vec![0.0; 200],
        vec![nan; 200],
        vec![1e150; 200],
        vec![1e-300; 200],
        with(77, 1e150),
        with(77, f64::INFINITY),
        with(77, 1e308),
        (0..200)
            .map(|at| if at % 2 == 0 { 1e150 } else { -1e150 })
            .collect(),
        (0..200).map(|at| f64::from(at) * 1e-200).collect(),
        holes,
    ]
}
