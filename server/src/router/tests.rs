//! What every request meets, whatever its route: middleware, roles, pages and refusals.

use axum::body::Body;
use hindcast_shared::api::Role;
use http::header::{
    ACCESS_CONTROL_ALLOW_ORIGIN, CONTENT_SECURITY_POLICY, COOKIE, ETAG, HOST, IF_NONE_MATCH,
    LOCATION, ORIGIN, RETRY_AFTER, SET_COOKIE, X_FRAME_OPTIONS,
};
use http::{Method, Request, StatusCode};
use rstest::rstest;
use serde_json::{Value, json};

use crate::config::Config;
use crate::testing::TestApp;

fn request(method: &str, uri: &str, headers: &[(&str, &str)]) -> anyhow::Result<Request<Body>> {
    let mut builder = Request::builder().method(method).uri(uri);
    for (name, value) in headers {
        builder = builder.header(*name, *value);
    }
    Ok(builder.body(Body::empty())?)
}

#[tokio::test]
async fn key_when_missing_wrong_or_too_weak_then_says_which() -> anyhow::Result<()> {
    let mut test = TestApp::new().await?;
    assert_eq!(
        test.get("/api/v1/sources").await?.status,
        StatusCode::OK,
        "open at first"
    );
    let viewer = test.make_key("board", Role::Viewer).await?;
    let missing = test.get("/api/v1/sources").await?;
    assert_eq!(missing.status, StatusCode::UNAUTHORIZED);
    assert_eq!(
        missing.json()["error"]["message"],
        "Missing API key. Provide X-API-Key header."
    );
    test.use_key("x".repeat(32));
    let wrong = test.get("/api/v1/sources").await?;
    assert_eq!(wrong.json()["error"]["message"], "Invalid API key");
    test.use_key(&viewer);
    assert_eq!(test.get("/api/v1/sources").await?.status, StatusCode::OK);
    assert_eq!(test.get("/api/v1/tokens").await?.refusal().0, 403);
    let bearer = format!("Bearer {viewer}");
    let headers = [("authorization", bearer.as_str())];
    let answer = test
        .send(request("GET", "/api/v1/sources", &headers)?)
        .await?;
    assert_eq!(answer.status, StatusCode::OK);
    Ok(())
}

#[tokio::test]
async fn key_when_revoked_then_is_worthless_and_its_lease_ends() -> anyhow::Result<()> {
    let mut test = TestApp::new().await?;
    let admin = test.make_key("ann", Role::Admin).await?;
    test.use_key(&admin);
    let made = test
        .post(
            "/api/v1/tokens",
            &json!({"name": "board", "role": "viewer"}),
        )
        .await?;
    assert_eq!(made.status, StatusCode::CREATED);
    let (key, id) = (
        made.json()["key"].clone(),
        made.json()["token"]["id"].clone(),
    );
    let twice = test
        .post(
            "/api/v1/tokens",
            &json!({"name": "board", "role": "viewer"}),
        )
        .await?;
    assert_eq!(
        twice.refusal(),
        (409, "token_exists".into(), Some("name".into()))
    );

    let mut headers = http::HeaderMap::new();
    headers.insert("x-api-key", key.as_str().unwrap_or_default().parse()?);
    let caller = test.app.auth.identify(&headers).await.ok();
    let lease = caller.map(|caller| test.app.auth.lease(&caller));
    let lease = lease.expect("the key is in force");
    let uri = format!("/api/v1/tokens/{}", id.as_str().unwrap_or_default());
    let gone = test.call(&Method::DELETE, &uri, &Value::Null).await?;
    assert_eq!(gone.status, StatusCode::NO_CONTENT);
    assert!(lease.is_cancelled(), "streams of the key end");
    assert!(test.app.auth.identify(&headers).await.is_err());
    let list = test.get("/api/v1/tokens").await?;
    assert!(!list.text.contains("hck_"), "no key is shown again");
    Ok(())
}

#[tokio::test]
async fn login_when_the_key_is_right_then_a_cookie_stands_for_it_until_logout() -> anyhow::Result<()>
{
    let test = TestApp::new().await?;
    let key = test.make_key("ann", Role::Operator).await?;
    let wrong = test
        .post("/api/v1/sessions", &json!({"key": "nonsense"}))
        .await?;
    assert_eq!(wrong.status, StatusCode::UNAUTHORIZED);
    let login = test.post("/api/v1/sessions", &json!({"key": key})).await?;
    assert_eq!(login.status, StatusCode::CREATED);
    let cookie = login.headers[SET_COOKIE].to_str()?.to_owned();
    assert!(
        cookie.contains("HttpOnly") && cookie.contains("SameSite=Strict"),
        "{cookie}"
    );
    assert!(!cookie.contains(&key));
    let cookie = cookie.split(';').next().unwrap_or_default();

    let me = request("GET", "/api/v1/sessions/me", &[(COOKIE.as_str(), cookie)])?;
    let me = test.send(me).await?.json();
    assert_eq!(
        (&me["name"], &me["role"]),
        (&json!("ann"), &json!("operator"))
    );
    let evil = [(COOKIE.as_str(), cookie), ("sec-fetch-site", "cross-site")];
    let forged = test
        .send(request("DELETE", "/api/v1/sessions/me", &evil)?)
        .await?;
    assert_eq!(
        forged.status,
        StatusCode::FORBIDDEN,
        "another page cannot use the cookie"
    );

    let logout = request(
        "DELETE",
        "/api/v1/sessions/me",
        &[(COOKIE.as_str(), cookie)],
    )?;
    assert_eq!(test.send(logout).await?.status, StatusCode::NO_CONTENT);
    let me = request("GET", "/api/v1/sessions/me", &[(COOKIE.as_str(), cookie)])?;
    assert_eq!(test.send(me).await?.status, StatusCode::UNAUTHORIZED);
    Ok(())
}

#[tokio::test]
async fn session_when_its_time_is_over_then_counts_no_more() -> anyhow::Result<()> {
    let test = TestApp::new().await?;
    let key = test.make_key("ann", Role::Viewer).await?;
    let login = test.post("/api/v1/sessions", &json!({"key": key})).await?;
    let cookie = login.headers[SET_COOKIE].to_str()?.to_owned();
    let cookie = cookie.split(';').next().unwrap_or_default();
    test.clock.advance(test.app.auth.session_ttl_ms());
    let me = request("GET", "/api/v1/sessions/me", &[(COOKIE.as_str(), cookie)])?;
    assert_eq!(test.send(me).await?.status, StatusCode::UNAUTHORIZED);
    Ok(())
}

#[tokio::test]
async fn ticket_when_a_minute_old_or_its_key_revoked_then_is_not_valid() -> anyhow::Result<()> {
    let test = TestApp::new().await?;
    let key = test.make_key("board", Role::Viewer).await?;
    let mut headers = http::HeaderMap::new();
    headers.insert("x-api-key", key.parse()?);
    let auth = &test.app.auth;
    let caller = auth.identify(&headers).await.ok();
    let caller = caller.expect("the key is in force");
    let issued = auth.issue_ticket(&caller).ok();
    let (ticket, expires_at_ms) = issued.expect("entropy");
    assert!(
        auth.by_ticket(&ticket)
            .await
            .is_ok_and(|found| found == caller)
    );
    test.clock.set(expires_at_ms);
    assert!(auth.by_ticket(&ticket).await.is_err());
    Ok(())
}

#[rstest]
#[case(&[("host", "evil.example")])]
#[case(&[("x-forwarded-for", "203.0.113.9")])]
#[tokio::test]
async fn request_when_no_key_is_configured_and_not_local_then_is_refused(
    #[case] headers: &[(&str, &str)],
) -> anyhow::Result<()> {
    let test = TestApp::new().await?;
    for uri in ["/", "/health", "/api/v1/sources"] {
        let answer = test.send(request("GET", uri, headers)?).await?;
        assert_eq!(answer.refusal(), (403, "forbidden".into(), None), "{uri}");
    }
    Ok(())
}

#[tokio::test]
async fn headers_when_anything_is_answered_then_the_policy_is_there() -> anyhow::Result<()> {
    let origin = "https://grafana.example.com";
    let test = TestApp::with(|config: &mut Config| {
        config.embed.allowed_origins = origin.parse().into_iter().collect();
    })
    .await?;
    for uri in ["/", "/api/v1/nothing", "/api/v1/sources", "/docs/"] {
        let answer = test.get(uri).await?;
        let policy = answer.headers[CONTENT_SECURITY_POLICY].to_str()?;
        assert!(policy.contains("frame-ancestors 'none'"), "{uri}: {policy}");
        assert_eq!(answer.headers[X_FRAME_OPTIONS], "DENY");
        assert_eq!(answer.headers["x-content-type-options"], "nosniff");
        assert!(answer.headers.contains_key("x-request-id"));
    }
    let embed = test.get("/embed/panel?rule=a").await?;
    let policy = embed.headers[CONTENT_SECURITY_POLICY].to_str()?;
    assert!(policy.ends_with("frame-ancestors 'self' https://grafana.example.com"));
    assert!(!embed.headers.contains_key(X_FRAME_OPTIONS));
    Ok(())
}

#[tokio::test]
async fn origin_when_on_the_list_then_may_read_and_others_may_not() -> anyhow::Result<()> {
    let test = TestApp::with(|config: &mut Config| {
        config.auth.cors_origins = "https://a.example".parse().into_iter().collect();
    })
    .await?;
    let ask = async |origin: &str| {
        let headers = [(ORIGIN.as_str(), origin)];
        test.send(request("GET", "/api/v1/sources", &headers)?)
            .await
    };
    let allowed = ask("https://a.example").await?;
    assert_eq!(
        allowed.headers[ACCESS_CONTROL_ALLOW_ORIGIN],
        "https://a.example"
    );
    let other = ask("https://b.example").await?;
    assert!(!other.headers.contains_key(ACCESS_CONTROL_ALLOW_ORIGIN));
    Ok(())
}

#[tokio::test]
async fn client_when_asking_too_often_then_is_told_when_to_come_back() -> anyhow::Result<()> {
    let test = TestApp::with(|config: &mut Config| config.limits.list_per_minute = 2).await?;
    for _ in 0..2 {
        assert_eq!(test.get("/api/v1/sources").await?.status, StatusCode::OK);
    }
    let refused = test.get("/api/v1/sources").await?;
    assert_eq!(refused.refusal(), (429, "rate_limited".into(), None));
    let seconds: u64 = refused.headers[RETRY_AFTER].to_str()?.parse()?;
    assert!((1..=60).contains(&seconds));
    Ok(())
}

#[tokio::test]
async fn body_when_too_large_or_broken_then_is_refused_as_json() -> anyhow::Result<()> {
    let test = TestApp::with(|config: &mut Config| config.limits.body_mib = 1).await?;
    let large = json!({"key": "x".repeat(2 << 20)});
    let refused = test.post("/api/v1/sessions", &large).await?;
    assert_eq!(
        refused.refusal(),
        (413, "body_too_large".into(), Some("body".into()))
    );
    // Without a length beforehand it is counted while it is read.
    let stream =
        futures::stream::iter((0..40).map(|_| Ok::<_, std::io::Error>(vec![b' '; 64 << 10])));
    let chunked = Request::post("/api/v1/sessions").body(Body::from_stream(stream))?;
    assert_eq!(test.send(chunked).await?.refusal().0, 413);
    let broken = Request::post("/api/v1/sessions").body(Body::from("{"))?;
    assert_eq!(
        test.send(broken).await?.refusal(),
        (400, "invalid_json".into(), Some("body".into()))
    );
    let unknown = test
        .post("/api/v1/sessions", &json!({"key": "a", "kee": 1}))
        .await?;
    assert_eq!(
        unknown.refusal(),
        (422, "invalid_body".into(), Some("kee".into()))
    );
    Ok(())
}

#[tokio::test]
async fn address_when_nothing_is_there_then_is_json_under_the_api() -> anyhow::Result<()> {
    let test = TestApp::new().await?;
    assert_eq!(
        test.get("/api/v2/rules").await?.refusal(),
        (404, "not_found".into(), None)
    );
    assert_eq!(test.get("/nothing.js").await?.refusal().0, 404);
    let wrong = test.post("/health", &Value::Null).await?;
    assert_eq!(wrong.refusal(), (405, "method_not_allowed".into(), None));
    Ok(())
}

#[rstest]
#[case("/api/v1/rules?enabled=true", Some("enabled"))]
#[case("/api/v1/rules/nothing/versions?&&limit=5", Some("limit"))]
#[case("/api/v1/sources?", None)]
#[case("/api/v1/anomalies?limit=5", None)]
#[case("/health?probe=1", None)]
#[tokio::test]
async fn route_when_it_has_no_query_then_refuses_one(
    #[case] uri: &str,
    #[case] field: Option<&str>,
) -> anyhow::Result<()> {
    let test = TestApp::new().await?;
    let answer = test.get(uri).await?;
    match field {
        None => assert_eq!(answer.status, StatusCode::OK, "{uri}"),
        Some(field) => {
            assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{uri}");
            let error = &answer.json()["error"];
            assert_eq!(
                (&error["code"], &error["field"]),
                (&json!("invalid_query"), &json!(field))
            );
        }
    }
    Ok(())
}

#[tokio::test]
async fn page_when_under_a_path_then_everything_works_below_it() -> anyhow::Result<()> {
    let dist = tempfile::tempdir()?;
    std::fs::write(
        dist.path().join("index.html"),
        "<head><base href=\"./\"></head><script src=\"./boot.js\"></script>",
    )?;
    std::fs::write(dist.path().join("boot.js"), "boot")?;
    let test = TestApp::with(|config: &mut Config| {
        config.http.base_path = "/ml/".parse().unwrap_or_default();
        config.assets_folder = Some(dist.path().to_owned());
    })
    .await?;
    let page = test.get("/ml/anomalies/01J").await?;
    assert!(page.text.contains("<base href=\"/ml/\">"), "{}", page.text);
    assert_eq!(test.get("/ml/boot.js").await?.text, "boot");
    assert_eq!(test.get("/ml/api/v1/sources").await?.status, StatusCode::OK);
    assert_eq!(
        test.get("/health").await?.status,
        StatusCode::OK,
        "probes ask at the root"
    );
    let bare = test.get("/ml").await?;
    assert_eq!(bare.headers[LOCATION], "/ml/");
    let docs = test.get("/ml/docs").await?;
    assert_eq!(docs.headers[LOCATION], "/ml/docs/");
    let again = [
        (IF_NONE_MATCH.as_str(), page.headers[ETAG].to_str()?),
        (HOST.as_str(), "localhost"),
    ];
    let again = test.send(request("GET", "/ml/lab", &again)?).await?;
    assert_eq!(again.status, StatusCode::NOT_MODIFIED);
    Ok(())
}

#[tokio::test]
async fn list_when_the_client_has_it_already_then_is_not_sent_again() -> anyhow::Result<()> {
    let test = TestApp::new().await?;
    let first = test.get("/api/v1/sources").await?;
    let tag = first.headers[ETAG].to_str()?.to_owned();
    let asked = |tag: &str| {
        let headers = [(IF_NONE_MATCH.as_str(), tag), (HOST.as_str(), "localhost")];
        request("GET", "/api/v1/sources", &headers)
    };
    let again = test.send(asked(&tag)?).await?;
    assert_eq!(again.status, StatusCode::NOT_MODIFIED);
    assert_eq!(
        (again.text.as_str(), &again.headers[ETAG]),
        ("", &first.headers[ETAG])
    );
    let other = test.send(asked("W/\"0\"")?).await?;
    assert_eq!((other.status, other.text), (StatusCode::OK, first.text));
    let stored = test.get("/health").await?;
    assert!(
        !stored.headers.contains_key(ETAG),
        "probes are told anew each time"
    );
    Ok(())
}

#[tokio::test]
async fn docs_when_opened_then_need_no_other_host() -> anyhow::Result<()> {
    let test = TestApp::new().await?;
    let page = test.get("/docs/").await?;
    assert_eq!(page.status, StatusCode::OK);
    assert!(
        !page.text.contains("https://") && !page.text.contains("//unpkg"),
        "{}",
        page.text
    );
    let script = test.get("/docs/swagger-initializer.js").await?;
    assert!(script.text.contains("../api/v1/openapi.json"));
    let description = test.get("/api/v1/openapi.json").await?.json();
    assert!(description["paths"]["/api/v1/sources"]["get"].is_object());
    Ok(())
}

#[tokio::test]
async fn readiness_when_shutting_down_then_is_gone() -> anyhow::Result<()> {
    let test = TestApp::new().await?;
    assert_eq!(test.get("/ready").await?.status, StatusCode::OK);
    test.app.lifecycle.stop();
    assert_eq!(test.get("/ready").await?.refusal().0, 503);
    Ok(())
}

#[tokio::test]
async fn health_when_asked_without_a_key_then_hides_the_details() -> anyhow::Result<()> {
    let test = TestApp::new().await?;
    let open = test.get("/health").await?.json();
    assert_eq!(open["status"], "ok");
    assert!(
        open["checks"]
            .as_array()
            .is_some_and(|checks| checks.len() >= 3)
    );
    test.make_key("ann", Role::Admin).await?;
    assert_eq!(test.get("/health").await?.json()["checks"], json!([]));
    Ok(())
}

/// What may be asked without a key: probes, the way to log in and out, and what a token in the path opens.
const OPEN: [&str; 11] = [
    "GET /feedback/{token}",
    "POST /feedback/{token}",
    "GET /embed/t/{token}/check",
    "GET /embed/t/{token}/anomaly.png",
    "GET /embed/check",
    "GET /embed/check.json",
    "GET /health",
    "GET /ready",
    "POST /api/v1/sessions",
    "POST /api/v1/pairings",
    "DELETE /api/v1/sessions/me",
];

/// What an embedded panel lives on, beside what is open.
const FOR_EMBEDS: [&str; 13] = [
    "GET /embed/panel.svg",
    "GET /embed/panel.html",
    "GET /embed/t/{token}/panel.svg",
    "GET /embed/t/{token}/panel.html",
    "GET /api/v1/labels",
    "GET /api/v1/pairings/me",
    "GET /api/v1/anomalies",
    "GET /api/v1/anomalies/{id}",
    "GET /api/v1/rules/{id}",
    "GET /api/v1/series",
    "GET /api/v1/sessions/me",
    "GET /api/v1/stream",
    "POST /api/v1/stream-tickets",
];

pub(super) fn operations() -> Vec<(Method, String)> {
    let description = serde_json::to_value(crate::router::openapi()).unwrap_or_default();
    let mut operations = Vec::new();
    for (path, methods) in description["paths"].as_object().into_iter().flatten() {
        for (method, _) in methods.as_object().into_iter().flatten() {
            let method = method.to_uppercase().parse().unwrap_or_default();
            operations.push((method, path.clone()));
        }
    }
    operations
}

#[tokio::test]
async fn route_when_asked_without_a_key_or_with_too_little_then_is_closed() -> anyhow::Result<()> {
    let mut test = TestApp::with(|config: &mut Config| {
        config.limits.list_per_minute = 1_000;
        config.limits.login_per_minute = 1_000;
    })
    .await?;
    let embed = test.make_key("panel", Role::Embed).await?;
    let viewer = test.make_key("board", Role::Viewer).await?;
    let operations = operations();
    assert!(operations.len() > 25, "{operations:?}");
    for (method, path) in &operations {
        let operation = format!("{method} {path}");
        let uri = path.replace("{id}", "x");
        let answer = test.call(method, &uri, &Value::Null).await?;
        let open = answer.status != StatusCode::UNAUTHORIZED;
        // A login without a body is refused for its body.
        assert_eq!(
            open,
            OPEN.contains(&operation.as_str()),
            "{operation}: {}",
            answer.text
        );
    }
    test.use_key(embed);
    for (method, path) in &operations {
        let operation = format!("{method} {path}");
        if operation == "GET /api/v1/stream" {
            continue;
        }
        let answer = test
            .call(method, &path.replace("{id}", "x"), &Value::Null)
            .await?;
        let open = answer.status != StatusCode::FORBIDDEN;
        let expected =
            OPEN.contains(&operation.as_str()) || FOR_EMBEDS.contains(&operation.as_str());
        assert_eq!(open, expected, "{operation}: {}", answer.text);
    }
    test.use_key(viewer);
    for (method, path) in &operations {
        let operation = format!("{method} {path}");
        let closed = [
            "/api/v1/tokens",
            "/api/v1/journal",
            "/api/v1/journal/chain",
            "/api/v1/capabilities",
            "/api/v1/kiosks",
        ];
        let reads = *method == Method::GET && !closed.contains(&path.as_str());
        let harmless = [
            "POST /api/v1/rules/validate",
            "POST /api/v1/rules/parse",
            "POST /api/v1/queries/format",
            "POST /api/v1/calendars/preview",
            "POST /grafana/annotations",
            "POST /grafana/search",
            "POST /grafana/query",
            "POST /api/v1/rules/{id}/replay",
            "POST /api/v1/rules/{id}/suggestion",
            "POST /api/v1/models/{name}/explain",
            "POST /api/v1/models/{name}/compare",
        ];
        let expected = reads
            || OPEN.contains(&operation.as_str())
            || FOR_EMBEDS.contains(&operation.as_str())
            || harmless.contains(&operation.as_str());
        if operation == "GET /api/v1/stream" {
            continue;
        }
        let answer = test
            .call(method, &path.replace("{id}", "x"), &Value::Null)
            .await?;
        let open = answer.status != StatusCode::FORBIDDEN;
        assert_eq!(open, expected, "{operation}: {}", answer.text);
    }
    Ok(())
}
