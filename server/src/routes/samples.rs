//! `POST /api/v1/samples`

use std::collections::BTreeMap;

use axum::Json;
use hindcast_shared::api::{ErrorBody, PushRequest, PushResponse, PushSample, SourceKind};
use hindcast_shared::error::FieldError;
use hindcast_shared::series::{Labels, SourceName};
use hindcast_shared::time::DAY_MS;

use crate::auth::Operator;
use crate::error::{ApiError, ApiResult};
use crate::extract;
use crate::state::{App, AppState};
use crate::store::SampleBatch;

/// Most samples of a request.
const MAX_SAMPLES: usize = 50_000;

/// Most labels of a series, and longest name or value of one, in bytes.
const MAX_LABELS: usize = 64;
const MAX_TEXT: usize = 1_024;

/// Keeps samples for a source of kind `push`, all or none.
#[utoipa::path(post, path = "/api/v1/samples", tag = "series", operation_id = "push_samples",
    request_body = PushRequest,
    responses((status = OK, body = PushResponse), (status = NOT_FOUND, body = ErrorBody),
        (status = UNPROCESSABLE_ENTITY, body = ErrorBody)))]
pub(crate) async fn push_samples(
    app: AppState,
    _: Operator,
    extract::Json(request): extract::Json<PushRequest>,
) -> ApiResult<Json<PushResponse>> {
    let source = push_source(&app, request.source)?;
    let now_ms = app.clock.now_ms();
    let accepted = request.samples.len() as u32;
    let batches = batches(request.samples, now_ms)
        .map_err(|error| ApiError::invalid_body("invalid_samples", error))?;
    let late = app.store.samples().insert(&source, batches, now_ms).await?;
    Ok(Json(PushResponse { accepted, late }))
}

/// The source that is named, or the only one there is.
pub(super) fn push_source(app: &App, name: Option<String>) -> ApiResult<SourceName> {
    let names = app.sources.names_of(SourceKind::Push);
    let known = || {
        let names: Vec<_> = names.iter().map(|name| name.0.as_str()).collect();
        names.join(", ")
    };
    let refuse = |message| Err(ApiError::not_found("unknown_source", message).about("source"));
    match (name.map(SourceName), names.as_slice()) {
        (Some(name), names) if names.contains(&name) => Ok(name),
        (Some(name), _) => refuse(format!(
            "there is no source `{name}` of kind push; configured are: {}",
            known()
        )),
        (None, [only]) => Ok(only.clone()),
        (None, []) => refuse("no source of kind push is configured".to_owned()),
        (None, _) => refuse(format!("name one of the sources: {}", known())),
    }
}

/// The samples by series; a refusal names the first that is wrong.
pub(crate) fn batches(
    samples: Vec<PushSample>,
    now_ms: i64,
) -> Result<Vec<SampleBatch>, FieldError> {
    if samples.len() > MAX_SAMPLES {
        let message = format!("must not be more than {MAX_SAMPLES}; send them in parts");
        return Err(FieldError::new("samples", message));
    }
    let mut series: BTreeMap<Labels, Vec<(i64, f64)>> = BTreeMap::new();
    for (index, sample) in samples.into_iter().enumerate() {
        let at_ms = sample.at_ms.unwrap_or(now_ms);
        check(&sample, at_ms, now_ms).map_err(|error| error.under(&format!("samples[{index}]")))?;
        let mut labels = sample.labels;
        labels.insert("__name__".to_owned(), sample.name);
        let samples = series.entry(Labels(labels)).or_default();
        samples.push((at_ms, sample.value));
    }
    Ok(series
        .into_iter()
        .map(|(labels, samples)| SampleBatch {
            labels,
            unit: String::new(),
            samples,
        })
        .collect())
}

fn check(sample: &PushSample, at_ms: i64, now_ms: i64) -> Result<(), FieldError> {
    let is_name = |text: &str| {
        let mut bytes = text.bytes();
        let first = |byte: u8| byte.is_ascii_alphabetic() || byte == b'_' || byte == b':';
        bytes.next().is_some_and(first)
            && bytes.all(|byte| first(byte) || byte.is_ascii_digit())
            && text.len() <= MAX_TEXT
    };
    if !is_name(&sample.name) {
        let message = "must be a metric's name: letters, digits, `_` and `:`, no digit first";
        return Err(FieldError::new("name", message));
    }
    if sample.labels.len() > MAX_LABELS {
        let message = format!("must not be more than {MAX_LABELS}");
        return Err(FieldError::new("labels", message));
    }
    for (name, value) in &sample.labels {
        if !is_name(name) || name == "__name__" || value.len() > MAX_TEXT {
            let message = format!("`{name}` is not a label, or its value is too long");
            return Err(FieldError::new("labels", message));
        }
    }
    if !sample.value.is_finite() {
        return Err(FieldError::new("value", "must be a finite number"));
    }
    // A clock that is a day ahead is a broken one, and its samples would stand in the way for a day.
    if at_ms < 0 || at_ms > now_ms + DAY_MS {
        let message = "must lie between 1970 and a day from now, in milliseconds";
        return Err(FieldError::new("at_ms", message));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use http::StatusCode;
    use proptest::prelude::*;
    use rstest::rstest;

    use super::*;
    use crate::routes::testing::{NOW_MS, TestApp};

    #[rstest]
    #[case(
        r#"{"samples": [{"name": "ok", "value": 1}, {"name": "9x", "value": 1}]}"#,
        "samples[1].name"
    )]
    #[case(r#"{"samples": [{"name": "ok", "value": null}]}"#, "samples[0].value")]
    #[case(
        r#"{"samples": [{"name": "ok", "value": 1, "at_ms": -1}]}"#,
        "samples[0].at_ms"
    )]
    #[case(
        r#"{"samples": [{"name": "ok", "value": 1, "labels": {"a b": "c"}}]}"#,
        "samples[0].labels"
    )]
    #[case(
        r#"{"samples": [{"name": "ok", "value": 1, "vaule": 2}]}"#,
        "samples[0].vaule"
    )]
    #[tokio::test]
    async fn push_when_one_sample_is_wrong_then_none_is_kept(
        #[case] body: &str,
        #[case] field: &str,
    ) -> anyhow::Result<()> {
        let app = TestApp::new().await?;
        let answer = app.post("/api/v1/samples", &[], body).await?;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert_eq!(answer.body["error"]["field"], field, "{}", answer.body);
        assert!(
            app.store
                .series_of_source(&"inbox".into())
                .await?
                .is_empty()
        );
        Ok(())
    }

    #[tokio::test]
    async fn push_when_the_source_is_unknown_then_404() -> anyhow::Result<()> {
        let app = TestApp::new().await?;
        let body = r#"{"source": "demo", "samples": []}"#;
        let answer = app.post("/api/v1/samples", &[], body).await?;
        assert_eq!(answer.status, StatusCode::NOT_FOUND);
        assert_eq!(answer.body["error"]["field"], "source");
        Ok(())
    }

    proptest! {
        #[test]
        fn samples_when_anything_comes_then_are_kept_or_refused(
            name in ".{0,8}", label in ".{0,8}", value: f64, at_ms: Option<i64>,
        ) {
            let sample = PushSample { name, labels: [(label, String::new())].into(), at_ms, value };
            if let Ok(batches) = batches(vec![sample], NOW_MS) {
                prop_assert_eq!(batches.len(), 1);
            }
        }
    }
}
