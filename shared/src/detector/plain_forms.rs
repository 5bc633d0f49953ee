//! Parameters that make no sense, given to the algorithms themselves: notebooks and other crates use them without
//! a rule, so each refuses by the parameter's name, or does the nearest thing that makes sense.

use super::change::{adwin, kswin, pelt};
use super::forest::{half_space, isolation, random_cut};
use super::group::hbos::{Hbos, HbosParams};
use super::seasonal::mstl::Mstl;
use super::seasonal::period::periods;
use super::seasonal::stl::{Smoother, Stl};
use super::shape::matrix_profile::{self, Neighbours};
use super::shape::{knn, left_profile, spectral, sub_pca};
use super::{esd, ewma, mann_kendall, quantile, rolling};

fn wave(len: u32) -> Vec<f64> {
    let value = |at: u32| f64::from(at % 24) + f64::from(at * 7_919 % 101) / 50.0;
    (0..len).map(value).collect()
}

fn all_finite(values: &[f64]) -> bool {
    values.iter().all(|value| value.is_finite())
}

#[test]
fn window_when_it_is_zero_or_longer_than_the_series_then_is_named() {
    for len in [0, 1, 50] {
        let values = wave(len);
        for window in [0, 1_000_000] {
            let profile = matrix_profile::score(&values, window, Neighbours::All);
            assert_eq!(profile.expect_err("no such window").field, "window");
            let form = knn::Form::Centred;
            let nearest = knn::score(&values, 0, window, 10, 3, form);
            assert_eq!(nearest.expect_err("no such window").field, "window");
            let bank = knn::Bank::fit(&values, window, 10);
            assert_eq!(bank.expect_err("no such window").field, "window");
            let components = sub_pca::SubPca::fit(&values, window, 0.9, true);
            assert_eq!(components.expect_err("no such window").field, "window");
        }
        for window in [1, 10, len + 1] {
            if let Ok(scores) = matrix_profile::score(&values, window, Neighbours::Earlier) {
                assert!(all_finite(&scores));
            }
            if let Ok(scores) = knn::score(&values, 0, window, 1, 100, knn::Form::Centred) {
                assert!(all_finite(&scores));
            }
        }
    }
    for window in [0, u32::MAX] {
        let stream = left_profile::LeftProfile::new(window, 100);
        assert_eq!(stream.expect_err("no such window").field, "window");
        let residual = spectral::SpectralResidual::new(window);
        assert_eq!(residual.expect_err("no such window").field, "window");
    }
}

#[test]
fn rolling_window_when_it_is_zero_or_longer_than_the_series_then_counts_as_the_nearest() {
    for len in [0, 1, 50] {
        let values = wave(len);
        for window in [0, 1, 1_000_000] {
            for scores in [
                rolling::median(&values, window),
                rolling::mad(&values, window),
                rolling::iqr(&values, window),
                rolling::zscore(&values, window),
                rolling::ewma_zscore(&values, window),
            ] {
                assert_eq!(scores.len(), values.len());
                assert!(scores.iter().all(|score| !score.is_infinite()));
            }
            assert_eq!(rolling::quantiles(&values, window, &[]).len(), 0);
        }
    }
    let mut mean = ewma::Ewma::new(0);
    mean.push(3.0);
    assert!(mean.mean().is_finite() && mean.deviation().is_finite());
}

#[test]
fn forest_when_it_has_no_trees_or_no_rows_then_names_what_is_wrong() {
    let rows = wave(60);
    for (trees, sample, dims, field) in [
        (0, 16, 3, "trees"),
        (10, 0, 3, "sample"),
        (10, 16, 0, "dims"),
        (10, 16, 7, "rows"),
    ] {
        let params = isolation::Params {
            trees,
            sample,
            extended: false,
        };
        let forest = isolation::IsolationForest::fit(&rows, dims, &params, 1);
        assert_eq!(forest.expect_err("no such forest").field, field);
    }
    let params = half_space::Params {
        trees: 0,
        ..half_space::Params::default()
    };
    let forest = half_space::HalfSpaceTrees::new(&[(0.0, 1.0)], params, 1);
    assert_eq!(forest.expect_err("no trees").field, "trees");
    let params = random_cut::Params {
        trees: 0,
        ..random_cut::Params::default()
    };
    let forest = random_cut::RandomCutForest::new(1, params, 1);
    assert_eq!(forest.expect_err("no trees").field, "trees");
    let bins = HbosParams {
        bins: 0,
        ..HbosParams::default()
    };
    if let Some(histogram) = Hbos::fit(&rows, 3, bins) {
        assert!(histogram.score(&rows[..3]).is_finite());
    }
}

#[test]
fn season_when_it_is_longer_than_the_history_or_nothing_then_there_is_none() {
    for len in [0, 1, 30, 200] {
        let values = wave(len);
        for period in [0, 1, 24, 150, u32::MAX] {
            let mut stl = Stl::new(period).with_jumps();
            // Nothing repeats faster than every other point.
            let fits = 2 * u64::from(period.max(2)) < u64::from(len);
            let found = Mstl::new(&[period]).decompose(&values);
            assert_eq!(found.is_some(), fits, "{period} in {len}");
            if let Some(found) = stl.decompose(&values) {
                assert!(all_finite(&found.residual), "{period} in {len}");
            }
            stl.trend = Smoother {
                span: 0,
                has_slope: true,
                jump: 0,
            };
            if let Some(found) = stl.decompose(&values) {
                assert!(all_finite(&found.residual), "{period} in {len}");
            }
        }
        for most in [0, 3] {
            assert!(periods(&values, most).len() <= most);
        }
    }
    assert!(periods(&[f64::NAN; 500], 3).is_empty());
    assert!(Mstl::new(&[]).decompose(&wave(100)).is_none());
}

#[test]
fn change_detector_when_its_parameters_are_zero_then_still_takes_values() {
    let zero = adwin::AdwinParams {
        delta: 0.0,
        clock: 0,
    };
    let mut adwin = adwin::Adwin::new(zero);
    let mut kswin = kswin::Kswin::new(kswin::KswinParams {
        window: 0,
        recent: 0,
        alpha: 0.0,
        ..kswin::KswinParams::default()
    });
    for value in wave(300) {
        adwin.update(value);
        kswin.update(value);
    }
    assert!(adwin.mean().is_finite() && !kswin.p_value().is_nan());
    for penalty in [0.0, -1.0, f64::NAN, f64::INFINITY] {
        let values = wave(60);
        let found = pelt::change_points(&values, penalty);
        assert!(found.iter().all(|at| (*at as usize) < values.len()));
    }
    assert!(pelt::change_points(&[], 1.0).is_empty());
}

#[test]
fn statistic_when_it_has_nothing_or_odd_shares_then_is_a_number() {
    assert!(mann_kendall::mann_kendall(&[]).is_finite());
    assert!(mann_kendall::mann_kendall(&[2.0; 9]).is_finite());
    for (most, significance) in [(0, 0.05), (500, 0.0), (5, 1.0), (5, f64::NAN)] {
        assert!(esd::outliers(&wave(30), most, significance) <= 10);
    }
    for share in [-1.0, 0.0, 1.0, 2.0, f64::NAN] {
        let mut sketch = quantile::P2::new(share);
        for value in wave(50) {
            sketch.push(value);
            assert!(sketch.value().is_finite(), "{share}");
        }
    }
}
