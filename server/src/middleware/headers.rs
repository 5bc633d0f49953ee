//! Headers that keep a browser from doing what the product never asks for.

use std::sync::LazyLock;

use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::Response;
use http::header::{
    CONTENT_SECURITY_POLICY, REFERRER_POLICY, STRICT_TRANSPORT_SECURITY, X_CONTENT_TYPE_OPTIONS,
    X_FRAME_OPTIONS,
};
use http::{HeaderName, HeaderValue};

use crate::config::{Config, Origin};
use crate::embed::{POLICY_STYLE, style_hash};
use crate::feedback;
use crate::state::AppState;

/// The strictest policy that Wasm allows. Style attributes are what the drawing measures text with.
const POLICY: &str = "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self'; \
    style-src-attr 'unsafe-inline'; connect-src 'self'; img-src 'self' data:; font-src 'self'; \
    manifest-src 'self'; worker-src 'self'; base-uri 'self'; form-action 'self'";

/// The page that shows the description of the API brings its own styles and needs no Wasm.
const DOCS_POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; \
    connect-src 'self'; img-src 'self' data:; font-src 'self'; base-uri 'none'; form-action 'self'";

/// A panel that the server drew: one style that is known beforehand, and nothing else.
static STILL_POLICY: LazyLock<String> = LazyLock::new(|| {
    format!(
        "default-src 'none'; style-src {}; base-uri 'none'; form-action 'none'",
        *POLICY_STYLE
    )
});

/// The page behind a link for feedback: one style, and a form that goes to itself.
static ASK_POLICY: LazyLock<String> = LazyLock::new(|| {
    format!(
        "default-src 'none'; style-src {}; base-uri 'none'; form-action 'self'",
        style_hash(feedback::PAGE_STYLE)
    )
});

pub(super) async fn security(
    State(app): State<AppState>,
    request: Request,
    next: Next,
) -> Response {
    let area = Area::of(request.uri().path());
    let mut response = next.run(request).await;
    let headers = response.headers_mut();
    let mut set = |name: HeaderName, value: &'static str| {
        headers.insert(name, HeaderValue::from_static(value));
    };
    set(X_CONTENT_TYPE_OPTIONS, "nosniff");
    let framed = matches!(area, Area::Embed | Area::Still);
    // A token may stand in the path of an embedded page, and of one that asks.
    set(
        REFERRER_POLICY,
        if framed || area == Area::Ask {
            "no-referrer"
        } else {
            "same-origin"
        },
    );
    set(
        HeaderName::from_static("permissions-policy"),
        "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
    );
    set(
        HeaderName::from_static("cross-origin-opener-policy"),
        "same-origin",
    );
    if framed {
        // Pages that ask for isolation may show it too.
        set(
            HeaderName::from_static("cross-origin-resource-policy"),
            "cross-origin",
        );
    } else {
        set(X_FRAME_OPTIONS, "DENY");
    }
    if app.config.http.tls.is_some() {
        set(STRICT_TRANSPORT_SECURITY, "max-age=31536000");
    }
    if let Ok(policy) = HeaderValue::from_str(&policy(area, &app.config)) {
        headers.insert(CONTENT_SECURITY_POLICY, policy);
    }
    response
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Area {
    App,
    /// The live panel.
    Embed,
    /// A panel without a script.
    Still,
    Docs,
    /// The page behind a link for feedback.
    Ask,
}

impl Area {
    fn of(path: &str) -> Self {
        let under = |area: &str| {
            path.strip_prefix(area)
                .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
        };
        let still = ["/embed/panel.svg", "/embed/panel.html", "/embed/check"];
        if still.contains(&path) || under("/embed/t") {
            Self::Still
        } else if under("/embed") {
            Self::Embed
        } else if under("/feedback") {
            Self::Ask
        } else if under("/docs") {
            Self::Docs
        } else {
            Self::App
        }
    }
}

fn policy(area: Area, config: &Config) -> String {
    let origins = &config.embed.allowed_origins;
    let ancestors = match area {
        Area::Embed | Area::Still if !origins.is_empty() => {
            let origins: Vec<_> = origins.iter().map(Origin::as_str).collect();
            format!("'self' {}", origins.join(" "))
        }
        _ => "'none'".to_owned(),
    };
    let policy = match area {
        Area::Docs => DOCS_POLICY,
        Area::Still => &STILL_POLICY,
        Area::Ask => &ASK_POLICY,
        Area::App | Area::Embed => POLICY,
    };
    format!("{policy}; frame-ancestors {ancestors}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn policy_when_embedding_is_allowed_then_only_embeds_may_be_framed() {
        let mut config = Config::default();
        assert!(policy(Area::Embed, &config).ends_with("frame-ancestors 'none'"));
        config.embed.allowed_origins = vec!["https://g.example".parse().expect("an origin")];
        assert!(policy(Area::Embed, &config).ends_with("frame-ancestors 'self' https://g.example"));
        assert!(policy(Area::App, &config).ends_with("frame-ancestors 'none'"));
        assert_eq!(Area::of("/embed/panel"), Area::Embed);
        assert_eq!(Area::of("/embedded"), Area::App);
        assert_eq!(Area::of("/feedback/secret"), Area::Ask);
        let ask = policy(Area::Ask, &config);
        assert!(!ask.contains("script-src") && ask.ends_with("frame-ancestors 'none'"));
        assert_eq!(Area::of("/embed/t/secret/panel.svg"), Area::Still);
        let still = policy(Area::Still, &config);
        assert!(!still.contains("script-src") && still.contains("frame-ancestors 'self' https"));
    }
}
