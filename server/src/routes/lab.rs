//! `GET /api/v1/lab` and `POST /api/v1/queries/format`: what the Lab begins with, and queries that people can read.

use axum::Json;
use hindcast_shared::api::{
    ErrorBody, FormatRequest, FormatResponse, LabStart, QueryProblem, SourceKind,
};
use hindcast_shared::error::FieldError;
use hindcast_shared::series::SourceName;

use crate::auth::Viewer;
use crate::error::{ApiError, ApiResult};
use crate::extract;
use crate::sources::{Selector, layout};
use crate::state::AppState;

/// Longest query that is laid out.
const MAX_BYTES: usize = 16 * 1024;

/// What the Lab begins with when its address says nothing, and the queries that it offers: `lab:` in the file.
#[utoipa::path(get, path = "/api/v1/lab", tag = "lab", operation_id = "find_lab",
    responses((status = OK, body = LabStart)))]
pub(crate) async fn find_lab(app: AppState, _: Viewer) -> Json<LabStart> {
    let lab = &app.config.lab;
    Json(LabStart {
        draft: lab.draft(),
        range: lab.range.clone(),
        queries: lab.queries.clone(),
    })
}

/// Lays a query out over lines, or says where it cannot be read. Asks no source.
#[utoipa::path(post, path = "/api/v1/queries/format", tag = "lab", operation_id = "format_query",
    request_body = FormatRequest,
    responses((status = OK, body = FormatResponse), (status = BAD_REQUEST, body = ErrorBody)))]
pub(crate) async fn format_query(
    app: AppState,
    _: Viewer,
    extract::Json(asked): extract::Json<FormatRequest>,
) -> ApiResult<Json<FormatResponse>> {
    if asked.query.len() > MAX_BYTES {
        return Err(ApiError::too_large("a query has at most 16 KiB"));
    }
    let source = SourceName(asked.source);
    let query = asked.query.as_str();
    let kind = app.sources.kind(&source).ok_or_else(|| {
        let message = format!("there is no source `{source}`");
        ApiError::invalid_body("unknown_source", FieldError::new("source", message))
    })?;
    let laid = layout(query).map_err(|wrong| {
        let (line, column) = wrong.place(query);
        QueryProblem {
            line,
            column,
            message: wrong.message().to_owned(),
        }
    });
    // Elsewhere only selectors are understood; a query that is none may still be PromQL.
    let laid = match kind {
        SourceKind::Prometheus => laid,
        _ => laid.and_then(|laid| match Selector::fault(query) {
            None => Ok(laid),
            Some((position, message)) => {
                let before: String = query.chars().take(position.saturating_sub(1)).collect();
                let line = before.rsplit('\n').next().unwrap_or_default();
                Err(QueryProblem {
                    line: before.matches('\n').count() as u32 + 1,
                    column: line.chars().count() as u32 + 1,
                    message: format!("{message}; this source takes a selector"),
                })
            }
        }),
    };
    Ok(Json(match laid {
        Ok(query) => FormatResponse {
            query: Some(query),
            problem: None,
        },
        Err(problem) => FormatResponse {
            query: None,
            problem: Some(problem),
        },
    }))
}

#[cfg(test)]
mod tests {
    use http::StatusCode;
    use serde_json::{Value, json};

    use crate::routes::testing::TestApp;

    #[tokio::test]
    async fn query_when_formatted_then_is_laid_out_or_its_fault_is_placed() -> anyhow::Result<()> {
        let test = TestApp::new().await?;
        let ask = async |source: &str, query: &str| {
            let body = json!({ "source": source, "query": query }).to_string();
            test.post("/api/v1/queries/format", &[], &body).await
        };
        let laid = ask("inbox", "a{b=\"c\",}").await?.body;
        assert_eq!(laid["query"], "a{b=\"c\"}");
        let wrong = ask("inbox", "a{b=}").await?.body;
        assert_eq!(
            (&wrong["query"], &wrong["problem"]["column"]),
            (&Value::Null, &json!(5))
        );
        let other = ask("inbox", "sum(a)").await?.body;
        let said = other["problem"]["message"].as_str().unwrap_or_default();
        assert!(said.contains("takes a selector"), "{other}");
        assert_eq!(other["problem"]["column"], 4);
        assert_eq!(
            ask("nowhere", "a").await?.status,
            StatusCode::UNPROCESSABLE_ENTITY
        );
        Ok(())
    }
}
