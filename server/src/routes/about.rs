//! What this server is, what it allows, and which detectors it has.

use axum::Json;
use hindcast_shared::api::{BuildInfo, DetectorRecord, LimitsRecord, ListPage};
use hindcast_shared::detector::Family;

use crate::auth::Viewer;
use crate::sources::{POINTS_LIMIT, SERIES_LIMIT};
use crate::state::AppState;

/// Version and build, for whoever must know whether two of them fit.
#[utoipa::path(get, path = "/api/v1/buildinfo", tag = "operating", operation_id = "find_build_info",
    responses((status = OK, body = BuildInfo)))]
pub(crate) async fn find_build_info(app: AppState, _: Viewer) -> Json<BuildInfo> {
    Json(BuildInfo {
        version: env!("CARGO_PKG_VERSION").to_owned(),
        build: app.assets.build().to_owned(),
        api: "v1".to_owned(),
        started_at_ms: app.started_at_ms,
    })
}

/// How much one client may ask for, and one query may return.
#[utoipa::path(get, path = "/api/v1/limits", tag = "operating", operation_id = "find_limits",
    responses((status = OK, body = LimitsRecord)))]
pub(crate) async fn find_limits(app: AppState, _: Viewer) -> Json<LimitsRecord> {
    let limits = &app.config.limits;
    Json(LimitsRecord {
        list_per_minute: limits.list_per_minute,
        detect_per_minute: limits.detect_per_minute,
        login_per_minute: limits.login_per_minute,
        feedback_per_minute: limits.feedback_per_minute,
        body_mib: limits.body_mib,
        series_per_query: SERIES_LIMIT as u32,
        samples_per_series: POINTS_LIMIT.unsigned_abs(),
    })
}

/// Lists the detectors with their parameters, family by family.
#[utoipa::path(get, path = "/api/v1/detectors", tag = "rules", operation_id = "list_detectors",
    responses((status = OK, body = ListPage<DetectorRecord>)))]
pub(crate) async fn list_detectors(app: AppState, _: Viewer) -> Json<ListPage<DetectorRecord>> {
    let of = |family: Family| {
        family.detectors().map(move |kind| {
            let about = kind.about();
            DetectorRecord {
                kind: about.name.to_owned(),
                title: about.title.to_owned(),
                help: about.help.to_owned(),
                family: family.title().to_owned(),
                threshold: about.threshold,
                default_threshold: kind.default_threshold(),
                is_group: kind.is_group(),
                params: about.params.to_vec(),
            }
        })
    };
    Json(ListPage {
        items: Family::ALL.into_iter().flat_map(of).collect(),
        next_cursor: None,
        as_of_seq: app.store.head(),
    })
}

#[cfg(test)]
mod tests {
    use hindcast_shared::detector::DetectorKind;

    use crate::routes::testing::TestApp;

    #[tokio::test]
    async fn server_when_asked_about_itself_then_tells_what_it_is_and_allows() -> anyhow::Result<()>
    {
        let test = TestApp::with(|config| config.limits.body_mib = 3).await?;
        let build = test.get("/api/v1/buildinfo").await?.body;
        assert_eq!(build["version"], env!("CARGO_PKG_VERSION"));
        let limits = test.get("/api/v1/limits").await?.body;
        assert_eq!(
            (&limits["body_mib"], &limits["series_per_query"]),
            (&3.into(), &1000.into())
        );
        let detectors = test.get("/api/v1/detectors").await?.body;
        let kinds = detectors["items"].as_array().map_or(0, Vec::len);
        assert_eq!(kinds, DetectorKind::ALL.len());
        Ok(())
    }
}
