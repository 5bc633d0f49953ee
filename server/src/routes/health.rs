//! `GET /health`: whether everything is as it should be, and what is not.

use axum::Json;
use hindcast_shared::api::Health;

use crate::state::AppState;

/// Says how the server and what it depends on are.
#[utoipa::path(get, path = "/health", tag = "operating", responses((status = OK, body = Health)))]
pub(crate) async fn find_health(app: AppState) -> Json<Health> {
    let now_ms = app.clock.now_ms();
    Json(Health {
        status: "ok".to_owned(),
        version: env!("CARGO_PKG_VERSION").to_owned(),
        build: String::new(),
        uptime_s: (now_ms - app.started_at_ms) / 1_000,
        store_id: String::new(),
        head: 0,
        checks: Vec::new(),
    })
}
