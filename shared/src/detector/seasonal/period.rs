//! Which periods a series has, found without being told.
//!
//! Vlachos, Yu and Castelli, On Periodicity Detection and Structural Periodic Similarity, SDM 2005
//! ("AutoPeriod"): peaks of the periodogram are only hints, because a bin is coarse for long periods and
//! a spectrum leaks; each hint counts if it lies on a hill of the autocorrelation, and the top of that
//! hill is the period. Two things differ from the paper. The power that noise alone would reach comes
//! from the distribution of a periodogram of white noise instead of from shuffled copies, so that no
//! chance is involved. And after a period is found its profile is taken out and the search begins anew,
//! which keeps harmonics out and lets a weak second season be seen.

use super::gaps::bridged;
use crate::math::fft::RealFft;
use crate::math::stats::{largest_first, median, quantile};
use crate::sum::{sum, sum_by};

/// A period of a series.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Period {
    /// Its length in samples.
    pub samples: u32,
    /// The share of the variance that its profile explains, 0 to 1, of what the stronger periods left over.
    pub strength: f64,
}

/// Fewer cycles than this show no repetition that could not be chance.
const FEWEST_CYCLES: f64 = 2.0;
/// A series with fewer cycles than this may wander like that without any season.
const CONVINCING_CYCLES: f64 = 3.0;
/// The autocorrelation at the top of a hill with few and with many cycles.
const LEAST_CORRELATION: (f64, f64) = (0.6, 0.15);
/// How far a hill must rise over the valleys beside it.
const LEAST_RISE: f64 = 0.1;
/// A shorter period is preferred to a longer one if its profile explains this share of what the other's does.
const NEARLY_AS_GOOD: f64 = 0.6;
/// Weaker periods help nobody.
const LEAST_STRENGTH: f64 = 0.05;
/// Of all peaks of a periodogram only the highest are looked at.
const MOST_HINTS: usize = 24;
/// The probability that white noise has no bin above the noise level, as in the paper.
const CONFIDENCE: f64 = 0.99;
/// Spikes are cut at so many interquartile ranges from the median: one of them would drown the spectrum.
const CLIP: f64 = 3.0;
/// The shortest series that is looked at, in samples.
const SHORTEST: usize = 12;

/// The periods of a series in samples, strongest first, at most `max` of them; NaN is a gap.
///
/// A period must be seen at least twice, and three times if the autocorrelation is not high.
pub fn periods(values: &[f64], max: usize) -> Vec<Period> {
    let mut found = Vec::new();
    let Some(mut rest) = bridged(values).filter(|filled| filled.len() >= SHORTEST) else {
        return found;
    };
    detrend(&mut rest);
    clip(&mut rest);
    while found.len() < max {
        let Some(samples) = strongest(&rest, &found) else {
            break;
        };
        let strength = take_out(&mut rest, samples);
        if strength < LEAST_STRENGTH {
            break;
        }
        found.push(Period {
            samples: samples as u32,
            strength,
        });
    }
    found
}

/// Takes the straight line of least squares out.
fn detrend(values: &mut [f64]) {
    let n = values.len() as f64;
    let middle = (n - 1.0) / 2.0;
    let mean = sum(values) / n;
    let weighted: Vec<f64> = values
        .iter()
        .enumerate()
        .map(|(index, value)| (index as f64 - middle) * (value - mean))
        .collect();
    let slope = sum(&weighted) / (n * (n * n - 1.0) / 12.0);
    for (index, value) in values.iter_mut().enumerate() {
        *value -= mean + slope * (index as f64 - middle);
    }
}

fn clip(values: &mut [f64]) {
    let spread = quantile(values, 0.75) - quantile(values, 0.25);
    if spread > 0.0 {
        let centre = median(values);
        let (low, high) = (centre - CLIP * spread, centre + CLIP * spread);
        for value in values {
            *value = value.clamp(low, high);
        }
    }
}

/// The period that explains most, of those that the periodogram hints at and that lie on a hill of the
/// autocorrelation.
fn strongest(values: &[f64], found: &[Period]) -> Option<usize> {
    let n = values.len();
    let mean = sum(values) / n as f64;
    let centred: Vec<f64> = values.iter().map(|value| value - mean).collect();
    let energy = sum_by(&centred, |value| value * value);
    if energy <= f64::MIN_POSITIVE * n as f64 {
        return None;
    }
    // Twice the length, so that the correlation does not wrap around.
    let fft = RealFft::new(2 * n);
    let (re, im) = fft.forward(&centred);
    let power: Vec<f64> = re
        .iter()
        .zip(&im)
        .map(|(re, im)| re * re + im * im)
        .collect();
    let mut correlation = fft.inverse(&power, &[]);
    correlation.truncate(n);
    let scale = n as f64 / correlation[0];
    for (lag, value) in correlation.iter_mut().enumerate() {
        *value *= scale / (n - lag) as f64;
    }
    // The mean power of a bin is the energy; the powers of white noise are distributed exponentially, and
    // there are about n / 2 independent bins.
    let noise = energy * -libm::log(1.0 - libm::pow(CONFIDENCE, 2.0 / n as f64));
    let mut tops: Vec<usize> = hints(&power, noise)
        .into_iter()
        .filter_map(|bin| hill_top(&correlation, bin, fft.len()))
        .filter(|top| found.iter().all(|period| is_new(*top, *period)))
        .collect();
    tops.sort_unstable();
    tops.dedup_by(|next, kept| *next - *kept <= *kept / 50);
    let known: Vec<(usize, f64)> = tops
        .into_iter()
        .map(|top| {
            let samples = refined(&centred, top);
            let share = explained(&centred, samples) / energy;
            let free = n.saturating_sub(samples).max(1) as f64;
            (samples, 1.0 - (1.0 - share) * (n - 1) as f64 / free)
        })
        .collect();
    let most = known
        .iter()
        .fold(0.0, |most: f64, (_, share)| most.max(*share));
    // The profile of a week holds that of a day: the shortest period that is nearly as good comes first,
    // and what the longer one adds is found in what is left over.
    known
        .into_iter()
        .find(|(_, share)| *share >= NEARLY_AS_GOOD * most)
        .map(|(samples, _)| samples)
}

/// Whether a hill is another one than that of a period which was taken out already.
fn is_new(top: usize, period: Period) -> bool {
    let distance = top.abs_diff(period.samples as usize);
    distance > (period.samples as usize / 20).max(1)
}

/// The highest peaks of the periodogram over the noise.
fn hints(power: &[f64], noise: f64) -> Vec<usize> {
    let peaks: Vec<usize> = (1..power.len().saturating_sub(1))
        .filter(|&bin| {
            power[bin] > noise && power[bin] >= power[bin - 1] && power[bin] > power[bin + 1]
        })
        .collect();
    let heights: Vec<f64> = peaks.iter().map(|&bin| power[bin]).collect();
    let order = largest_first(&heights).into_iter();
    order.take(MOST_HINTS).map(|at| peaks[at]).collect()
}

/// The top of the hill of the autocorrelation on which a bin lies, if there is one and it is high enough.
fn hill_top(correlation: &[f64], bin: usize, transformed: usize) -> Option<usize> {
    let n = correlation.len();
    // One bin of the series itself is as wide as so many of the padded one.
    let width = transformed as f64 / n as f64;
    let lag_at = |bin: f64| transformed as f64 / bin;
    let longest = n as f64 / FEWEST_CYCLES;
    let from = lag_at(bin as f64 + width / 2.0).max(2.0);
    let to = lag_at((bin as f64 - width / 2.0).max(1.0)).min(longest);
    let (from, to) = (libm::floor(from) as usize, libm::ceil(to) as usize);
    if from > to || to + 1 >= n {
        return None;
    }
    let mut top = highest(correlation, from, to)?;
    // The range of a bin may end on the slope; noise on the slope is no top.
    loop {
        let reach = (top / 8).max(1);
        let next = highest(correlation, (top - reach).max(1), (top + reach).min(n - 1))?;
        if next == top {
            break;
        }
        top = next;
    }
    if top < 2 || top as f64 > longest {
        return None;
    }
    let valley = |from: usize, to: usize| {
        correlation[from..to.min(n)]
            .iter()
            .fold(f64::INFINITY, |low, value| low.min(*value))
    };
    let rise = correlation[top] - valley(top / 2, top).max(valley(top + 1, top + top / 2 + 2));
    let least = if n as f64 / (top as f64) < CONVINCING_CYCLES {
        LEAST_CORRELATION.0
    } else {
        LEAST_CORRELATION.1
    };
    (correlation[top] >= least && rise >= LEAST_RISE).then_some(top)
}

/// The lag with the highest correlation in a closed range; the first of equals.
fn highest(correlation: &[f64], from: usize, to: usize) -> Option<usize> {
    (from..=to).max_by(|a, b| correlation[*a].total_cmp(&correlation[*b]).then(b.cmp(a)))
}

/// The period near the top of a hill whose profile explains most: the hill of a smooth season is flat.
fn refined(values: &[f64], top: usize) -> usize {
    let reach = (top / 50).max(1);
    (top.saturating_sub(reach).max(2)..=top + reach)
        .map(|samples| (samples, explained(values, samples)))
        .max_by(|a, b| a.1.total_cmp(&b.1).then(b.0.cmp(&a.0)))
        .map_or(top, |(samples, _)| samples)
}

/// The sum of squares of a profile over all samples.
fn explained(values: &[f64], samples: usize) -> f64 {
    let mut sums = vec![0.0; samples];
    for cycle in values.chunks(samples) {
        for (sum, value) in sums.iter_mut().zip(cycle) {
            *sum += value;
        }
    }
    let (cycles, longer) = (values.len() / samples, values.len() % samples);
    let (more, fewer) = sums.split_at(longer);
    sum_by(more, |sum| sum * sum) / (cycles + 1) as f64
        + sum_by(fewer, |sum| sum * sum) / cycles as f64
}

/// Takes the mean of each phase out; gives the share of the variance that went with it, corrected for
/// the means that had to be learned.
fn take_out(values: &mut [f64], samples: usize) -> f64 {
    let n = values.len();
    let mean = sum(values) / n as f64;
    let before = sum_by(values, |value| (value - mean) * (value - mean));
    for phase in 0..samples {
        let count = (n - phase).div_ceil(samples) as f64;
        let level = (phase..n)
            .step_by(samples)
            .fold(0.0, |sum, at| sum + values[at])
            / count;
        (phase..n)
            .step_by(samples)
            .for_each(|at| values[at] -= level);
    }
    let after = sum_by(values, |value| value * value);
    let free = n.saturating_sub(samples).max(1) as f64;
    (1.0 - (after / free) / (before / (n - 1) as f64)).clamp(0.0, 1.0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::math::random::Random;

    fn found(values: &[f64]) -> Vec<u32> {
        periods(values, 3)
            .iter()
            .map(|period| period.samples)
            .collect()
    }

    fn triangle(index: usize, period: usize) -> f64 {
        ((index % period) as f64 / period as f64 - 0.5).abs() * 4.0
    }

    #[test]
    fn periods_when_a_noisy_season_then_gives_it_exactly() {
        for (period, seed) in [(24, 1), (288, 2), (1_440, 3), (7, 4), (100, 5)] {
            let mut random = Random::new(seed);
            let values: Vec<f64> = (0..6 * period + 200)
                .map(|index| 50.0 + triangle(index, period) + 0.5 * (random.unit() - 0.5))
                .collect();
            assert_eq!(found(&values), vec![period as u32], "period {period}");
        }
    }

    #[test]
    fn periods_when_daily_and_weekly_then_gives_both_and_no_harmonic() {
        let mut random = Random::new(9);
        let values: Vec<f64> = (0..24 * 7 * 6)
            .map(|hour| {
                let weekend = if hour / 24 % 7 >= 5 { -1.0 } else { 0.0 };
                let peak = if (8..11).contains(&(hour % 24)) {
                    2.0
                } else {
                    0.0
                };
                triangle(hour, 24) + peak + weekend + 0.3 * random.unit()
            })
            .collect();
        let mut all = found(&values);
        all.sort_unstable();
        assert_eq!(all, vec![24, 168]);
    }

    #[test]
    fn periods_when_spikes_a_trend_and_gaps_then_still_gives_the_season() {
        let mut random = Random::new(11);
        let values: Vec<f64> = (0..1_200)
            .map(|index| match index {
                300..340 => f64::NAN,
                _ if index % 211 == 5 => 500.0,
                _ => 0.01 * index as f64 + triangle(index, 60) + 0.3 * random.unit(),
            })
            .collect();
        assert_eq!(found(&values), vec![60]);
    }

    #[test]
    fn periods_when_noise_or_a_wandering_level_then_mostly_gives_none() {
        let (mut white, mut wandering) = (0, 0);
        for seed in 0..40 {
            let mut random = Random::new(seed);
            let noise: Vec<f64> = (0..2_000).map(|_| random.unit() - 0.5).collect();
            white += usize::from(!found(&noise).is_empty());
            let mut level = 0.0;
            let walk: Vec<f64> = noise
                .iter()
                .map(|step| {
                    level += step;
                    level
                })
                .collect();
            wandering += usize::from(!found(&walk).is_empty());
        }
        assert_eq!(white, 0);
        assert!(wandering <= 8, "{wandering} of 40");
    }

    #[test]
    fn periods_when_the_series_is_awkward_then_gives_none() {
        for values in [
            vec![],
            vec![1.0],
            vec![f64::NAN; 50],
            vec![5.0; 500],
            vec![1e150; 100],
            [f64::MAX, f64::NEG_INFINITY].repeat(30),
        ] {
            assert!(found(&values).is_empty());
        }
    }
}
