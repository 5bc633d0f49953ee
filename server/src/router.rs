//! Every route in one list; the description of the API falls out of it.

use std::sync::Arc;

use axum::Router;
use axum::middleware::from_fn_with_state;
use axum::routing::{any, get};
use utoipa::OpenApi;
use utoipa::openapi::security::{ApiKey, ApiKeyValue, HttpAuthScheme, HttpBuilder, SecurityScheme};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::mcp;
use crate::middleware::{self, NoQuery, no_query};
use crate::routes::{
    about, anomalies, assist, calendars, capabilities, digest, docs, embed, fallback, feedback,
    grafana, health, journal, kiosks, lab, labels, metrics, models, mutes, notifications,
    openapi as openapi_route, push, ready, rules, samples, series, sessions, sources, stream,
    tokens, transitions, uploads,
};
use crate::state::AppState;

/// Head of the description.
#[derive(Debug, OpenApi)]
#[openapi(
    info(
        title = "Hindcast",
        description = "Anomaly detection that shows beforehand what a rule would have fired.\n\n\
            Times are `*_ms`, UTC milliseconds since 1970. Errors are \
            `{\"error\": {\"code\", \"message\", \"field\"}}`. Send `X-API-Key`, or `Authorization: Bearer`, \
            or the session cookie of a login.",
    ),
    modifiers(&Security),
    security(("api_key" = []), ("bearer" = []), ("session" = [])),
)]
struct Description;

struct Security;

impl utoipa::Modify for Security {
    fn modify(&self, description: &mut utoipa::openapi::OpenApi) {
        let components = description.components.get_or_insert_default();
        let header = ApiKey::Header(ApiKeyValue::new("X-API-Key"));
        let cookie = ApiKey::Cookie(ApiKeyValue::new("hindcast_session"));
        let bearer = HttpBuilder::new().scheme(HttpAuthScheme::Bearer).build();
        components.add_security_scheme("api_key", SecurityScheme::ApiKey(header));
        components.add_security_scheme("bearer", SecurityScheme::Http(bearer));
        components.add_security_scheme("session", SecurityScheme::ApiKey(cookie));
    }
}

/// Full models and the work on them.
fn about_models() -> OpenApiRouter<AppState> {
    OpenApiRouter::new()
        .routes(routes!(models::list_models))
        .routes(routes!(models::find_model, models::delete_model))
        .routes(routes!(
            models::find_model_version,
            models::delete_model_version
        ))
        .routes(routes!(models::promote_model))
        .routes(routes!(models::revert_model))
        .routes(routes!(models::explain_model))
        .routes(routes!(models::compare_models))
        .routes(routes!(models::list_model_checks))
        .routes(routes!(models::export_model))
        .routes(routes!(models::import_model))
        .routes(routes!(models::list_jobs, models::create_job))
        .routes(routes!(models::find_job))
        .routes(routes!(models::cancel_job))
        .routes(routes!(models::retry_job))
}

/// What people say of anomalies, and what follows from it.
fn about_feedback() -> OpenApiRouter<AppState> {
    OpenApiRouter::new()
        .routes(routes!(
            feedback::find_feedback,
            feedback::give_feedback,
            feedback::take_feedback_back
        ))
        .routes(routes!(
            feedback::show_feedback_link,
            feedback::answer_feedback_link
        ))
        .routes(routes!(feedback::revoke_feedback_links))
        .routes(routes!(feedback::suggest_rule))
        .routes(routes!(feedback::apply_suggestion))
        .routes(routes!(digest::find_digest))
}

/// What the server is and allows, and what the Lab begins with.
fn about_itself() -> OpenApiRouter<AppState> {
    OpenApiRouter::new()
        .routes(routes!(about::find_build_info))
        .routes(routes!(about::find_limits))
        .routes(routes!(about::list_detectors))
        .routes(routes!(lab::find_lab))
        .routes(routes!(lab::format_query))
        .routes(routes!(assist::assist_draft))
}

/// The whole API. Each group is one resource.
fn api() -> OpenApiRouter<AppState> {
    OpenApiRouter::with_openapi(Description::openapi())
        .merge(about_feedback())
        .merge(about_itself())
        // operating
        .routes(routes!(health::find_health))
        .routes(routes!(ready::find_readiness))
        .routes(routes!(metrics::list_metrics))
        .routes(routes!(journal::list_journal))
        .routes(routes!(journal::verify_journal))
        // anomalies
        .routes(routes!(anomalies::list_anomalies))
        .routes(routes!(anomalies::count_anomalies))
        .routes(routes!(anomalies::detect_and_notify))
        .routes(routes!(anomalies::find_anomaly))
        .routes(routes!(anomalies::explain_anomaly))
        .routes(routes!(anomalies::list_similar_anomalies))
        .routes(routes!(anomalies::acknowledge_anomaly))
        .routes(routes!(anomalies::resolve_anomaly))
        .routes(routes!(anomalies::judge_anomaly_false_alarm))
        .routes(routes!(anomalies::judge_anomaly_expected))
        .routes(routes!(anomalies::undo_anomaly))
        .routes(routes!(anomalies::accept_anomaly))
        .routes(routes!(anomalies::keep_anomaly_alarming))
        .routes(routes!(anomalies::snooze_anomaly))
        .routes(routes!(anomalies::assign_anomaly))
        .routes(routes!(anomalies::add_anomaly_note))
        .routes(routes!(anomalies::act_on_anomalies))
        .routes(routes!(mutes::list_mutes, mutes::create_mute))
        .routes(routes!(
            mutes::find_mute,
            mutes::update_mute,
            mutes::end_mute
        ))
        .routes(routes!(
            calendars::list_calendars,
            calendars::create_calendar
        ))
        .routes(routes!(calendars::preview_calendar))
        .routes(routes!(
            calendars::find_calendar,
            calendars::update_calendar,
            calendars::delete_calendar
        ))
        .routes(routes!(calendars::list_occurrences))
        .routes(routes!(calendars::mark_calendar))
        .routes(routes!(calendars::list_markers))
        .routes(routes!(calendars::list_calendar_windows))
        // rules
        .routes(routes!(rules::list_rules, rules::create_rule))
        .routes(routes!(rules::validate_rule))
        .routes(routes!(rules::parse_rule))
        .routes(routes!(rules::revert_rule))
        .routes(routes!(
            rules::find_rule,
            rules::update_rule,
            rules::delete_rule
        ))
        .routes(routes!(rules::list_rule_versions))
        .routes(routes!(rules::replay_rule))
        .routes(routes!(transitions::list_transitions))
        // who is told
        .routes(routes!(notifications::list_notifications))
        .routes(routes!(notifications::resend_notification))
        .routes(routes!(notifications::list_notification_routes))
        .routes(routes!(notifications::test_notification_route))
        .routes(routes!(push::list_push_devices, push::create_push_device))
        .routes(routes!(push::delete_push_device))
        // what happens, live
        .routes(routes!(stream::stream_journal))
        .routes(routes!(stream::create_stream_ticket))
        // series
        .routes(routes!(series::find_series))
        .routes(routes!(samples::push_samples))
        .routes(routes!(labels::list_labels, labels::create_label))
        .routes(routes!(labels::update_label, labels::delete_label))
        .routes(routes!(labels::list_label_versions))
        .routes(routes!(uploads::create_upload))
        // panels without a script
        .routes(routes!(embed::draw_panel))
        .routes(routes!(embed::show_panel))
        .routes(routes!(embed::draw_panel_by_token))
        .routes(routes!(embed::show_panel_by_token))
        .routes(routes!(embed::show_anomaly_picture))
        .routes(routes!(embed::show_embed_check))
        .routes(routes!(embed::find_embed_check))
        .routes(routes!(embed::show_embed_check_of_token))
        // Grafana
        .routes(routes!(grafana::find_grafana))
        .routes(routes!(grafana::list_grafana_annotations))
        .routes(routes!(grafana::query_grafana_annotations))
        .routes(routes!(grafana::search_grafana_targets))
        .routes(routes!(grafana::query_grafana_series))
        // full models
        .merge(about_models())
        // sources
        .routes(routes!(sources::list_sources))
        // who is asking
        .routes(routes!(sessions::create_session))
        .routes(routes!(sessions::find_session, sessions::delete_session))
        .routes(routes!(tokens::list_tokens, tokens::create_token))
        .routes(routes!(tokens::delete_token))
        .routes(routes!(
            capabilities::list_capabilities,
            capabilities::create_capability
        ))
        .routes(routes!(capabilities::delete_capability))
        .routes(routes!(kiosks::list_kiosks, kiosks::create_kiosk))
        .routes(routes!(kiosks::delete_kiosk))
        .routes(routes!(kiosks::create_pairing))
        .routes(routes!(kiosks::find_pairing))
}

/// The description of the API.
pub(crate) fn openapi() -> utoipa::openapi::OpenApi {
    api().into_openapi()
}

/// Everything that is served.
pub(crate) fn router(app: &AppState) -> Router {
    let (router, description) = api().split_for_parts();
    let router = router
        .layer(from_fn_with_state(
            (Arc::new(NoQuery::of(&description)), app.clone()),
            no_query::refuse,
        ))
        .route("/api/v1/openapi.json", openapi_route::serve(&description))
        // For assistants; its protocol has a description of its own.
        .route(mcp::PATH, any(mcp::serve))
        .route("/docs", get(docs::redirect))
        .route("/docs/", get(docs::serve))
        .route("/docs/{*path}", get(docs::serve))
        // The app's pages and files.
        .fallback(fallback::serve_asset)
        .method_not_allowed_fallback(fallback::refuse_method)
        .with_state(app.clone());
    middleware::apply(router, app)
}

#[cfg(test)]
mod embed_tests;
#[cfg(test)]
mod pass_tests;
#[cfg(test)]
mod tests;
