//! What the parity tests run natively and in the browser: seeded series through every detector and the
//! whole pipeline, whole, in chunks and restored midway, through the real wire format.
//!
//! Both sides compare digests of all bits with the committed list, so they equal each other. Any NaN
//! equals any NaN.

#[path = "series.rs"]
mod series;

use std::fmt::Write as _;
use std::sync::Arc;

use hindcast_shared::api::columns;
use hindcast_shared::detector::{Detector, DetectorKind, Sample};
use hindcast_shared::map::Map;
use hindcast_shared::pipeline::{Dataset, Evaluator, Transition};
use hindcast_shared::replay::{People, replay};
use hindcast_shared::rule::{Rule, Ticks};
use hindcast_shared::series::{Labels, Series, SeriesKey};
use hindcast_shared::time::{TimeRange, UtcOffsets};
use serde_json::json;

use series::{Random, awkward_series, long_series, random_series};

const STEP_MS: i64 = 60_000;
const START_MS: i64 = 1_700_002_800_000;
/// Of each rule that is written out below.
const SERIES: u64 = 500;
/// Of each other detector with its defaults: three dozen of them in a browser take their time.
const SERIES_OF_DEFAULTS: u64 = 100;
const SERIES_A_LINE: u64 = 50;

/// Rules that take microseconds for a sample, and tens of them unoptimised; they get a shorter long series.
const COSTLY: [&str; 11] = [
    "auto",
    "isolation_forest",
    "half_space_trees",
    "random_cut_forest",
    "matrix_profile",
    "knn",
    "sub_pca",
    "spectral_residual",
    "bocpd",
    "pelt",
    "kswin",
];

/// The committed list.
pub(crate) const DIGESTS: &str = include_str!("digests.txt");

/// The list as this machine has it.
pub(crate) fn digests() -> String {
    hindcast_shared::detector::link_all();
    let mut text = String::new();
    let written = written_rules().len();
    for (index, (name, rule)) in rules().into_iter().enumerate() {
        let series = if index < written {
            SERIES
        } else {
            SERIES_OF_DEFAULTS
        };
        for first in (0..series).step_by(SERIES_A_LINE as usize) {
            let mut digest = Digest::new();
            for seed in first..first + SERIES_A_LINE {
                digest.add_case(&rule, &random_series(seed));
            }
            _ = writeln!(
                text,
                "{name} seeds {first}-{} {:016x}",
                first + SERIES_A_LINE - 1,
                digest.0
            );
        }
        for (awkward, values) in awkward_series() {
            let mut digest = Digest::new();
            digest.add_case(&rule, &values);
            _ = writeln!(text, "{name} {awkward} {:016x}", digest.0);
        }
        let mut digest = Digest::new();
        let (length, word) = if COSTLY.contains(&name) {
            (20_000, "long")
        } else {
            (1_000_000, "million")
        };
        digest.add_detector(&rule, &long_series()[..length]);
        _ = writeln!(text, "{name} {word} {:016x}", digest.0);
    }
    text
}

/// Hand-written rules for the five oldest detectors, and one of defaults for each of the others.
fn rules() -> Vec<(&'static str, Rule)> {
    let mut rules = written_rules();
    let known: Vec<_> = rules.iter().map(|(_, rule)| rule.detector.kind()).collect();
    for kind in DetectorKind::ALL {
        if !known.contains(&kind) {
            rules.push((kind.as_str(), rule(json!({"kind": kind}), json!({}))));
        }
    }
    rules
}

#[expect(
    clippy::needless_pass_by_value,
    reason = "literals read better without borrows"
)]
fn rule(detector: serde_json::Value, extra: serde_json::Value) -> Rule {
    let mut value = json!({
        "name": "parity", "source": "s", "query": "q", "step": "1m", "window": "8h", "fit_every": "1h",
        "schedule": {"every": "2m"}, "merge_gap": "3m", "recover": {"below": 0.9, "for": 2}, "detector": detector,
    });
    if let (Some(value), Some(extra)) = (value.as_object_mut(), extra.as_object()) {
        value.extend(extra.clone());
    }
    Rule::from_json(value).expect("a valid rule")
}

fn written_rules() -> Vec<(&'static str, Rule)> {
    let rule = |detector: serde_json::Value, mut extra: serde_json::Value| {
        extra["window"] = json!("4h");
        rule(detector, extra)
    };
    let rolling = |kind: &str| json!({"kind": kind, "window_samples": 60});
    vec![
        (
            "threshold",
            rule(
                json!({"kind": "threshold"}),
                json!({"decision": {"threshold": 17.5}, "for": 2}),
            ),
        ),
        (
            "zscore",
            rule(
                rolling("zscore"),
                json!({"decision": {"threshold": 2.0}, "for": {"count": 2, "of": 4}}),
            ),
        ),
        (
            "zscore-budget",
            rule(
                rolling("zscore"),
                json!({"decision": {"alarms_per_week": 40.0}, "for": 1}),
            ),
        ),
        (
            "zscore-textbook",
            rule(
                rolling("zscore"),
                json!({"learn_from_anomalies": true, "fill": "forward"}),
            ),
        ),
        (
            "mad",
            rule(
                rolling("mad"),
                json!({"decision": {"min_deviation": {"abs": 0.5, "rel": 0.05}}, "for": "3m"}),
            ),
        ),
        (
            "iqr",
            rule(
                rolling("iqr"),
                json!({"decision": {"direction": "above"}, "fill": "linear"}),
            ),
        ),
        (
            "iqr-index",
            rule(
                json!({"kind": "iqr", "window_samples": 60, "quartiles": "index"}),
                json!({"fill": "zero", "no_data": "off"}),
            ),
        ),
        (
            "trend",
            rule(
                json!({"kind": "trend", "window_samples": 4}),
                json!({"decision": {"direction": "both"}}),
            ),
        ),
    ]
}

/// FNV-1a over words.
struct Digest(u64);

impl Digest {
    fn new() -> Self {
        Self(0xcbf2_9ce4_8422_2325)
    }

    fn word(&mut self, word: u64) {
        for half in [word & 0xffff_ffff, word >> 32] {
            self.0 = (self.0 ^ half).wrapping_mul(0x0000_0100_0000_01b3);
        }
    }

    fn float(&mut self, value: f64) {
        self.word(if value.is_nan() {
            f64::NAN.to_bits()
        } else {
            value.to_bits()
        });
    }

    fn text(&mut self, text: &str) {
        text.bytes().for_each(|byte| self.word(u64::from(byte)));
    }

    /// Detector and pipeline over one series, in three ways that must agree.
    fn add_case(&mut self, rule: &Rule, values: &[f64]) {
        let data = through_the_wire(values);
        let last_ms = START_MS + values.len() as i64 * STEP_MS - STEP_MS;
        let range = TimeRange {
            from_ms: START_MS,
            to_ms: last_ms + STEP_MS,
        };
        let ticks = Ticks::Every(2 * STEP_MS);
        let replayed = replay(rule, 1, &data, range, &ticks, People::default());
        for columns in replayed.columns.values() {
            for column in [
                &columns.scores,
                &columns.expected,
                &columns.lower,
                &columns.upper,
            ] {
                for value in column {
                    self.float(*value);
                }
            }
            columns
                .states
                .iter()
                .for_each(|state| self.word(*state as u64));
        }
        self.text(&serde_json::to_string(&replayed.summary).expect("a summary serializes"));

        let whole = transitions(&fold(rule, &data, &[last_ms]));
        let chunks = chunk_ends(values.len(), last_ms);
        assert_eq!(
            transitions(&fold(rule, &data, &chunks)),
            whole,
            "cut into chunks"
        );
        assert_eq!(
            transitions(&fold_restored(rule, &data, &chunks)),
            whole,
            "restored at every chunk"
        );
        self.text(&whole);
    }

    /// The detector alone, saved and loaded once on the way.
    fn add_detector(&mut self, rule: &Rule, values: &[f64]) {
        let mut detector = Detector::new(rule);
        for (index, value) in values.iter().enumerate() {
            if index == values.len() / 2 {
                detector = Detector::load(&detector.save()).expect("its own bytes");
            }
            let at_ms = START_MS + index as i64 * STEP_MS;
            let reading = detector.step(Sample::new(*value, at_ms, &UtcOffsets::utc()));
            self.float(reading.score);
            self.float(reading.upper);
        }
    }
}

fn through_the_wire(values: &[f64]) -> Dataset {
    let labels = Labels::named("m", &[("host", "a")]);
    let key = SeriesKey::new(&"s".into(), &labels);
    let series = Series {
        labels,
        unit: "ms".to_owned(),
        start_ms: START_MS,
        step_ms: STEP_MS,
        values: values.to_vec(),
    };
    let range = TimeRange {
        from_ms: START_MS,
        to_ms: series.end_ms(),
    };
    let head = columns::Head {
        range,
        series: vec![],
        warnings: vec![],
        offsets: UtcOffsets::utc(),
        excluded: Map::new(),
        as_of_seq: 0,
    };
    let bytes = columns::encode(head, [(key, &series)]);
    let (_, decoded) = columns::decode(&bytes).expect("its own bytes");
    let mut data = Dataset::new(STEP_MS);
    for (key, series) in decoded {
        data.insert(key, series);
    }
    data
}

fn chunk_ends(len: usize, last_ms: i64) -> Vec<i64> {
    let mut random = Random(len as u64);
    let mut ends: Vec<i64> = (0..3)
        .map(|_| START_MS + (random.next() % len as u64) as i64 * STEP_MS)
        .collect();
    ends.push(last_ms);
    ends.sort_unstable();
    ends
}

fn fold(rule: &Rule, data: &Dataset, ends: &[i64]) -> Vec<Transition> {
    let mut evaluator = Evaluator::new(Arc::new(rule.clone()), 1);
    ends.iter()
        .flat_map(|end| evaluator.advance(data, *end, &Ticks::Every(2 * STEP_MS), &mut ()))
        .collect()
}

fn fold_restored(rule: &Rule, data: &Dataset, ends: &[i64]) -> Vec<Transition> {
    let (rule, ticks) = (Arc::new(rule.clone()), Ticks::Every(2 * STEP_MS));
    let mut evaluator = Evaluator::new(Arc::clone(&rule), 1);
    let mut all = Vec::new();
    for end in ends {
        all.extend(evaluator.advance(data, *end, &ticks, &mut ()));
        let state = evaluator.pipeline_state();
        evaluator = Evaluator::restore(Arc::clone(&rule), 1, data, *end, &state, &ticks);
    }
    all
}

fn transitions(transitions: &[Transition]) -> String {
    serde_json::to_string(transitions).expect("transitions serialize")
}
