//! `/feedback/{token}`: a page that asks for one click without a login.
//!
//! Mail scanners and chat previews open every link that they see, so asking for the page changes nothing; only the
//! form of the page acts, and once. The token in the path is all that is asked for: no cookie, no script.

use axum::response::{Html, IntoResponse as _, Response};
use hindcast_shared::anomaly::Status;
use hindcast_shared::message::Lang;
use http::header::{ACCEPT_LANGUAGE, CACHE_CONTROL, VARY};
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode};

use crate::error::ApiResult;
use crate::extract::{Path, RawBody};
use crate::feedback::{self, By, Given, Link, Notice, Shown, Shut};
use crate::state::AppState;

/// A form of one short field.
const MAX_BODY: usize = 256;

/// Shows what an anomaly is, and asks whether it was right. Changes nothing, however often it is asked for.
#[utoipa::path(get, path = "/feedback/{token}", tag = "anomalies", operation_id = "show_feedback_link",
    params(("token" = String, Path, description = "Token of the link")),
    responses((status = OK, body = String, content_type = "text/html"), (status = NOT_FOUND), (status = GONE),
        (status = TOO_MANY_REQUESTS)), security())]
pub(crate) async fn show_feedback_link(
    app: AppState,
    Path(token): Path<String>,
    headers: HeaderMap,
) -> Response {
    let lang = lang(&headers);
    match read(&app, &token).await {
        Ok(link) => look(&app, &link, StatusCode::OK, None, lang).await,
        Err(refused) => refused.answer(lang),
    }
}

/// Takes the answer of the page in, once: a second one is refused and told what was said. `answer` is `true`,
/// `false`, `expected` or `wrong_team`; `undo` takes back what this link said, for ten minutes.
#[utoipa::path(post, path = "/feedback/{token}", tag = "anomalies", operation_id = "answer_feedback_link",
    params(("token" = String, Path, description = "Token of the link")),
    request_body(content = String, content_type = "application/x-www-form-urlencoded"),
    responses((status = OK, body = String, content_type = "text/html"), (status = BAD_REQUEST), (status = NOT_FOUND),
        (status = CONFLICT), (status = GONE), (status = TOO_MANY_REQUESTS)), security())]
pub(crate) async fn answer_feedback_link(
    app: AppState,
    Path(token): Path<String>,
    headers: HeaderMap,
    body: ApiResult<RawBody>,
) -> Response {
    let lang = lang(&headers);
    let link = match read(&app, &token).await {
        Ok(link) => link,
        Err(refused) => return refused.answer(lang),
    };
    let body = body.map(|RawBody(bytes)| bytes).unwrap_or_default();
    let answer = (body.len() <= MAX_BODY)
        .then(|| url::form_urlencoded::parse(&body).find(|(key, _)| key == "answer"))
        .flatten();
    let Some((_, answer)) = answer else {
        return look(
            &app,
            &link,
            StatusCode::BAD_REQUEST,
            Some(Notice::Choose),
            lang,
        )
        .await;
    };
    let (status, notice) = match (&*answer, answer.parse()) {
        ("undo", _) => undo(&app, &link).await,
        (_, Ok(answer)) => give(&app, &link, answer).await,
        (_, Err(_)) => Ok((StatusCode::BAD_REQUEST, Notice::Choose)),
    }
    .unwrap_or_else(|error| {
        let gone = (StatusCode::GONE, Notice::Gone);
        let busy = (StatusCode::SERVICE_UNAVAILABLE, Notice::Busy);
        if error.code() == "unknown_anomaly" {
            gone
        } else {
            busy
        }
    });
    look(&app, &link, status, Some(notice), lang).await
}

async fn give(
    app: &AppState,
    link: &Link,
    answer: hindcast_shared::api::FeedbackAnswer,
) -> ApiResult<(StatusCode, Notice)> {
    let (own, link) = (app.clone(), link.clone());
    // In a task of its own: a reader who goes away must not separate the label from what becomes of the anomaly.
    let work = tokio::spawn(async move {
        let by = By::Link(&link.route);
        feedback::give(&own, link.anomaly_id, answer, by).await
    });
    Ok(match work.await.map_err(anyhow::Error::from)?? {
        Given::Taken(_) => (StatusCode::OK, Notice::Thanks),
        Given::Already(_) => (StatusCode::CONFLICT, Notice::Already),
        Given::Judged(_) => (StatusCode::CONFLICT, Notice::Judged),
    })
}

async fn undo(app: &AppState, link: &Link) -> ApiResult<(StatusCode, Notice)> {
    let (own, link) = (app.clone(), link.clone());
    let work = tokio::spawn(async move {
        let by = By::Link(&link.route);
        feedback::take_back(&own, link.anomaly_id, by).await
    });
    let undone = work.await.map_err(anyhow::Error::from)??;
    Ok(if undone {
        (StatusCode::OK, Notice::Undone)
    } else {
        (StatusCode::CONFLICT, Notice::Late)
    })
}

/// Why nothing is shown.
#[derive(Debug, Clone, Copy)]
struct Refused(StatusCode, Notice);

impl Refused {
    fn answer(self, lang: Lang) -> Response {
        respond(self.0, feedback::page(None, Some(self.1), lang))
    }
}

async fn read(app: &AppState, token: &str) -> Result<Link, Refused> {
    // What failed stands in the log.
    let failed = Refused(StatusCode::SERVICE_UNAVAILABLE, Notice::Busy);
    let key = feedback::link_key(&app.store).await.map_err(|_| failed)?;
    let now_ms = app.feedback.clock.now_ms();
    Link::read(token, &key, now_ms).map_err(|shut| match shut {
        Shut::Unknown => Refused(StatusCode::NOT_FOUND, Notice::Unknown),
        Shut::Expired => Refused(StatusCode::GONE, Notice::Expired),
    })
}

/// The page as things stand.
async fn look(
    app: &AppState,
    link: &Link,
    status: StatusCode,
    notice: Option<Notice>,
    lang: Lang,
) -> Response {
    let stored = app.store.anomalies().get(link.anomaly_id).await;
    let current = feedback::current(&app.store, link.anomaly_id).await;
    let (stored, current) = match (stored, current) {
        (Ok(Some(stored)), Ok(current)) => (stored, current.map(|one| one.record)),
        (Ok(None), _) => return Refused(StatusCode::GONE, Notice::Gone).answer(lang),
        (Err(error), _) | (_, Err(error)) => {
            tracing::error!(%error, "feedback cannot be read");
            return Refused(StatusCode::SERVICE_UNAVAILABLE, Notice::Busy).answer(lang);
        }
    };
    let now_ms = app.clock.now_ms();
    let is_judged = matches!(stored.anomaly.status, Status::FalseAlarm | Status::Expected);
    let shown = Shown {
        anomaly: &stored.anomaly,
        can_undo: current
            .as_ref()
            .is_some_and(|current| feedback::can_undo(current, &link.route, now_ms)),
        asks: !is_judged,
        current: current.as_ref(),
    };
    let notice = notice.or((is_judged && current.is_none()).then_some(Notice::Judged));
    respond(status, feedback::page(Some(&shown), notice, lang))
}

fn respond(status: StatusCode, page: String) -> Response {
    let mut response = (status, Html(page)).into_response();
    let headers = response.headers_mut();
    let mut set = |name: HeaderName, value: &'static str| {
        headers.insert(name, HeaderValue::from_static(value));
    };
    set(CACHE_CONTROL, "no-store");
    set(VARY, "accept-language");
    set(
        HeaderName::from_static("x-robots-tag"),
        "noindex, nofollow, noarchive",
    );
    response
}

fn lang(headers: &HeaderMap) -> Lang {
    let value = headers.get(ACCEPT_LANGUAGE);
    value
        .and_then(|value| value.to_str().ok())
        .map_or(Lang::En, Lang::of_header)
}
