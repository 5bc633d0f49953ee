//! What a stage lets go of a series, stretch by stretch, with the reason: from its scores and what fired.
//!
//! Knows no page and no worker.

use hindcast_shared::detector::DetectorKind;
use hindcast_shared::rule::{Direction, RuleDraft};

use crate::draft;
use crate::i18n::{key, t, tf};
use crate::words;

/// A sample as the table of scores has it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Sample {
    at_ms: i64,
    value: f64,
    /// None while the detector is learning, and where it is told to leave out.
    score: Option<f64>,
    expected: Option<f64>,
}

/// An anomaly of the series.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Fired {
    pub(super) start_ms: i64,
    pub(super) end_ms: i64,
    /// Its pages: when, and why nobody was told.
    pub(super) pages: Vec<(i64, Option<String>)>,
}

/// A stretch that went no further.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Dropped {
    pub(super) from_ms: i64,
    /// The last sample.
    pub(super) to_ms: i64,
    pub(super) samples: u32,
    pub(super) why: String,
}

/// Reads the table of scores; `time` reads an instant.
pub(super) fn samples(csv: &str, time: fn(&str) -> f64) -> Vec<Sample> {
    let sample = |line: &str| {
        let mut cells = line.split(',');
        let at_ms = time(cells.next()?) as i64;
        // The browser's own reader: another one would bring its tables along.
        let mut number = || cells.next().and_then(crate::browser::number);
        Some(Sample {
            at_ms,
            value: number()?,
            score: number(),
            // As the rule has it: a fixed limit expects nothing, and stands at an edge.
            expected: [number(), number(), number()]
                .into_iter()
                .rev()
                .fold(None, |later, one| one.or(later)),
        })
    };
    csv.lines().skip(1).filter_map(sample).collect()
}

/// Samples side by side of which the same is said.
fn stretches(
    samples: &[Sample],
    step_ms: i64,
    say: impl Fn(&Sample) -> Option<&'static str>,
) -> Vec<(Dropped, &'static str)> {
    let mut found: Vec<(Dropped, &'static str)> = Vec::new();
    for sample in samples {
        let Some(said) = say(sample) else { continue };
        match found.last_mut() {
            Some((last, before)) if *before == said && sample.at_ms - last.to_ms <= step_ms => {
                last.to_ms = sample.at_ms;
                last.samples += 1;
            }
            _ => found.push((
                Dropped {
                    from_ms: sample.at_ms,
                    to_ms: sample.at_ms,
                    samples: 1,
                    why: String::new(),
                },
                said,
            )),
        }
    }
    found
}

fn meets(stretch: &Dropped, fired: &Fired) -> bool {
    stretch.from_ms <= fired.end_ms && fired.start_ms <= stretch.to_ms
}

/// The rule by which every side counts, where its own has one; a fixed limit is one by its side.
pub(super) fn bare(draft: &RuleDraft) -> Option<RuleDraft> {
    let mut bare = draft.clone();
    match bare.decision.direction {
        None | Some(Direction::Both) => return None,
        _ if draft::kind(draft) == DetectorKind::Threshold => return None,
        _ => bare.decision.direction = Some(Direction::Both),
    }
    Some(bare)
}

/// What keeps an odd value from counting, if anything does: as the rule decides it.
fn gate(sample: &Sample, draft: &RuleDraft) -> Option<&'static str> {
    let decision = &draft.decision;
    if !decision.range.admits(sample.value) {
        return Some(key("inside the range that never matters"));
    }
    let expected = sample.expected?;
    let away = (sample.value - expected).abs();
    let least = decision.min_deviation;
    (away < least.abs || away < least.rel * expected.abs())
        .then_some(key("nearer to what was expected than the least deviation"))
}

/// What one stage let go, oldest first; `odd` has the scores of the [`bare`] rule, where there is
/// one.
pub(super) fn dropped(
    stage: &str,
    samples: &[Sample],
    odd: &[Sample],
    fired: &[Fired],
    draft: &RuleDraft,
) -> Vec<Dropped> {
    let step_ms = draft.step.ms();
    let odd_at = |sample: &Sample| sample.score.is_some_and(|score| score > 1.0);
    let over = |sample: &Sample| {
        let counts = odd_at(sample) && gate(sample, draft).is_none();
        counts.then_some("")
    };
    let said = |found: Vec<(Dropped, &'static str)>| {
        let said = |(stretch, word): (Dropped, &'static str)| Dropped {
            why: t(word).to_owned(),
            ..stretch
        };
        found.into_iter().map(said).collect()
    };
    match stage {
        "detect" => said(stretches(samples, step_ms, |sample| {
            let word = key("not scored: too little history, or told to leave it out");
            sample.score.is_none().then_some(word)
        })),
        "decide" => {
            let own = |at_ms: i64| {
                let at = samples.partition_point(|sample| sample.at_ms < at_ms);
                samples.get(at).is_some_and(odd_at)
            };
            let odd = if odd.is_empty() { samples } else { odd };
            said(stretches(odd, step_ms, |sample| {
                if !odd_at(sample) {
                    return None;
                }
                let side = key("on the side that does not count");
                gate(sample, draft).or_else(|| (!own(sample.at_ms)).then_some(side))
            }))
        }
        "confirm" => {
            let (needed, _) = draft::confirm(draft);
            let short = stretches(samples, step_ms, over).into_iter();
            let short = short.filter(|(stretch, _)| !fired.iter().any(|one| meets(stretch, one)));
            short
                .map(|(stretch, _)| Dropped {
                    why: tf(
                        "{n} of the {all} samples that it takes",
                        &[
                            ("n", &stretch.samples.to_string()),
                            ("all", &needed.to_string()),
                        ],
                    ),
                    ..stretch
                })
                .collect()
        }
        "merge" => {
            let streaks = stretches(samples, step_ms, over);
            let mut joined = Vec::new();
            for one in fired {
                let mut own = streaks.iter().filter(|(stretch, _)| meets(stretch, one));
                let mut before = own.next();
                for next in own {
                    let gap_ms = before.map_or(0, |(before, _)| next.0.from_ms - before.to_ms);
                    joined.push(Dropped {
                        why: tf(
                            "{gap} after the one before, and part of the same anomaly",
                            &[("gap", &words::length(gap_ms))],
                        ),
                        ..next.0.clone()
                    });
                    before = Some(next);
                }
            }
            joined
        }
        _ => fired
            .iter()
            .flat_map(|one| &one.pages)
            .filter_map(|(at_ms, why)| {
                Some(Dropped {
                    from_ms: *at_ms,
                    to_ms: *at_ms,
                    samples: 0,
                    why: why.clone()?,
                })
            })
            .collect(),
    }
}

#[cfg(test)]
mod tests {
    #[cfg(target_arch = "wasm32")]
    use wasm_bindgen_test::wasm_bindgen_test as test;

    use super::*;

    fn rule() -> RuleDraft {
        let mut draft = draft::blank("demo", "checkout");
        draft::set_confirm(&mut draft, 2, 2);
        draft
    }

    /// A sample a minute with this score; none is not scored.
    fn scored(scores: &[f64]) -> Vec<Sample> {
        let sample = |(at, score): (usize, &f64)| Sample {
            at_ms: at as i64 * 60_000,
            value: 10.0,
            score: score.is_finite().then_some(*score),
            expected: Some(5.0),
        };
        scores.iter().enumerate().map(sample).collect()
    }

    fn fired(from: i64, to: i64) -> Fired {
        Fired {
            start_ms: from * 60_000,
            end_ms: to * 60_000,
            pages: vec![
                (from * 60_000, None),
                (to * 60_000, Some("snoozed".to_owned())),
            ],
        }
    }

    #[test]
    fn stages_when_they_let_go_then_each_names_its_own_and_no_other() {
        let samples = scored(&[
            f64::NAN,
            f64::NAN,
            0.2,
            1.5,
            0.1,
            1.2,
            1.3,
            0.1,
            1.4,
            1.6,
            0.0,
        ]);
        let fired = [fired(5, 9)];
        let at = |stage| dropped(stage, &samples, &[], &fired, &rule());
        let detect = at("detect");
        assert_eq!((detect.len(), detect[0].samples), (1, 2));
        let confirm = at("confirm");
        assert_eq!(confirm.len(), 1, "{confirm:?}");
        assert_eq!(confirm[0].from_ms, 3 * 60_000);
        assert_eq!(confirm[0].why, "1 of the 2 samples that it takes");
        let merge = at("merge");
        assert_eq!((merge.len(), merge[0].from_ms), (1, 8 * 60_000));
        assert!(merge[0].why.starts_with("2 min after"), "{merge:?}");
        assert_eq!(at("suppress")[0].why, "snoozed");
    }

    #[test]
    fn odd_values_when_they_do_not_count_then_the_setting_is_named() {
        let odd = scored(&[1.5]);
        let with = |samples: &[Sample], change: fn(&mut RuleDraft)| {
            let mut draft = rule();
            change(&mut draft);
            dropped("decide", samples, &odd, &[], &draft)[0].why.clone()
        };
        let side = with(&scored(&[0.0]), |draft| {
            draft.decision.direction = Some(Direction::Below);
        });
        assert_eq!(side, "on the side that does not count");
        let range = with(&odd, |draft| draft.decision.range.above = Some(20.0));
        assert_eq!(range, "inside the range that never matters");
        let near = with(&odd, |draft| draft.decision.min_deviation.abs = 6.0);
        assert_eq!(near, "nearer to what was expected than the least deviation");
        assert_eq!(bare(&rule()), None, "every side counts");
        assert_eq!(dropped("decide", &odd, &[], &[], &rule()), []);
    }
}
