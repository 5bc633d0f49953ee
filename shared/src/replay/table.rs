//! What a replay says as tables, for files: every sample with its score, and a line an anomaly.
//!
//! Writes no instant itself: the browser and the command line each do that in their own way, and alike.

use std::fmt::Write as _;

use super::Columns;
use crate::api::WouldHaveFired;
use crate::detector::PointState;
use crate::pipeline::PageVerdict;
use crate::series::Series;

/// The head of [`scores_csv`].
pub const SCORES_HEAD: &str = "time,value,score,expected,lower,upper\n";

/// The head of [`anomalies_csv`].
pub const ANOMALIES_HEAD: &str =
    "id,series,start,end,status,severity,score,value,expected,pages_sent\n";

/// A line a sample: its instant as `time` writes it, then numbers; a cell is empty where there is none.
pub fn scores_csv(series: &Series, columns: &Columns, time: impl Fn(i64) -> String) -> String {
    let mut text = String::new();
    for (index, state) in columns.states.iter().enumerate() {
        let at_ms = columns.start_ms + index as i64 * columns.step_ms;
        let value = series.slice(at_ms, at_ms + 1).first().copied();
        let Some(value) = value.filter(|value| value.is_finite()) else {
            continue;
        };
        text.push_str(&time(at_ms));
        let scored = *state == PointState::Scored;
        let said = [
            &columns.scores,
            &columns.expected,
            &columns.lower,
            &columns.upper,
        ];
        let said = said.map(|column| if scored { column[index] } else { f64::NAN });
        for number in std::iter::once(value).chain(said) {
            text.push(',');
            if number.is_finite() {
                // Writing to a string does not fail.
                write!(text, "{number}").ok();
            }
        }
        text.push('\n');
    }
    text
}

/// A line an anomaly, with how many pages were sent for it.
pub fn anomalies_csv(fired: &[WouldHaveFired], time: impl Fn(i64) -> String) -> String {
    let mut text = ANOMALIES_HEAD.to_owned();
    for one in fired {
        let anomaly = &one.anomaly;
        let number = |number: Option<f64>| {
            let number = number.filter(|number| number.is_finite());
            number.map_or_else(String::new, |number| number.to_string())
        };
        let sent = one.pages.iter();
        let sent = sent.filter(|page| page.verdict == PageVerdict::Sent);
        let cells = [
            anomaly.id.to_string(),
            cell(&anomaly.series),
            time(anomaly.start_ms),
            time(anomaly.end_ms),
            anomaly.status.as_str().to_owned(),
            anomaly.severity.as_str().to_owned(),
            number(anomaly.peak.map(|peak| peak.score)),
            number(anomaly.peak.map(|peak| peak.value)),
            number(anomaly.peak.and_then(|peak| peak.expected)),
            sent.count().to_string(),
        ];
        text.push_str(&cells.join(","));
        text.push('\n');
    }
    text
}

/// A text as a cell that is read back as it was.
pub fn cell(text: &str) -> String {
    // A formula in a table would be run by whoever opens it.
    let guard = if text.starts_with(['=', '+', '-', '@']) {
        "'"
    } else {
        ""
    };
    if text.contains(['"', ',', '\n', '\r']) {
        format!("\"{guard}{}\"", text.replace('"', "\"\""))
    } else {
        format!("{guard}{text}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cell_when_it_could_be_misread_then_is_quoted_or_guarded() {
        let cells = ["cpu", "cpu{host=\"a\"}", "=1+1", "a,b"].map(cell);
        assert_eq!(
            cells,
            ["cpu", "\"cpu{host=\"\"a\"\"}\"", "'=1+1", "\"a,b\""]
        );
    }
}
