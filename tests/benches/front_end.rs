//! How long drawing takes: charts, small charts, the cursor, the heat map, and a million samples on their way.

use std::fmt::Write as _;
use std::time::Duration;

use anyhow::{Context as _, Result};
use hindcast_tests::{Browser, Script, Setup};
use serde_json::{Value, json};

const SERIES: usize = 1_000;
const POINTS: usize = 1_000;

/// The newest sample; a round number of minutes since 1970.
const UNTIL_MS: i64 = 1_780_000_020_000;
const STEP_MS: i64 = 60_000;

#[tokio::main]
async fn main() -> Result<()> {
    let setup = Setup::new()?;
    let file = setup.dir().join("samples.csv");
    std::fs::write(&file, table()?)?;
    let rule = json!({
        "name": "waves", "source": "sheet", "query": "{}", "enabled": false, "step": "1m", "window": "1h",
        "fit_every": "1d", "detector": { "kind": "zscore", "window_samples": 60 },
        "decision": { "threshold": 5.0 }, "no_data": "off"
    });
    let mut one = rule.clone();
    (one["name"], one["query"]) = (json!("wave"), json!("m0007"));
    let source = json!([{ "name": "sheet", "kind": "csv", "path": file }]);
    let setup = setup
        .with("sources", source)
        .with("rules", json!([rule, one]));
    let mut hindcast = setup.start().await?;
    let from_ms = UNTIL_MS - POINTS as i64 * STEP_MS;
    let range = format!("from={from_ms}&to={UNTIL_MS}&theme=light");
    let arguments = json!({
        "url": hindcast.url(), "times": 60, "turns": 5,
        "table": format!("/lab/series?rule=waves&{range}"), "lab": format!("/lab?rule=wave&{range}"),
    });
    let mut browser = Browser::start(Script::FrontEnd, &arguments)?;
    let figures = browser.hear("figures", Duration::from_mins(8)).await?;
    let at = |name: &str, share: f64| -> Result<f64> {
        let list = figures[name].as_array().context("no figures")?;
        let mut times: Vec<f64> = list.iter().filter_map(Value::as_f64).collect();
        times.sort_by(f64::total_cmp);
        Ok(times[((times.len() - 1) as f64 * share).round() as usize])
    };
    println!(
        "measured many_million_to_frame_ms {:.0}",
        at("fetched", 0.5)?
    );
    println!(
        "measured many_table_redraw_p95_ms {:.1}",
        at("table", 0.95)?
    );
    println!(
        "measured many_tiles_redraw_p95_ms {:.1}",
        at("tiles", 0.95)?
    );
    println!("measured many_tiles_drawn_count {}", figures["sparks"]);
    println!("measured heat_redraw_p50_ms {:.1}", at("heat", 0.5)?);
    println!("measured heat_redraw_p95_ms {:.1}", at("heat", 0.95)?);
    println!(
        "measured lab_theme_change_p95_ms {:.1}",
        at("charts", 0.95)?
    );
    println!("measured pointer_move_p95_ms {:.2}", at("moves", 0.95)?);
    browser.close().await?;
    hindcast.stop().await
}

/// Waves with noise and a spike now and then; a column a series.
fn table() -> Result<String> {
    let mut text = String::from("time");
    for series in 0..SERIES {
        write!(text, ",m{series:04}")?;
    }
    text.push('\n');
    for point in 0..POINTS {
        let at_ms = UNTIL_MS - (POINTS - point) as i64 * STEP_MS;
        write!(text, "{at_ms}")?;
        for series in 0..SERIES {
            let noise = (((point * SERIES + series) * 2_654_435_761) % 1_000) as f64 / 500.0;
            let spike = if (point + series * 37) % 911 < 4 {
                20.0
            } else {
                0.0
            };
            let value = 50.0 + (point as f64 / 90.0 + series as f64).sin() * 4.0 + noise + spike;
            write!(text, ",{value:.2}")?;
        }
        text.push('\n');
    }
    Ok(text)
}
