//! The longest buffer of VUS-PR for a series, by the rule of TSB-AD (Liu and Paparrizos, "The Elephant in the Room:
//! Towards A Reliable Time-Series Anomaly Detection Benchmark", `NeurIPS` 2024): the lag of the highest peak of the
//! autocorrelation.

/// Samples that are looked at.
const MOST_SAMPLES: usize = 20_000;
const MOST_LAG: usize = 400;
/// Lags below this are no period.
const LEAST_LAG: usize = 3;
/// The answer where there is no peak, or one beyond 300 lags.
const UNKNOWN: usize = 125;

/// In samples; of several columns, TSB-AD takes the first.
pub(crate) fn longest_buffer(values: &[f64]) -> usize {
    let values = &values[..values.len().min(MOST_SAMPLES)];
    let mean = values.iter().sum::<f64>() / values.len().max(1) as f64;
    let correlation = |lag: usize| -> f64 {
        let pairs = values.iter().zip(&values[lag..]);
        pairs.map(|(a, b)| (a - mean) * (b - mean)).sum()
    };
    let last = MOST_LAG.min(values.len().saturating_sub(1));
    let curve: Vec<f64> = (LEAST_LAG..=last).map(correlation).collect();
    let peaks = (1..curve.len().saturating_sub(1))
        .filter(|at| curve[*at] > curve[at - 1] && curve[*at] > curve[at + 1]);
    match peaks.max_by(|a, b| curve[*a].total_cmp(&curve[*b])) {
        Some(peak) if (3..=300).contains(&peak) => peak + LEAST_LAG,
        _ => UNKNOWN,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn longest_buffer_when_a_series_goes_round_then_is_its_period_and_else_what_is_customary() {
        let wave: Vec<f64> = (0..2_000).map(|at| (f64::from(at) * 0.1).sin()).collect();
        assert_eq!(longest_buffer(&wave), 63);
        assert_eq!(longest_buffer(&[1.0; 500]), UNKNOWN);
        assert_eq!(longest_buffer(&[1.0]), UNKNOWN);
    }
}
