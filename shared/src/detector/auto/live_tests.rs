//! The online form: what it finds, what it keeps, and that it goes on with equal bits.

use super::*;
use crate::math::random::Random;

fn seasonal(rows: usize, seed: u64) -> Vec<f64> {
    let mut random = Random::new(seed);
    (0..rows)
        .map(|at| 10.0 * libm::sin(at as f64 * 0.130_899_693_9) + random.normal())
        .collect()
}

fn run(live: &mut Live, values: &[f64]) -> Vec<f64> {
    let step = |value: &f64| {
        if value.is_nan() {
            live.gap();
            return 0.0;
        }
        let raw = live.judge(*value).unwrap_or(0.0);
        if raw <= 1.2 || !live.is_full() {
            live.learn(*value);
        } else {
            live.skip(*value);
        }
        raw
    };
    values.iter().map(step).collect()
}

#[test]
fn live_when_the_level_jumps_then_sees_it_within_a_window() {
    let mut values = seasonal(4000, 1);
    for value in &mut values[3000..3100] {
        *value += 20.0;
    }
    let mut live = Live::default();
    live.fit(&values[..2500]);
    let raw = run(&mut live, &values[2500..]);
    let calm = raw[..490].iter().copied().fold(0.0, f64::max);
    let jump = raw[500..600].iter().copied().fold(0.0, f64::max);
    assert!(jump > 1.2 && jump > 1.3 * calm, "{calm} {jump}");
}

#[test]
fn live_when_the_season_stops_then_sees_it() {
    let mut values = seasonal(4000, 2);
    values[3000..3200].fill(0.0);
    let mut live = Live::default();
    live.fit(&values[..2500]);
    let raw = run(&mut live, &values[2500..]);
    let calm = raw[..490].iter().copied().fold(0.0, f64::max);
    assert!(raw[550..690].iter().all(|raw| *raw > calm), "{calm}");
}

#[test]
fn live_when_untaught_then_learns_and_later_judges_what_comes() {
    let mut values = seasonal(5000, 3);
    for value in &mut values[4000..4040] {
        *value -= 30.0;
    }
    let mut live = Live::default();
    let raw = run(&mut live, &values);
    assert!(raw[..128].iter().all(|raw| *raw == 0.0));
    assert!(raw[300..4000].iter().any(|raw| *raw > 0.0));
    assert!(raw[4039] > raw[2500..4000].iter().copied().fold(0.0, f64::max));
}

#[test]
fn live_when_a_constant_moves_then_that_is_odd_and_before_nothing_is() {
    for level in [0.0, 5.0] {
        let mut live = Live::default();
        live.fit(&vec![level; 3000]);
        assert!(
            run(&mut live, &vec![level; 300])
                .iter()
                .all(|raw| *raw < 1e-3)
        );
        assert!(live.judge(level + 1.0).expect("it is taught") > 1.2);
    }
}

#[test]
fn live_when_restored_at_any_moment_then_goes_on_with_equal_bits() {
    let mut values = seasonal(2600, 4);
    values[900..905].fill(f64::NAN);
    values[1400..1450].fill(f64::NAN);
    values[2000] = 1e140;
    let mut whole = Live::default();
    let expected = run(&mut whole, &values);
    let mut live = Live::default();
    let mut found = Vec::new();
    for chunk in values.chunks(37) {
        let bytes = postcard::to_allocvec(&live).expect("it can be saved");
        live = postcard::from_bytes(&bytes).expect("it can be restored");
        found.extend(run(&mut live, chunk));
    }
    let bits = |raw: &[f64]| raw.iter().map(|raw| raw.to_bits()).collect::<Vec<u64>>();
    assert_eq!(bits(&expected), bits(&found));
    assert!(found.iter().all(|raw| raw.is_finite()));
}

#[test]
fn live_when_judged_twice_or_learned_unjudged_then_nothing_changes() {
    let values = seasonal(1200, 5);
    let (mut once, mut twice, mut never) = (Live::default(), Live::default(), Live::default());
    for live in [&mut once, &mut twice, &mut never] {
        live.fit(&values[..700]);
    }
    for value in &values[700..1100] {
        let raw = once.judge(*value);
        twice.judge(-1.0);
        assert_eq!(raw, twice.judge(*value));
        assert_eq!(raw, twice.judge(*value));
        once.learn(*value);
        twice.learn(*value);
        never.learn(*value);
    }
    assert_eq!(once.judge(values[1100]), never.judge(values[1100]));
}

#[test]
fn live_when_its_state_is_saved_then_it_takes_less_than_64_kilobytes() {
    for rows in [100, 2047, 20_000] {
        let mut live = Live::default();
        live.fit(&seasonal(rows, 6));
        run(&mut live, &seasonal(1900, 7));
        let bytes = postcard::to_allocvec(&live).expect("it can be saved");
        assert!(bytes.len() < 65_536, "{rows}: {}", bytes.len());
    }
}

#[test]
fn live_when_parts_are_added_then_they_make_the_score() {
    let values = seasonal(1500, 8);
    let mut live = Live::default();
    live.fit(&values[..1400]);
    run(&mut live, &values[1400..1490]);
    let raw = live.judge(30.0).expect("it is taught");
    let total: f64 = live.parts(30.0).iter().map(|(_, value)| value).sum();
    assert!((raw - total).abs() < 1e-12);
}

#[test]
fn live_when_history_is_nothing_or_short_then_still_learns() {
    for history in [vec![], vec![f64::NAN; 500], vec![1.0; 127]] {
        let mut live = Live::default();
        live.fit(&history);
        assert_eq!(live.judge(1.0), None);
        assert!(!live.is_taught());
        run(&mut live, &seasonal(300, 9));
        assert!(live.is_taught());
    }
}

#[test]
fn bank_when_products_are_updated_then_distances_equal_those_from_the_definitions() {
    let values: Vec<f32> = seasonal(900, 10)
        .iter()
        .map(|value| *value as f32)
        .collect();
    let mut bank = Bank::of(&values[..700], 32, 512);
    let (kept, stretch) = bank.values();
    let kept: Vec<Vec<f32>> = kept.chunks(stretch).map(<[f32]>::to_vec).collect();
    for at in 700..900 {
        let said = bank.judge(values[at]).expect("the window is complete");
        bank.push(values[at]);
        let window = &values[at - 31..=at];
        let distance = |other: &[f32]| {
            let pairs = window.iter().zip(other);
            let square = pairs.map(|(left, right)| (left - right) * (left - right));
            (square.sum::<f32>() / 32.0).sqrt()
        };
        let all = kept.iter().flat_map(|stretch| stretch.windows(32));
        let nearest = all.map(distance).fold(f32::MAX, f32::min);
        assert!(
            (said.level - nearest).abs() < 1e-2,
            "{at}: {} {nearest}",
            said.level
        );
        assert!(said.pattern <= said.level + 1e-3);
    }
}

#[test]
fn verdict_when_a_spike_is_over_then_little_of_it_is_present_and_the_rest_is_still_odd() {
    let mut values = seasonal(4000, 11);
    for value in &mut values[3000..3005] {
        *value += 60.0;
    }
    let mut live = Live::default();
    live.fit(&values[..2500]);
    run(&mut live, &values[2500..3000]);
    for value in &values[3000..3005] {
        let verdict = live.verdict(*value).expect("it is taught");
        assert!(verdict.raw > 1.2 && verdict.present > 0.999, "{verdict:?}");
        live.skip(*value);
    }
    run(&mut live, &values[3005..3010]);
    let verdict = live.verdict(values[3010]).expect("it is taught");
    assert!(verdict.raw > 1.2, "a stretch with a spike is odd");
    assert!(verdict.raw * verdict.present < 0.9, "{verdict:?}");
}

#[test]
fn verdict_when_a_season_stops_then_all_of_it_stays_present() {
    let mut values = seasonal(4000, 12);
    let mut random = Random::new(13);
    values[3000..3400].fill_with(|| random.normal());
    let mut live = Live::default();
    live.fit(&values[..2500]);
    run(&mut live, &values[2500..3150]);
    for value in &values[3150..3390] {
        let verdict = live.verdict(*value).expect("it is taught");
        assert!(verdict.present > 0.999, "{verdict:?}");
        live.skip(*value);
    }
}
