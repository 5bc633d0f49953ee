//! Samples from before a test began, in the text form that promtool makes blocks of.

use std::fmt::Write as _;

/// Samples of one series.
#[derive(Debug, Clone)]
pub struct History {
    /// `queue_length{host="a"}`.
    pub series: String,
    /// Newest sample, in seconds since 1970.
    pub until_s: i64,
    /// Distance between samples in seconds.
    pub step_s: i64,
    /// Values, oldest first.
    pub values: Vec<f64>,
}

impl History {
    /// A quiet week, a sample a minute: a daily season and a little noise around `level`.
    pub fn quiet_week(series: &str, level: f64, until_s: i64) -> Self {
        let until_s = until_s - until_s.rem_euclid(60);
        let values = (0..7 * 1_440).map(|minute| quiet(level, until_s, minute));
        Self {
            series: series.to_owned(),
            until_s,
            step_s: 60,
            values: values.collect(),
        }
    }

    /// Adds to the values from `back` samples before the end on, `count` of them.
    #[must_use]
    pub fn with_bump(mut self, back: usize, count: usize, by: f64) -> Self {
        let from = self.values.len().saturating_sub(back);
        for value in self.values.iter_mut().skip(from).take(count) {
            *value += by;
        }
        self
    }

    /// The text of several histories, with types and end mark.
    pub fn openmetrics(histories: &[Self]) -> String {
        let mut text = String::new();
        for history in histories {
            let name = history.series.split('{').next().unwrap_or_default();
            let first_s = history.until_s - (history.values.len() as i64 - 1) * history.step_s;
            writeln!(text, "# TYPE {name} gauge").ok();
            for (index, value) in history.values.iter().enumerate() {
                let at_s = first_s + index as i64 * history.step_s;
                writeln!(text, "{} {value} {at_s}", history.series).ok();
            }
        }
        text.push_str("# EOF\n");
        text
    }
}

fn quiet(level: f64, until_s: i64, minute: i64) -> f64 {
    let at_s = until_s + minute * 60;
    let day = (at_s.rem_euclid(86_400)) as f64 / 86_400.0;
    let season = (day * std::f64::consts::TAU).sin();
    // A multiplicative hash is noise enough, and the same each time.
    let noise = (minute.wrapping_mul(2_654_435_761).rem_euclid(1_000)) as f64 / 1_000.0 - 0.5;
    let value = level + season + noise * 2.0;
    (value * 1_000.0).round() / 1_000.0
}
