//! Anomalous samples in a row, as columns and counted.

use hindcast_shared::series::SeriesKey;

use super::pack::Packer;
use super::protocol::{Part, Streaky};
use super::sheet::Sheet;

/// Those of one series; nothing where no detail is wanted.
pub(super) fn streaks(
    packer: &mut Packer,
    sheet: Sheet<'_>,
    key: SeriesKey,
) -> ([Part; 3], Streaky) {
    let (job, rule) = (sheet.job, sheet.rule);
    let Some(streaks) = sheet.done.streaks(key).filter(|_| job.detail) else {
        return Default::default();
    };
    let drawn = streaks.drawn(job.range.from_ms, job.range.duration_ms(), job.columns);
    let columns = [
        packer.push(drawn.iter().map(|one| one.from_ms as f64)),
        packer.push(drawn.iter().map(|one| one.to_ms as f64)),
        packer.push(drawn.iter().map(|one| f64::from(one.samples))),
    ];
    let (count, _) = rule.confirm.samples(rule.step);
    let all = streaks.as_slice();
    let counted = Streaky {
        samples: streaks.samples(),
        streaks: all.len() as u32,
        longest: streaks.longest().map_or(0, |longest| longest.samples),
        lasting: all.iter().filter(|one| one.samples >= count).count() as u32,
    };
    (columns, counted)
}
