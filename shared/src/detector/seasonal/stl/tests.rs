use serde::Deserialize;

use super::*;
use crate::detector::seasonal::mstl::Mstl;

#[derive(Deserialize)]
struct Peers {
    stl: Vec<Case>,
    mstl: Vec<Several>,
}

#[derive(Deserialize)]
struct Case {
    n: u32,
    period: u32,
    step: usize,
    seasonal_span: u32,
    seasonal_slope: bool,
    trend_slope: bool,
    low_pass_slope: bool,
    jumps: [u32; 3],
    inner: u32,
    outer: u32,
    seasonal: Vec<f64>,
    trend: Vec<f64>,
    weights: Vec<f64>,
}

#[derive(Deserialize)]
struct Several {
    n: u32,
    periods: Vec<u32>,
    step: usize,
    robust: bool,
    seasonal: Vec<Vec<f64>>,
    trend: Vec<f64>,
}

/// The series of `tests/peers/stl.py`.
fn series(n: u32, periods: &[u32]) -> Vec<f64> {
    (0..u64::from(n))
        .map(|i| {
            let season: u64 = periods
                .iter()
                .map(|period| {
                    let p = u64::from(*period);
                    (i % p) * (p - i % p) * 800 / (p * p)
                })
                .sum();
            let noise = (i * i * 7 + i * 13) % 101;
            let spike = if i % 97 == 50 { 1_500 } else { 0 };
            (season + noise + spike + i) as f64 / 100.0
        })
        .collect()
}

fn peers() -> Peers {
    serde_json::from_str(include_str!("../../../../tests/peers/stl.json"))
        .expect("the file of stl.py")
}

fn assert_near(what: &str, ours: &[f64], step: usize, theirs: &[f64]) {
    let ours: Vec<f64> = ours.iter().copied().step_by(step).collect();
    assert_eq!(ours.len(), theirs.len());
    for (index, (ours, theirs)) in ours.iter().zip(theirs).enumerate() {
        assert!(
            (ours - theirs).abs() < 1e-8,
            "{what} at {}: {ours}, statsmodels {theirs}",
            index * step
        );
    }
}

#[test]
fn stl_when_run_with_equal_settings_then_equals_statsmodels() {
    for case in peers().stl {
        let name = format!("n {} period {}", case.n, case.period);
        let mut stl = Stl::with_seasonal(case.period, case.seasonal_span);
        (stl.inner_rounds, stl.outer_rounds) = (case.inner, case.outer);
        stl.seasonal.has_slope = case.seasonal_slope;
        stl.trend.has_slope = case.trend_slope;
        stl.low_pass.has_slope = case.low_pass_slope;
        [stl.seasonal.jump, stl.trend.jump, stl.low_pass.jump] = case.jumps;
        let ours = stl
            .decompose(&series(case.n, &[case.period]))
            .expect("long enough");
        assert_near(
            &format!("{name} seasonal"),
            &ours.seasonal,
            case.step,
            &case.seasonal,
        );
        assert_near(
            &format!("{name} trend"),
            &ours.trend,
            case.step,
            &case.trend,
        );
        assert_near(
            &format!("{name} weights"),
            &ours.weights,
            case.step,
            &case.weights,
        );
    }
}

#[test]
fn mstl_when_run_with_equal_settings_then_equals_statsmodels() {
    for case in peers().mstl {
        let mut mstl = Mstl::new(&case.periods);
        if case.robust {
            mstl = mstl.robust();
        }
        let ours = mstl
            .decompose(&series(case.n, &case.periods))
            .expect("long enough");
        for (ours, theirs) in ours.seasonal.iter().zip(&case.seasonal) {
            assert_near("seasonal", ours, case.step, theirs);
        }
        assert_near("trend", &ours.trend, case.step, &case.trend);
    }
}

#[test]
fn stl_when_the_series_is_awkward_then_stays_finite_or_says_nothing() {
    let stl = Stl::new(10);
    assert_eq!(stl.decompose(&[]), None);
    assert_eq!(stl.decompose(&[1.0; 19]), None);
    assert_eq!(stl.decompose(&[f64::NAN; 100]), None);
    let mut odd = series(100, &[10]);
    odd[3] = f64::NAN;
    odd[50] = 1e150;
    odd[51] = f64::INFINITY;
    for stl in [
        stl,
        stl.robust(),
        stl.with_jumps(),
        Stl::new(0),
        Stl::with_seasonal(50, 0),
    ] {
        for values in [odd.clone(), vec![5.0; 100], vec![0.0; 100]] {
            let parts = stl.decompose(&values).expect("long enough");
            for part in [
                &parts.seasonal,
                &parts.trend,
                &parts.residual,
                &parts.weights,
            ] {
                assert!(part.len() == 100 && part.iter().all(|value| value.is_finite()));
            }
        }
    }
}

#[test]
fn stl_when_constant_then_leaves_nothing_over() {
    let parts = Stl::new(12).decompose(&[7.5; 240]).expect("long enough");
    assert!(parts.residual.iter().all(|value| value.abs() < 1e-12));
    assert!(parts.seasonal.iter().all(|value| value.abs() < 1e-12));
}
