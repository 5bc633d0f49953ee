//! A new version held against the one that scores, over the same history: whether it may take its place.

use hindcast_shared::api::{ModelFigures, ModelTrial, TrialVerdict};

/// By how much the average precision may be less: trees are cut at random, and a label has an edge.
pub(super) const SLACK: f64 = 0.01;
/// How many times as often a version may raise an alarm as the other.
const MOST_TIMES: f64 = 3.0;
/// Shares of windows this near are the same, however their quotient looks.
const SAME_RATE: f64 = 0.005;

/// Holds a new version against the one that scores.
///
/// Where no incident is labelled there is nothing to find, and the alarms alone decide.
pub(super) fn trial(
    against: u32,
    champion: Option<ModelFigures>,
    challenger: ModelFigures,
) -> ModelTrial {
    let verdict = champion
        .as_ref()
        .map_or(TrialVerdict::NotComparable, |champion| {
            verdict(champion, &challenger)
        });
    ModelTrial {
        against,
        verdict,
        challenger,
        champion,
    }
}

fn verdict(champion: &ModelFigures, challenger: &ModelFigures) -> TrialVerdict {
    if finds_less(challenger, champion) {
        return TrialVerdict::FindsLess;
    }
    let (before, after) = (champion.alarm_rate, challenger.alarm_rate);
    if after > MOST_TIMES * before + SAME_RATE {
        TrialVerdict::TooManyAlarms
    } else if before > MOST_TIMES * after + SAME_RATE {
        TrialVerdict::TooFewAlarms
    } else {
        TrialVerdict::NoWorse
    }
}

/// Whether some scores find less of the labelled incidents than others.
pub(super) fn finds_less(some: &ModelFigures, others: &ModelFigures) -> bool {
    match (some.auc_pr, others.auc_pr) {
        (Some(some), Some(others)) => some < others - SLACK,
        // Where they were not judged on any incident, nothing is known to be found.
        (None, Some(_)) => true,
        (_, None) => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn figures(auc_pr: Option<f64>, alarm_rate: f64) -> ModelFigures {
        ModelFigures {
            from_ms: 0,
            to_ms: 1,
            windows: 1_000,
            incidents: 0,
            found: 0,
            alarms: 0,
            false_alarms: 0,
            precision: None,
            recall: None,
            f1: None,
            auc_pr,
            alarm_rate,
        }
    }

    #[test]
    fn challenger_when_worse_louder_or_silent_then_stays_a_candidate_and_says_why() {
        let champion = figures(Some(0.6), 0.01);
        for (challenger, expected) in [
            (figures(Some(0.6), 0.01), TrialVerdict::NoWorse),
            (figures(Some(0.595), 0.01), TrialVerdict::NoWorse),
            (figures(Some(0.9), 0.034), TrialVerdict::NoWorse),
            (figures(Some(0.58), 0.01), TrialVerdict::FindsLess),
            (figures(None, 0.01), TrialVerdict::FindsLess),
            (figures(Some(0.9), 0.036), TrialVerdict::TooManyAlarms),
            (figures(Some(0.9), 0.001), TrialVerdict::TooFewAlarms),
        ] {
            let held = trial(3, Some(champion.clone()), challenger.clone());
            assert_eq!(held.verdict, expected, "{challenger:?}");
            assert_eq!(held.against, 3);
        }
        let silent = trial(3, None, champion).verdict;
        assert_eq!(silent, TrialVerdict::NotComparable);
    }

    #[test]
    fn challenger_when_nothing_is_labelled_then_is_judged_by_its_alarms_alone() {
        let quiet = |rate| figures(None, rate);
        let verdict = |rate| trial(1, Some(quiet(0.01)), quiet(rate)).verdict;
        assert_eq!(verdict(0.012), TrialVerdict::NoWorse);
        assert_eq!(verdict(0.2), TrialVerdict::TooManyAlarms);
    }
}
