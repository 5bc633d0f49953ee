use proptest::prelude::*;

use super::*;
use crate::math::random::Random;

/// Absolute normal scores, correlated from one to the next by `memory`.
fn scores(count: u32, memory: f64, seed: u64) -> Vec<f64> {
    let mut random = Random::new(seed);
    let mut state = 0.0;
    let fresh = (1.0 - memory * memory).sqrt();
    (0..count)
        .map(|_| {
            state = memory * state + fresh * random.normal();
            state.abs()
        })
        .collect()
}

#[test]
fn threshold_when_scores_are_independent_then_keeps_the_budget() {
    for (seed, budget) in [(1, 5.0), (2, 10.0), (3, 20.0)] {
        let raws = scores(200_000, 0.0, seed);
        let (first, second) = raws.split_at(100_000);
        let threshold = threshold_for(first, budget, 10_000.0, 0).expect("enough raws");
        let realised = merged_alarms(second, threshold, 0) as f64 / 10.0;
        assert!(
            (0.6..1.6).contains(&(realised / budget)),
            "{realised} of {budget}"
        );
    }
}

#[test]
fn threshold_when_scores_cluster_then_keeps_the_budget_of_merged_alarms() {
    for (gap, budget) in [(1, 5.0), (10, 10.0), (30, 20.0)] {
        let raws = scores(200_000, 0.95, gap as u64);
        let (first, second) = raws.split_at(100_000);
        let threshold = threshold_for(first, budget, 10_000.0, gap).expect("enough raws");
        let realised = merged_alarms(second, threshold, gap) as f64 / 10.0;
        assert!(
            (0.5..2.0).contains(&(realised / budget)),
            "{realised} of {budget}"
        );
        let pointwise = threshold_for(first, budget, 10_000.0, 0).expect("enough raws");
        assert!(threshold < pointwise, "merged alarms are fewer than points");
    }
}

#[test]
fn fit_when_scores_cluster_then_the_extremal_index_is_small() {
    let alone = Tail::fit_merged(&scores(20_000, 0.0, 5), 10).expect("enough raws");
    let together = Tail::fit_merged(&scores(20_000, 0.98, 5), 10).expect("enough raws");
    assert!(alone.extremal_index() > 0.7, "{}", alone.extremal_index());
    assert!(
        together.extremal_index() < 0.3,
        "{}",
        together.extremal_index()
    );
}

#[test]
fn fit_when_history_is_short_or_constant_then_has_nothing() {
    assert!(Tail::fit(&[]).is_none());
    assert!(Tail::fit(&scores(31, 0.0, 1)).is_none());
    assert!(Tail::fit(&[3.0; 1000]).is_none());
    assert!(Tail::fit(&[f64::NAN; 1000]).is_none());
    assert!(threshold_for(&scores(1000, 0.0, 1), 0.0, 10_000.0, 1).is_none());
    assert!(threshold_for(&scores(1000, 0.0, 1), 5.0, 0.0, 1).is_none());
    assert!(threshold_for(&scores(1000, 0.0, 1), f64::NAN, 1.0, 1).is_none());
}

#[test]
fn fit_when_only_a_few_scores_are_not_zero_then_goes_beyond_them() {
    let mut raws = vec![0.0; 1000];
    raws[100] = 2.0;
    raws[500] = 3.0;
    let tail = Tail::fit(&raws).expect("two levels");
    let rare = tail.quantile(1e-4);
    assert!(rare > 3.0 && rare.is_finite());
    assert!(tail.quantile(0.5) <= 0.0);
}

#[test]
fn observe_when_scores_grow_then_raises_the_threshold() {
    let mut tail = Tail::fit_merged(&scores(5000, 0.0, 9), 1).expect("enough raws");
    let before = tail.quantile(1e-3);
    for raw in scores(5000, 0.0, 10) {
        tail.observe(raw * 2.0);
    }
    assert!(tail.quantile(1e-3) > before * 1.3);
    tail.observe(f64::NAN);
    assert!(tail.quantile(1e-3).is_finite());
}

#[test]
fn drift_when_the_level_of_scores_wanders_then_the_threshold_goes_with_it() {
    let raws: Vec<f64> = scores(20_000, 0.0, 11)
        .into_iter()
        .enumerate()
        .map(|(at, raw)| raw + 5.0 * libm::sin(at as f64 / 3000.0))
        .collect();
    let mut tail = DriftTail::fit(&raws[..10_000], 100, 1).expect("enough raws");
    let mut alarms = 0;
    for &raw in &raws[10_000..] {
        if raw > tail.quantile(5e-4) {
            alarms += 1;
        } else {
            tail.observe(raw);
        }
    }
    assert!((1..=20).contains(&alarms), "{alarms} of 5");
    let plain = Tail::fit_merged(&raws[..10_000], 1).expect("enough raws");
    assert!(plain.quantile(5e-4) > tail.quantile(5e-4) + 2.0 || tail.ln_p(20.0) < -5.0);
}

fn any_raws() -> impl Strategy<Value = Vec<f64>> {
    prop_oneof![
        (0_u64..1000, 32_u32..2000, 0.0..0.99_f64)
            .prop_map(|(seed, n, memory)| scores(n, memory, seed)),
        // Few levels.
        prop::collection::vec((0_u8..5).prop_map(f64::from), 32..300),
        // Everything at once.
        prop::collection::vec(
            prop_oneof![
                Just(0.0),
                Just(f64::INFINITY),
                Just(f64::NAN),
                -1e3..1e3_f64,
                1e100..1e150_f64,
                Just(f64::MAX),
                Just(f64::MIN)
            ],
            32..300,
        ),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    #[test]
    fn ln_p_when_the_raw_grows_then_falls_as_far_as_doubles_can_tell(raws in any_raws(), more in any_raws()) {
        let Some(mut tail) = Tail::fit_merged(&raws, 2) else { return Ok(()); };
        for raw in &more { tail.observe(*raw); }
        let finite: Vec<f64> = raws.iter().copied().filter(|raw| raw.is_finite()).collect();
        let low = finite.iter().copied().fold(f64::MAX, f64::min);
        let high = finite.iter().copied().fold(f64::MIN, f64::max);
        let span = (high / 2.0 - low / 2.0).max(1e-3);
        // A tail that has met far larger scores is so wide that neighbouring ones are one to it.
        let is_wide = more.iter().any(|raw| raw.is_finite() && raw.abs() / 1e9 > span);
        let mut before = 0.0;
        for at in 0..200_u32 {
            // From a little under the lowest to well over the highest.
            let raw = (low / 2.0 - span * 0.1 + span * f64::from(at) * 0.01) * 2.0;
            if !raw.is_finite() { break; }
            let ln_p = tail.ln_p(raw);
            let falls = if is_wide { ln_p <= before } else { ln_p < before };
            prop_assert!(ln_p.is_finite() && falls, "{ln_p} {before} at {raw}");
            prop_assert!(tail.score(raw, 5e-4).is_finite());
            before = ln_p;
        }
        for odd in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY, f64::MAX, f64::MIN] {
            prop_assert!(tail.ln_p(odd).is_finite() && tail.score(odd, 1e-3).is_finite());
        }
    }

    #[test]
    fn quantile_when_put_back_then_has_its_probability(raws in any_raws(), ln_p in -15.0..-0.05_f64) {
        let Some(tail) = Tail::fit_merged(&raws, 2) else { return Ok(()); };
        let raw = tail.quantile(libm::exp(ln_p));
        prop_assert!(raw.is_finite());
        // Numbers near the end of the scale have no room between them.
        if raw.abs() < 1e6 && raws.iter().all(|raw| raw.abs() < 1e6) {
            let back = tail.ln_p(raw);
            prop_assert!((back - ln_p).abs() < 1e-6 * (1.0 + ln_p.abs()), "{back} {ln_p} {raw}");
            let score = tail.score(raw, libm::exp(ln_p));
            prop_assert!((score - 1.0).abs() < 1e-4);
        }
    }

    #[test]
    fn state_when_restored_then_goes_on_with_equal_bits_and_is_small(raws in any_raws(), more in any_raws()) {
        let Some(mut tail) = Tail::fit_merged(&raws, 2) else { return Ok(()); };
        let bytes = postcard::to_allocvec(&tail).expect("a plain struct");
        prop_assert!(bytes.len() < 6_000, "{}", bytes.len());
        let mut restored: Tail = postcard::from_bytes(&bytes).expect("just written");
        for raw in more {
            prop_assert_eq!(tail.ln_p(raw).to_bits(), restored.ln_p(raw).to_bits());
            tail.observe(raw);
            restored.observe(raw);
        }
        prop_assert_eq!(tail, restored);
    }
}
