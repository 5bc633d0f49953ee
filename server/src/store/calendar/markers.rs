//! Markers: what was told to a calendar when it happened. They are journaled, and never changed.

use hindcast_shared::api::{Marker, MarkerDraft, Occurrence};
use hindcast_shared::time::{MINUTE_MS, Millis, TimeRange};
use sqlx::Row as _;
use sqlx::sqlite::SqliteRow;

use super::{Calendars, journaled};
use crate::journal::EntryKind;
use crate::store::StoreResult;

/// How long a marker lasts that does not say so.
const MARKER_MS: i64 = 30 * MINUTE_MS;

impl Calendars<'_> {
    /// What was told that overlaps a range, each from the millisecond after it was told.
    pub(crate) async fn markers(&self, id: &str, range: TimeRange) -> StoreResult<Vec<Occurrence>> {
        let rows = sqlx::query(
            "SELECT max(start_ms, at_ms + 1) AS start_ms, end_ms, title FROM calendar_marker
             WHERE calendar_id = ? AND end_ms > ? AND start_ms < ? AND end_ms > at_ms + 1 ORDER BY start_ms, id",
        )
        .bind(id)
        .bind(range.from_ms)
        .bind(range.to_ms)
        .fetch_all(&self.0.readers)
        .await?;
        let marker = |row: &SqliteRow| {
            Ok(Occurrence {
                start_ms: row.try_get("start_ms")?,
                end_ms: row.try_get("end_ms")?,
                title: row.try_get("title")?,
            })
        };
        rows.iter().map(marker).collect()
    }

    /// The newest of what was told to any calendar that is still there and overlaps a range, newest first.
    pub(crate) async fn all_markers(
        &self,
        range: TimeRange,
        most: u32,
    ) -> StoreResult<Vec<Marker>> {
        let rows = sqlx::query(
            "SELECT calendar_id, start_ms, end_ms, title, author FROM calendar_marker m
             WHERE end_ms > ? AND start_ms < ? AND NOT (SELECT deleted FROM calendar c WHERE c.id = m.calendar_id
                 ORDER BY version DESC LIMIT 1)
             ORDER BY start_ms DESC, id DESC LIMIT ?",
        )
        .bind(range.from_ms)
        .bind(range.to_ms)
        .bind(most)
        .fetch_all(&self.0.readers)
        .await?;
        let marker = |row: &SqliteRow| {
            Ok(Marker {
                calendar: row.try_get("calendar_id")?,
                start_ms: row.try_get("start_ms")?,
                end_ms: row.try_get("end_ms")?,
                title: row.try_get("title")?,
                author: row.try_get("author")?,
            })
        };
        rows.iter().map(marker).collect()
    }

    /// Tells an event of a calendar.
    pub(crate) async fn mark(
        &self,
        id: &str,
        marker: &MarkerDraft,
        actor: &str,
        now_ms: i64,
    ) -> StoreResult<Occurrence> {
        self.get(id).await?;
        let start_ms = marker.start_ms.unwrap_or(now_ms);
        let length_ms = marker.length.map_or(MARKER_MS, Millis::ms);
        let told = Occurrence {
            start_ms,
            end_ms: start_ms.saturating_add(length_ms),
            title: marker.title.trim().to_owned(),
        };
        let mut tx = self.0.begin().await?;
        sqlx::query(
            "INSERT INTO calendar_marker (calendar_id, at_ms, start_ms, end_ms, title, author) VALUES (?, ?, ?, ?, ?, ?)",
        )
        .bind(id)
        .bind(now_ms)
        .bind(told.start_ms)
        .bind(told.end_ms)
        .bind(&told.title)
        .bind(actor)
        .execute(&mut *tx)
        .await?;
        let payload = serde_json::json!({"calendar": id, "marker": told}).to_string();
        let head = journaled(&mut tx, EntryKind::CalendarMarked, actor, now_ms, payload).await?;
        self.0.finish(tx, Some(head)).await?;
        Ok(told)
    }
}
