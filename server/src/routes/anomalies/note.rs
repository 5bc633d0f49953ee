//! `POST /api/v1/anomalies/{id}/notes`

use axum::Json;
use hindcast_shared::api::{ErrorBody, JournalRecord, NoteRequest};
use hindcast_shared::error::FieldError;
use http::StatusCode;

use super::stored;
use crate::auth::Operator;
use crate::error::{ApiError, ApiResult};
use crate::extract::{self, Path};
use crate::state::AppState;

/// Longest note, in characters.
const MAX_CHARS: usize = 4_000;

/// Writes a note on an anomaly.
#[utoipa::path(post, path = "/api/v1/anomalies/{id}/notes", tag = "anomalies", operation_id = "add_anomaly_note",
    params(("id" = String, Path, description = "Id of the anomaly")), request_body = NoteRequest,
    responses((status = CREATED, body = JournalRecord), (status = NOT_FOUND, body = ErrorBody),
        (status = UNPROCESSABLE_ENTITY, body = ErrorBody)))]
pub(crate) async fn add_anomaly_note(
    app: AppState,
    Operator(caller): Operator,
    Path(id): Path<String>,
    extract::Json(note): extract::Json<NoteRequest>,
) -> ApiResult<(StatusCode, Json<JournalRecord>)> {
    let stored = stored(&app, &id).await?;
    let text = note.text.trim();
    if text.is_empty() || text.chars().count() > MAX_CHARS {
        let message = format!("must have 1 to {MAX_CHARS} characters");
        let error = FieldError::new("text", message);
        return Err(ApiError::invalid_body("invalid_note", error));
    }
    let now_ms = app.clock.now_ms();
    let id = stored.anomaly.id;
    let entry = app.store.add_note(id, text, &caller.name, now_ms).await?;
    let record = JournalRecord {
        seq: entry.seq,
        at_ms: now_ms,
        kind: entry.draft.kind.as_str().to_owned(),
        actor: caller.name,
        text: Some(text.to_owned()),
        until_ms: None,
    };
    Ok((StatusCode::CREATED, Json(record)))
}

#[cfg(test)]
mod tests {
    use http::StatusCode;

    use crate::routes::testing::{NOW_MS, TestApp};

    #[tokio::test]
    async fn note_when_written_then_is_in_the_history_and_when_empty_refused() -> anyhow::Result<()>
    {
        let app = TestApp::new().await?;
        let found = app.open("s", NOW_MS - 60_000).await?;
        let uri = format!("/api/v1/anomalies/{}", found.id);
        let notes = format!("{uri}/notes");
        let written = app
            .post(&notes, &[], r#"{"text": " disk was full "}"#)
            .await?;
        assert_eq!(written.status, StatusCode::CREATED);
        assert_eq!(written.body["text"], "disk was full");
        let detail = app.get(&uri).await?;
        assert_eq!(detail.body["history"][1]["text"], "disk was full");
        for (body, status, field) in [
            (r#"{"text": " "}"#, StatusCode::UNPROCESSABLE_ENTITY, "text"),
            (r#"{"txt": "x"}"#, StatusCode::UNPROCESSABLE_ENTITY, "txt"),
        ] {
            let refused = app.post(&notes, &[], body).await?;
            assert_eq!(refused.status, status);
            assert_eq!(refused.body["error"]["field"], field);
        }
        Ok(())
    }
}
