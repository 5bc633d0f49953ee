//! Irregular samples of the sources that keep their own (host, push, csv): `(at_ms, value)` pairs in hourly blobs.

use std::collections::BTreeMap;

use hindcast_shared::series::{Labels, SeriesKey, SourceName};
use hindcast_shared::time::{HOUR_MS, TimeRange, floor_to};
use sqlx::{Row, SqliteConnection};

use super::series::register;
use super::{Store, StoreError, StoreResult, StoredSeries};

/// Samples of one series, in any order.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct SampleBatch {
    /// Labels of the series.
    pub labels: Labels,
    /// Unit; empty when unknown.
    pub unit: String,
    /// `(at_ms, value)`; of two with the same instant the later one counts.
    pub samples: Vec<(i64, f64)>,
}

/// The repository of samples.
#[derive(Debug)]
pub(crate) struct Samples<'a>(&'a Store);

impl Store {
    /// Samples of sources that keep their own.
    pub(crate) fn samples(&self) -> Samples<'_> {
        Samples(self)
    }
}

impl Samples<'_> {
    /// Keeps samples, all or none, and answers how many came after a rule had evaluated their instant.
    pub(crate) async fn insert(
        &self,
        source: &SourceName,
        batches: Vec<SampleBatch>,
        now_ms: i64,
    ) -> StoreResult<u32> {
        let mut tx = self.0.begin().await?;
        let series: Vec<_> = batches
            .iter()
            .map(|batch| StoredSeries {
                key: SeriesKey::new(source, &batch.labels),
                source: source.clone(),
                labels: batch.labels.clone(),
                unit: batch.unit.clone(),
            })
            .collect();
        register(&mut tx, &series, self.0.max_series, now_ms).await?;
        let mut n_late = 0;
        for (batch, series) in batches.into_iter().zip(series) {
            let evaluated_ms = evaluated_until(&mut tx, series.key).await?;
            let mut hours: BTreeMap<i64, Vec<(i64, f64)>> = BTreeMap::new();
            for (at_ms, value) in batch.samples {
                let hour = hours.entry(floor_to(at_ms, HOUR_MS)).or_default();
                hour.push((at_ms, value));
            }
            for (hour_ms, fresh) in hours {
                let late = fresh
                    .iter()
                    .filter(|(at_ms, _)| evaluated_ms.is_some_and(|until| *at_ms <= until))
                    .count() as u32;
                merge_hour(&mut tx, source, series.key, hour_ms, fresh, late).await?;
                n_late += late;
            }
        }
        self.0.finish(tx, None).await?;
        Ok(n_late)
    }

    /// The samples of one series in the range, ascending.
    pub(crate) async fn read(
        &self,
        source: &SourceName,
        key: SeriesKey,
        range: TimeRange,
    ) -> StoreResult<Vec<(i64, f64)>> {
        let bodies: Vec<Vec<u8>> = sqlx::query_scalar(
            "SELECT body FROM sample
             WHERE source = ? AND series_key = ? AND hour_ms >= ? AND hour_ms < ? ORDER BY hour_ms",
        )
        .bind(&source.0)
        .bind(key.0.as_slice())
        .bind(floor_to(range.from_ms, HOUR_MS))
        .bind(range.to_ms)
        .fetch_all(&self.0.readers)
        .await?;
        let mut samples = Vec::new();
        for body in &bodies {
            samples.extend(decode(body)?.filter(|(at_ms, _)| range.contains(*at_ms)));
        }
        Ok(samples)
    }
}

/// The newest instant of a series that any rule has evaluated.
async fn evaluated_until(
    connection: &mut SqliteConnection,
    key: SeriesKey,
) -> StoreResult<Option<i64>> {
    Ok(sqlx::query_scalar(
        "SELECT max(watermark_ms) FROM rule_state s
         WHERE EXISTS (SELECT 1 FROM point p WHERE p.rule_id = s.rule_id AND p.series_key = ?)",
    )
    .bind(key.0.as_slice())
    .fetch_one(connection)
    .await?)
}

async fn merge_hour(
    connection: &mut SqliteConnection,
    source: &SourceName,
    key: SeriesKey,
    hour_ms: i64,
    fresh: Vec<(i64, f64)>,
    late: u32,
) -> StoreResult<()> {
    let stored =
        sqlx::query("SELECT body FROM sample WHERE source = ? AND series_key = ? AND hour_ms = ?")
            .bind(&source.0)
            .bind(key.0.as_slice())
            .bind(hour_ms)
            .fetch_optional(&mut *connection)
            .await?;
    let mut merged: BTreeMap<i64, f64> = match &stored {
        Some(row) => decode(row.try_get("body")?)?.collect(),
        None => BTreeMap::new(),
    };
    merged.extend(fresh);
    sqlx::query(
        "INSERT INTO sample (source, series_key, hour_ms, body, late) VALUES (?, ?, ?, ?, ?)
         ON CONFLICT DO UPDATE SET body = excluded.body, late = late + excluded.late",
    )
    .bind(&source.0)
    .bind(key.0.as_slice())
    .bind(hour_ms)
    .bind(encode(&merged))
    .bind(late)
    .execute(connection)
    .await?;
    Ok(())
}

fn encode(samples: &BTreeMap<i64, f64>) -> Vec<u8> {
    let mut body = Vec::with_capacity(samples.len() * 16);
    for (at_ms, value) in samples {
        body.extend_from_slice(&at_ms.to_le_bytes());
        body.extend_from_slice(&value.to_le_bytes());
    }
    body
}

fn decode(body: &[u8]) -> StoreResult<impl Iterator<Item = (i64, f64)>> {
    let (words, rest) = body.as_chunks::<8>();
    if !rest.is_empty() || words.len() % 2 != 0 {
        return Err(StoreError::corrupt("samples", &"the blob is cut off"));
    }
    let (pairs, _) = words.as_chunks::<2>();
    Ok(pairs
        .iter()
        .map(|[at_ms, value]| (i64::from_le_bytes(*at_ms), f64::from_le_bytes(*value))))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::store::testing::{Fixture, tick};

    fn batch(samples: Vec<(i64, f64)>) -> SampleBatch {
        SampleBatch {
            labels: Labels::named("queue", &[]),
            unit: String::new(),
            samples,
        }
    }

    proptest! {
        #[test]
        fn blob_when_written_then_reads_back_to_the_bit(samples in proptest::collection::btree_map(any::<i64>(), any::<f64>(), 0..50)) {
            let read: Vec<_> = decode(&encode(&samples)).expect("its own bytes").collect();
            let bits = |(at_ms, value): (i64, f64)| (at_ms, value.to_bits());
            prop_assert_eq!(
                read.into_iter().map(bits).collect::<Vec<_>>(),
                samples.into_iter().map(bits).collect::<Vec<_>>()
            );
        }
    }

    #[tokio::test]
    async fn samples_when_sent_twice_and_out_of_order_then_the_last_one_counts()
    -> anyhow::Result<()> {
        let fixture = Fixture::new().await?;
        let source: SourceName = "push".into();
        let samples = fixture.store.samples();
        samples
            .insert(&source, vec![batch(vec![(HOUR_MS + 5, 2.0), (10, 1.0)])], 0)
            .await?;
        samples
            .insert(&source, vec![batch(vec![(10, 3.0), (7, 0.5)])], 0)
            .await?;
        let key = SeriesKey::new(&source, &batch(vec![]).labels);
        let range = TimeRange::new(0, 2 * HOUR_MS).expect("a range");
        assert_eq!(
            samples.read(&source, key, range).await?,
            [(7, 0.5), (10, 3.0), (HOUR_MS + 5, 2.0)]
        );
        assert_eq!(fixture.store.series_of_source(&source).await?.len(), 1);
        Ok(())
    }

    #[tokio::test]
    async fn sample_when_its_instant_was_evaluated_then_counts_as_late() -> anyhow::Result<()> {
        let fixture = Fixture::new().await?;
        let rule = fixture.rule("r", 1_000).await?;
        let labels = batch(vec![]).labels;
        let range = TimeRange::new(0, 5_000).expect("a range");
        let series = hindcast_shared::series::Series::empty(labels.clone(), "", range, 1_000);
        let mut commit = tick(&rule, 1, 4_000);
        commit
            .points
            .insert(SeriesKey::new(&rule.source, &labels), series);
        fixture.store.commit_tick(commit).await?;
        let late = fixture
            .store
            .samples()
            .insert(
                &rule.source,
                vec![batch(vec![(4_000, 1.0), (4_001, 1.0)])],
                9_000,
            )
            .await?;
        assert_eq!(late, 1);
        Ok(())
    }

    #[tokio::test]
    async fn series_when_there_are_too_many_then_nothing_is_kept() -> anyhow::Result<()> {
        let fixture = Fixture::with_max_series(2).await?;
        let source: SourceName = "push".into();
        let many = (0..3)
            .map(|n| SampleBatch {
                labels: Labels::named("m", &[("n", &n.to_string())]),
                unit: String::new(),
                samples: vec![(1, 1.0)],
            })
            .collect();
        let refused = fixture.store.samples().insert(&source, many, 0).await;
        assert!(matches!(refused, Err(StoreError::TooManySeries { max: 2 })));
        assert!(fixture.store.series_of_source(&source).await?.is_empty());
        Ok(())
    }
}
