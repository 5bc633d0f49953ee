//! `/api/v1/mutes`: who is not to be woken, by what, and until when.

mod create;
mod end;
mod find;
mod list;
mod update;

pub(crate) use self::create::{__path_create_mute, create_mute};
pub(crate) use self::end::{__path_end_mute, end_mute};
pub(crate) use self::find::{__path_find_mute, find_mute};
pub(crate) use self::list::{__path_list_mutes, list_mutes};
pub(crate) use self::update::{__path_update_mute, update_mute};

use hindcast_shared::api::{MuteDraft, MuteRecord};

use crate::auth::Caller;
use crate::detection::MuteChange;
use crate::error::{ApiError, ApiResult};
use crate::state::AppState;

/// A mute that says what, why and until when.
fn checked_mute(draft: MuteDraft, now_ms: i64) -> ApiResult<MuteDraft> {
    let refuse = |error| ApiError::invalid_body("invalid_mute", error);
    draft.check(now_ms).map_err(refuse)?;
    Ok(draft)
}

/// Changes the mutes in a task of its own: a caller that goes away must not leave the pager behind the journal.
async fn change(app: &AppState, caller: Caller, change: MuteChange) -> ApiResult<MuteRecord> {
    let detection = app.detection.clone();
    let work = tokio::spawn(async move { detection.mute(change, &caller.name).await });
    Ok(work.await.map_err(anyhow::Error::from)??)
}
