//! Durations as people write them: `500ms`, `90s`, `5m`, `7d`, `1h30m`.

use std::fmt;
use std::str::FromStr;

use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::{DAY_MS, HOUR_MS, MINUTE_MS, SECOND_MS, WEEK_MS};

/// A length of time in milliseconds, never negative; text form `90s`, `1h30m`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "openapi", schema(value_type = String, example = "5m"))]
pub struct Millis(i64);

const UNITS: [(&str, i64); 6] = [
    ("w", WEEK_MS),
    ("d", DAY_MS),
    ("h", HOUR_MS),
    ("m", MINUTE_MS),
    ("s", SECOND_MS),
    ("ms", 1),
];

/// Ten thousand years: longer durations are typing errors, and sums of shorter ones cannot overflow.
const MAX_MS: i64 = 10_000 * 366 * DAY_MS;

impl Millis {
    /// From milliseconds; negative lengths count as zero.
    pub const fn new(ms: i64) -> Self {
        Self(if ms < 0 { 0 } else { ms })
    }

    /// From whole seconds.
    pub const fn from_secs(secs: i64) -> Self {
        Self::new(secs * SECOND_MS)
    }

    /// The number of milliseconds.
    pub const fn ms(self) -> i64 {
        self.0
    }
}

impl fmt::Display for Millis {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0 == 0 {
            return f.write_str("0s");
        }
        let mut rest = self.0;
        for (name, unit_ms) in UNITS {
            // Weeks only when exact: `7d` reads as it was written, `14d` too.
            if name == "w" {
                continue;
            }
            if rest >= unit_ms {
                write!(f, "{}{name}", rest / unit_ms)?;
                rest %= unit_ms;
            }
        }
        Ok(())
    }
}

impl FromStr for Millis {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let refuse =
            || format!("`{text}` is not a duration; write for example 90s, 5m, 1h30m or 7d");
        let mut rest = text.trim();
        if rest.is_empty() {
            return Err(refuse());
        }
        if rest == "0" {
            return Ok(Self(0));
        }
        let mut total: i64 = 0;
        while !rest.is_empty() {
            let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
            let count: i64 = rest[..digits].parse().map_err(|_| refuse())?;
            rest = &rest[digits..];
            let letters = rest.bytes().take_while(u8::is_ascii_alphabetic).count();
            let (name, tail) = rest.split_at(letters);
            let (_, unit_ms) = UNITS
                .iter()
                .find(|(unit, _)| *unit == name)
                .ok_or_else(refuse)?;
            total = count
                .checked_mul(*unit_ms)
                .and_then(|ms| total.checked_add(ms))
                .filter(|ms| *ms <= MAX_MS)
                .ok_or_else(refuse)?;
            rest = tail;
        }
        Ok(Self(total))
    }
}

impl Serialize for Millis {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Millis {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse().map_err(D::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn duration_when_without_unit_then_is_refused() {
        assert!("90".parse::<Millis>().is_err());
        assert!("5 m".parse::<Millis>().is_err());
        assert!("99999999999999999999s".parse::<Millis>().is_err());
        assert!("9223372036854775807w".parse::<Millis>().is_err());
    }

    proptest! {
        #[test]
        fn duration_when_printed_then_reads_back(ms in 0..MAX_MS) {
            let duration = Millis::new(ms);
            prop_assert_eq!(duration.to_string().parse::<Millis>(), Ok(duration));
        }

        #[test]
        fn duration_when_any_text_then_never_panics(text in ".{0,12}") {
            let _outcome = text.parse::<Millis>();
        }
    }
}
