//! The classification report of a backtest as text.

use std::fmt::Write as _;

use hindcast_shared::evaluate::{Rates, Report};
use hindcast_shared::time::Millis;

pub(super) fn text(report: &Report) -> String {
    let mut text = format!(
        "{:<15}{:>10}{:>10}{:>10}\n",
        "", "PRECISION", "RECALL", "F1"
    );
    let mut line = |name: &str, rates: &Rates, how: &str| {
        let cell =
            |rate: Option<f64>| rate.map_or_else(|| "-".to_owned(), |rate| format!("{rate:.3}"));
        let (precision, recall, f1) = (cell(rates.precision), cell(rates.recall), cell(rates.f1));
        writeln!(text, "{name:<15}{precision:>10}{recall:>10}{f1:>10}  {how}").ok();
    };
    let counts = report.point.counts;
    line(
        "point",
        &report.point.rates,
        &format!(
            "{} hits, {} false alarms, {} misses, {} rejections",
            counts.hits, counts.false_alarms, counts.misses, counts.rejections
        ),
    );
    line(
        "point-adjusted",
        &report.point_adjusted.rates,
        "an event that is touched counts whole: flattering, for comparison only",
    );
    line(
        "range",
        &report.range.rates,
        &format!("existence weight {}, flat bias", report.range.existence),
    );
    let event = &report.event;
    line(
        "event",
        &event.rates,
        &format!(
            "{} of {} events found; {} of {} anomalies false",
            event.found, event.events, event.false_alarms, event.alarms
        ),
    );
    let number = |number: Option<f64>, places: usize| {
        number.map_or_else(|| "-".to_owned(), |number| format!("{number:.places$}"))
    };
    let time =
        |ms: Option<i64>| ms.map_or_else(|| "-".to_owned(), |ms| Millis::new(ms).to_string());
    writeln!(
        text,
        "AUC-PR {}; delay {} (median), {} (longest); {} false alarms a week",
        number(report.auc_pr, 3),
        time(event.median_delay_ms),
        time(event.max_delay_ms),
        number(event.false_alarms_per_week, 1),
    )
    .ok();
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_when_nothing_was_flagged_then_says_so_without_numbers() {
        let mut report = Report::default();
        report.event.events = 2;
        report.event.rates = Rates::new(None, Some(0.0));
        report.event.median_delay_ms = None;
        let text = text(&report);
        assert!(text.contains("0 of 2 events found"), "{text}");
        assert!(text.contains("AUC-PR -; delay - (median)"), "{text}");
        let event = text.lines().find(|line| line.starts_with("event"));
        let cells: Vec<&str> = event.unwrap_or_default().split_whitespace().collect();
        assert_eq!(cells[1..4], ["-", "0.000", "0.000"]);
    }
}
