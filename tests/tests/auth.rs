//! Who may come in, and what they may do there.

use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use hindcast_tests::{Api, Setup, Stream, key_of};
use http::Method;
use serde_json::{Value, json};

const RULES: &str = "/api/v1/rules";

fn rule() -> Value {
    json!({ "name": "r", "source": "push", "query": "m", "detector": { "kind": "zscore" } })
}

#[tokio::test(flavor = "multi_thread")]
async fn request_when_without_a_key_or_with_a_wrong_one_then_is_refused_in_the_known_words()
-> Result<()> {
    let mut hindcast = Setup::new()?.with_push().with_keys()?.start().await?;
    let nobody = hindcast.api()?;
    let error = nobody.get(RULES).await?.refused(401)?;
    ensure!(
        error.message == "Missing API key. Provide X-API-Key header.",
        "{error:?}"
    );
    let stranger = hindcast
        .api()?
        .with_key("0123456789abcdef0123456789abcdef0123");
    let error = stranger.get(RULES).await?.refused(401)?;
    ensure!(error.message == "Invalid API key", "{error:?}");
    let in_address = nobody
        .get(&format!("{RULES}?api_key={}", key_of("admin")))
        .await?;
    in_address.refused(401)?;
    for path in [
        "/api/v1/stream",
        "/api/v1/anomalies",
        "/api/v1/series?source=push&query=m&from=now-1h&to=now",
        "/api/v1/sources",
    ] {
        nobody.get(path).await?.refused(401)?;
    }
    // What a load balancer asks needs no key, and neither does the page that asks for one.
    for path in ["/health", "/ready", "/", "/login"] {
        let answer = nobody.get(path).await?;
        ensure!(answer.status.is_success(), "{path}: {}", answer.status);
    }
    let bearer = nobody
        .request(Method::GET, RULES)
        .bearer_auth(key_of("viewer"));
    ensure!(nobody.send(bearer).await?.status.is_success());
    hindcast.stop().await
}

#[tokio::test(flavor = "multi_thread")]
async fn roles_when_acting_then_each_may_do_what_it_may_and_no_more() -> Result<()> {
    let mut hindcast = Setup::new()?.with_push().with_keys()?.start().await?;
    let (viewer, operator, admin) = (
        hindcast.api_as("viewer")?,
        hindcast.api_as("operator")?,
        hindcast.api_as("admin")?,
    );
    ensure!(viewer.get(RULES).await?.status.is_success());
    let error = viewer.post(RULES, &rule()).await?.refused(403)?;
    ensure!(error.code == "forbidden", "{error:?}");
    viewer.delete("/api/v1/rules/r").await?.refused(403)?;
    ensure!(operator.post(RULES, &rule()).await?.status.is_success());
    operator.get("/api/v1/tokens").await?.refused(403)?;
    ensure!(admin.get("/api/v1/tokens").await?.status.is_success());
    let stored: Value = viewer.get("/api/v1/rules/r").await?.json()?;
    ensure!(stored["updated_by"] == "operator", "{stored}");
    let listed = admin.get("/api/v1/tokens").await?.text();
    ensure!(
        !listed.contains(&key_of("admin")) && !listed.contains(&key_of("viewer")),
        "{listed}"
    );
    ensure!(
        !hindcast.output().contains(&key_of("admin")),
        "a key is in the log"
    );
    hindcast.stop().await
}

#[tokio::test(flavor = "multi_thread")]
async fn login_when_with_a_key_then_the_cookie_stands_for_it_until_logout_and_not_across_origins()
-> Result<()> {
    let mut hindcast = Setup::new()?.with_push().with_keys()?.start().await?;
    let api = hindcast.api()?;
    let wrong = api
        .post("/api/v1/sessions", &json!({ "key": "wrong" }))
        .await?;
    wrong.refused(401)?;
    let answer = api
        .post("/api/v1/sessions", &json!({ "key": key_of("operator") }))
        .await?;
    ensure!(answer.status.is_success(), "{}", answer.text());
    let cookie = answer.header("set-cookie").to_owned();
    for word in ["HttpOnly", "SameSite=Strict", "Path=/"] {
        ensure!(cookie.contains(word), "{cookie}");
    }
    ensure!(
        !cookie.contains(&key_of("operator")),
        "the key itself is in the cookie"
    );
    let me: Value = api.get("/api/v1/sessions/me").await?.json()?;
    ensure!(me["name"] == "operator" && me["role"] == "operator", "{me}");
    let post = |headers: &[(&str, &str)]| {
        let mut request = api.request(Method::POST, RULES).json(&rule());
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        request
    };
    for headers in [
        [
            ("origin", "https://evil.example"),
            ("sec-fetch-site", "cross-site"),
        ],
        [("origin", "null"), ("x-a", "b")],
        [
            ("origin", "http://localhost:1"),
            ("sec-fetch-site", "same-site"),
        ],
    ] {
        api.send(post(&headers)).await?.refused(403)?;
    }
    let own = [
        ("origin", hindcast.url()),
        ("sec-fetch-site", "same-origin"),
    ];
    ensure!(api.send(post(&own)).await?.status.is_success());
    let mut stream = Stream::open(&api, "", None).await?;
    stream
        .wait_for("the build", Duration::from_secs(5), |event| {
            event.name == "build"
        })
        .await?;
    ensure!(api.delete("/api/v1/sessions/me").await?.status.is_success());
    let ended = hindcast_tests::within("the end of the stream", Duration::from_secs(5), async {
        while stream.next().await?.is_some() {}
        Ok(())
    });
    ended.await?;
    // The client may have dropped the cookie: the old one is sent by hand.
    let pair = cookie.split(';').next().context("an empty cookie")?;
    let again = Api::new(hindcast.url())?;
    let request = again.request(Method::GET, RULES).header("cookie", pair);
    again.send(request).await?.refused(401)?;
    hindcast.stop().await
}

#[tokio::test(flavor = "multi_thread")]
async fn key_when_made_and_revoked_by_command_then_is_good_in_between_and_its_stream_ends()
-> Result<()> {
    let mut hindcast = Setup::new()?.with_push().with_keys()?.start().await?;
    let made = hindcast.run(&["token", "create", "robot", "--role", "viewer"])?;
    ensure!(
        made.status.success(),
        "{}",
        String::from_utf8_lossy(&made.stderr)
    );
    let said = String::from_utf8_lossy(&made.stdout).into_owned();
    let key = said
        .split_whitespace()
        .find(|word| word.len() >= 32)
        .context(said.clone())?;
    let robot = hindcast.api()?.with_key(key);
    hindcast_tests::eventually("the key to be known", Duration::from_secs(10), || async {
        Ok(robot.get(RULES).await?.status.is_success().then_some(()))
    })
    .await?;
    let listed = hindcast.run(&["token", "list"])?;
    let listed = String::from_utf8_lossy(&listed.stdout).into_owned();
    ensure!(
        listed.contains("robot") && !listed.contains(key),
        "{listed}"
    );
    let mut stream = Stream::open(&robot, "", None).await?;
    ensure!(
        hindcast
            .run(&["token", "revoke", "robot"])?
            .status
            .success()
    );
    hindcast_tests::within("the end of the stream", Duration::from_secs(10), async {
        while stream.next().await?.is_some() {}
        Ok(())
    })
    .await?;
    robot.get(RULES).await?.refused(401)?;
    hindcast.stop().await
}

#[tokio::test(flavor = "multi_thread")]
async fn client_when_asking_too_often_then_is_told_when_to_come_back() -> Result<()> {
    let mut hindcast = Setup::new()?.with_push().without("limits").start().await?;
    let api = hindcast.api()?;
    let asked = futures::future::join_all((0..105).map(|_| api.get("/api/v1/anomalies"))).await;
    let answers: Vec<_> = asked.into_iter().collect::<Result<_>>()?;
    let refused: Vec<_> = answers
        .iter()
        .filter(|answer| answer.status.as_u16() == 429)
        .collect();
    let accepted = answers
        .iter()
        .filter(|answer| answer.status.is_success())
        .count();
    ensure!(
        !refused.is_empty() && refused.len() <= 5,
        "{} of 105 were refused",
        refused.len()
    );
    ensure!(accepted + refused.len() == 105);
    for answer in refused {
        let error = answer.refused(429)?;
        let seconds: u64 = answer.header("retry-after").parse()?;
        ensure!(
            error.code == "rate_limited" && (1..=60).contains(&seconds),
            "{error:?}, {seconds}"
        );
    }
    let detect = "/api/v1/anomalies/detect-and-notify?hours=1&dry_run=true";
    let mut statuses = Vec::new();
    for _ in 0..11 {
        statuses.push(api.post(detect, &json!({})).await?.status.as_u16());
    }
    ensure!(statuses[0] == 200 && statuses[10] == 429, "{statuses:?}");
    ensure!(api.get("/health").await?.status.is_success());
    hindcast.stop().await
}

#[test]
fn listener_when_beyond_loopback_without_a_key_then_the_start_is_refused() -> Result<()> {
    let setup = Setup::new()?.with_push();
    let output = setup.run(&["serve", "--bind", "0.0.0.0:0"])?;
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    ensure!(!output.status.success(), "it started");
    ensure!(said.contains("key") && said.contains("http.bind"), "{said}");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn request_when_open_and_from_elsewhere_then_is_refused() -> Result<()> {
    let mut hindcast = Setup::new()?.with_push().start().await?;
    let api = hindcast.api()?;
    for (name, value) in [
        ("host", "evil.example"),
        ("x-forwarded-for", "192.0.2.1"),
        ("forwarded", "for=192.0.2.1"),
    ] {
        let request = api.request(Method::GET, RULES).header(name, value);
        api.send(request).await?.refused(403)?;
    }
    ensure!(api.get(RULES).await?.status.is_success());
    hindcast.stop().await
}

#[tokio::test(flavor = "multi_thread")]
async fn product_when_under_a_path_and_tls_then_everything_works_there() -> Result<()> {
    let (setup, made) = Setup::new()?.with_push().with_keys()?.with_tls("/ml/")?;
    let mut hindcast = setup.start().await?;
    ensure!(
        hindcast.url().starts_with("https://") && hindcast.url().ends_with("/ml"),
        "{}",
        hindcast.url()
    );
    let api = Api::trusting(hindcast.url(), &made.cert)?.with_key(&key_of("admin"));
    let page = api.get("/lab").await?;
    ensure!(
        page.text().contains("<base href=\"/ml/\""),
        "{}",
        page.text()
    );
    ensure!(page.header("strict-transport-security").contains("max-age"));
    ensure!(api.get(RULES).await?.status.is_success());
    let login = api
        .post("/api/v1/sessions", &json!({ "key": key_of("viewer") }))
        .await?;
    let cookie = login.header("set-cookie");
    ensure!(
        cookie.contains("Path=/ml/") && cookie.contains("Secure"),
        "{cookie}"
    );
    let mut stream = Stream::open(&api, "", None).await?;
    stream
        .wait_for("the build", Duration::from_secs(5), |event| {
            event.name == "build"
        })
        .await?;
    hindcast.stop().await
}

#[tokio::test(flavor = "multi_thread")]
async fn other_origin_when_listed_then_may_read_with_a_key_and_others_may_not() -> Result<()> {
    let setup = Setup::new()?.with_push().with_keys()?;
    let keys = setup.dir().join("keys");
    let auth = json!({ "keys_file": keys, "cors_origins": ["https://board.example"] });
    let mut hindcast = setup.with("auth", auth).start().await?;
    let api = hindcast.api()?;
    for (origin, allowed) in [
        ("https://board.example", true),
        ("https://evil.example", false),
    ] {
        let request = api.request(Method::OPTIONS, RULES).header("origin", origin);
        let request = request.header("access-control-request-method", "GET");
        let request = request.header("access-control-request-headers", "x-api-key");
        let answer = api.send(request).await?;
        let told = answer.header("access-control-allow-origin") == origin;
        ensure!(told == allowed, "{origin}: {:?}", answer.headers);
        ensure!(answer.header("access-control-allow-credentials").is_empty());
    }
    hindcast.stop().await
}
