//! Public holidays from a file that says where it has them from.

use jiff::civil::Date;
use jiff::tz::TimeZone;

use super::event::{Event, Length};

const DAYS: &str = include_str!("holidays.txt");

/// A country whose holidays are known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Country {
    Korea,
    Russia,
    UnitedStates,
}

impl Country {
    pub(super) fn named(code: &str) -> Result<Self, String> {
        match code.to_ascii_lowercase().as_str() {
            "kr" => Ok(Self::Korea),
            "ru" => Ok(Self::Russia),
            "us" => Ok(Self::UnitedStates),
            _ => Err(format!(
                "the holidays of `{code}` are not known; those of kr, ru and us are"
            )),
        }
    }

    fn code(self) -> &'static str {
        match self {
            Self::Korea => "kr",
            Self::Russia => "ru",
            Self::UnitedStates => "us",
        }
    }

    /// The zone by which its days go, unless another one is named: that of its capital, or of its largest city.
    pub(super) fn zone(self) -> &'static str {
        match self {
            Self::Korea => "Asia/Seoul",
            Self::Russia => "Europe/Moscow",
            Self::UnitedStates => "America/New_York",
        }
    }

    /// The last year of which every day is known.
    pub(super) fn exact_until(self) -> Option<i16> {
        DAYS.lines().find_map(|line| {
            let (code, year) = line.strip_prefix("exact ")?.split_once(' ')?;
            (code == self.code()).then(|| year.parse().ok())?
        })
    }

    /// One event a day.
    pub(super) fn days(self, zone: &TimeZone) -> Vec<Event> {
        lines()
            .filter(move |(code, ..)| *code == self.code())
            .map(|(_, day, title)| Event {
                start: day.at(0, 0, 0, 0),
                zone: zone.clone(),
                length: Length::Days(1),
                rules: Vec::new(),
                also: Vec::new(),
                except_ms: Vec::new(),
                title: title.to_owned(),
            })
            .collect()
    }
}

/// Country, day and name of each line.
pub(super) fn lines() -> impl Iterator<Item = (&'static str, Date, &'static str)> {
    DAYS.lines()
        .filter(|line| !line.starts_with('#') && !line.starts_with("exact "))
        .filter_map(|line| {
            let (code, rest) = line.split_once(' ')?;
            let (day, title) = rest.split_once(' ')?;
            Some((code, day.parse().ok()?, title))
        })
}
