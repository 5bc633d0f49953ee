//! Hours of the day, by a wall clock.

use std::collections::BTreeSet;

use hindcast_shared::error::FieldError;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::schedule;

const DAYS: [&str; 7] = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];

/// Hours of the day, by a wall clock; over midnight where `from` is later than `to`.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Hours {
    /// `08:00`.
    pub(crate) from: String,
    /// `20:00`.
    pub(crate) to: String,
    /// Days such as `mon`; all when left out.
    #[serde(default)]
    pub(crate) days: BTreeSet<String>,
    /// Name of a time zone.
    #[serde(default = "utc")]
    pub(crate) tz: String,
}

fn utc() -> String {
    "UTC".to_owned()
}

impl Hours {
    pub(super) fn check(&self) -> Result<(), FieldError> {
        minute_of_day(&self.from).map_err(|message| FieldError::new("from", message))?;
        minute_of_day(&self.to).map_err(|message| FieldError::new("to", message))?;
        if let Some(day) = self.days.iter().find(|day| !DAYS.contains(&day.as_str())) {
            let message = format!("`{day}` is not one of {}", DAYS.join(", "));
            return Err(FieldError::new("days", message));
        }
        schedule::zone(&self.tz)
            .map(|_| ())
            .map_err(|message| FieldError::new("tz", message))
    }

    /// Whether an instant lies in these hours.
    pub(crate) fn contain(&self, at_ms: i64) -> bool {
        let (Ok(from), Ok(to), Ok(zone)) = (
            minute_of_day(&self.from),
            minute_of_day(&self.to),
            schedule::zone(&self.tz),
        ) else {
            return true;
        };
        let Ok(at) = jiff::Timestamp::from_millisecond(at_ms) else {
            return true;
        };
        let local = at.to_zoned(zone);
        let minute = i32::from(local.hour()) * 60 + i32::from(local.minute());
        let day = DAYS[usize::try_from(local.weekday().to_monday_zero_offset()).unwrap_or(0)];
        let fits = if from <= to {
            (from..to).contains(&minute)
        } else {
            minute >= from || minute < to
        };
        fits && (self.days.is_empty() || self.days.contains(day))
    }
}

pub(in crate::config) fn minute_of_day(text: &str) -> Result<i32, String> {
    let refuse = || format!("`{text}` is not a time such as 08:00");
    let (hours, minutes) = text.split_once(':').ok_or_else(refuse)?;
    let number = |text: &str, below: i32| {
        let value: i32 = text.parse().ok()?;
        (text.len() == 2 && (0..below).contains(&value)).then_some(value)
    };
    let minutes = number(minutes, 60).ok_or_else(refuse)?;
    if (hours, minutes) == ("24", 0) {
        return Ok(24 * 60);
    }
    Ok(number(hours, 24).ok_or_else(refuse)? * 60 + minutes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hours_when_over_midnight_in_another_zone_then_hold_there() {
        let hours = Hours {
            from: "22:00".to_owned(),
            to: "06:00".to_owned(),
            days: BTreeSet::new(),
            tz: "Asia/Seoul".to_owned(),
        };
        // 2026-01-05T12:00:00Z is nine in the evening in Seoul, a Monday.
        let noon_ms = 1_767_614_400_000;
        assert!(!hours.contain(noon_ms));
        assert!(hours.contain(noon_ms + 2 * 3_600_000));
        let days = Hours {
            from: "00:00".to_owned(),
            to: "24:00".to_owned(),
            days: ["tue".to_owned()].into(),
            ..hours
        };
        assert!(!days.contain(noon_ms));
        assert!(days.contain(noon_ms + 4 * 3_600_000), "Tuesday in Seoul");
    }
}
