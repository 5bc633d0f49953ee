//! `/api/v1/calendars`: when rules are judged, taught or told otherwise.

mod create;
mod delete;
mod find;
mod list;
mod mark;
mod markers;
mod occurrences;
mod preview;
mod update;
mod windows;

pub(crate) use self::create::{__path_create_calendar, create_calendar};
pub(crate) use self::delete::{__path_delete_calendar, delete_calendar};
pub(crate) use self::find::{__path_find_calendar, find_calendar};
pub(crate) use self::list::{__path_list_calendars, list_calendars};
pub(crate) use self::mark::{__path_mark_calendar, mark_calendar};
pub(crate) use self::markers::{__path_list_markers, list_markers};
pub(crate) use self::occurrences::{__path_list_occurrences, list_occurrences};
pub(crate) use self::preview::{__path_preview_calendar, preview_calendar};
pub(crate) use self::update::{__path_update_calendar, update_calendar};
pub(crate) use self::windows::{__path_list_calendar_windows, list_calendar_windows};

use hindcast_shared::api::{CalendarDraft, CalendarRecord};
use hindcast_shared::error::FieldError;
use hindcast_shared::rule::RuleId;
use hindcast_shared::time::{DAY_MS, TimeRange};

use crate::auth::Caller;
use crate::calendar::{Calendar, holidays_exact_until};
use crate::detection::{CalendarChanged, CalendarDeed};
use crate::error::{ApiError, ApiResult};
use crate::state::AppState;

/// The id of a calendar that can be read.
fn checked_calendar(draft: &CalendarDraft) -> Result<String, FieldError> {
    Calendar::read(draft)?;
    let id = match &draft.id {
        Some(id) => id.parse::<RuleId>().map_err(|_| {
            let message = "use lower-case letters, digits and dashes, at most 64";
            FieldError::new("id", message)
        }),
        None => RuleId::slug(&draft.name).map_err(|message| FieldError::new("name", message)),
    };
    Ok(id?.to_string())
}

/// The refusal of a calendar.
fn refused(error: FieldError) -> ApiError {
    ApiError::invalid_body("invalid_calendar", error)
}

/// Longest range that is looked at: recurrences are counted from their beginning.
const MAX_RANGE_MS: i64 = 4_100 * DAY_MS;

fn short_enough(range: TimeRange) -> ApiResult<()> {
    if range.duration_ms() > MAX_RANGE_MS {
        return Err(ApiError::invalid_query(
            "from",
            "the range must not exceed eleven years",
        ));
    }
    Ok(())
}

/// A calendar with what its data file knows of it.
fn told(mut record: CalendarRecord) -> CalendarRecord {
    record.holidays_exact_until = holidays_exact_until(&record.calendar);
    record
}

/// Changes calendars in a task of its own: a caller that goes away must not leave the pager behind the journal.
async fn change(app: &AppState, caller: Caller, deed: CalendarDeed) -> ApiResult<CalendarChanged> {
    let detection = app.detection.clone();
    let work = tokio::spawn(async move { detection.change_calendar(deed, &caller.name).await });
    Ok(work.await.map_err(anyhow::Error::from)??)
}
