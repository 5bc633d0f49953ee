//! What the server answers: matrices, and refusals in its own words.

use std::collections::BTreeMap;
use std::fmt;

use hindcast_shared::series::Labels;
use reqwest::StatusCode;
use serde::de::{self, Visitor};
use serde::{Deserialize, Deserializer};

use crate::sources::SourceError;

/// One series of an answer.
#[derive(Debug, PartialEq)]
pub(crate) struct FoundSeries {
    /// Its labels.
    pub(crate) labels: Labels,
    /// Instant and value; NaN where the value is not a finite number.
    pub(crate) points: Vec<(i64, f64)>,
}

#[derive(Deserialize)]
struct Envelope<T> {
    // VictoriaMetrics leaves `data` empty or away in places.
    data: Option<T>,
}

#[derive(Deserialize)]
struct Matrix {
    #[serde(default)]
    result: Vec<MatrixSeries>,
}

#[derive(Deserialize)]
struct MatrixSeries {
    #[serde(default)]
    metric: BTreeMap<String, String>,
    #[serde(default)]
    values: Vec<(f64, Number)>,
}

/// A number that travels as text; read in place, because an answer can hold millions.
struct Number(f64);

impl<'de> Deserialize<'de> for Number {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Text;

        impl Visitor<'_> for Text {
            type Value = Number;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a number as text")
            }

            fn visit_str<E: de::Error>(self, text: &str) -> Result<Number, E> {
                let value: f64 = text.parse().map_err(E::custom)?;
                // NaN, a stale marker or an infinity is no measurement: a gap.
                Ok(Number(if value.is_finite() { value } else { f64::NAN }))
            }
        }

        deserializer.deserialize_str(Text)
    }
}

#[derive(Deserialize)]
struct Refusal {
    #[serde(default, rename = "errorType")]
    error_type: String,
    #[serde(default)]
    error: String,
}

#[derive(Deserialize)]
struct Metadata {
    #[serde(rename = "type")]
    kind: String,
}

/// Reads a matrix.
pub(crate) fn matrix(body: &[u8]) -> Result<Vec<FoundSeries>, SourceError> {
    let envelope: Envelope<Matrix> = json(body)?;
    let result = envelope.data.map(|data| data.result).unwrap_or_default();
    Ok(result.into_iter().map(found_series).collect())
}

fn found_series(series: MatrixSeries) -> FoundSeries {
    let point = |(at_s, Number(value)): (f64, Number)| ((at_s * 1_000.0).round() as i64, value);
    FoundSeries {
        labels: Labels(series.metric),
        points: series.values.into_iter().map(point).collect(),
    }
}

/// Reads a list of words.
pub(crate) fn words(body: &[u8]) -> Result<Vec<String>, SourceError> {
    let envelope: Envelope<Vec<String>> = json(body)?;
    Ok(envelope.data.unwrap_or_default())
}

/// Reads the type of a metric out of its metadata, where the server has any.
pub(crate) fn metric_type(body: &[u8], metric: &str) -> Result<Option<String>, SourceError> {
    let envelope: Envelope<BTreeMap<String, Vec<Metadata>>> = json(body)?;
    let mut all = envelope.data.unwrap_or_default();
    let first = all.remove(metric).and_then(|list| list.into_iter().next());
    Ok(first.map(|metadata| metadata.kind))
}

fn json<'a, T: Deserialize<'a>>(body: &'a [u8]) -> Result<T, SourceError> {
    serde_json::from_slice(body).map_err(|_| unreadable(&String::from_utf8_lossy(body)))
}

fn unreadable(text: &str) -> SourceError {
    let start: String = text.chars().take(80).collect();
    SourceError::Unavailable {
        why: format!("its answer is not that of a Prometheus query API: {start}"),
    }
}

/// A refusal, with whether asking again may help and how long to wait at least.
#[derive(Debug)]
pub(crate) struct Refused {
    pub(crate) error: SourceError,
    pub(crate) transient: bool,
}

/// Reads a refusal.
pub(crate) fn refusal(status: StatusCode, body: &[u8]) -> Refused {
    let refusal: Option<Refusal> = serde_json::from_slice(body).ok();
    // What does not speak of errors as the query API does, such as a TLS server that is spoken to in plain text,
    // has not looked at the query.
    let is_of_the_api = refusal.is_some();
    let (error_type, said) = refusal.map_or_else(
        || (String::new(), plain_text(body)),
        |refusal| (refusal.error_type, refusal.error),
    );
    let unavailable = |why: String, transient: bool| Refused {
        error: SourceError::Unavailable { why },
        transient,
    };
    if error_type == "timeout" {
        // Its own time was up: asking again would only load it more.
        return unavailable(format!("timeout: {said}"), false);
    }
    // `execution` is a question that cannot be answered as it stands, such as an ambiguous match.
    let refused = [StatusCode::BAD_REQUEST, StatusCode::UNPROCESSABLE_ENTITY].contains(&status);
    if (refused && is_of_the_api) || ["bad_data", "execution"].contains(&error_type.as_str()) {
        return Refused {
            error: SourceError::InvalidQuery { message: said },
            transient: false,
        };
    }
    match status {
        StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN => {
            unavailable(format!("it refuses our credentials ({status})"), false)
        }
        StatusCode::NOT_FOUND => unavailable(
            format!("there is no Prometheus query API at this address ({status})"),
            false,
        ),
        _ => {
            let transient = status.is_server_error() || status == StatusCode::TOO_MANY_REQUESTS;
            let said = if said.is_empty() {
                said
            } else {
                format!(": {said}")
            };
            unavailable(format!("{status}{said}"), transient)
        }
    }
}

/// The beginning of an answer that is not JSON; a page of markup says nothing to people.
fn plain_text(body: &[u8]) -> String {
    let text = String::from_utf8_lossy(body);
    if text.trim_start().starts_with('<') {
        return String::new();
    }
    text.trim().chars().take(300).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn refusal_when_it_is_not_of_the_query_api_then_the_source_is_away_and_the_query_is_not_blamed()
    {
        let status = StatusCode::BAD_REQUEST;
        let plain = refusal(status, b"Client sent an HTTP request to an HTTPS server.\n");
        let SourceError::Unavailable { why } = plain.error else {
            panic!("{plain:?}");
        };
        assert!(why.contains("HTTPS server"), "{why}");
        let own = refusal(
            status,
            br#"{"status":"error","errorType":"422","error":"no such thing"}"#,
        );
        assert!(
            matches!(own.error, SourceError::InvalidQuery { message } if message == "no such thing")
        );
    }
}
