//! Requests made of values that parsers trip over: refused or answered, never a failure of the server.

use anyhow::{Result, ensure};
use futures::StreamExt as _;
use hindcast_tests::Setup;
use serde_json::json;

/// Values that parsers trip over.
const NASTY: [&str; 24] = [
    "",
    "%00",
    "-1",
    "0",
    "1e309",
    "NaN",
    "9223372036854775808",
    "-9223372036854775808",
    "now",
    "now-",
    "now-99999999999w",
    "now/d",
    "now+9999y",
    "%ff%fe",
    "'%22;--",
    "..%2f..%2fetc",
    "true",
    "null",
    "[]",
    "%7B%7D",
    "a%20b",
    "1969-12-31T23:59:60Z",
    "9999999999999999",
    "0001-01-01",
];

#[tokio::test(flavor = "multi_thread")]
async fn anything_when_asked_for_with_nasty_values_then_is_never_a_500() -> Result<()> {
    let mut hindcast = Setup::new()?.with_push().start().await?;
    let api = hindcast.api()?;
    let rule =
        json!({ "name": "r", "source": "push", "query": "m", "detector": { "kind": "zscore" } });
    ensure!(api.post("/api/v1/rules", &rule).await?.status.is_success());
    let pattern = [
        (
            "/api/v1/anomalies",
            "from to status severity rule source series min_score limit cursor",
        ),
        ("/api/v1/anomalies/stats", "hours"),
        ("/api/v1/rules", "limit cursor"),
        ("/api/v1/transitions", "from to rule"),
        ("/api/v1/series", "source query rule from to step px tz"),
        ("/api/v1/sources", "x"),
    ];
    let usual = "source=push&query=m&from=now-1h&to=now";
    let mut paths = Vec::new();
    for (path, names) in pattern {
        for name in names.split(' ') {
            for value in NASTY {
                let rest = match path {
                    "/api/v1/series" => usual,
                    "/api/v1/transitions" => "from=now-1h&to=now",
                    _ => "",
                };
                let others = rest
                    .split('&')
                    .filter(|pair| !pair.starts_with(&format!("{name}=")));
                let others = others.collect::<Vec<_>>().join("&");
                paths.push(format!("{path}?{name}={value}&{others}"));
            }
        }
    }
    for value in NASTY.iter().filter(|value| !value.is_empty()) {
        for path in ["anomalies", "rules", "rules/r/versions", "embed"] {
            paths.push(format!("/api/v1/{path}/{value}"));
        }
        paths.push(format!("/{value}"));
        paths.push(format!("/embed/{value}?rule={value}"));
    }
    let answers = futures::stream::iter(paths).map(|path| {
        let api = api.clone();
        async move { (api.get(&path).await, path) }
    });
    let mut answers = answers.buffer_unordered(8);
    let mut count = 0;
    while let Some((answer, path)) = answers.next().await {
        let answer = answer?;
        ensure!(
            answer.status.as_u16() < 500,
            "{path} answered {}: {}",
            answer.status,
            answer.text()
        );
        count += 1;
    }
    println!("measured nasty_requests {count}");
    for (seed, value) in NASTY.into_iter().enumerate() {
        let sample =
            json!({ "name": value, "value": seed, "labels": { value: value }, "at_ms": i64::MAX });
        for body in [
            json!({ "samples": [sample] }),
            json!({ "source": value, "samples": [] }),
        ] {
            let answer = api.post("/api/v1/samples", &body).await?;
            ensure!(answer.status.as_u16() < 500, "{body}: {}", answer.text());
        }
    }
    hindcast.stop().await
}
