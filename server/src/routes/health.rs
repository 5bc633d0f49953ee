//! `GET /health`: whether everything is as it should be, and what is not.

use axum::Json;
use hindcast_shared::api::{Health, HealthCheck, Role, SourceState};
use http::HeaderMap;

use crate::state::AppState;

/// Says how the server and what it depends on are; the details only to those who may look.
#[utoipa::path(get, path = "/health", tag = "operating", operation_id = "find_health",
    responses((status = OK, body = Health)))]
pub(crate) async fn find_health(app: AppState, headers: HeaderMap) -> Json<Health> {
    let now_ms = app.clock.now_ms();
    let mut checks = vec![check_store(&app).await];
    checks.extend(check_sources(&app));
    checks.extend(check_rules(&app).await);
    let fine = checks.iter().all(|check| check.ok);
    let caller = app.auth.identify(&headers).await;
    if !caller.is_ok_and(|caller| caller.role >= Role::Viewer) {
        checks.clear();
    }
    Json(Health {
        status: if fine { "ok" } else { "degraded" }.to_owned(),
        version: env!("CARGO_PKG_VERSION").to_owned(),
        build: app.assets.build().to_owned(),
        time_scale: app.clock.speed(),
        uptime_s: (now_ms - app.started_at_ms) / 1_000,
        store_id: app.store.store_id().to_owned(),
        head: app.store.head(),
        checks,
    })
}

async fn check_store(app: &AppState) -> HealthCheck {
    let outcome = app.store.ping().await;
    HealthCheck {
        name: "store".to_owned(),
        ok: outcome.is_ok(),
        detail: outcome.map_or_else(|error| error.to_string(), |()| "it answers".to_owned()),
    }
}

fn check_sources(app: &AppState) -> impl Iterator<Item = HealthCheck> {
    let states = app.sources.states();
    states.into_iter().map(|(name, _, state)| {
        let (ok, detail) = match state {
            SourceState::Unknown => (true, "not asked yet".to_owned()),
            SourceState::Up { .. } => (true, "it answers".to_owned()),
            SourceState::Down { why, .. } => (false, why),
        };
        HealthCheck {
            name: format!("source {name}"),
            ok,
            detail,
        }
    })
}

/// Rules whose last run failed.
async fn check_rules(app: &AppState) -> Vec<HealthCheck> {
    let rules = app.store.rules().records(None, app.clock.now_ms()).await;
    let failed = rules.unwrap_or_default().into_iter().filter_map(|rule| {
        let error = rule.last_run.and_then(|run| run.error)?;
        Some(HealthCheck {
            name: format!("rule {}", rule.rule.id.unwrap_or_default()),
            ok: false,
            detail: error,
        })
    });
    failed.collect()
}
