//! Every sample of a series with its score and what was expected, as a table for a file.

use hindcast_shared::replay::{SCORES_HEAD, scores_csv};
use hindcast_shared::series::SeriesKey;

use super::data::Shelf;
use super::jobs::{key_of, needed, valid};
use super::protocol::{More, Outcome};
use super::run::fold;
use crate::i18n::t;

/// A line a sample: time in UTC, then numbers; a cell is empty where there is none.
pub(super) async fn table(shelf: &mut Shelf, asked: More) -> Result<String, Outcome> {
    let rule = valid(asked.job.rule.clone())?;
    let needs = needed(&rule, &asked.job);
    let kept = shelf
        .get(key_of(&rule, &asked.job), needs, &asked.job)
        .await?;
    let done = fold(&rule, asked.job.version, kept, &asked.job);
    let found = asked.series.parse::<SeriesKey>().ok().and_then(|key| {
        let series = kept.data.series.get(&key)?;
        Some((series, done.columns.get(&key)?))
    });
    let (series, columns) =
        found.ok_or_else(|| Outcome::failed(t("This series has no samples here.").to_owned()))?;
    let time = |at_ms: i64| String::from(js_sys::Date::new(&(at_ms as f64).into()).to_iso_string());
    Ok(SCORES_HEAD.to_owned() + &scores_csv(series, columns, time))
}
