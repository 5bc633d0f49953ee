//! An assistant that works with Hindcast: a client of the Model Context Protocol that knows nothing of ours, over a socket.

use anyhow::{Context as _, Result, ensure};
use hindcast_tests::{Setup, key_of};
use rmcp::RoleClient;
use rmcp::ServiceExt as _;
use rmcp::model::CallToolRequestParams;
use rmcp::service::RunningService;
use rmcp::transport::StreamableHttpClientTransport;
use rmcp::transport::streamable_http_client::StreamableHttpClientTransportConfig;
use serde_json::{Value, json};

const MINUTE_MS: i64 = 60_000;
/// The newest sample; a round number of minutes since 1970.
const UNTIL_MS: i64 = 1_780_000_020_000;
const MINUTES: i64 = 1_440;

/// A day of load with a peak of three minutes every four hours.
fn samples() -> String {
    let rows = (0..MINUTES).map(|minute| {
        let peak = if minute % 240 >= 237 { 50 } else { 0 };
        let at_ms = UNTIL_MS - (MINUTES - minute) * MINUTE_MS;
        format!("{at_ms},{}\n", 40 + minute % 5 + peak)
    });
    std::iter::once("time,load\n".to_owned())
        .chain(rows)
        .collect()
}

fn rule() -> Value {
    json!({
        "name": "load", "source": "sheet", "query": "load", "enabled": false, "step": "1m", "window": "2h",
        "fit_every": "1d", "detector": { "kind": "zscore", "window_samples": 60 },
        "decision": { "threshold": 4.0, "direction": "above" }, "no_data": "off"
    })
}

async fn assistant(base: &str, key: &str) -> Result<RunningService<RoleClient, ()>> {
    let address = format!("{base}/mcp");
    let config = StreamableHttpClientTransportConfig::with_uri(address).auth_header(key);
    let transport = StreamableHttpClientTransport::from_config(config);
    ().serve(transport).await.context("no session")
}

/// What a tool answers as a value, and whether it refused.
async fn call(
    assistant: &RunningService<RoleClient, ()>,
    tool: &'static str,
    arguments: Value,
) -> Result<(Value, bool)> {
    let Value::Object(arguments) = arguments else {
        anyhow::bail!("arguments are an object");
    };
    let asked = CallToolRequestParams::new(tool).with_arguments(arguments);
    let answer = assistant.call_tool(asked).await?;
    let told = answer.structured_content.unwrap_or_default();
    Ok((told, answer.is_error == Some(true)))
}

#[tokio::test(flavor = "multi_thread")]
async fn assistant_when_it_connects_with_a_viewers_key_then_reads_what_the_api_has_and_saves_nothing()
-> Result<()> {
    let setup = Setup::new()?.with_keys()?;
    let file = setup.dir().join("samples.csv");
    std::fs::write(&file, samples())?;
    let source = json!([{ "name": "sheet", "kind": "csv", "path": file }]);
    let setup = setup.with("sources", source).with("rules", json!([rule()]));
    let mut hindcast = setup.start().await?;
    let api = hindcast.api_as("viewer")?;

    ensure!(assistant(hindcast.url(), "not a key").await.is_err());
    let assistant = assistant(hindcast.url(), &key_of("viewer")).await?;
    let server = assistant.peer_info().context("who are you?")?;
    let name = server.server_info.as_ref().map(|info| info.name.as_str());
    ensure!(name == Some("hindcast"), "{server:?}");
    let tools = assistant.list_all_tools().await?;
    ensure!(tools.len() == 12, "{tools:?}");
    let reads = |tool: &rmcp::model::Tool| {
        let notes = tool.annotations.as_ref();
        notes.is_some_and(|notes| notes.read_only_hint == Some(true))
    };
    ensure!(tools.iter().all(reads), "{tools:?}");

    let (from, to) = (UNTIL_MS - MINUTES * MINUTE_MS, UNTIL_MS);
    let over = json!({ "from": from.to_string(), "to": to.to_string() });
    let by_api: Value = api.post("/api/v1/rules/load/replay", &over).await?.json()?;
    let mut asked = over.clone();
    asked["rule"] = json!("load");
    let (told, refused) = call(&assistant, "replay_rule", asked.clone()).await?;
    ensure!(!refused, "{told}");
    for key in ["samples", "over_threshold", "pages_sent", "pages_per_week"] {
        ensure!(told[key] == by_api[key], "{key}: {told} {by_api}");
    }
    // The first peak comes before a window is full.
    ensure!(told["fired_total"].as_u64() >= Some(5), "{told}");

    let (told, refused) = call(&assistant, "find_rule", json!({ "rule": "nobody" })).await?;
    ensure!(refused, "{told}");
    let before: Value = api.get("/api/v1/rules/load").await?.json()?;
    asked["most_pages_per_week"] = json!(1);
    let (told, refused) = call(&assistant, "search_setting", asked).await?;
    ensure!(!refused, "{told}");
    let after: Value = api.get("/api/v1/rules/load").await?.json()?;
    ensure!(before == after, "a search has saved something");
    assistant.cancel().await?;
    hindcast.stop().await
}
