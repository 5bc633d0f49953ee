//! A rehearsal against the replay that it stands for: the same, bit for bit, whatever was replayed before.

use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;
use crate::detector::{DetectorKind, ParamKind};
use crate::pipeline::{Action, Actor, Command, Mute};
use crate::replay::replay;
use crate::rule::Severity;
use crate::series::{Labels, Series};

const STEP: i64 = 60_000;
const START: i64 = 1_700_002_800_000;
const TICKS: Ticks = Ticks::Every(STEP);

fn data(columns: &[Vec<f64>]) -> Dataset {
    let mut data = Dataset::new(STEP);
    for (index, values) in columns.iter().enumerate() {
        let labels = Labels::named("m", &[("i", &index.to_string())]);
        let series = Series {
            labels: labels.clone(),
            unit: String::new(),
            start_ms: START,
            step_ms: STEP,
            values: values.clone(),
        };
        data.insert(SeriesKey::new(&"s".into(), &labels), series);
    }
    data
}

/// What decides, and may change from one replay to the next.
#[derive(Debug, Clone)]
struct Decides {
    threshold: f64,
    confirm: Value,
    merge_min: u32,
    recover_for: u32,
    no_data: Option<u32>,
    above: Option<f64>,
    critical: f64,
    least: f64,
}

/// What the scores depend on beside the threshold, and stays.
#[derive(Debug, Clone)]
struct Scores {
    kind: DetectorKind,
    fill: &'static str,
    direction: &'static str,
    learn_all: bool,
    window_min: u32,
    /// An hour is shorter than a block of the tape, six hours are several.
    epoch_h: u32,
}

fn rule(scores: &Scores, decides: &Decides) -> Rule {
    let mut detector = json!({ "kind": scores.kind.as_str() });
    // Windows as short as they may be, so that there are scores early on.
    for param in scores.kind.params() {
        let wish = match param.name {
            "window_samples" => 24.0_f64,
            "min_samples" => 6.0,
            "min_spread_rel" => 0.0,
            _ => continue,
        };
        detector[param.name] = match param.kind {
            ParamKind::Integer => json!(wish.clamp(param.min, param.max) as u32),
            _ => json!(wish.clamp(param.min, param.max)),
        };
    }
    let no_data = decides.no_data.map_or(
        json!("off"),
        |minutes| json!({"after": format!("{minutes}m")}),
    );
    // A fixed limit has one side.
    let direction = match (scores.kind, scores.direction) {
        (DetectorKind::Threshold, "both") => "above",
        (_, direction) => direction,
    };
    let mut value = json!({
        "name": "r", "source": "s", "query": "q", "step": "1m", "window": format!("{}m", scores.window_min), "fit_every": format!("{}h", scores.epoch_h),
        "detector": detector, "for": decides.confirm, "merge_gap": format!("{}m", decides.merge_min),
        "recover": {"below": 0.9, "for": decides.recover_for}, "no_data": no_data, "fill": scores.fill,
        "decision": {"threshold": decides.threshold, "direction": direction}, "learn_from_anomalies": scores.learn_all,
    });
    value["severity"] = json!({"warning": 1.0, "critical": decides.critical});
    value["decision"]["min_deviation"] = json!({"abs": decides.least});
    if let Some(above) = decides.above {
        value["decision"]["range"] = json!({ "above": above });
    }
    Rule::from_json(value).expect("a valid rule")
}

fn bits(values: &[f64]) -> Vec<u64> {
    values.iter().map(|value| value.to_bits()).collect()
}

/// Both replays of a rule, compared; how many samples were scored anew.
fn compare(
    rehearsal: &mut Rehearsal,
    rule: &Rule,
    data: &Dataset,
    range: TimeRange,
    people: People<'_>,
) -> (Replay, u64) {
    let whole = replay(rule, 3, data, range, &TICKS, people);
    let done = rehearsal.replay(rule, 3, data, range, &TICKS, people);
    assert_eq!(done.summary, whole.summary);
    let in_streaks = whole.columns.values().map(|one| one.streaks.samples());
    assert_eq!(in_streaks.sum::<u64>(), whole.summary.over_threshold);
    for (key, columns) in &whole.columns {
        let streaks = done.streaks(*key).map(Streaks::as_slice);
        assert_eq!(streaks, Some(columns.streaks.as_slice()));
        let (ours, theirs) = (rehearsal.judged(&done, *key), Judged::of(columns));
        let ours = ours.expect("a series that was replayed");
        // As many columns as samples: each is seen.
        let px = columns.raws.len() as u32;
        let bands = [ours.band(range, px), theirs.band(range, px)];
        assert_eq!(bits(&bands[0].lower), bits(&bands[1].lower));
        assert_eq!(bits(&bands[0].upper), bits(&bands[1].upper));
        assert_eq!(bits(&bands[0].expected), bits(&bands[1].expected));
        for pair in [
            [ours.distances(range, px), theirs.distances(range, px)],
            [ours.ribbon(range, px), theirs.ribbon(range, px)],
            [ours.ribbon(range, 7), theirs.ribbon(range, 7)],
            [ours.scores(range, px), theirs.scores(range, px)],
        ] {
            assert_eq!(pair[0].times_ms, pair[1].times_ms);
            assert_eq!(bits(&pair[0].values), bits(&pair[1].values));
        }
    }
    (whole, done.scored)
}

fn series() -> impl Strategy<Value = Vec<f64>> {
    let piece = prop_oneof![
        // Mostly calm, and long enough for blocks without any crossing.
        8 => proptest::collection::vec(0.0..4.0_f64, 20..120),
        2 => proptest::collection::vec(3.0..30.0_f64, 1..12),
        2 => (1_usize..30).prop_map(|len| vec![f64::NAN; len]),
        1 => (1_usize..40).prop_map(|len| vec![2.0; len]),
        1 => Just(vec![1e200, -5.0, f64::INFINITY]),
    ];
    proptest::collection::vec(piece, 6..12).prop_map(|pieces| pieces.concat())
}

fn decides() -> impl Strategy<Value = (f64, Decides)> {
    let confirm = prop_oneof![
        3 => (1_u32..4).prop_map(|count| json!(count)),
        1 => (2_u32..4, 0_u32..3).prop_map(|(count, more)| json!({"count": count, "of": count + more})),
    ];
    let rest = (
        1_u32..4,
        proptest::option::of(3_u32..20),
        proptest::option::weighted(0.2, 1.0..8.0_f64),
        1.0..3.0_f64,
        prop_oneof![3 => Just(0.0), 1 => 0.0..6.0_f64],
    );
    (0.0..1.0_f64, confirm, 0_u32..12, rest).prop_map(
        |(pick, confirm, merge_min, (recover_for, no_data, above, critical, least))| {
            let decides = Decides {
                threshold: 3.0,
                confirm,
                merge_min,
                recover_for,
                no_data,
                above,
                critical,
                least,
            };
            (pick, decides)
        },
    )
}

fn kinds() -> Vec<DetectorKind> {
    let alone = |kind: &DetectorKind| !kind.is_group();
    DetectorKind::ALL.into_iter().filter(alone).collect()
}

proptest! {
    #[test]
    fn rehearsal_when_a_slider_moves_then_equals_the_replay_to_the_bit(
        columns in proptest::collection::vec(series(), 1..3), kind in proptest::sample::select(kinds()),
        fill in proptest::sample::select(vec!["none", "none", "forward", "zero"]), direction in proptest::sample::select(vec!["both", "above", "below"]),
        learn_all in proptest::bool::weighted(0.2), window_min in proptest::sample::select(vec![60_u32, 180]),
        epoch_h in proptest::sample::select(vec![1_u32, 6]), moves in proptest::collection::vec(decides(), 2..6), action in proptest::option::of(0_u8..3), muted in proptest::option::of((0_i64..400, 1_i64..200, any::<bool>())),
        excluded in proptest::option::weighted(0.3, (60_i64..300, 1_i64..100)),
    ) {
        let scores = Scores { kind, fill, direction, learn_all, window_min, epoch_h };
        let mut data = data(&columns);
        if let (Some((from, len)), Some(key)) = (excluded, data.series.keys().next().copied()) {
            let range = TimeRange { from_ms: START + from * STEP, to_ms: START + (from + len) * STEP };
            data.excluded.insert(key, vec![range]);
        }
        let longest = columns.iter().map(Vec::len).max().unwrap_or(0) as i64;
        let range = TimeRange { from_ms: START + 70 * STEP, to_ms: START + longest.max(90) * STEP };
        let mut rehearsal = Rehearsal::default();
        let (mut raws, mut commands) = (Vec::new(), Vec::new());
        let mutes: Vec<Mute> = muted.into_iter().map(|(from, len, all)| mute(from, len, all)).collect();
        for (pick, mut decides) in moves {
            decides.threshold = threshold(&raws, pick);
            let people = People { commands: &commands, mutes: &mutes, ..People::default() };
            let (whole, _) = compare(&mut rehearsal, &rule(&scores, &decides), &data, range, people);
            raws = whole.columns.values().flat_map(|columns| columns.raws.clone()).filter(|raw| *raw > 0.01 && *raw < 1e6).collect();
            raws.sort_by(f64::total_cmp);
            if let (Some(action), true, Some(fired)) = (action, commands.is_empty(), whole.summary.fired.first()) {
                let at_ms = fired.anomaly.detected_at_ms;
                let action = [Action::Resolve, Action::Acknowledge, Action::Snooze][usize::from(action)];
                let actor = Actor("ann".into());
                let mut command = Command::new(at_ms, at_ms, actor, fired.anomaly.id, action);
                command.until_ms = (action == Action::Snooze).then_some(at_ms + 30 * STEP);
                commands.push(command);
            }
        }
    }
}

/// A mute of warnings, or of everything.
fn mute(from: i64, len: i64, all: bool) -> Mute {
    Mute {
        id: "m".to_owned(),
        rule: "*".to_owned(),
        series: "*".to_owned(),
        max_severity: if all {
            Severity::Critical
        } else {
            Severity::Warning
        },
        range: TimeRange {
            from_ms: START + from * STEP,
            to_ms: START + (from + len) * STEP,
        },
    }
}

/// A threshold that lies exactly on a distance, or beside one, mostly a high one.
fn threshold(raws: &[f64], pick: f64) -> f64 {
    if raws.is_empty() {
        return 1.0 + pick * 4.0;
    }
    let at = (pick.sqrt() * raws.len() as f64) as usize;
    let raw = raws[at.min(raws.len() - 1)];
    [raw, raw * 1.01, raw.next_down(), raw.next_up()][(pick * 1e3) as usize % 4]
}

/// A calm wave with a spike of this height every so often.
fn wave(height: f64) -> Vec<f64> {
    let at = |index: i32| {
        let spike = if index % 97 == 50 { height } else { 0.0 };
        f64::from(index * 7 % 11) + spike
    };
    (0..600).map(at).collect()
}

fn zscore(threshold: f64) -> Rule {
    let scores = Scores {
        kind: DetectorKind::Zscore,
        fill: "none",
        direction: "both",
        learn_all: false,
        window_min: 60,
        epoch_h: 1,
    };
    let decides = Decides {
        threshold,
        confirm: json!(1),
        merge_min: 1,
        recover_for: 1,
        no_data: None,
        above: None,
        critical: 2.0,
        least: 0.0,
    };
    rule(&scores, &decides)
}

#[test]
fn threshold_when_no_sample_lies_between_then_nothing_is_scored_anew() {
    let (data, mut rehearsal) = (data(&[wave(40.0)]), Rehearsal::default());
    let range = TimeRange {
        from_ms: START + 120 * STEP,
        to_ms: START + 600 * STEP,
    };
    let (_, at_first) = compare(
        &mut rehearsal,
        &zscore(4.0),
        &data,
        range,
        People::default(),
    );
    assert!(at_first >= 480, "{at_first}");
    // Calm samples stay under 2, spikes are over 8.
    for threshold in [4.5, 3.0, 7.0, 2.5] {
        let (whole, scored) = compare(
            &mut rehearsal,
            &zscore(threshold),
            &data,
            range,
            People::default(),
        );
        assert_eq!(scored, 0, "at {threshold}");
        assert_eq!(whole.summary.fired.len(), 5);
    }
}

#[test]
fn threshold_when_it_crosses_samples_then_only_what_follows_is_scored_anew() {
    let mut values = wave(40.0);
    // The only sample between two thresholds, late in the sixth hour.
    values[350] = 24.0;
    let (data, mut rehearsal) = (data(&[values]), Rehearsal::default());
    let range = TimeRange {
        from_ms: START + 120 * STEP,
        to_ms: START + 600 * STEP,
    };
    let (low, all) = compare(
        &mut rehearsal,
        &zscore(3.0),
        &data,
        range,
        People::default(),
    );
    let (high, scored) = compare(
        &mut rehearsal,
        &zscore(6.5),
        &data,
        range,
        People::default(),
    );
    assert_eq!(low.summary.fired.len(), high.summary.fired.len() + 1);
    assert!(0 < scored && scored < all / 2, "{scored} of {all}");
}

#[test]
fn detector_when_it_learns_everything_then_any_threshold_plays_it_back() {
    let (data, mut rehearsal) = (data(&[wave(40.0)]), Rehearsal::default());
    let range = TimeRange {
        from_ms: START + 120 * STEP,
        to_ms: START + 600 * STEP,
    };
    let rule = |threshold| {
        let mut rule = zscore(threshold);
        rule.learn_from_anomalies = true;
        rule
    };
    let mut counts = Vec::new();
    for threshold in [3.0, 1.2, 0.6] {
        let (_, scored) = compare(
            &mut rehearsal,
            &rule(threshold),
            &data,
            range,
            People::default(),
        );
        counts.push(scored);
    }
    assert_eq!(counts[1..], [0, 0]);
}
