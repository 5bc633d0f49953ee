//! Every route in one list; the description of the API falls out of it.

use axum::Router;
use utoipa::OpenApi;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::middleware;
use crate::routes::{health, openapi as openapi_route};
use crate::state::AppState;

#[derive(Debug, OpenApi)]
#[openapi(info(
    title = "Hindcast",
    description = "Anomaly detection that shows beforehand what a rule would have fired."
))]
struct Description;

/// The whole API. Each group below is one resource.
fn api() -> OpenApiRouter<AppState> {
    OpenApiRouter::with_openapi(Description::openapi())
        // operating
        .routes(routes!(health::find_health))
}

/// The description of the API.
pub(crate) fn openapi() -> utoipa::openapi::OpenApi {
    api().into_openapi()
}

/// Everything that is served.
pub(crate) fn router(app: AppState) -> Router {
    let (router, description) = api().split_for_parts();
    let router = router
        .route("/api/v1/openapi.json", openapi_route::serve(&description))
        .with_state(app.clone());
    middleware::apply(router, &app)
}
