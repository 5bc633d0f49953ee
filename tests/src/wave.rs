//! A series that a model learns within moments: two thousand minutes of a wave that end now.

use std::fmt::Write as _;

use anyhow::Result;
use serde_json::{Value, json};

use crate::{Setup, now_ms};

const MINUTE_MS: i64 = 60_000;

/// A setup with the wave as source `table` and its models as source `models`.
#[derive(Debug)]
pub struct Wave {
    /// To be started, or asked by a command.
    pub setup: Setup,
    /// The first minute.
    pub first_ms: i64,
}

impl Wave {
    /// With a folder of its own.
    ///
    /// # Errors
    /// When none can be made.
    pub fn new() -> Result<Self> {
        let (setup, first_ms) = (Setup::new()?, (now_ms() / MINUTE_MS - 2_000) * MINUTE_MS);
        let file = setup.dir().join("load.csv");
        std::fs::write(&file, table(first_ms))?;
        let sources = json!([
            { "name": "table", "kind": "csv", "path": file },
            { "name": "models", "kind": "model" },
        ]);
        let setup = setup.with("sources", sources);
        Ok(Self { setup, first_ms })
    }

    /// An instant by its minute in the table.
    pub fn at(&self, minute: i64) -> String {
        (self.first_ms + minute * MINUTE_MS).to_string()
    }

    /// What it is at a minute.
    pub fn value(minute: i64) -> f64 {
        let turn = minute as f64 / 50.0 * std::f64::consts::TAU;
        let wobble = (minute * 7_919).rem_euclid(101) as f64 / 100.0;
        10.0 + 3.0 * turn.sin() + wobble
    }

    /// What a model named `load` is to be made of it.
    pub fn spec(kind: &str) -> Value {
        json!({
            "name": "load", "kind": kind, "source": "table", "query": "load",
            "history": "2d", "window_samples": 8, "step": "1m",
        })
    }
}

/// A wave with one stretch, from minute 1,900 to 1,904, that is none.
fn table(first_ms: i64) -> String {
    let mut text = "time,load\n".to_owned();
    for minute in 0..2_000 {
        let odd = (1_900..1_905).contains(&minute);
        let value = if odd { 30.0 } else { Wave::value(minute) };
        let at_s = first_ms / 1_000 + minute * 60;
        writeln!(text, "{at_s},{value}").ok();
    }
    text
}
