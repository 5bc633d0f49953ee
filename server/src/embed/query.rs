//! What a panel is asked for, in the query that people write into somebody else's dashboard.
//!
//! Keys that are not known are passed over: dashboards add their own (`var-host`, `kiosk`, `orgId`).

use hindcast_shared::message::Lang;

use super::theme::Choice;
use crate::error::{ApiError, ApiResult};

/// Size in CSS pixels unless the query says.
const SIZE: (u32, u32) = (600, 240);

/// Smallest and largest size that can be read and paid for.
const WIDTHS: std::ops::RangeInclusive<u32> = 120..=4_000;
const HEIGHTS: std::ops::RangeInclusive<u32> = 80..=2_000;

/// How often a page may ask to be loaded anew, in seconds.
const REFRESHES: std::ops::RangeInclusive<u32> = 5..=86_400;

/// What a panel is asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct PanelQuery {
    /// The rule; what a pass shows unless given.
    pub(crate) rule: Option<String>,
    /// Text form of the series; the one that matters most unless given.
    pub(crate) series: Option<String>,
    /// Beginning, in the grammar of times.
    pub(crate) from: String,
    /// End.
    pub(crate) to: String,
    /// Time zone; `browser` is UTC here, because nobody tells the server which one that is.
    pub(crate) tz: Option<String>,
    /// Colours.
    pub(crate) theme: Choice,
    /// Words.
    pub(crate) lang: Lang,
    /// Size in CSS pixels.
    pub(crate) size: (u32, u32),
    /// Seconds after which a page loads itself anew; only for HTML.
    pub(crate) refresh_s: Option<u32>,
}

impl Default for PanelQuery {
    fn default() -> Self {
        Self {
            rule: None,
            series: None,
            from: "now-6h".to_owned(),
            to: "now".to_owned(),
            tz: None,
            theme: Choice::Auto,
            lang: Lang::En,
            size: SIZE,
            refresh_s: None,
        }
    }
}

impl PanelQuery {
    /// Reads a query; what cannot be read names its field.
    pub(crate) fn parse(query: &str, accept_language: &str) -> ApiResult<Self> {
        let mut read = Self {
            lang: Lang::of_header(accept_language),
            ..Self::default()
        };
        for (key, value) in url::form_urlencoded::parse(query.as_bytes()) {
            if value.is_empty() {
                continue;
            }
            let value = value.into_owned();
            let refuse = |message: String| ApiError::invalid_query(key.as_ref(), message);
            match key.as_ref() {
                "rule" => read.rule = Some(value),
                "series" => read.series = Some(value),
                "from" => read.from = value,
                "to" => read.to = value,
                "tz" => read.tz = zone_name(value),
                "theme" => read.theme = value.parse().map_err(refuse)?,
                "lang" => read.lang = value.parse().map_err(refuse)?,
                "width" => read.size.0 = number(&value, WIDTHS).map_err(refuse)?,
                "height" => read.size.1 = number(&value, HEIGHTS).map_err(refuse)?,
                "refresh" => {
                    let seconds = value.trim_end_matches('s');
                    read.refresh_s = Some(number(seconds, REFRESHES).map_err(refuse)?);
                }
                _ => {}
            }
        }
        Ok(read)
    }
}

/// Grafana's `${__timezone}` says `browser` and `utc` beside names.
fn zone_name(value: String) -> Option<String> {
    let plain = value.eq_ignore_ascii_case("browser") || value.eq_ignore_ascii_case("utc");
    (!plain).then_some(value)
}

fn number(text: &str, range: std::ops::RangeInclusive<u32>) -> Result<u32, String> {
    let (least, most) = (range.start(), range.end());
    let refuse = || format!("must be a number from {least} to {most}");
    // Pages that measure themselves send fractions.
    let value: f64 = text.parse().map_err(|_| refuse())?;
    if !value.is_finite() || value < f64::from(*least) || value > f64::from(*most) {
        return Err(refuse());
    }
    Ok(value as u32)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use rstest::rstest;

    use super::*;

    #[test]
    fn query_when_a_dashboard_writes_it_then_is_read() {
        let text = "rule=a&from=1700000000000&to=1700003600000&theme=dark&tz=browser&var-host=x\
            &var-host=y&kiosk&width=640.5&height=200&refresh=30s&lang=ko-KR&orgId=1";
        let read = PanelQuery::parse(text, "ru").expect("a query");
        assert_eq!(read.rule.as_deref(), Some("a"));
        assert_eq!((read.size, read.tz), ((640, 200), None));
        assert_eq!((read.lang, read.refresh_s), (Lang::Ko, Some(30)));
        assert_eq!(read.theme, Choice::Dark);
        assert_eq!(
            PanelQuery::parse("", "ru-RU,en;q=0.5")
                .expect("a query")
                .lang,
            Lang::Ru
        );
    }

    #[rstest]
    #[case("width=20", "width")]
    #[case("height=1e9", "height")]
    #[case("theme=pink", "theme")]
    #[case("lang=xx", "lang")]
    #[case("refresh=0", "refresh")]
    #[case("width=NaN", "width")]
    fn query_when_a_value_is_wrong_then_names_it(#[case] text: &str, #[case] field: &str) {
        let error = PanelQuery::parse(text, "").expect_err("a wrong value");
        assert!(error.to_string().starts_with(field), "{error}");
    }

    proptest! {
        #[test]
        fn query_when_any_text_then_is_read_or_refused(text in ".{0,60}") {
            let _read = PanelQuery::parse(&text, &text);
        }
    }
}
