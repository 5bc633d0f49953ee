//! The compact binary form of series: lossless little-endian columns behind a JSON head.
//!
//! Layout: `HCC1`, length of the head as u32, the head (JSON, padded with spaces to a multiple of 8),
//! then for each series its values as f64. The Lab always replays these; any NaN is a gap.

use serde::{Deserialize, Serialize};

use crate::map::Map;
use crate::series::{Labels, Series, SeriesKey};
use crate::time::{TimeRange, UtcOffsets};

/// What `Accept` must name to get this form.
pub const MEDIA_TYPE: &str = "application/vnd.hindcast.columns";

const MAGIC: &[u8; 4] = b"HCC1";

/// Most values a reader accepts in one body.
const MAX_VALUES: usize = 50_000_000;

/// Everything but the values.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Head {
    /// What was asked for, resolved.
    pub range: TimeRange,
    /// The series, in the order of their values.
    pub series: Vec<SeriesHead>,
    /// What is allowed but probably not meant.
    pub warnings: Vec<String>,
    /// Offsets of the zone over the range.
    pub offsets: UtcOffsets,
    /// What labels take out of the series, so that a replay leaves it out as production does.
    #[serde(default)]
    pub excluded: Map<SeriesKey, Vec<TimeRange>>,
    /// Head of the journal when this was read.
    pub as_of_seq: i64,
}

/// One series without its values.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SeriesHead {
    /// Identity.
    pub series_key: SeriesKey,
    /// Labels.
    pub labels: Labels,
    /// Unit.
    pub unit: String,
    /// Instant of the first value.
    pub start_ms: i64,
    /// Distance between values.
    pub step_ms: i64,
    /// Number of values.
    pub len: u32,
}

/// Why a body could not be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ColumnsError {
    /// It does not begin as it must.
    #[error("not a body of Hindcast columns")]
    Magic,
    /// It ends too early or goes on too long.
    #[error("the columns are {actual} bytes long, the head says {expected}")]
    Length {
        /// By the head.
        expected: usize,
        /// Really.
        actual: usize,
    },
    /// The head cannot be read.
    #[error("the head of the columns cannot be read: {0}")]
    Head(String),
}

/// The bytes of some series.
pub fn encode<'a>(
    mut head: Head,
    series: impl IntoIterator<Item = (SeriesKey, &'a Series)>,
) -> Vec<u8> {
    let series: Vec<_> = series.into_iter().collect();
    head.series = series
        .iter()
        .map(|(key, series)| SeriesHead {
            series_key: *key,
            labels: series.labels.clone(),
            unit: series.unit.clone(),
            start_ms: series.start_ms,
            step_ms: series.step_ms,
            len: u32::try_from(series.values.len()).unwrap_or(u32::MAX),
        })
        .collect();
    let mut text = serde_json::to_vec(&head).unwrap_or_default();
    // The values begin at a multiple of eight, so that a reader may view them in place.
    while !text.len().is_multiple_of(8) {
        text.push(b' ');
    }
    let total: usize = series.iter().map(|(_, series)| series.values.len()).sum();
    let mut bytes = Vec::with_capacity(8 + text.len() + total * 8);
    bytes.extend_from_slice(MAGIC);
    bytes.extend_from_slice(&u32::try_from(text.len()).unwrap_or(u32::MAX).to_le_bytes());
    bytes.extend_from_slice(&text);
    for (_, series) in series {
        for value in &series.values {
            bytes.extend_from_slice(&value.to_le_bytes());
        }
    }
    bytes
}

/// Reads the bytes back.
///
/// # Errors
/// [`ColumnsError`] for anything that [`encode`] did not write.
pub fn decode(bytes: &[u8]) -> Result<(Head, Vec<(SeriesKey, Series)>), ColumnsError> {
    decode_with(bytes, |text| {
        serde_json::from_str(text).map_err(|error| error.to_string())
    })
}

/// The same for a caller with a JSON reader of its own, such as the browser's small one.
///
/// # Errors
/// [`ColumnsError`] for anything that [`encode`] did not write.
pub fn decode_with(
    bytes: &[u8],
    read_head: impl FnOnce(&str) -> Result<Head, String>,
) -> Result<(Head, Vec<(SeriesKey, Series)>), ColumnsError> {
    let (magic, rest) = bytes.split_at_checked(4).ok_or(ColumnsError::Magic)?;
    let (len, rest) = rest.split_first_chunk::<4>().ok_or(ColumnsError::Magic)?;
    if magic != MAGIC {
        return Err(ColumnsError::Magic);
    }
    let len = u32::from_le_bytes(*len) as usize;
    let (text, values) = rest.split_at_checked(len).ok_or(ColumnsError::Length {
        expected: len,
        actual: rest.len(),
    })?;
    let text = str::from_utf8(text).map_err(|error| ColumnsError::Head(error.to_string()))?;
    let head = read_head(text).map_err(ColumnsError::Head)?;
    let total: usize = head.series.iter().map(|series| series.len as usize).sum();
    if total > MAX_VALUES || values.len() != total * 8 {
        return Err(ColumnsError::Length {
            expected: total.saturating_mul(8),
            actual: values.len(),
        });
    }
    if head.series.iter().any(|series| series.step_ms <= 0) {
        return Err(ColumnsError::Head("a step is not positive".to_owned()));
    }
    let mut values = values.chunks_exact(8).map(|chunk| {
        let mut word = [0; 8];
        word.copy_from_slice(chunk);
        f64::from_le_bytes(word)
    });
    let series = head
        .series
        .iter()
        .map(|series| {
            let values = values.by_ref().take(series.len as usize).collect();
            let (labels, unit) = (series.labels.clone(), series.unit.clone());
            let (start_ms, step_ms) = (series.start_ms, series.step_ms);
            (
                series.series_key,
                Series {
                    labels,
                    unit,
                    start_ms,
                    step_ms,
                    values,
                },
            )
        })
        .collect();
    Ok((head, series))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn head() -> Head {
        let range = TimeRange {
            from_ms: 0,
            to_ms: 600,
        };
        Head {
            range,
            series: vec![],
            warnings: vec![],
            offsets: UtcOffsets::utc(),
            excluded: Map::from([(SeriesKey([7; 16]), vec![range])]),
            as_of_seq: 7,
        }
    }

    fn named(name: &str, values: Vec<f64>) -> (SeriesKey, Series) {
        let labels = Labels::named(name, &[("host", "a\"b")]);
        let key = SeriesKey::new(&"s".into(), &labels);
        (
            key,
            Series {
                labels,
                unit: "ms".to_owned(),
                start_ms: 60,
                step_ms: 60,
                values,
            },
        )
    }

    proptest! {
        #[test]
        fn columns_when_read_back_then_have_equal_bits(values in proptest::collection::vec(any::<f64>(), 0..200)) {
            let one = named("one", values);
            let two = named("two", vec![1.0]);
            let bytes = encode(head(), [(one.0, &one.1), (two.0, &two.1)]);
            let (read, series) = decode(&bytes).expect("its own bytes");
            prop_assert_eq!(read.as_of_seq, 7);
            let bits = |series: &Series| series.values.iter().map(|value| value.to_bits()).collect::<Vec<_>>();
            prop_assert_eq!(bits(&series[0].1), bits(&one.1));
            prop_assert_eq!(&series[1], &two);
        }

        #[test]
        fn columns_when_cut_or_changed_then_never_panic(cut in 0_usize..400, at in 0_usize..400, byte: u8) {
            let one = named("one", vec![1.0, 2.0]);
            let mut bytes = encode(head(), [(one.0, &one.1)]);
            let len = bytes.len();
            bytes[at % len] = byte;
            bytes.truncate(cut);
            let _outcome = decode(&bytes);
        }
    }
}
