//! Windows against windows.

use hindcast_shared::detector::shape::knn::Bank;
use hindcast_shared::detector::shape::left_profile::LeftProfile;
use hindcast_shared::detector::shape::matrix_profile::{Neighbours, distances};
use hindcast_shared::detector::shape::{spectral, sub_pca};

use crate::measure::{Data, measure};

pub(crate) fn run(data: &Data) {
    let mut level = 0.0;
    let series: Vec<f64> = data
        .normals(20_000)
        .iter()
        .map(|value| {
            level += value * 0.1;
            level + value
        })
        .collect();
    measure("matrix_profile_20000_m100", 1, || {
        distances(&series, 100, Neighbours::All)
    });
    if let Ok(profile) = distances(&series, 100, Neighbours::All) {
        data.keep("matrix_profile", &profile);
    }
    measure("matrix_profile_left_20000_m100", 1, || {
        distances(&series, 100, Neighbours::Earlier)
    });
    measure("left_profile_point_m64_history_1024", 20_000, || {
        let mut stream = LeftProfile::new(64, 1024).ok()?;
        Some(
            series
                .iter()
                .filter_map(|value| stream.push(*value))
                .sum::<f64>(),
        )
    });
    measure("window_knn_20000_m64_bank_1500", 1, || {
        let bank = Bank::fit(&series, 64, 1500).ok()?;
        Some(bank.distances(&series, 3, Some(64)))
    });
    if let Ok(bank) = Bank::fit(&series, 32, 160) {
        measure("window_knn_one_m32_bank_160", 1000, || {
            let windows = series.windows(32).take(1000);
            windows
                .map(|window| bank.distance(window, 3).0)
                .sum::<f64>()
        });
    }
    measure("sub_pca_20000_m64", 1, || {
        sub_pca::score(&series, 10_000, 64, 0.9, true)
    });
    measure("spectral_residual_point_w123", 20_000, || {
        spectral::score_causal(&series, 123)
    });
}
