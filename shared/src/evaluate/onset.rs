//! Where anomalies begin: how strongly a pager would be told, and nothing while it already knows.

use super::scoring::Scores;
use crate::detector::{DetectorKind, PointState, onset};

/// The default detector has a stream of onsets of its own; for any other, an anomaly begins where its score
/// passes 1.0.
const DEFAULT: &str = "auto";

/// As a rule without a word about recovery has it: this many samples under this score end an anomaly.
const CALM_BELOW: f64 = 0.9;
const CALM_SAMPLES: u32 = 3;

/// For each row how strongly something begins there, and 0 everywhere else; more than 1.0 is worth a page.
///
/// `train_rows` are history and have none.
#[must_use]
pub fn onsets(kind: DetectorKind, values: &[f64], train_rows: usize, scores: &Scores) -> Vec<f64> {
    if kind.as_str() == DEFAULT {
        onset::onsets(values, train_rows)
    } else {
        beginnings(scores)
    }
}

/// For each row the score if an anomaly begins there, and 0 everywhere else.
fn beginnings(scores: &Scores) -> Vec<f64> {
    let mut open = false;
    let mut calm = 0;
    scores
        .score
        .iter()
        .zip(&scores.state)
        .map(|(&score, state)| {
            if *state != PointState::Scored {
                return 0.0;
            }
            if open {
                calm = if score < CALM_BELOW { calm + 1 } else { 0 };
                open = calm < CALM_SAMPLES;
                return 0.0;
            }
            open = score > 1.0;
            calm = 0;
            if open { score } else { 0.0 }
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn onsets_when_an_anomaly_goes_on_speak_once() {
        let score = vec![0.5, 2.0, 3.0, 0.2, 0.2, 1.5, 0.2, 0.2, 0.2, 1.2];
        let scores = Scores {
            raw: score.clone(),
            state: vec![PointState::Scored; score.len()],
            score,
        };
        let expected = [0.0, 2.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 1.2];
        assert_eq!(beginnings(&scores), expected);
    }
}
