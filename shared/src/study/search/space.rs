//! Which settings are worth trying, from what a detector's own table says of its parameters.

use serde_json::Value;

use crate::detector::{DetectorKind, DetectorSpec, Family, ParamKind, ParamSpec, ScaleKind};
use crate::rule::{Confirm, Direction, Rule};

/// Lengths of a streak that are tried.
const STREAKS: [u32; 5] = [1, 2, 3, 5, 10];
/// By what numbers are multiplied, coarsely and then finely.
pub(super) const COARSE: [f64; 4] = [0.25, 0.5, 2.0, 4.0];
pub(super) const FINE: [f64; 2] = [0.7, 1.4];
/// Families whose detectors are tried, in this order; the others take seconds for each replay of a week.
const FAMILIES: [Family; 3] = [Family::Level, Family::Season, Family::Change];

/// The same rule with other streaks.
pub(super) fn streaks(rule: &Rule) -> Vec<Rule> {
    let (count, of) = rule.confirm_samples();
    STREAKS
        .into_iter()
        .filter(|streak| (*streak, *streak) != (count, of))
        .map(|streak| Rule {
            confirm: Confirm::Samples(streak),
            ..rule.clone()
        })
        .collect()
}

/// The rule with each other detector, as it is when nothing is set.
pub(super) fn detectors(rule: &Rule) -> Vec<Rule> {
    let kinds = FAMILIES.into_iter().flat_map(Family::detectors);
    kinds
        .filter(|kind| *kind != rule.detector.kind() && kind.is_linked())
        .filter_map(|kind| with_detector(rule, kind))
        .collect()
}

/// The rule with a detector as it is when nothing is set; nothing where its history is too short for it.
pub fn with_detector(rule: &Rule, kind: DetectorKind) -> Option<Rule> {
    let mut other = rule.clone();
    other.detector = DetectorSpec::new(kind);
    let decision = &mut other.decision;
    let about = kind.about();
    decision.alarms_per_week = None;
    decision.threshold = kind.default_threshold().unwrap_or(0.0);
    decision.inclusive = about.inclusive;
    if about.scale == ScaleKind::Limit && decision.direction == Direction::Both {
        decision.direction = Direction::Above;
    }
    fits(&other).then_some(other)
}

/// The same rule with one parameter of its detector changed at a time: numbers by these factors, words by each other.
pub(super) fn neighbours(rule: &Rule, factors: &[f64]) -> Vec<Rule> {
    let spec = &rule.detector;
    let mut found: Vec<Rule> = Vec::new();
    for param in spec.kind().params() {
        for value in values(spec, param, factors) {
            let mut other = rule.clone();
            let is_set = other.detector.set(param.name, &value).is_ok();
            // A history shorter than the least that is asked for would learn for ever.
            let is_new = is_set
                && fits(&other)
                && other.detector != *spec
                && found.iter().all(|one| one.detector != other.detector);
            if is_new {
                found.push(other);
            }
        }
    }
    found
}

fn values(spec: &DetectorSpec, param: &ParamSpec, factors: &[f64]) -> Vec<Value> {
    let now = spec.number(param);
    match param.kind {
        ParamKind::Choice(words) => words.iter().map(|word| Value::from(*word)).collect(),
        kind => factors
            .iter()
            .map(|factor| (now * factor).clamp(param.min, param.max))
            .map(|value| match kind {
                ParamKind::Integer => Value::from(value.round() as i64),
                _ => Value::from(value),
            })
            .collect(),
    }
}

/// Whether the rule can be written as it is.
fn fits(rule: &Rule) -> bool {
    let draft = crate::rule::RuleDraft::from(rule.clone());
    draft.validate().is_ok()
}
