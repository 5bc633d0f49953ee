//! Which series are drawn where there is room for a few.

use std::cmp::Reverse;

use hindcast_shared::api::WouldHaveFired;
use hindcast_shared::series::{Series, SeriesKey};

use super::protocol::Job;
use crate::sorted::insert_by_key;

/// Where not all series are drawn and nobody chooses between them, the worst are.
pub(super) fn worst_first<'a>(
    watched: Vec<(SeriesKey, &'a Series)>,
    fired: &[WouldHaveFired],
    job: &Job,
) -> Vec<(SeriesKey, &'a Series)> {
    if job.detail || watched.len() <= job.most_series as usize {
        return watched;
    }
    let worst = |key: SeriesKey| {
        let own = fired.iter().filter(|fired| fired.anomaly.series_key == key);
        own.map(|fired| {
            (
                fired.anomaly.severity,
                (fired.anomaly.peak_score() * 100.0) as u64,
            )
        })
        .max()
    };
    let mut ranked = Vec::with_capacity(watched.len());
    for series in watched {
        let rank = Reverse(worst(series.0));
        insert_by_key(&mut ranked, (rank, series), |ranked| ranked.0);
    }
    ranked.into_iter().map(|(_, series)| series).collect()
}
