//! The session cookie: what a browser holds in place of a key.

use http::header::COOKIE;
use http::{HeaderMap, HeaderValue};

use crate::config::Config;

const NAME: &str = "hindcast_session";

/// The secret in the request's cookie.
pub(super) fn secret_of(headers: &HeaderMap) -> Option<&str> {
    headers
        .get_all(COOKIE)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(';'))
        .find_map(|pair| {
            let (name, value) = pair.trim().split_once('=')?;
            (name == NAME && !value.is_empty()).then_some(value)
        })
}

/// `Set-Cookie` for a new session. No script reads it, no other site sends it, no other path sees it.
pub(crate) fn session_cookie(config: &Config, secret: &str, ttl_ms: i64) -> Option<HeaderValue> {
    cookie(config, secret, ttl_ms / 1_000)
}

/// `Set-Cookie` that ends the session in the browser.
pub(crate) fn ended_cookie(config: &Config) -> Option<HeaderValue> {
    cookie(config, "", 0)
}

fn cookie(config: &Config, value: &str, max_age_s: i64) -> Option<HeaderValue> {
    let path = config.http.base_path.as_str();
    let https = config.http.tls.is_some()
        || config
            .http
            .public_url
            .as_ref()
            .is_some_and(|url| url.scheme() == "https");
    let secure = if https { "; Secure" } else { "" };
    let text = format!(
        "{NAME}={value}; Path={path}; Max-Age={max_age_s}; HttpOnly; SameSite=Strict{secure}"
    );
    HeaderValue::from_str(&text).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cookie_when_among_others_then_is_found() {
        let mut headers = HeaderMap::new();
        headers.append(
            COOKIE,
            HeaderValue::from_static("a=b; hindcast_session=s3; c=d"),
        );
        assert_eq!(secret_of(&headers), Some("s3"));
        headers.clear();
        headers.append(COOKIE, HeaderValue::from_static("xhindcast_session=s3"));
        assert_eq!(secret_of(&headers), None);
    }

    #[test]
    fn cookie_when_set_under_a_path_and_tls_then_says_so() {
        let mut config = Config::default();
        config.http.base_path = "/ml/".parse().expect("a path");
        config.http.public_url = "https://a.example".parse().ok();
        let cookie = session_cookie(&config, "s3", 60_000).expect("a header");
        assert_eq!(
            cookie,
            "hindcast_session=s3; Path=/ml/; Max-Age=60; HttpOnly; SameSite=Strict; Secure"
        );
    }
}
