//! Where anomalies begin: how strongly a pager would be told, and nothing while it already knows.

use super::scoring::Scores;
use crate::detector::PointState;

/// As a rule without a word about recovery has it: this many samples under this score end an anomaly.
const CALM_BELOW: f64 = 0.9;
const CALM_SAMPLES: u32 = 3;

/// For each row the score if an anomaly begins there, and 0 everywhere else.
#[must_use]
pub fn onsets(scores: &Scores) -> Vec<f64> {
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
        assert_eq!(onsets(&scores), expected);
    }
}
