//! Rolling statistics of a million points, window 100.

use hindcast_shared::detector::rolling;

use crate::measure::{Data, measure};

const WINDOW: u32 = 100;

pub(crate) fn run(data: &Data) {
    let values = data.normals(1_000_000);
    measure("rolling_zscore", 1, || rolling::zscore(values, WINDOW));
    measure("ewma_zscore", 1, || rolling::ewma_zscore(values, WINDOW));
    measure("rolling_median", 1, || rolling::median(values, WINDOW));
    measure("rolling_mad", 1, || rolling::mad(values, WINDOW));
    measure("rolling_iqr", 1, || rolling::iqr(values, WINDOW));
}
