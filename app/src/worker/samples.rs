//! Every sample of a series with its score and what was expected, as a table for a file.

use std::fmt::Write as _;

use hindcast_shared::detector::PointState;
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
    let mut text = "time,value,score,expected,lower,upper\n".to_owned();
    for (index, state) in columns.states.iter().enumerate() {
        let at_ms = columns.start_ms + index as i64 * columns.step_ms;
        let value = series.slice(at_ms, at_ms + 1).first().copied();
        let Some(value) = value.filter(|value| value.is_finite()) else {
            continue;
        };
        let time = js_sys::Date::new(&(at_ms as f64).into()).to_iso_string();
        text.push_str(&String::from(time));
        let scored = *state == PointState::Scored;
        let said = [
            &columns.scores,
            &columns.expected,
            &columns.lower,
            &columns.upper,
        ];
        let said = said.map(|column| if scored { column[index] } else { f64::NAN });
        for number in std::iter::once(value).chain(said) {
            text.push(',');
            if number.is_finite() {
                // Writing to a string does not fail.
                write!(text, "{number}").ok();
            }
        }
        text.push('\n');
    }
    Ok(text)
}
