//! The calendar under every seasonal rule: clocks that change, holidays, and ranges that somebody took out.

use rstest::rstest;
use serde_json::{Value, json};

use crate::detector::testing::rule_of;
use crate::detector::{Detector, History, PointState, Reading, Sample};
use crate::time::{Civil, DAY_MS, HOUR_MS, Holidays, MINUTE_MS, UtcOffsets, WEEK_MS};
use crate::time::{civil, ms_from_civil};

const STEP_MS: i64 = 30 * MINUTE_MS;
/// The sides of a triangle, an hour.
const SLOPE: f64 = 20.0;
/// An expectation that is an hour off misses by [`SLOPE`].
const NEAR: f64 = 14.0;

fn utc_ms(year: i64, month: u32, day: u32, hour: i64) -> i64 {
    let of_day_ms = hour * HOUR_MS;
    ms_from_civil(Civil {
        year,
        month,
        day,
        of_day_ms,
    })
}

/// A triangle over the day, lower at the weekend by so much, and a little noise.
fn load(local_ms: i64, weekend: f64) -> f64 {
    let hours = local_ms.rem_euclid(DAY_MS) as f64 / HOUR_MS as f64;
    let is_weekend = (local_ms.div_euclid(DAY_MS) + 3).rem_euclid(7) >= 5;
    let noise = (local_ms / STEP_MS * 7_919).rem_euclid(101) as f64 / 101.0;
    400.0 + SLOPE * (hours - 12.0).abs() + noise - if is_weekend { weekend } else { 0.0 }
}

/// A detector of a rule with these keys that has learned the four weeks before an instant.
fn fitted(
    (detector, extra): (&Value, &Value),
    end_ms: i64,
    offsets: &UtcOffsets,
    value: &dyn Fn(i64) -> f64,
) -> Detector {
    let mut keys = json!({"step": "30m", "window": "28d"});
    if let (Some(keys), Some(extra)) = (keys.as_object_mut(), extra.as_object()) {
        keys.extend(extra.clone());
    }
    let mut made = Detector::new(&rule_of(detector.clone(), keys));
    let values: Vec<f64> = (1..=4 * WEEK_MS / STEP_MS)
        .rev()
        .map(|back| value(end_ms - back * STEP_MS))
        .collect();
    made.fit(&History {
        values: &values,
        end_ms,
        step_ms: STEP_MS,
        offsets,
        seed: 0,
    });
    made
}

fn seasonal() -> Vec<Value> {
    vec![
        json!({"kind": "profile", "season": "hour_of_day"}),
        json!({"kind": "profile", "season": "hour_of_week"}),
        json!({"kind": "profile", "season": "day_and_week"}),
        json!({"kind": "ets", "season": "day"}),
        json!({"kind": "ets", "season": "week"}),
        json!({"kind": "mstl", "periods": "day"}),
        json!({"kind": "mstl", "periods": "day_and_week"}),
    ]
}

/// What is wrong with what is said of a calm value, if anything.
fn complaint(detector: &Value, at_ms: i64, value: f64, reading: &Reading) -> Option<String> {
    let is_near = (reading.expected - value).abs() < NEAR;
    let fine = reading.state == PointState::Scored && reading.score <= 1.0 && is_near;
    (!fine).then(|| format!("{detector} {:?} {value} {reading:?}", civil(at_ms)))
}

fn knows_weeks(detector: &Value) -> bool {
    detector.to_string().contains("week")
}

#[rstest]
#[case::berlin_in_spring(utc_ms(2026, 3, 29, 1), 1, 2)]
#[case::berlin_in_autumn(utc_ms(2026, 10, 25, 1), 2, 1)]
#[case::new_york_in_spring(utc_ms(2026, 3, 8, 7), -5, -4)]
#[case::new_york_in_autumn(utc_ms(2026, 11, 1, 6), -4, -5)]
fn season_when_the_clocks_change_then_goes_with_the_wall(
    #[case] change_ms: i64,
    #[case] before: i64,
    #[case] after: i64,
) {
    let offsets = UtcOffsets::new(vec![(0, before * HOUR_MS), (change_ms, after * HOUR_MS)]);
    let mut wrong = Vec::new();
    for detector in seasonal() {
        let weekend = if knows_weeks(&detector) { 4.0 } else { 0.0 };
        let value = |at_ms: i64| load(at_ms + offsets.offset_ms(at_ms), weekend);
        // Once the change is live, once it lies in the history.
        for end_ms in [change_ms - 3 * DAY_MS, change_ms + 3 * DAY_MS] {
            let mut taught = fitted((&detector, &json!({})), end_ms, &offsets, &value);
            for at_ms in (end_ms..end_ms + WEEK_MS).step_by(STEP_MS as usize) {
                let reading = taught.step(Sample::new(value(at_ms), at_ms, &offsets));
                wrong.extend(complaint(&detector, at_ms, value(at_ms), &reading));
            }
        }
    }
    assert!(wrong.is_empty(), "{} {wrong:#?}", wrong.len());
}

#[test]
fn holiday_when_a_rule_names_it_then_is_expected_as_a_sunday_and_spoils_no_weekday() {
    const WEEKEND: f64 = 80.0;
    let utc = UtcOffsets::utc();
    // Monday, 2026-12-14; Tuesday of the week before was a holiday, and Thursday will be one.
    let end_ms = utc_ms(2026, 12, 14, 0);
    let days = ["2026-12-08", "2026-12-17"];
    let parsed = days.map(|day| day.parse().expect("a day"));
    let holidays = Holidays::new(parsed.to_vec());
    let value = |at_ms: i64| load(holidays.season_ms(at_ms), WEEKEND);
    for detector in seasonal().into_iter().filter(knows_weeks) {
        let wrong = |extra: &Value| -> Vec<i64> {
            let mut taught = fitted((&detector, extra), end_ms, &utc, &value);
            let far = |at_ms: &i64| {
                let reading = taught.step(Sample::new(value(*at_ms), *at_ms, &utc));
                // An hour goes over into the next one, and so does the last one of a day.
                let hour = at_ms.rem_euclid(DAY_MS) / HOUR_MS;
                (1..23).contains(&hour) && (reading.expected - value(*at_ms)).abs() > NEAR
            };
            let far = (end_ms..end_ms + WEEK_MS)
                .step_by(STEP_MS as usize)
                .filter(far);
            let mut days: Vec<i64> = far.map(|at_ms| (at_ms - end_ms) / DAY_MS).collect();
            days.dedup();
            days
        };
        let spoiled = wrong(&json!({"holidays": days}));
        assert!(spoiled.is_empty(), "{detector} {spoiled:?}");
        assert!(wrong(&json!({})).contains(&3), "{detector}");
    }
}

#[test]
fn range_when_it_was_taken_out_then_moves_no_season_and_the_state_is_restored_in_it() {
    let utc = UtcOffsets::utc();
    let end_ms = utc_ms(2026, 6, 1, 0);
    let mut wrong = Vec::new();
    for detector in seasonal() {
        let weekend = if knows_weeks(&detector) { 4.0 } else { 0.0 };
        // The third of four weeks is missing, as the fold has it for a range that is excluded.
        let value = |at_ms: i64| {
            let is_out = (end_ms - 2 * WEEK_MS..end_ms - WEEK_MS).contains(&at_ms);
            if is_out {
                f64::NAN
            } else {
                load(at_ms, weekend)
            }
        };
        let mut taught = fitted((&detector, &json!({})), end_ms, &utc, &value);
        let mut again = taught.clone();
        for at_ms in (end_ms..end_ms + WEEK_MS).step_by(STEP_MS as usize) {
            // Two days later somebody takes out another day, and in it the state is saved and loaded.
            let day = (at_ms - end_ms) / DAY_MS;
            if day == 2 {
                assert_eq!(taught.pass_over(at_ms).state, PointState::Excluded);
                again.pass_over(at_ms);
                again = Detector::load(&again.save()).expect("its own bytes");
                continue;
            }
            let sample = Sample::new(value(at_ms), at_ms, &utc);
            let (reading, other) = (taught.step(sample), again.step(sample));
            let bits =
                |reading: Reading| [reading.raw, reading.expected, reading.upper].map(f64::to_bits);
            assert_eq!(bits(reading), bits(other));
            wrong.extend(complaint(&detector, at_ms, value(at_ms), &reading));
        }
    }
    assert!(wrong.is_empty(), "{} {wrong:#?}", wrong.len());
}
