//! `GET /metrics`, for Prometheus.

use axum::response::IntoResponse;
use hindcast_shared::api::SourceState;
use http::header::CONTENT_TYPE;

use crate::auth::Viewer;
use crate::error::{ApiError, ApiResult};
use crate::metrics::{SeverityLabels, SourceLabels};
use crate::state::AppState;

/// What is measured, as OpenMetrics text.
#[utoipa::path(get, path = "/metrics", tag = "operating", operation_id = "list_metrics",
    responses((status = OK, body = String, content_type = "application/openmetrics-text")))]
pub(crate) async fn list_metrics(app: AppState, _: Viewer) -> ApiResult<impl IntoResponse> {
    take_stock(&app).await?;
    let text = app.metrics.text().map_err(ApiError::internal)?;
    let media_type = "application/openmetrics-text; version=1.0.0; charset=utf-8";
    Ok(([(CONTENT_TYPE, media_type)], text))
}

/// Reads what is a state and not a count at the moment it is asked for: it cannot be out of date then.
async fn take_stock(app: &AppState) -> ApiResult<()> {
    let metrics = &app.metrics;
    for (source, _, state) in app.sources.states() {
        let source = source.to_string();
        let up = metrics
            .source_up
            .get_or_create_owned(&SourceLabels { source });
        // A source that nobody has asked yet is not down.
        up.set(i64::from(!matches!(state, SourceState::Down { .. })));
    }
    metrics.sse_clients.set(app.hub.n_streams() as i64);
    metrics.open_anomalies.clear();
    for rule in app.store.rules().list().await? {
        for anomaly in app.store.anomalies().active(&rule.rule.id).await? {
            let labels = SeverityLabels {
                rule: rule.rule.id.to_string(),
                severity: anomaly.severity.as_str().to_owned(),
            };
            metrics.open_anomalies.get_or_create_owned(&labels).inc();
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use crate::testing::TestApp;

    #[tokio::test]
    async fn metrics_when_scraped_then_tell_the_state_of_the_sources() -> anyhow::Result<()> {
        let test = TestApp::new().await?;
        let answer = test.get("/metrics").await?;
        assert!(
            answer
                .text
                .contains("hindcast_source_up{source=\"demo\"} 1"),
            "{}",
            answer.text
        );
        assert!(answer.text.ends_with("# EOF\n"));
        Ok(())
    }
}
