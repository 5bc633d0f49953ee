//! `/api/v1/labels`: what people know about ranges of series, with every version of it.

mod create;
mod delete;
mod list;
mod update;
mod versions;

pub(crate) use self::create::{__path_create_label, create_label};
pub(crate) use self::delete::{__path_delete_label, delete_label};
pub(crate) use self::list::{__path_list_labels, list_labels};
pub(crate) use self::update::{__path_update_label, update_label};
pub(crate) use self::versions::{__path_list_label_versions, list_label_versions};

use hindcast_shared::api::LabelDraft;
use hindcast_shared::error::FieldError;

use crate::error::{ApiError, ApiResult};
use crate::state::App;

/// A label whose source is configured here and whose range can be meant.
fn checked_label(app: &App, draft: LabelDraft) -> ApiResult<LabelDraft> {
    let refuse = |error| ApiError::invalid_body("invalid_label", error);
    draft.check().map_err(refuse)?;
    let source = app.sources.check(&draft.source.as_str().into());
    source.map_err(|error| refuse(FieldError::new("source", error.to_string())))?;
    Ok(draft)
}
