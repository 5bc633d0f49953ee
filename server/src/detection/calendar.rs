//! Calendars as people change them: journaled, then folded. The clock is read while the pager is held, as for mutes.

use hindcast_shared::api::{CalendarDraft, CalendarRecord, MarkerDraft, Occurrence};

use super::Detection;
use crate::store::StoreResult;

/// What somebody does to a calendar.
#[derive(Debug, Clone)]
pub(crate) enum CalendarDeed {
    /// A new one.
    Create {
        /// Its slug.
        id: String,
        /// What it says.
        draft: CalendarDraft,
    },
    /// The next version of one.
    Update {
        /// Which one.
        id: String,
        /// What it says from now on.
        draft: CalendarDraft,
        /// The version that the caller has seen.
        seen: Option<u32>,
    },
    /// It holds no more.
    Delete {
        /// Which one.
        id: String,
        /// The version that the caller has seen.
        seen: Option<u32>,
    },
    /// Something happens.
    Mark {
        /// In which one.
        id: String,
        /// What.
        marker: MarkerDraft,
    },
}

/// What came of it.
#[derive(Debug, Clone, Default)]
pub(crate) struct CalendarChanged {
    /// The calendar afterwards, if it is still there and was changed.
    pub(crate) record: Option<CalendarRecord>,
    /// What was told.
    pub(crate) marker: Option<Occurrence>,
}

impl Detection {
    /// Changes calendars; from the next millisecond on everything is decided with them.
    pub(crate) async fn change_calendar(
        &self,
        deed: CalendarDeed,
        actor: &str,
    ) -> StoreResult<CalendarChanged> {
        let _held = self.pager.lock().await;
        let now_ms = self.clock.now_ms();
        let calendars = self.store.calendars();
        let mut changed = CalendarChanged::default();
        match deed {
            CalendarDeed::Create { id, draft } => {
                changed.record = Some(calendars.create(&id, draft, actor, now_ms).await?);
            }
            CalendarDeed::Update { id, draft, seen } => {
                let record = calendars.update(&id, draft, seen, actor, now_ms).await?;
                changed.record = Some(record);
            }
            CalendarDeed::Delete { id, seen } => calendars.delete(&id, seen, actor, now_ms).await?,
            CalendarDeed::Mark { id, marker } => {
                changed.marker = Some(calendars.mark(&id, &marker, actor, now_ms).await?);
            }
        }
        Ok(changed)
    }
}
