//! The document that every page begins with, and the one that says that there is none.

use axum::response::{Html, IntoResponse as _, Response};
use http::StatusCode;

/// Makes the page's addresses begin at `base`: relative ones by the `base` element, absolute ones one by one.
pub(super) fn with_base(html: &str, base: &str) -> String {
    let mut html = html.to_owned();
    for attribute in ["href", "src", "data-js", "data-wasm"] {
        html = html.replace(
            &format!("{attribute}=\"/"),
            &format!("{attribute}=\"{base}"),
        );
    }
    set_base(&html, base)
}

fn set_base(html: &str, base: &str) -> String {
    const OPEN: &str = "<base href=\"";
    if let Some(start) = html.find(OPEN) {
        let value = start + OPEN.len();
        if let Some(end) = html[value..].find('"') {
            return format!("{}{base}{}", &html[..value], &html[value + end..]);
        }
    }
    html.replacen("<head>", &format!("<head><base href=\"{base}\">"), 1)
}

/// For a server without the app: what works, and what to do.
pub(super) fn not_built(origin: &str) -> Response {
    let origin = origin
        .replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;");
    let text = format!(
        "<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\"><title>Hindcast</title></head>\
         <body><h1>Hindcast is running, without its pages</h1>\
         <p>The app was looked for {origin} and is not there. \
         <code>cargo xtask serve</code> builds it and starts the server with it.</p>\
         <p>What works without it: the <a href=\"docs\">API and its description</a> and \
         <a href=\"health\">health</a>.</p></body></html>"
    );
    (StatusCode::SERVICE_UNAVAILABLE, Html(text)).into_response()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn base_when_there_is_one_or_none_then_is_set_once() {
        let html = with_base("<head><base href=\"/\" /></head>", "/ml/");
        assert_eq!(html, "<head><base href=\"/ml/\" /></head>");
        let html = with_base(
            "<head><base href=\"./\"><script src=\"/a.js\"></script>",
            "/ml/",
        );
        assert_eq!(
            html,
            "<head><base href=\"/ml/\"><script src=\"/ml/a.js\"></script>"
        );
        let html = with_base("<head><title>x</title></head>", "/ml/");
        assert_eq!(html, "<head><base href=\"/ml/\"><title>x</title></head>");
    }
}
