//! What kind of series it is, in words for programs and terminals.

use hindcast_shared::profile::{
    Advice, Characteristics, Figure, advice, characteristics, sentences,
};
use hindcast_shared::series::Series;
use hindcast_shared::time::{Millis, TimeRange};
use jiff::Timestamp;
use serde::Serialize;

/// What is said of a series.
#[derive(Debug, Serialize)]
pub(crate) struct OfSeries {
    #[serde(flatten)]
    found: Characteristics,
    /// In sentences.
    pub(crate) said: Vec<String>,
    /// Detectors to try, the best first.
    pub(crate) advice: Vec<Advice>,
}

impl OfSeries {
    /// Looks at the values of a series in a range.
    pub(crate) fn of(series: &Series, range: TimeRange) -> Self {
        let found = characteristics(series, range);
        let said = sentences(&found);
        Self {
            said: said.iter().map(|said| said.told(written)).collect(),
            advice: advice(&found),
            found,
        }
    }
}

/// A figure in text.
pub(crate) fn written(figure: Figure) -> String {
    match figure {
        Figure::Count(count) => count.to_string(),
        Figure::Value(value) => format!("{value:.4}")
            .trim_end_matches('0')
            .trim_end_matches('.')
            .to_owned(),
        Figure::Share(share) => format!("{:.1}%", share * 100.0),
        Figure::Length(ms) => Millis::new(ms).to_string(),
        Figure::Instant(ms) => {
            let at = Timestamp::from_millisecond(ms).unwrap_or_default();
            at.strftime("%Y-%m-%d %H:%M UTC").to_string()
        }
    }
}
