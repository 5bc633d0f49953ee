//! `/embed/panel.svg`, `/embed/panel.html` and `/embed/check`: panels without a script, and what stands in their way.
//!
//! With a token in the path (`/embed/t/{token}/…`) they need neither cookie nor header: a sandboxed frame has none.
//! A refusal is a panel that says so.

use axum::Json;
use axum::extract::RawQuery;
use axum::response::{Html, IntoResponse as _, Response};
use hindcast_shared::api::EmbedReport;
use http::header::{
    ACCEPT_LANGUAGE, CACHE_CONTROL, CONTENT_TYPE, COOKIE, ETAG, IF_NONE_MATCH, REFERER, VARY,
};
use http::{HeaderMap, HeaderValue, StatusCode};

use crate::auth::{Caller, Embed};
use crate::embed::{Asked, Form, PanelQuery, Panels, check_page, checks};
use crate::error::{ApiError, ApiResult};
use crate::extract::Path;
use crate::state::AppState;

/// Draws a rule's panel as a picture.
///
/// Query: `rule`, `series`, `from`, `to`, `tz`, `theme` (`auto`, `light`, `dark`), `lang` (`en`, `ko`, `ru`), `width`,
/// `height`. A refusal is a picture too, with its status.
#[utoipa::path(get, path = "/embed/panel.svg", tag = "embed", operation_id = "draw_panel",
    responses((status = OK, content_type = "image/svg+xml", body = String)))]
pub(crate) async fn draw_panel(
    app: AppState,
    caller: Result<Embed, ApiError>,
    headers: HeaderMap,
    RawQuery(query): RawQuery,
) -> Response {
    answer(
        &app,
        caller.map(|Embed(caller)| caller),
        &headers,
        query,
        Form::Svg,
    )
    .await
}

/// Draws a rule's panel as a page without a script; the same query, and `refresh` (in seconds).
#[utoipa::path(get, path = "/embed/panel.html", tag = "embed", operation_id = "show_panel",
    responses((status = OK, content_type = "text/html", body = String)))]
pub(crate) async fn show_panel(
    app: AppState,
    caller: Result<Embed, ApiError>,
    headers: HeaderMap,
    RawQuery(query): RawQuery,
) -> Response {
    answer(
        &app,
        caller.map(|Embed(caller)| caller),
        &headers,
        query,
        Form::Html,
    )
    .await
}

/// Draws the panel that a token shows, as a picture.
#[utoipa::path(get, path = "/embed/t/{token}/panel.svg", tag = "embed", operation_id = "draw_panel_by_token",
    params(("token" = String, Path, description = "Secret of a link")), security(()),
    responses((status = OK, content_type = "image/svg+xml", body = String)))]
pub(crate) async fn draw_panel_by_token(
    app: AppState,
    Path(token): Path<String>,
    headers: HeaderMap,
    RawQuery(query): RawQuery,
) -> Response {
    let caller = app.auth.by_pass(&token).await;
    answer(&app, caller, &headers, query, Form::Svg).await
}

/// Draws the panel that a token shows, as a page without a script.
#[utoipa::path(get, path = "/embed/t/{token}/panel.html", tag = "embed", operation_id = "show_panel_by_token",
    params(("token" = String, Path, description = "Secret of a link")), security(()),
    responses((status = OK, content_type = "text/html", body = String)))]
pub(crate) async fn show_panel_by_token(
    app: AppState,
    Path(token): Path<String>,
    headers: HeaderMap,
    RawQuery(query): RawQuery,
) -> Response {
    let caller = app.auth.by_pass(&token).await;
    answer(&app, caller, &headers, query, Form::Html).await
}

/// Draws the anomaly that a message shows, as a picture: the link in the message is its right to see it.
#[utoipa::path(get, path = "/embed/t/{token}/anomaly.png", tag = "embed", operation_id = "draw_anomaly_by_token",
    params(("token" = String, Path, description = "Token of a link in a message")), security(()),
    responses((status = OK, content_type = "image/png", body = [u8])))]
pub(crate) async fn show_anomaly_picture(
    app: AppState,
    Path(token): Path<String>,
) -> ApiResult<Response> {
    let gone = || ApiError::not_found("unknown_link", "this link shows nothing any more");
    let png = app.notify.picture_of_link(&token).await?;
    let png = png.ok_or_else(gone)?;
    let headers = [
        (CONTENT_TYPE, HeaderValue::from_static("image/png")),
        (
            CACHE_CONTROL,
            HeaderValue::from_static("private, max-age=60"),
        ),
    ];
    Ok((headers, png.to_vec()).into_response())
}

/// Names what stands in the way of an embedded panel, as a page. Query: `origin`, `now`.
#[utoipa::path(get, path = "/embed/check", tag = "embed", operation_id = "show_embed_check",
    security(()), responses((status = OK, content_type = "text/html", body = String)))]
pub(crate) async fn show_embed_check(
    app: AppState,
    headers: HeaderMap,
    RawQuery(query): RawQuery,
) -> Response {
    check_page_of(&report(&app, &headers, query.as_deref(), None))
}

/// Names what stands in the way of an embedded panel, for programs.
#[utoipa::path(get, path = "/embed/check.json", tag = "embed", operation_id = "find_embed_check",
    security(()), responses((status = OK, body = EmbedReport)))]
pub(crate) async fn find_embed_check(
    app: AppState,
    headers: HeaderMap,
    RawQuery(query): RawQuery,
) -> Json<EmbedReport> {
    Json(report(&app, &headers, query.as_deref(), None))
}

/// The same with a look at a token.
#[utoipa::path(get, path = "/embed/t/{token}/check", tag = "embed", operation_id = "show_embed_check_of_token",
    params(("token" = String, Path, description = "Secret of a link")), security(()),
    responses((status = OK, content_type = "text/html", body = String)))]
pub(crate) async fn show_embed_check_of_token(
    app: AppState,
    Path(token): Path<String>,
    headers: HeaderMap,
    RawQuery(query): RawQuery,
) -> Response {
    let found = app.auth.by_pass(&token).await;
    let told = found.map_err(|error| error.to_string()).map(|caller| {
        let scope = caller
            .pass
            .map(|pass| pass.scope.clone())
            .unwrap_or_default();
        let rules: Vec<_> = scope.rules.iter().map(ToString::to_string).collect();
        let rules = if rules.is_empty() {
            "everything".to_owned()
        } else {
            rules.join(", ")
        };
        format!("it is in force and shows {rules}.")
    });
    check_page_of(&report(&app, &headers, query.as_deref(), Some(told)))
}

fn check_page_of(report: &EmbedReport) -> Response {
    let mut response = Html(check_page(&report.checks)).into_response();
    response
        .headers_mut()
        .insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

fn report(
    app: &AppState,
    headers: &HeaderMap,
    query: Option<&str>,
    token: Option<Result<String, String>>,
) -> EmbedReport {
    let now_ms = app.clock.now_ms();
    let asked = asked(app, headers, query.unwrap_or_default(), token);
    EmbedReport {
        now_ms,
        checks: checks(&app.config, &asked, now_ms),
    }
}

fn asked(
    app: &AppState,
    headers: &HeaderMap,
    query: &str,
    token: Option<Result<String, String>>,
) -> Asked {
    let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    let given = |wanted: &str| {
        url::form_urlencoded::parse(query.as_bytes())
            .find(|(key, value)| key == wanted && !value.is_empty())
            .map(|(_, value)| value.into_owned())
    };
    let origin_of = |address: &str| {
        let address = url::Url::parse(address).ok()?;
        Some(address.origin().ascii_serialization())
    };
    let framed = matches!(text("sec-fetch-dest"), Some("iframe" | "frame" | "embed"));
    let referer = text(REFERER.as_str())
        .filter(|_| framed)
        .and_then(origin_of);
    Asked {
        origin: given("origin")
            .and_then(|origin| origin_of(&origin))
            .or(referer),
        framed,
        has_cookie: text(COOKIE.as_str()).is_some_and(|value| value.contains("hindcast_session")),
        https: app.config.http.tls.is_some() || text("x-forwarded-proto") == Some("https"),
        token,
        now_ms: given("now").and_then(|now| now.parse().ok()),
        prefix: text("x-forwarded-prefix").map(str::to_owned),
    }
}

async fn answer(
    app: &AppState,
    caller: ApiResult<Caller>,
    headers: &HeaderMap,
    query: Option<String>,
    form: Form,
) -> Response {
    let language = headers.get(ACCEPT_LANGUAGE);
    let language = language
        .and_then(|value| value.to_str().ok())
        .unwrap_or_default();
    let read = PanelQuery::parse(query.as_deref().unwrap_or_default(), language);
    // A picture says what is wrong in the size that was asked for, as far as that can be read.
    let look = read.as_ref().cloned().unwrap_or_default();
    match drawn(app, caller, headers, read, form).await {
        Ok(response) => response,
        Err(error) => {
            let text = Panels::refusal(&error, &look, form);
            let status = error.into_response().status();
            respond(status, form, "no-store", None, text)
        }
    }
}

async fn drawn(
    app: &AppState,
    caller: ApiResult<Caller>,
    headers: &HeaderMap,
    query: ApiResult<PanelQuery>,
    form: Form,
) -> ApiResult<Response> {
    let caller = caller?;
    let mut query = query?;
    if let Some(pass) = &caller.pass {
        let scope = &pass.scope;
        // A link that is asked for nothing shows what it is for.
        query.rule = query
            .rule
            .or_else(|| scope.rules.first().map(ToString::to_string));
        let shown = |rule: &String| {
            scope.rules.is_empty() || scope.rules.iter().any(|id| id.as_str() == rule)
        };
        if query.rule.as_ref().is_some_and(|rule| !shown(rule)) {
            return Err(ApiError::forbidden("this token shows another rule"));
        }
        if let Some(only) = &scope.series {
            if query.series.as_ref().is_some_and(|series| series != only) {
                return Err(ApiError::forbidden("this token shows another series"));
            }
            query.series = Some(only.clone());
        }
    }
    let known = headers
        .get(IF_NONE_MATCH)
        .and_then(|value| value.to_str().ok());
    let has = |etag: &str| known.is_some_and(|known| known.contains(etag));
    let answer = app.panels.draw(app, &query, form, has).await?;
    let (status, text) = match answer.drawn {
        Some(drawn) => (StatusCode::OK, drawn.text.clone()),
        None => (StatusCode::NOT_MODIFIED, String::new()),
    };
    let caching = "private, max-age=5, must-revalidate";
    Ok(respond(status, form, caching, Some(&answer.etag), text))
}

fn respond(
    status: StatusCode,
    form: Form,
    caching: &'static str,
    etag: Option<&str>,
    text: String,
) -> Response {
    let content_type = match form {
        Form::Svg => "image/svg+xml; charset=utf-8",
        Form::Html => "text/html; charset=utf-8",
    };
    let mut response = (status, text).into_response();
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(content_type));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static(caching));
    headers.insert(VARY, HeaderValue::from_static("accept-language, cookie"));
    if let Some(etag) = etag.and_then(|etag| HeaderValue::from_str(etag).ok()) {
        headers.insert(ETAG, etag);
    }
    response
}
