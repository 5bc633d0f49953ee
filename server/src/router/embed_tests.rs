//! Panels without a script: what they show, who may see them, and what they say instead.

use axum::body::Body;
use hindcast_shared::api::Role;
use hindcast_shared::time::MINUTE_MS;
use http::header::{CONTENT_SECURITY_POLICY, CONTENT_TYPE, ETAG, IF_NONE_MATCH, X_FRAME_OPTIONS};
use http::{Method, Request, StatusCode};
use serde_json::{Value, json};

use crate::config::{PushSource, SourceConfig, SourceSpec};
use crate::testing::{Answer, NOW_MS, TestApp};

const EMBEDDER: &str = "https://grafana.example.com";

/// A rule `load` over pushed samples that has found one anomaly of two samples, 20 minutes ago.
async fn with_anomaly() -> anyhow::Result<TestApp> {
    let inbox = SourceConfig {
        name: "inbox".into(),
        spec: SourceSpec::Push(PushSource {}),
    };
    let test = TestApp::with(|config| {
        config.sources = vec![inbox];
        config.default_sources = false;
        config.rules = Vec::new();
        config.embed.allowed_origins = EMBEDDER.parse().into_iter().collect();
    })
    .await?;
    let samples: Vec<Value> = (0..120)
        .map(|minute| {
            let value = if (100..102).contains(&minute) { 95.0 } else { 40.0 };
            json!({"name": "load", "labels": {"host": "<a&b>"}, "at_ms": NOW_MS - (120 - minute) * MINUTE_MS, "value": value})
        })
        .collect();
    test.post("/api/v1/samples", &json!({ "samples": samples }))
        .await?;
    let rule = json!({
        "id": "load", "name": "Load of <all> & \"more\"", "source": "inbox", "query": "load", "window": "1h",
        "fit_every": "1h", "detector": {"kind": "threshold"}, "decision": {"threshold": 90.0}, "for": 1,
        "recover": {"below": 1.0, "for": 1},
    });
    let made = test.post("/api/v1/rules", &rule).await?;
    anyhow::ensure!(made.status == StatusCode::CREATED, "{}", made.text);
    let found = test
        .post("/api/v1/anomalies/detect-and-notify?hours=2", &Value::Null)
        .await?;
    anyhow::ensure!(
        found.json()["ids"].as_array().map(Vec::len) == Some(1),
        "{}",
        found.text
    );
    Ok(test)
}

fn header(answer: &Answer, name: &str) -> String {
    let value = answer.headers.get(name);
    let text = value.and_then(|value| value.to_str().ok());
    text.unwrap_or_default().to_owned()
}

#[tokio::test]
async fn picture_when_there_was_an_anomaly_then_shows_line_band_and_interval() -> anyhow::Result<()>
{
    let test = with_anomaly().await?;
    let uri = "/embed/panel.svg?rule=load&from=now-1h&to=now&theme=light&width=500&height=200";
    let answer = test.get(uri).await?;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.text);
    assert_eq!(
        header(&answer, CONTENT_TYPE.as_str()),
        "image/svg+xml; charset=utf-8"
    );
    let svg = &answer.text;
    assert!(svg.starts_with("<svg ") && svg.contains("viewBox=\"0 0 500 200\""));
    assert!(
        svg.contains("Load of &lt;all&gt; &amp; &quot;more&quot;"),
        "{svg}"
    );
    assert!(!svg.contains("<script") && !svg.contains("<all>"));
    assert!(svg.contains("no anomaly"), "it is over: {svg}");
    // The interval's shape, as often as there are anomalies.
    let warning = "fill=\"rgb(181,122,0)\"";
    assert!(svg.contains(warning), "{svg}");
    assert!(
        svg.contains("12:00") || svg.contains("11:"),
        "an axis of time: {svg}"
    );
    let calm = "/embed/panel.svg?rule=load&from=now-10m&to=now&theme=light";
    let calm = test.get(calm).await?;
    assert!(!calm.text.contains(warning), "{}", calm.text);
    let seoul = test.get(&format!("{uri}&tz=Asia/Seoul&lang=ko")).await?;
    assert!(seoul.text.contains("이상 없음"), "{}", seoul.text);
    assert!(seoul.text.contains(">20:"), "{}", seoul.text);
    Ok(())
}

#[tokio::test]
async fn panel_when_framed_then_its_headers_let_the_dashboard_and_no_script() -> anyhow::Result<()>
{
    let test = with_anomaly().await?;
    for uri in [
        "/embed/panel.svg?rule=load",
        "/embed/panel.html?rule=load&refresh=30s",
    ] {
        let answer = test.get(uri).await?;
        let policy = header(&answer, CONTENT_SECURITY_POLICY.as_str());
        assert!(
            policy.starts_with("default-src 'none'; style-src 'sha256-"),
            "{policy}"
        );
        assert!(
            policy.ends_with(&format!("frame-ancestors 'self' {EMBEDDER}")),
            "{policy}"
        );
        assert!(!answer.headers.contains_key(X_FRAME_OPTIONS));
        assert_eq!(
            header(&answer, "cross-origin-resource-policy"),
            "cross-origin"
        );
        assert_eq!(header(&answer, "referrer-policy"), "no-referrer");
    }
    let page = test
        .get("/embed/panel.html?rule=load&refresh=30s&lang=ru")
        .await?;
    assert!(
        page.text
            .contains("<meta http-equiv=\"refresh\" content=\"30\">")
    );
    assert!(page.text.contains("<html lang=\"ru\">") && page.text.contains("аномалий нет"));
    assert!(
        page.text.contains("<caption>Аномалии</caption>"),
        "a table behind the chart"
    );
    assert!(!page.text.contains("<script"));
    Ok(())
}

#[tokio::test]
async fn picture_when_polled_then_is_sent_again_only_when_something_changed() -> anyhow::Result<()>
{
    let test = with_anomaly().await?;
    let uri = "/embed/panel.svg?rule=load&from=now-1h&to=now";
    let first = test.get(uri).await?;
    let etag = header(&first, ETAG.as_str());
    let again = async |etag: &str| {
        let request = Request::get(uri).header(IF_NONE_MATCH, etag);
        test.send(request.body(Body::empty())?).await
    };
    let same = again(&etag).await?;
    assert_eq!(
        (same.status, same.text.as_str()),
        (StatusCode::NOT_MODIFIED, "")
    );
    let other = test.get(&format!("{uri}&theme=dark")).await?;
    assert_ne!(header(&other, ETAG.as_str()), etag);
    test.clock.advance(MINUTE_MS);
    assert_eq!(again(&etag).await?.status, StatusCode::OK, "time went on");
    Ok(())
}

#[tokio::test]
async fn picture_when_by_token_then_shows_its_panel_and_says_why_it_does_not() -> anyhow::Result<()>
{
    let mut test = with_anomaly().await?;
    let key = test.make_key("ann", Role::Operator).await?;
    test.use_key(key);
    let made = json!({"name": "wiki", "rule": "load", "expires_at_ms": NOW_MS + 1_000});
    let made = test.post("/api/v1/capabilities", &made).await?.json();
    let svg = format!("/{}", made["svg"].as_str().unwrap_or_default());
    let html = format!("/{}", made["html"].as_str().unwrap_or_default());
    let ask = async |uri: &str| {
        test.send_as_nobody(Request::get(uri).body(Body::empty())?)
            .await
    };
    for uri in [
        svg.as_str(),
        html.as_str(),
        &format!("{svg}?rule=load&from=now-1h"),
    ] {
        assert_eq!(ask(uri).await?.status, StatusCode::OK, "{uri}");
    }
    let other = ask(&format!("{svg}?rule=other")).await?;
    assert_eq!(other.status, StatusCode::FORBIDDEN);
    assert!(
        other.text.contains("This link shows another panel"),
        "{}",
        other.text
    );
    let nobody = ask("/embed/panel.svg?rule=load&lang=ko").await?;
    assert_eq!(nobody.status, StatusCode::UNAUTHORIZED);
    assert!(
        nobody.text.starts_with("<svg") && nobody.text.contains("로그인되어"),
        "{}",
        nobody.text
    );
    let unknown = ask("/embed/t/hcp_nonsense/panel.html").await?;
    assert!(
        unknown.text.contains("This link is not known"),
        "{}",
        unknown.text
    );
    test.clock.advance(1_000);
    let ended = ask(&svg).await?;
    assert_eq!(ended.status, StatusCode::UNAUTHORIZED);
    assert!(
        ended.text.contains("This link has expired"),
        "{}",
        ended.text
    );
    assert_eq!(header(&ended, "cache-control"), "no-store");
    let list = test.get("/api/v1/capabilities").await?.json();
    let id = list["items"][0]["id"]
        .as_str()
        .unwrap_or_default()
        .to_owned();
    let uri = format!("/api/v1/capabilities/{id}");
    test.call(&Method::DELETE, &uri, &Value::Null).await?;
    let gone = ask(&svg).await?;
    assert!(gone.text.contains("This link was revoked"), "{}", gone.text);
    Ok(())
}

#[tokio::test]
async fn picture_when_the_query_is_wrong_then_says_so_in_a_picture() -> anyhow::Result<()> {
    let test = with_anomaly().await?;
    for (query, status, words) in [
        ("", 400, "name a rule"),
        ("rule=nobody", 404, "There is no such rule"),
        ("rule=load&from=soon", 400, "from"),
        ("rule=load&theme=pink", 400, "theme"),
        ("rule=load&tz=Mars", 400, "tz"),
        ("rule=load&from=now-20y", 400, "shorter"),
    ] {
        let answer = test.get(&format!("/embed/panel.svg?{query}")).await?;
        assert_eq!(answer.status.as_u16(), status, "{query}: {}", answer.text);
        assert!(answer.text.starts_with("<svg"), "{query}");
        assert!(answer.text.contains(words), "{query}: {}", answer.text);
    }
    Ok(())
}

#[tokio::test]
async fn check_when_asked_for_a_dashboard_then_names_what_is_in_the_way() -> anyhow::Result<()> {
    let test = with_anomaly().await?;
    let uri = format!("/embed/check.json?origin={EMBEDDER}/d/1?x=y&now={NOW_MS}");
    let told = test.get(&uri).await?.json();
    let state = |name: &str| {
        let checks = told["checks"].as_array().into_iter().flatten();
        let mut named = checks.filter(|check| check["name"] == name);
        named.next().map(|check| check["state"].clone())
    };
    assert_eq!(state("frame"), Some(json!("fine")));
    assert_eq!(state("scheme"), Some(json!("blocked")), "https around http");
    assert_eq!(state("clock"), Some(json!("fine")));
    let page = test.get("/embed/check?origin=https://evil.example").await?;
    assert!(
        page.text
            .contains("https://evil.example is not in embed.allowed_origins")
    );
    assert!(page.text.contains("<noscript>"));
    let token = test.get("/embed/t/hcp_x/check").await?;
    assert!(token.text.contains("not known"), "{}", token.text);
    Ok(())
}
