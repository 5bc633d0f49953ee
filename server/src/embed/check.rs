//! What stands in the way of an embedded panel, as far as a server can see it, and the rest by a page that shows
//! what the frame lets it.

use hindcast_shared::api::{EmbedCheck, EmbedCheckState};
use hindcast_shared::time::MINUTE_MS;

use super::picture::PAGE_STYLE;
use super::svg::escaped;
use crate::config::Config;

/// What a request tells about where it comes from.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Asked {
    /// Origin of the page that shall show the panel: `?origin=`, or what `Referer` says.
    pub(crate) origin: Option<String>,
    /// Whether the page is shown in a frame, as the browser says.
    pub(crate) framed: bool,
    /// Whether the browser sent a session cookie.
    pub(crate) has_cookie: bool,
    /// Whether this request came by https, as far as is known.
    pub(crate) https: bool,
    /// What the token of the path opens, or why nothing: name and sentence.
    pub(crate) token: Option<Result<String, String>>,
    /// What the reader's clock says: `?now=` in milliseconds.
    pub(crate) now_ms: Option<i64>,
    /// The prefix that a proxy says it took off.
    pub(crate) prefix: Option<String>,
}

fn check(name: &str, state: EmbedCheckState, detail: impl Into<String>) -> EmbedCheck {
    EmbedCheck {
        name: name.to_owned(),
        state,
        detail: detail.into(),
    }
}

/// Everything that can be said.
pub(crate) fn checks(config: &Config, asked: &Asked, now_ms: i64) -> Vec<EmbedCheck> {
    vec![
        frame(config, asked),
        scheme(config, asked),
        cookies(asked),
        token(asked),
        base_path(config, asked),
        clock(asked, now_ms),
    ]
}

fn frame(config: &Config, asked: &Asked) -> EmbedCheck {
    let say = |state, detail: String| check("frame", state, detail);
    let allowed = &config.embed.allowed_origins;
    let listed = |origin: &str| allowed.iter().any(|one| one.as_str() == origin);
    match &asked.origin {
        _ if allowed.is_empty() => say(
            EmbedCheckState::Blocked,
            "embed.allowed_origins is empty, so every frame is refused; pictures (<img>) work. \
             Add the origin of the dashboard, such as https://grafana.example.com."
                .to_owned(),
        ),
        Some(origin) if listed(origin) => {
            say(EmbedCheckState::Fine, format!("{origin} may show frames."))
        }
        Some(origin) => say(
            EmbedCheckState::Blocked,
            format!("{origin} is not in embed.allowed_origins: its frames stay empty."),
        ),
        None if asked.framed => say(
            EmbedCheckState::Fine,
            "this page is shown in a frame, so its origin is allowed.".to_owned(),
        ),
        None => say(
            EmbedCheckState::Unknown,
            "say for which dashboard: ?origin=https://grafana.example.com".to_owned(),
        ),
    }
}

fn scheme(config: &Config, asked: &Asked) -> EmbedCheck {
    let public = config.http.public_url.as_ref();
    let https = asked.https || public.is_some_and(|url| url.scheme() == "https");
    let outer = asked.origin.as_deref();
    let (state, detail) = match outer.and_then(|origin| origin.split_once("://")) {
        Some(("https", _)) if !https => (
            EmbedCheckState::Blocked,
            "the dashboard is served by https and Hindcast by http: browsers block the mix. \
             Set http.tls, or put Hindcast behind the dashboard's proxy.",
        ),
        Some(_) => (EmbedCheckState::Fine, "both schemes go together."),
        None if https => (EmbedCheckState::Fine, "https goes together with anything."),
        None => (
            EmbedCheckState::Unknown,
            "this is plain http; a dashboard that is served by https cannot show it.",
        ),
    };
    check("scheme", state, detail)
}

fn cookies(asked: &Asked) -> EmbedCheck {
    if asked.has_cookie {
        let detail = "the browser sent the session here; in a frame of another site it would not.";
        return check("cookies", EmbedCheckState::Fine, detail);
    }
    let detail = "no session came along, as in every frame of another site: \
        use a link with a token (POST /api/v1/capabilities).";
    let state = match asked.token {
        Some(Ok(_)) => EmbedCheckState::Fine,
        _ => EmbedCheckState::Warning,
    };
    check("cookies", state, detail)
}

fn token(asked: &Asked) -> EmbedCheck {
    match &asked.token {
        Some(Ok(shown)) => check("token", EmbedCheckState::Fine, shown),
        Some(Err(why)) => check("token", EmbedCheckState::Blocked, why),
        None => check(
            "token",
            EmbedCheckState::Unknown,
            "no token was given; ask under embed/t/TOKEN/check to have one looked at.",
        ),
    }
}

fn base_path(config: &Config, asked: &Asked) -> EmbedCheck {
    let own = config.http.base_path.prefix();
    let public = config.http.public_url.as_ref();
    let public = public.map(|url| url.path().trim_end_matches('/').to_owned());
    let outer = asked.prefix.clone().or(public);
    match outer {
        Some(outer) if outer.trim_end_matches('/') != own => check(
            "base path",
            EmbedCheckState::Warning,
            format!(
                "it is reached under `{outer}/` and http.base_path is `{}`: the live panel's files are not found.",
                config.http.base_path.as_str()
            ),
        ),
        _ => check(
            "base path",
            EmbedCheckState::Fine,
            format!("it is served under `{}`.", config.http.base_path.as_str()),
        ),
    }
}

fn clock(asked: &Asked, now_ms: i64) -> EmbedCheck {
    let Some(theirs_ms) = asked.now_ms else {
        let detail = format!(
            "it is {} here; compare, or ask with ?now=${{__to}} from a dashboard whose range ends now.",
            time(now_ms)
        );
        return check("clock", EmbedCheckState::Unknown, detail);
    };
    let off_ms = (theirs_ms - now_ms).abs();
    if off_ms > MINUTE_MS {
        let detail = format!(
            "the reader's clock and this one are {} s apart: the newest samples are missing or the end is empty.",
            off_ms / 1_000
        );
        return check("clock", EmbedCheckState::Warning, detail);
    }
    let detail = format!("the clocks are {:.1} s apart.", off_ms as f64 / 1_000.0);
    check("clock", EmbedCheckState::Fine, detail)
}

fn time(at_ms: i64) -> String {
    jiff::Timestamp::from_millisecond(at_ms).map_or_else(|_| at_ms.to_string(), |at| at.to_string())
}

/// The page. What only the frame knows it finds out without a script: `noscript` shows where scripts are off, and a
/// picture that is asked for across origins comes where the sandbox has taken the page's own origin away.
pub(crate) fn page(checks: &[EmbedCheck]) -> String {
    let rows: Vec<String> = checks
        .iter()
        .map(|check| {
            let (sign, word) = match check.state {
                EmbedCheckState::Fine => ("✓", "fine"),
                EmbedCheckState::Warning => ("◆", "look"),
                EmbedCheckState::Blocked => ("▲", "blocked"),
                EmbedCheckState::Unknown => ("?", "unknown"),
            };
            format!(
                "<tr><th scope=\"row\">{}</th><td>{sign} {word}</td><td>{}</td></tr>",
                escaped(&check.name),
                escaped(&check.detail)
            )
        })
        .collect();
    let rows = rows.concat();
    format!(
        "<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\">\
         <meta name=\"viewport\" content=\"width=device-width\"><meta name=\"color-scheme\" content=\"light dark\">\
         <title>Embedding check</title><style>{PAGE_STYLE}</style></head><body><h1>Embedding check</h1>\
         <table><thead><tr><th>What</th><th>State</th><th>Detail</th></tr></thead><tbody>{rows}\
         <tr><th scope=\"row\">sandbox</th><td>? unknown</td><td><noscript>Scripts are off in this frame: \
         use panel.html or panel.svg, which need none. </noscript>\
         The live panel needs <code>sandbox=\"allow-scripts allow-same-origin\"</code> or no sandbox at all; \
         pictures need nothing.</td></tr></tbody></table></body></html>"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn states(config: &Config, asked: &Asked) -> Vec<(String, EmbedCheckState)> {
        let told = checks(config, asked, 10 * MINUTE_MS);
        told.into_iter().map(|one| (one.name, one.state)).collect()
    }

    #[test]
    fn check_when_everything_is_in_the_way_then_names_each() {
        let mut config = Config::default();
        let mut asked = Asked {
            origin: Some("https://g.example".to_owned()),
            token: Some(Err("this token has expired".to_owned())),
            now_ms: Some(0),
            prefix: Some("/ml".to_owned()),
            ..Asked::default()
        };
        let named = |states: &[(String, EmbedCheckState)], state: EmbedCheckState| {
            let found = states.iter().filter(|(_, one)| *one == state);
            found.map(|(name, _)| name.clone()).collect::<Vec<_>>()
        };
        let told = states(&config, &asked);
        assert_eq!(
            named(&told, EmbedCheckState::Blocked),
            ["frame", "scheme", "token"]
        );
        assert_eq!(
            named(&told, EmbedCheckState::Warning),
            ["cookies", "base path", "clock"]
        );

        config.embed.allowed_origins = "https://g.example".parse().into_iter().collect();
        config.http.base_path = "/ml/".parse().expect("a path");
        asked.https = true;
        asked.token = Some(Ok("it shows `a`".to_owned()));
        asked.now_ms = Some(10 * MINUTE_MS - 5);
        let told = states(&config, &asked);
        assert!(
            told.iter()
                .all(|(_, state)| *state == EmbedCheckState::Fine),
            "{told:?}"
        );
        asked.origin = Some("https://other.example".to_owned());
        let told = states(&config, &asked);
        assert_eq!(named(&told, EmbedCheckState::Blocked), ["frame"]);
    }
}
