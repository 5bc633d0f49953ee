//! Every detector, with any parameters in its range, over any values.

use std::collections::BTreeMap;
use std::sync::Arc;

use arbitrary::Unstructured;
use hindcast_shared::detector::batch::{Whole, batch};
use hindcast_shared::detector::{
    Detector, DetectorKind, History, ParamKind, ParamSpec, PointState, Reading, Sample,
};
use hindcast_shared::pipeline::{Dataset, Evaluator, Observer, Transition};
use hindcast_shared::rule::{Rule, Ticks};
use hindcast_shared::series::{Labels, Series, SeriesKey};
use hindcast_shared::time::{TimeRange, UtcOffsets};
use serde_json::{Map, Value, json};

/// A fit boundary of every rule here.
const START_MS: i64 = 1_779_999_900_000;
const STEP_MS: i64 = 1_000;

/// More values make an input slow and show nothing new.
const MOST_VALUES: usize = 300;

/// Series of a rule that compares them.
const MEMBERS: usize = 3;

/// Which detector an input reaches, if its rule is a valid one.
#[cfg(test)]
pub(super) fn kind(bytes: &[u8]) -> Option<DetectorKind> {
    let rule = rule(&mut Unstructured::new(bytes)).ok()??;
    Some(rule.detector.kind())
}

/// A rule and a series out of arbitrary bytes; folds the one over the other, as a whole and with a restart.
///
/// # Panics
/// When a score is not finite, or the restart changes anything: a finding.
pub fn detectors(bytes: &[u8]) {
    let mut input = Unstructured::new(bytes);
    let Ok(Some(rule)) = rule(&mut input) else {
        return;
    };
    let history = u8::from_le_bytes([input.arbitrary().unwrap_or_default()]);
    let restart = input.arbitrary::<u16>().unwrap_or_default();
    let values = values(input.take_rest());
    if values.is_empty() {
        return;
    }
    let before = (values.len() - 1) * usize::from(history) / 255;
    alone(&rule, &values, before);
    // What compares series gets three, and each of them every third value.
    let members = if rule.detector.kind().is_group() {
        MEMBERS
    } else {
        1
    };
    let start_ms = START_MS - (before / members) as i64 * STEP_MS;
    let mut data = Dataset::new(STEP_MS);
    let mut last_ms = START_MS;
    for member in 0..members {
        let series = Series {
            labels: Labels::named("m", &[("i", &member.to_string())]),
            unit: String::new(),
            start_ms,
            step_ms: STEP_MS,
            values: values
                .iter()
                .copied()
                .skip(member)
                .step_by(members)
                .collect(),
        };
        last_ms = last_ms.max(series.end_ms() - STEP_MS);
        let key = SeriesKey::new(&rule.source, &series.labels);
        data.insert(key, series);
        if restart.is_multiple_of(5) {
            let from_ms = START_MS + i64::from(restart / 5 % 64) * STEP_MS;
            let taken_out = TimeRange::new(from_ms, from_ms + 20 * STEP_MS);
            data.excluded.insert(key, taken_out.into_iter().collect());
        }
    }
    let steps = (last_ms - START_MS) / STEP_MS + 1;
    let cut_ms = START_MS + i64::from(restart) % steps * STEP_MS;

    let whole = fold(&rule, &data, &[last_ms]);
    let parts = fold(&rule, &data, &[cut_ms, last_ms]);
    assert_eq!(whole.bits, parts.bits, "a restart changes the scores");
    assert_eq!(
        whole.transitions, parts.transitions,
        "a restart changes what is told"
    );
}

/// The detector by itself: explained before each sample, saved and loaded midway, and over the whole series.
fn alone(rule: &Rule, values: &[f64], before: usize) {
    let offsets = UtcOffsets::utc();
    let (history, live) = values.split_at(before);
    let history = History {
        values: history,
        end_ms: START_MS,
        step_ms: STEP_MS,
        offsets: &offsets,
        seed: 7,
    };
    let mut detector = Detector::new(rule);
    detector.fit(&history);
    let mut loaded = Detector::load(&detector.save()).expect("its own bytes");
    for (value, at_ms) in live.iter().zip((START_MS..).step_by(STEP_MS as usize)) {
        let sample = Sample::new(*value, at_ms, &offsets);
        if at_ms % (16 * STEP_MS) == 0
            && let Some(explanation) = detector.explain(sample)
        {
            assert!(
                explanation.quiet_from_threshold.is_finite(),
                "{explanation:?}"
            );
        }
        let (one, other) = (detector.step(sample), loaded.step(sample));
        assert_eq!(
            bits(&one),
            bits(&other),
            "a saved detector goes on otherwise"
        );
    }
    let whole = Whole {
        values,
        train_rows: before,
        step_ms: STEP_MS,
        seed: 7,
    };
    if let Some(batch) = batch(rule.detector.kind()) {
        let raws = batch(&rule.detector, &whole);
        assert_eq!(raws.len(), values.len());
        assert!(raws.iter().all(|raw| raw.is_finite()), "{raws:?}");
    }
}

/// A reading, to be compared; every NaN is as good as any other.
fn bits(reading: &Reading) -> [u64; 5] {
    let bits = |value: f64| if value.is_nan() { f64::NAN } else { value }.to_bits();
    [
        bits(reading.raw),
        bits(reading.score),
        bits(reading.expected),
        bits(reading.lower),
        bits(reading.upper),
    ]
}

/// What a fold says.
#[derive(Default)]
struct Told {
    bits: BTreeMap<SeriesKey, Vec<[u64; 5]>>,
    transitions: Vec<Transition>,
}

impl Observer for Told {
    fn point(
        &mut self,
        key: SeriesKey,
        _: i64,
        value: f64,
        reading: &Reading,
        anomalous: bool,
        _: u32,
    ) {
        assert!(reading.raw.is_finite(), "{reading:?} of {value}");
        assert!(reading.score.is_finite(), "{reading:?} of {value}");
        if reading.state != PointState::Scored {
            assert!(reading.score == 0.0 && !anomalous, "{reading:?} of {value}");
        }
        assert!(
            reading.lower <= reading.upper || reading.lower.is_nan() || reading.upper.is_nan(),
            "the band is upside down: {reading:?} of {value}"
        );
        // How many gaps are seen before a series exists depends on when it is met, and means nothing.
        if value.is_finite() || self.bits.contains_key(&key) {
            self.bits.entry(key).or_default().push(bits(reading));
        }
    }
}

/// Folds up to each of the instants, with a restart after each but the last.
fn fold(rule: &Arc<Rule>, data: &Dataset, stops: &[i64]) -> Told {
    let ticks = Ticks::Every(STEP_MS);
    let mut evaluator = Evaluator::new(rule.clone(), 1).without_growth();
    evaluator.warm_up(data, START_MS - STEP_MS, &ticks);
    let mut told = Told::default();
    for (index, stop_ms) in stops.iter().enumerate() {
        let transitions = evaluator.advance(data, *stop_ms, &ticks, &mut told);
        told.transitions.extend(transitions);
        if index + 1 < stops.len() {
            let watermark_ms = evaluator.watermark_ms().unwrap_or(START_MS - STEP_MS);
            let state = evaluator.pipeline_state();
            evaluator = Evaluator::restore(rule.clone(), 1, data, watermark_ms, &state, &ticks)
                .without_growth();
        }
    }
    told
}

/// A rule with any detector, or nothing where the parameters do not go together.
fn rule(input: &mut Unstructured<'_>) -> arbitrary::Result<Option<Arc<Rule>>> {
    let kind = *input.choose(&DetectorKind::ALL)?;
    let mut detector = Map::new();
    detector.insert("kind".to_owned(), json!(kind));
    for spec in kind.params() {
        if input.ratio(1, 2)? {
            detector.insert(spec.name.to_owned(), param(spec, input)?);
        }
    }
    let threshold = match input.arbitrary::<u8>()? {
        0..=250 => {
            kind.default_threshold().unwrap_or(20.0) * f64::from(input.arbitrary::<u8>()?) / 64.0
        }
        _ => input.arbitrary()?,
    };
    let direction = *input.choose(&["above", "below", "both"])?;
    let confirm: u8 = input.int_in_range(1..=3)?;
    let value = json!({
        "name": "r", "source": "s", "query": "q", "step": "1s", "delay": "0s", "window": "1d",
        "fit_every": *input.choose(&["1m", "2m"])?,
        "detector": detector,
        "decision": { "threshold": threshold, "direction": direction },
        "for": confirm,
        "fill": *input.choose(&["none", "forward", "zero", "linear"])?,
        "merge_gap": *input.choose(&["0s", "10s"])?,
        "learn_from_anomalies": input.arbitrary::<bool>()?,
    });
    Ok(Rule::from_json(value).ok().map(Arc::new))
}

/// A value of a parameter, small ones more often than large ones, because windows should be filled.
fn param(spec: &ParamSpec, input: &mut Unstructured<'_>) -> arbitrary::Result<Value> {
    Ok(match spec.kind {
        ParamKind::Choice(words) => json!(*input.choose(words)?),
        ParamKind::Integer => {
            let small = spec.min + f64::from(input.arbitrary::<u8>()?);
            json!(small.min(spec.max) as u64)
        }
        ParamKind::Number => {
            let share = f64::from(input.arbitrary::<u16>()?) / f64::from(u16::MAX);
            json!((spec.min + (spec.max - spec.min) * share * share).clamp(spec.min, spec.max))
        }
    })
}

/// Values in a form in which a few bytes make long series: levels, runs, gaps, and any bits at all.
fn values(mut bytes: &[u8]) -> Vec<f64> {
    let mut values: Vec<f64> = Vec::new();
    while let Some((op, rest)) = bytes.split_first() {
        bytes = rest;
        let last = values.last().copied().unwrap_or(0.0);
        match op {
            0..=127 => values.push(f64::from(*op) / 8.0),
            128..=159 => values.extend(std::iter::repeat_n(last, usize::from(op - 127) * 4)),
            160..=175 => values.extend(std::iter::repeat_n(f64::NAN, usize::from(op - 159))),
            176..=207 => {
                let slope = f64::from(op - 176) - 15.0;
                values.extend((1..=40).map(|step| last + slope * f64::from(step) / 16.0));
            }
            208..=223 => {
                // What was, once more: a season.
                let from = values.len().saturating_sub(usize::from(op - 207) * 8);
                values.extend_from_within(from..);
            }
            _ => {
                let Some((bits, rest)) = bytes.split_first_chunk::<8>() else {
                    break;
                };
                bytes = rest;
                values.push(f64::from_le_bytes(*bits));
            }
        }
        if values.len() >= MOST_VALUES {
            values.truncate(MOST_VALUES);
            break;
        }
    }
    values
}
