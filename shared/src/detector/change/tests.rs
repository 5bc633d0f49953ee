//! What all change detectors promise, and their agreement with published implementations.

use proptest::prelude::*;

use super::*;
use crate::math::random::Random;

/// A detector as the tests drive it: a value comes in, a change may come out.
trait Stream: Clone + PartialEq + std::fmt::Debug + Serialize + serde::de::DeserializeOwned {
    fn take(&mut self, value: f64) -> Option<Drift>;
}

macro_rules! streams {
    ($($name:ty),*) => {$(
        impl Stream for $name {
            fn take(&mut self, value: f64) -> Option<Drift> {
                self.update(value)
            }
        }
    )*};
}
streams!(Adwin, Bocpd, Cusum, Kswin, PageHinkley);

/// The error detectors are given whether a value is above 1.96, as a rule does.
impl Stream for Ddm {
    fn take(&mut self, value: f64) -> Option<Drift> {
        self.update(value.abs() > 1.96)
    }
}

impl Stream for Eddm {
    fn take(&mut self, value: f64) -> Option<Drift> {
        self.update(value.abs() > 1.96)
    }
}

fn adwin() -> Adwin {
    Adwin::new(super::adwin::AdwinParams::default())
}

fn bocpd() -> Bocpd {
    Bocpd::new(0.0, 1.0, super::bocpd::BocpdParams::default())
}

fn cusum() -> Cusum {
    Cusum::new(0.0, 1.0, super::cusum::CusumParams::default())
}

fn kswin() -> Kswin {
    Kswin::new(super::kswin::KswinParams {
        alpha: 1e-6,
        ..super::kswin::KswinParams::default()
    })
}

fn page_hinkley() -> PageHinkley {
    PageHinkley::new(super::page_hinkley::PageHinkleyParams {
        slack: 1.0,
        ..super::page_hinkley::PageHinkleyParams::default()
    })
}

fn ddm() -> Ddm {
    Ddm::new(super::ddm::DdmParams::default())
}

fn eddm() -> Eddm {
    Eddm::new(super::eddm::EddmParams::default())
}

/// Standard normal noise that is shifted after `before` values.
fn shifted(seed: u64, before: usize, after: usize, shift: f64) -> Vec<f64> {
    let mut random = Random::new(seed);
    (0..before + after)
        .map(|index| random.normal() + if index < before { 0.0 } else { shift })
        .collect()
}

fn all_changes(mut stream: impl Stream, values: &[f64]) -> Vec<(usize, Drift)> {
    values
        .iter()
        .enumerate()
        .filter_map(|(index, &value)| stream.take(value).map(|drift| (index, drift)))
        .collect()
}

/// What is wrong with how a shift of five deviations is told: it is found within `delay` samples, its place is
/// about right, and the level told is that of the samples since that place.
fn wrong_about_a_shift(stream: &impl Stream, seed: u64, delay: usize) -> Option<String> {
    let values = shifted(seed, 500, 200, 5.0);
    let changes = all_changes(stream.clone(), &values);
    let Some((found, drift)) = changes.iter().find(|(index, _)| *index >= 500) else {
        return Some(format!("seed {seed}: not found"));
    };
    // Where chance announced a level just before, that is the level of a few samples.
    let by_chance = changes.iter().any(|(index, _)| (420..500).contains(index));
    // A stream that was a little high by chance when the shift came dates it too early, which thins it out.
    let since = &values[drift.at as usize..=*found];
    let mean = since.iter().sum::<f64>() / since.len() as f64;
    let is_right = found - 500 <= delay
        && drift.at.abs_diff(500) <= 40
        && (by_chance || drift.before.abs() < 1.0)
        && (drift.after - mean).abs() < 0.2
        && drift.after > drift.before;
    (!is_right).then(|| format!("seed {seed}: {drift:?} at {found}, a mean of {mean}"))
}

/// Noise looks like a shift now and then, so a few streams may be told wrongly, but not more.
fn assert_finds_shifts(stream: &impl Stream, delay: usize) {
    let wrong: Vec<String> = (0..200)
        .filter_map(|seed| wrong_about_a_shift(stream, seed, delay))
        .collect();
    assert!(wrong.len() <= 4, "{wrong:#?}");
}

fn assert_is_silent_on_a_constant(stream: &impl Stream) {
    for level in [0.0, 0.1, -3.7e-9] {
        let mut stream = stream.clone();
        for _ in 0..5_000 {
            assert_eq!(stream.take(level), None);
        }
    }
}

fn assert_survives_anything(stream: &impl Stream) {
    let mut stream = stream.clone();
    let odd = [
        f64::NAN,
        f64::INFINITY,
        f64::NEG_INFINITY,
        1e308,
        -1e308,
        0.0,
        -0.0,
        5e-324,
        1e150,
        1.0,
    ];
    let mut random = Random::new(5);
    for _ in 0..3_000 {
        let value = odd[random.below(odd.len() as u64) as usize];
        if let Some(drift) = stream.take(value) {
            assert!(!drift.before.is_nan() && !drift.after.is_nan());
        }
    }
}

fn assert_restores(stream: &impl Stream, values: &[f64]) {
    let mut whole = stream.clone();
    let mut parts = stream.clone();
    for (index, &value) in values.iter().enumerate() {
        assert_eq!(whole.take(value), parts.take(value));
        if index % 37 == 0 {
            let bytes = postcard::to_allocvec(&parts).expect("a plain structure");
            assert!(bytes.len() < 64 * 1024);
            parts = postcard::from_bytes(&bytes).expect("its own bytes");
        }
    }
    assert_eq!(
        postcard::to_allocvec(&whole).expect("a plain structure"),
        postcard::to_allocvec(&parts).expect("a plain structure"),
    );
}

macro_rules! promises {
    ($($name:ident: $delay:expr;)*) => {$(
        mod $name {
            use super::*;

            #[test]
            fn update_when_constant_then_is_silent() {
                assert_is_silent_on_a_constant(&super::$name());
            }

            #[test]
            fn update_when_anything_comes_then_neither_panics_nor_yields_nan() {
                assert_survives_anything(&super::$name());
            }

            #[test]
            fn update_when_level_shifts_then_says_when_and_how_much() {
                assert_finds_shifts(&super::$name(), $delay);
            }

            proptest! {
                #![proptest_config(ProptestConfig::with_cases(16))]

                #[test]
                fn update_when_restored_then_goes_on_bit_for_bit(seed in any::<u64>()) {
                    assert_restores(&super::$name(), &shifted(seed, 300, 100, 3.0));
                }
            }
        }
    )*};
}

promises! {
    adwin: 32;
    bocpd: 4;
    cusum: 4;
    kswin: 30;
    page_hinkley: 25;
}

mod error_detectors {
    use super::*;

    #[test]
    fn update_when_no_errors_then_is_silent() {
        assert_is_silent_on_a_constant(&ddm());
        assert_is_silent_on_a_constant(&eddm());
        assert_survives_anything(&ddm());
        assert_survives_anything(&eddm());
    }

    #[test]
    fn ddm_when_errors_rise_then_says_the_rates() {
        let mut detector = ddm();
        let mut random = Random::new(11);
        let mut found = None;
        for index in 0..2_000 {
            let rate = if index < 1_000 { 0.05 } else { 0.6 };
            let drift = detector.update(random.unit() < rate);
            if index >= 1_000 && found.is_none() {
                found = drift.map(|drift| (index, drift));
            }
        }
        let (index, drift) = found.expect("the rate rose twelvefold");
        assert!(index < 1_060);
        assert!(drift.at.abs_diff(1_000) < 30, "{drift:?}");
        assert!(drift.before < 0.1 && drift.after > 0.3, "{drift:?}");
    }

    #[test]
    fn eddm_when_errors_come_closer_then_says_the_rates() {
        let mut detector = eddm();
        let mut random = Random::new(12);
        let mut found = None;
        for index in 0..4_000 {
            let rate = if index < 3_000 { 0.05 } else { 0.5 };
            let drift = detector.update(random.unit() < rate);
            if index >= 3_000 && found.is_none() {
                found = drift.map(|drift| (index, drift));
            }
        }
        let (index, drift) = found.expect("the rate rose tenfold");
        assert!(index < 3_100, "{index}");
        assert!(drift.at.abs_diff(3_000) < 60, "{drift:?}");
        assert!(drift.before < 0.1 && drift.after > 0.3, "{drift:?}");
    }

    #[test]
    fn update_when_restored_then_goes_on_bit_for_bit() {
        let values = shifted(3, 2_000, 500, 2.0);
        assert_restores(&ddm(), &values);
        assert_restores(&eddm(), &values);
    }
}

mod pelt_divides {
    use super::super::pelt::{change_points, segments};
    use super::*;

    #[test]
    fn change_points_when_levels_change_then_are_there() {
        let mut random = Random::new(1);
        let values: Vec<f64> = (0..600)
            .map(|index| random.normal() + [0.0, 6.0, -2.0][index / 200])
            .collect();
        let points = change_points(&values, 0.0);
        assert_eq!(points.len(), 2, "{points:?}");
        assert!(points[0].abs_diff(200) <= 1 && points[1].abs_diff(400) <= 1);
        let levels: Vec<f64> = segments(&values, 0.0).iter().map(|s| s.mean).collect();
        for (level, wanted) in levels.iter().zip([0.0, 6.0, -2.0]) {
            assert!((level - wanted).abs() < 0.3);
        }
    }

    #[test]
    fn change_points_when_there_are_gaps_then_count_them() {
        let mut values = shifted(2, 100, 100, 8.0);
        for value in &mut values[40..60] {
            *value = f64::NAN;
        }
        assert_eq!(change_points(&values, 0.0), [100]);
    }

    #[test]
    fn change_points_when_nothing_changes_then_are_none() {
        for values in [
            vec![],
            vec![1.0],
            vec![5.0; 500],
            vec![f64::NAN; 50],
            vec![1e308; 50],
            shifted(3, 1_000, 0, 0.0),
        ] {
            assert_eq!(change_points(&values, 0.0), [0_u32; 0]);
        }
        change_points(
            &[1e308, -1e308, 1e308, f64::INFINITY, -1e308, 0.0],
            f64::NAN,
        );
    }

    /// Every division tried: the optimum that pruning must not lose.
    fn exhaustive(values: &[f64], penalty: f64) -> f64 {
        let cost = |from: usize, to: usize| {
            let inside = &values[from..to];
            let mean = inside.iter().sum::<f64>() / inside.len() as f64;
            inside.iter().map(|v| (v - mean) * (v - mean)).sum::<f64>()
        };
        let mut best = vec![f64::INFINITY; values.len() + 1];
        best[0] = -penalty;
        for end in 2..=values.len() {
            for start in 0..=end - 2 {
                best[end] = best[end].min(best[start] + cost(start, end) + penalty);
            }
        }
        best[values.len()]
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(32))]

        #[test]
        fn change_points_when_pruned_then_cost_no_more_than_the_optimum(
            seed in any::<u64>(),
            shift in 0.0..4.0_f64,
        ) {
            let values = shifted(seed, 40, 35, shift);
            let noise = super::super::pelt::noise(&values);
            let unit: Vec<f64> = values.iter().map(|value| value / noise).collect();
            let penalty = 5.0;
            let points = change_points(&values, penalty);
            let mut edges = vec![0];
            edges.extend(points.iter().map(|&point| point as usize));
            edges.push(values.len());
            let mut cost = -penalty;
            for edge in edges.windows(2) {
                let inside = &unit[edge[0]..edge[1]];
                let mean = inside.iter().sum::<f64>() / inside.len() as f64;
                cost += penalty + inside.iter().map(|v| (v - mean) * (v - mean)).sum::<f64>();
            }
            prop_assert!((cost - exhaustive(&unit, penalty)).abs() < 1e-6);
        }
    }
}

#[test]
fn kswin_when_sizes_are_equal_then_knows_the_exact_p_values() {
    // Two samples of three, as far apart as can be: 2 of the 20 ways to order them.
    let mut detector = Kswin::new(super::kswin::KswinParams {
        alpha: 0.0,
        window: 6,
        recent: 3,
        seed: 1,
    });
    for value in [1.0, 2.0, 3.0, 7.0, 8.0, 9.0] {
        assert_eq!(detector.update(value), None);
    }
    assert!((detector.p_value() - 0.1).abs() < 1e-12);
}
