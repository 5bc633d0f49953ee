//! A table that is dropped onto the Lab: nothing of it leaves the browser unasked, and what it shows is what the
//! server computes once it has it.

use std::fmt::Write as _;
use std::time::Duration;

use anyhow::{Result, ensure};
use hindcast_shared::time::civil;
use hindcast_tests::{Browser, Script, Setup, now_ms, replayed};
use serde_json::json;

const MINUTE_MS: i64 = 60_000;
const ROWS: i64 = 3 * 24 * 60;
const PATIENCE: Duration = Duration::from_mins(3);

/// Three days of a quiet wave, with two bumps.
fn table(until_ms: i64) -> Result<String> {
    let mut text = "time,shop\n".to_owned();
    for back in (1..=ROWS).rev() {
        let at_ms = until_ms - back * MINUTE_MS;
        let noise = ((back * 7_919) % 101) as f64 / 50.0;
        let bump = if matches!(back, 600..=620 | 2_000..=2_030) {
            40.0
        } else {
            0.0
        };
        let value = 100.0 + (back as f64 / 230.0).sin() * 3.0 + noise + bump;
        writeln!(text, "{at_ms},{value:.3}")?;
    }
    Ok(text)
}

#[tokio::test(flavor = "multi_thread")]
async fn table_when_dropped_then_stays_in_the_browser_and_shows_what_the_server_would() -> Result<()>
{
    let mut hindcast = Setup::new()?.with_push().start().await?;
    let api = hindcast.api()?;
    let until_ms = now_ms() / MINUTE_MS * MINUTE_MS - MINUTE_MS;
    let csv = table(until_ms)?;
    let threshold = 4.0;
    let arguments = json!({ "url": hindcast.url(), "csv": csv, "threshold": threshold });
    let mut browser = Browser::start(Script::Table, &arguments)?;
    let wrong = browser.hear("wrong", PATIENCE).await?;
    ensure!(
        wrong["said"] == "line 3, column `time`: `noon` is not a time",
        "{wrong}"
    );
    let read = browser.hear("read", PATIENCE).await?;
    // Numbers are grouped by the narrow space of their language.
    let says = |key: &str, wanted: &str| {
        let text = read[key].as_str().unwrap_or_default();
        text.replace('\u{202f}', "").contains(wanted)
    };
    ensure!(says("said", "1 series, 4320 samples"), "{read}");
    ensure!(
        says("kind", "4320 samples, one every 1 min, without a gap"),
        "{read}"
    );
    ensure!(says("why", "the threshold is 4"), "{read}");
    ensure!(
        read["sent"] == json!([]),
        "nothing leaves the browser: {read}"
    );
    let written = |at_ms: i64| {
        // Seoul has no summer time.
        let local = civil(at_ms + 9 * 60 * MINUTE_MS);
        let (hour, minute) = (local.hour(), local.minute());
        let (year, month, day) = (local.year, local.month, local.day);
        format!("{year}-{month:02}-{day:02} {hour:02}:{minute:02}")
    };
    let range = [until_ms - ROWS * MINUTE_MS, until_ms].map(written);
    ensure!(read["fields"] == json!(range), "{range:?}, and not {read}");
    let end = browser.hear("end", PATIENCE).await?;
    ensure!(
        end["sent"] == json!(["POST /api/v1/uploads"]),
        "only what was asked for: {end}"
    );
    let rule = json!({
        "id": "shop", "name": "shop", "source": "push", "query": "shop", "step": "1m", "for": 3,
        "detector": { "kind": "auto" }, "decision": { "threshold": threshold }
    });
    let made = api.post("/api/v1/rules", &rule).await?;
    ensure!(made.status.is_success(), "{}", made.text());
    let replay = replayed(&api, "shop", until_ms - ROWS * MINUTE_MS, until_ms).await?;
    let fired = replay.as_stored()?.fired.len();
    ensure!(fired > 0, "the bumps are found");
    ensure!(
        read["count"] == fired && end["after"] == fired,
        "{fired}, and not {read} or {end}"
    );
    ensure!(
        end["reports"] == json!([]) && end["complaints"] == json!([]),
        "{end}"
    );
    browser.close().await?;
    hindcast.stop().await
}
