//! How the loss of a network fell, round by round: as a curve and in a sentence.

use std::sync::Arc;

use hindcast_shared::api::{LossPoint, ModelVersion};
use leptos::prelude::*;

use crate::chart::{Axis, Course, Curve, Flag, Strand};
use crate::i18n::{plural, t, tf};
use crate::words::quantity;

/// The best round so far: the one whose validation loss is lowest, the first of several.
pub(super) fn best(losses: &[LossPoint]) -> Option<u32> {
    let lower = |best: Option<LossPoint>, next: &LossPoint| match best {
        Some(best) if best.validation <= next.validation => Some(best),
        _ => Some(*next),
    };
    losses.iter().fold(None, lower).map(|loss| loss.epoch)
}

/// The curve; `last` is the last round that there can be.
pub(super) fn course(losses: &[LossPoint], best: Option<u32>, last: u32) -> Course {
    let values = |of: fn(&LossPoint) -> f64| losses.iter().map(of).collect();
    let kept = best.map(|round| Flag {
        at: i64::from(round),
        label: format!("✓ {round}"),
    });
    let note = |loss: &LossPoint| {
        let is_best = Some(loss.epoch) == best;
        if is_best { t("best round") } else { "" }.to_owned()
    };
    Course {
        axis: Axis::Rounds,
        span: (1, i64::from(last.max(2))),
        at: losses.iter().map(|loss| i64::from(loss.epoch)).collect(),
        strands: vec![
            Strand {
                name: t("Validation"),
                color: 0,
                values: values(|loss| loss.validation),
            },
            Strand {
                name: t("Training loss"),
                color: 1,
                values: values(|loss| loss.training),
            },
        ],
        bounds: None,
        flags: kept.into_iter().collect(),
        notes: losses.iter().map(note).collect(),
        unit: "",
    }
}

/// A training that goes on, in a sentence.
pub(super) fn going(losses: &[LossPoint], most: u32) -> Option<String> {
    let last = losses.last()?;
    let best = best(losses).unwrap_or(last.epoch);
    let values = [
        ("n", last.epoch.to_string()),
        ("most", most.to_string()),
        ("training", quantity(last.training, "")),
        ("validation", quantity(last.validation, "")),
        ("best", best.to_string()),
    ];
    let values = values.each_ref().map(|(name, text)| (*name, text.as_str()));
    Some(tf(
        "Round {n} of at most {most}: loss {training}, validation {validation}. Best so far: round {best}.",
        &values,
    ))
}

/// One that is over: which round was kept, and whether it ended before its time.
pub(super) fn ended(version: &ModelVersion) -> Option<String> {
    let losses = &version.metrics.losses;
    let last = losses.last()?.epoch;
    let kept = version.metrics.best_epoch.or_else(|| best(losses))?;
    let mut text = tf(
        "Rounds: {n}; the weights of round {best} were kept.",
        &[("n", &last.to_string()), ("best", &kept.to_string())],
    );
    if last < version.spec.epochs && last > kept {
        text.push(' ');
        text.push_str(&plural(
            u64::from(last - kept),
            "It ended early, since {n} round after it was no better.",
            "It ended early, since {n} rounds after it were no better.",
        ));
    }
    Some(text)
}

/// The curve of a version, which stays as it is.
pub(super) fn kept(version: &ModelVersion) -> AnyView {
    let losses = &version.metrics.losses;
    let last = losses.last().map_or(1, |loss| loss.epoch);
    let kept = version.metrics.best_epoch.or_else(|| best(losses));
    let course = Signal::stored(Arc::new(course(losses, kept, last)));
    let title = tf(
        "Loss of version {n} by round",
        &[("n", &version.version.to_string())],
    );
    view! { <Curve title=Signal::stored(title) course/> }.into_any()
}

#[cfg(test)]
mod tests {
    #[cfg(target_arch = "wasm32")]
    use wasm_bindgen_test::wasm_bindgen_test as test;

    use super::*;

    fn losses(validation: &[f64]) -> Vec<LossPoint> {
        let rounds = (1..).zip(validation);
        rounds
            .map(|(epoch, validation)| LossPoint {
                epoch,
                training: validation / 2.0,
                validation: *validation,
            })
            .collect()
    }

    #[test]
    fn best_round_when_two_are_alike_then_is_the_first_and_is_marked() {
        let losses = losses(&[0.9, 0.4, 0.4, 0.5]);
        assert_eq!(best(&losses), Some(2));
        let course = course(&losses, best(&losses), 50);
        assert_eq!(course.at, [1, 2, 3, 4]);
        assert_eq!(course.flags[0].at, 2);
        assert_eq!(course.notes, ["", "best round", "", ""]);
        assert_eq!(course.strands[0].values, [0.9, 0.4, 0.4, 0.5]);
        assert_eq!(course.strands[1].values[0].to_bits(), 0.45_f64.to_bits());
        assert_eq!(best(&[]), None);
    }

    #[test]
    fn sentence_when_a_training_goes_on_then_names_the_round_and_the_best() {
        let text = going(&losses(&[0.9, 0.4, 0.5]), 50).expect("rounds");
        assert_eq!(
            text,
            "Round 3 of at most 50: loss 0.25, validation 0.5. Best so far: round 2."
        );
        assert_eq!(going(&[], 50), None);
    }
}
