//! Evaluated points as seen: one blob of little-endian f64 a rule, series and hour.
//!
//! NaN stands for a gap and for "not yet seen"; the rule's watermark tells the two apart.

use std::collections::BTreeMap;

use hindcast_shared::rule::RuleId;
use hindcast_shared::series::{Series, SeriesKey, grid_len};
use hindcast_shared::time::{HOUR_MS, TimeRange, ceil_to, floor_to};
use sqlx::{QueryBuilder, Row, SqliteConnection};

use super::series::{key_of, stored};
use super::{Store, StoreError, StoreResult};

impl Store {
    /// A rule's stored points on the grid of `step_ms` in the range, from where the rule was live.
    pub(crate) async fn points(
        &self,
        rule: &RuleId,
        step_ms: i64,
        range: TimeRange,
    ) -> StoreResult<BTreeMap<SeriesKey, Series>> {
        let mut columns = BTreeMap::new();
        let live: Option<i64> = sqlx::query_scalar("SELECT live_since_ms FROM rule WHERE id = ?")
            .bind(rule.as_str())
            .fetch_optional(&self.readers)
            .await?
            .flatten();
        let Some(live) = live else {
            return Ok(columns);
        };
        let Some(range) = TimeRange::new(range.from_ms.max(live), range.to_ms) else {
            return Ok(columns);
        };
        let rows = sqlx::query(
            "SELECT p.series_key, p.hour_ms, p.body, s.source, s.labels, s.unit
             FROM point p JOIN series s ON s.series_key = p.series_key
             WHERE p.rule_id = ? AND p.step_ms = ? AND p.hour_ms >= ? AND p.hour_ms < ?
             ORDER BY p.series_key, p.hour_ms",
        )
        .bind(rule.as_str())
        .bind(step_ms)
        .bind(floor_to(range.from_ms, HOUR_MS))
        .bind(range.to_ms)
        .fetch_all(&self.readers)
        .await?;
        for row in &rows {
            let series = match columns.entry(key_of(row)?) {
                std::collections::btree_map::Entry::Occupied(entry) => entry.into_mut(),
                std::collections::btree_map::Entry::Vacant(entry) => {
                    let known = stored(row)?;
                    entry.insert(Series::empty(known.labels, known.unit, range, step_ms))
                }
            };
            let body: &[u8] = row.try_get("body")?;
            let first_ms = ceil_to(row.try_get("hour_ms")?, step_ms);
            for (index, value) in values_of(body)?.enumerate() {
                if let Some(own) = series.index_of(first_ms + index as i64 * step_ms) {
                    series.values[own] = value;
                }
            }
        }
        Ok(columns)
    }
}

/// The part of a column that falls into one hour.
#[derive(Debug, Clone, Copy, PartialEq)]
struct HourPart<'a> {
    key: SeriesKey,
    hour_ms: i64,
    step_ms: i64,
    /// Index of the first value among the hour's grid instants.
    offset: usize,
    /// Number of grid instants of the hour.
    len: usize,
    values: &'a [f64],
}

impl HourPart<'_> {
    /// The whole hour's blob, with NaN around the values.
    fn body(&self) -> Vec<u8> {
        let mut body = Vec::with_capacity(self.len * 8);
        let before = std::iter::repeat_n(f64::NAN, self.offset);
        let after = self.len - self.offset - self.values.len();
        let after = std::iter::repeat_n(f64::NAN, after);
        for value in before.chain(self.values.iter().copied()).chain(after) {
            body.extend_from_slice(&value.to_le_bytes());
        }
        body
    }
}

/// Lays columns over what is stored; instants outside them stay as they are.
pub(super) async fn write(
    connection: &mut SqliteConnection,
    rule: &RuleId,
    columns: &BTreeMap<SeriesKey, Series>,
) -> StoreResult<()> {
    // Rows that are patched at the same place share one statement: in a tick that is all of them.
    let mut groups: BTreeMap<(usize, usize, usize), Vec<HourPart<'_>>> = BTreeMap::new();
    for (key, series) in columns {
        for part in hours(*key, series) {
            groups
                .entry((part.offset, part.values.len(), part.len))
                .or_default()
                .push(part);
        }
    }
    for ((offset, count, _), parts) in groups {
        for chunk in parts.chunks(500) {
            let mut query = QueryBuilder::new(
                "INSERT INTO point (rule_id, series_key, hour_ms, step_ms, body) ",
            );
            query.push_values(chunk, |mut row, part| {
                row.push_bind(rule.as_str().to_owned())
                    .push_bind(part.key.0.to_vec())
                    .push_bind(part.hour_ms)
                    .push_bind(part.step_ms)
                    .push_bind(part.body());
            });
            let from = (offset * 8) as i64;
            let count = (count * 8) as i64;
            query.push(" ON CONFLICT DO UPDATE SET body = CAST(substr(body, 1, ");
            query.push_bind(from);
            query.push(") || substr(excluded.body, ");
            query.push_bind(from + 1).push(", ").push_bind(count);
            query.push(") || substr(body, ").push_bind(from + count + 1);
            // `||` makes text of its blobs, with the same bytes.
            query.push(") AS BLOB)");
            query.build().execute(&mut *connection).await?;
        }
    }
    Ok(())
}

/// Cuts a column into hours.
fn hours(key: SeriesKey, series: &Series) -> Vec<HourPart<'_>> {
    let step_ms = series.step_ms;
    let mut parts = Vec::new();
    let mut index = 0;
    while index < series.values.len() {
        let hour_ms = floor_to(series.at_ms(index), HOUR_MS);
        let first_ms = ceil_to(hour_ms, step_ms);
        let len = grid_len(first_ms, hour_ms + HOUR_MS, step_ms);
        let offset = ((series.at_ms(index) - first_ms) / step_ms) as usize;
        let count = (len - offset).min(series.values.len() - index);
        parts.push(HourPart {
            key,
            hour_ms,
            step_ms,
            offset,
            len,
            values: &series.values[index..index + count],
        });
        index += count;
    }
    parts
}

fn values_of(body: &[u8]) -> StoreResult<impl Iterator<Item = f64>> {
    let (words, rest) = body.as_chunks::<8>();
    if !rest.is_empty() {
        return Err(StoreError::corrupt("points", &"the blob is cut off"));
    }
    Ok(words.iter().map(|word| f64::from_le_bytes(*word)))
}

#[cfg(test)]
mod tests {
    use hindcast_shared::series::Labels;
    use proptest::prelude::*;

    use super::*;
    use crate::store::testing::{Fixture, tick};

    fn column(start_ms: i64, step_ms: i64, values: Vec<f64>) -> Series {
        Series {
            labels: Labels::named("load", &[("host", "a")]),
            unit: "%".to_owned(),
            start_ms,
            step_ms,
            values,
        }
    }

    fn bits(values: &[f64]) -> Vec<u64> {
        values.iter().map(|value| value.to_bits()).collect()
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(24))]
        #[test]
        fn points_when_written_in_pieces_then_read_back_to_the_bit(
            values in proptest::collection::vec(any::<f64>(), 1..300),
            cut in 0_usize..300,
            start in 0_i64..200,
            step_s in prop_oneof![Just(1_i64), Just(7), Just(15), Just(60), Just(3_600), Just(5_400)],
        ) {
            let step_ms = step_s * 1_000;
            let start_ms = 1_700_000_000_000_i64.div_euclid(step_ms) * step_ms + start * step_ms;
            let cut = cut.min(values.len());
            let runtime = tokio::runtime::Runtime::new().expect("a runtime");
            let read = runtime.block_on(async {
                let fixture = Fixture::new().await.expect("a store");
                let rule = fixture.rule("r", step_ms).await.expect("a rule");
                let mut seq = 0;
                for (from, part) in [(0, &values[..cut]), (cut, &values[cut..])] {
                    if part.is_empty() {
                        continue;
                    }
                    seq += 1;
                    let series = column(start_ms + from as i64 * step_ms, step_ms, part.to_vec());
                    let end_ms = series.end_ms() - step_ms;
                    let mut commit = tick(&rule, seq, end_ms);
                    commit.points.insert(SeriesKey::new(&rule.source, &series.labels), series);
                    fixture.store.commit_tick(commit).await.expect("a commit");
                }
                let range = TimeRange::new(start_ms, start_ms + values.len() as i64 * step_ms).expect("a range");
                fixture.store.points(&rule.id, step_ms, range).await.expect("points")
            });
            let (_, series) = read.first_key_value().expect("one series");
            prop_assert_eq!(series.start_ms, start_ms);
            prop_assert_eq!(bits(&series.values), bits(&values));
        }
    }

    #[tokio::test]
    async fn points_when_the_rule_was_not_live_then_are_none() -> anyhow::Result<()> {
        let fixture = Fixture::new().await?;
        let rule = fixture.rule("r", 60_000).await?;
        let range = TimeRange::new(0, HOUR_MS).expect("a range");
        assert!(
            fixture
                .store
                .points(&rule.id, 60_000, range)
                .await?
                .is_empty()
        );
        Ok(())
    }
}
