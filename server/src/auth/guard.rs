//! Requests that are refused before anybody asks who sends them.
//!
//! While no key is configured, the server speaks to this machine only: the name it is asked under must be one of
//! loopback's or allowed (or a page elsewhere could reach it by DNS rebinding), and nothing may come through a proxy.
//! With and without keys, a page of another origin must not write with the cookies or the position of this one.

use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::Response;
use http::header::{AUTHORIZATION, HOST, ORIGIN};
use http::{HeaderMap, Method};

use crate::config::Config;
use crate::error::ApiError;
use crate::state::AppState;

/// Headers that only a proxy adds.
const FORWARDED: [&str; 4] = [
    "forwarded",
    "x-forwarded-for",
    "x-forwarded-host",
    "x-real-ip",
];

/// The middleware.
pub(crate) async fn guard(
    State(app): State<AppState>,
    request: Request,
    next: Next,
) -> Result<Response, ApiError> {
    if !app.auth.required() {
        check_local(&app.config, &request)?;
    }
    let safe = matches!(
        *request.method(),
        Method::GET | Method::HEAD | Method::OPTIONS
    );
    // No page can make a browser send these by itself.
    let by_header = ["x-api-key", AUTHORIZATION.as_str()];
    let by_header = by_header.map(|name| request.headers().contains_key(name));
    // The token of such a path is all that counts there, and its own page is told to send no origin.
    let by_path = request.uri().path().starts_with("/feedback/");
    if !safe && !by_path && !by_header.contains(&true) {
        check_same_origin(&app.config, &request)?;
    }
    Ok(next.run(request).await)
}

fn check_local(config: &Config, request: &Request) -> Result<(), ApiError> {
    let headers = request.headers();
    if let Some(name) = FORWARDED.iter().find(|name| headers.contains_key(**name)) {
        return Err(ApiError::forbidden(format!(
            "a forwarded request ({name}) is refused while no API key is configured"
        )));
    }
    let host = host_of(request);
    let name = host.map(without_port).unwrap_or_default();
    let allowed = is_loopback_name(name)
        || config
            .auth
            .allowed_hosts
            .iter()
            .any(|allowed| allowed.eq_ignore_ascii_case(name));
    if allowed {
        return Ok(());
    }
    Err(ApiError::forbidden(
        "this host name is not in auth.allowed_hosts, and no API key is configured",
    ))
}

/// Refuses a page of an origin that is neither this server's nor allowed, whatever key it holds: what only programs are
/// to use must not be reached through a browser that was led here. Other programs name no origin.
pub(crate) fn check_program(config: &Config, request: &Request) -> Result<(), ApiError> {
    let headers = request.headers();
    let Some(origin) = headers.get(ORIGIN) else {
        return Ok(());
    };
    let origin = origin.to_str().unwrap_or("?");
    let allowed = &config.auth.cors_origins;
    let own = is_own_origin(config, origin, host_of(request), headers)
        || allowed.iter().any(|one| one.as_str() == origin);
    if own {
        return Ok(());
    }
    Err(ApiError::forbidden(
        "a page of this origin is not in auth.cors_origins",
    ))
}

/// A browser says in `Sec-Fetch-Site` or at least in `Origin` whose page is writing; other programs say neither.
fn check_same_origin(config: &Config, request: &Request) -> Result<(), ApiError> {
    let headers = request.headers();
    let text = |name: &str| headers.get(name).map(|value| value.to_str().unwrap_or("?"));
    let own = match (text("sec-fetch-site"), text(ORIGIN.as_str())) {
        (Some(site), _) => matches!(site, "same-origin" | "none"),
        (None, Some(origin)) => is_own_origin(config, origin, host_of(request), headers),
        (None, None) => true,
    };
    if own {
        return Ok(());
    }
    Err(ApiError::forbidden(
        "a page of another origin cannot write here; send X-API-Key",
    ))
}

fn is_own_origin(config: &Config, origin: &str, host: Option<&str>, headers: &HeaderMap) -> bool {
    let public = config.http.public_url.as_ref();
    if public.is_some_and(|url| url.origin().ascii_serialization() == origin) {
        return true;
    }
    let forwarded = headers
        .get("x-forwarded-host")
        .and_then(|value| value.to_str().ok());
    let authority = origin.split_once("://").map(|(_, authority)| authority);
    // A proxy that changes `Host` says the old one beside it; a page cannot set either header.
    authority.is_some() && (authority == host || authority == forwarded)
}

/// The name that was asked for: `Host`, or the authority of HTTP/2.
fn host_of(request: &Request) -> Option<&str> {
    let header = request.headers().get(HOST);
    let header = header.and_then(|value| value.to_str().ok());
    header.or_else(|| request.uri().authority().map(http::uri::Authority::as_str))
}

fn without_port(host: &str) -> &str {
    match host.strip_prefix('[') {
        Some(rest) => rest.split(']').next().unwrap_or(rest),
        None => host.split(':').next().unwrap_or(host),
    }
}

fn is_loopback_name(name: &str) -> bool {
    name.eq_ignore_ascii_case("localhost")
        || name
            .parse::<std::net::IpAddr>()
            .is_ok_and(|address| address.is_loopback())
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    fn request(headers: &[(&str, &str)]) -> Request {
        let mut builder = http::Request::post("/api/v1/rules");
        for (name, value) in headers {
            builder = builder.header(*name, *value);
        }
        builder
            .body(axum::body::Body::empty())
            .expect("a valid request")
    }

    #[rstest]
    #[case(&[("host", "127.0.0.1:8080")], true)]
    #[case(&[("host", "[::1]:8080")], true)]
    #[case(&[("host", "LOCALHOST")], true)]
    #[case(&[("host", "board.example")], true)]
    #[case(&[("host", "evil.example")], false)]
    #[case(&[("host", "127.0.0.1.evil.example")], false)]
    #[case(&[("host", "localhost"), ("x-forwarded-for", "127.0.0.1")], false)]
    #[case(&[("host", "localhost"), ("forwarded", "for=127.0.0.1")], false)]
    #[case(&[], false)]
    fn open_mode_when_not_of_this_machine_then_is_refused(
        #[case] headers: &[(&str, &str)],
        #[case] fine: bool,
    ) {
        let mut config = Config::default();
        config.auth.allowed_hosts = vec!["board.example".to_owned()];
        assert_eq!(check_local(&config, &request(headers)).is_ok(), fine);
    }

    #[rstest]
    #[case(&[], true)]
    #[case(&[("sec-fetch-site", "same-origin")], true)]
    #[case(&[("sec-fetch-site", "none")], true)]
    #[case(&[("sec-fetch-site", "same-site")], false)]
    #[case(&[("sec-fetch-site", "cross-site"), ("origin", "http://a.example"), ("host", "a.example")], false)]
    #[case(&[("origin", "http://a.example:81"), ("host", "a.example:81")], true)]
    #[case(&[("origin", "http://a.example"), ("host", "a.example:81")], false)]
    #[case(&[("origin", "https://public.example"), ("host", "10.0.0.1")], true)]
    #[case(&[("origin", "null"), ("host", "a.example")], false)]
    fn write_when_from_another_origin_then_is_refused(
        #[case] headers: &[(&str, &str)],
        #[case] fine: bool,
    ) {
        let mut config = Config::default();
        config.http.public_url = "https://public.example/ml/".parse().ok();
        assert_eq!(check_same_origin(&config, &request(headers)).is_ok(), fine);
    }
}
