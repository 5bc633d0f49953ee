//! One event of a file: its start, length and recurrences.

use icalendar::parser::{Component, Property};
use jiff::tz::TimeZone;

use super::zones::Zones;
use super::{find, is, param, value};
use crate::calendar::event::{Also, Event, Length, exact_or_days, instant};
use crate::calendar::rrule::Recurrence;
use crate::calendar::value::{date_time, duration};

/// An event, or one occurrence of another one.
pub(super) struct Read {
    pub(super) uid: String,
    pub(super) cancelled: bool,
    /// The occurrence that this one stands for.
    pub(super) replaces: Option<i64>,
    pub(super) event: Event,
}

impl Read {
    /// Nothing of an event that never begins.
    ///
    /// # Errors
    /// A sentence that says what cannot be read.
    pub(super) fn of(component: &Component<'_>, zones: &Zones) -> Result<Option<Self>, String> {
        let all = |name: &'static str| component.properties.iter().filter(move |one| is(one, name));
        let Some(start) = find(component, "DTSTART") else {
            return Ok(None);
        };
        let (begins, utc) = date_time(value(start))?;
        let zone = if utc {
            TimeZone::UTC
        } else {
            zones.zone(start)?
        };
        let whole_days = is_date(start);
        let length = if let Some(end) = find(component, "DTEND") {
            let (ends, end_utc) = date_time(value(end))?;
            let end_zone = if end_utc {
                TimeZone::UTC
            } else {
                zones.zone(end)?
            };
            exact_or_days((begins, &zone), (ends, &end_zone), whole_days)?
        } else if let Some(lasts) = find(component, "DURATION") {
            duration(value(lasts))?
        } else if whole_days {
            Length::Days(1)
        } else {
            Length::Millis(0)
        };
        let title = find(component, "SUMMARY").map(value).unwrap_or_default();
        let mut event = Event {
            start: begins,
            zone,
            length,
            rules: Vec::new(),
            also: Vec::new(),
            except_ms: Vec::new(),
            title: title.split_whitespace().collect::<Vec<_>>().join(" "),
        };
        for rule in all("RRULE") {
            event.rules.push(Recurrence::parse(value(rule), begins)?);
        }
        for dates in all("RDATE") {
            let zone = zone_of(dates, zones, &event.zone)?;
            for one in value(dates).split(',') {
                event.also.push(also(one.trim(), &zone)?);
            }
        }
        for dates in all("EXDATE") {
            let zone = zone_of(dates, zones, &event.zone)?;
            for one in value(dates).split(',') {
                event.except_ms.push(at(one.trim(), &zone)?);
            }
        }
        let replaces = find(component, "RECURRENCE-ID").map(|one| {
            if param(one, "RANGE").is_some() {
                return Err(
                    "RECURRENCE-ID with RANGE is not known here; write each occurrence".to_owned(),
                );
            }
            at(value(one), &zone_of(one, zones, &event.zone)?)
        });
        let status = find(component, "STATUS").map(value).unwrap_or_default();
        Ok(Some(Self {
            uid: find(component, "UID")
                .map(value)
                .unwrap_or_default()
                .to_owned(),
            cancelled: status.eq_ignore_ascii_case("CANCELLED"),
            replaces: replaces.transpose()?,
            event,
        }))
    }
}

fn is_date(property: &Property<'_>) -> bool {
    let named = param(property, "VALUE");
    named.is_some_and(|kind| kind.eq_ignore_ascii_case("DATE")) || !value(property).contains('T')
}

/// The zone of further times of an event: their own, or the event's.
fn zone_of(property: &Property<'_>, zones: &Zones, event: &TimeZone) -> Result<TimeZone, String> {
    match param(property, "TZID") {
        Some(_) => zones.zone(property),
        None => Ok(event.clone()),
    }
}

fn at(text: &str, zone: &TimeZone) -> Result<i64, String> {
    let (at, utc) = date_time(text)?;
    let zone = if utc { &TimeZone::UTC } else { zone };
    instant(at, zone).ok_or_else(|| format!("`{text}` lies beyond time"))
}

/// A further beginning; of a period, such as `20261120T020000/PT2H`, with its own length.
fn also(text: &str, zone: &TimeZone) -> Result<Also, String> {
    let Some((from, to)) = text.split_once('/') else {
        return Ok(Also {
            at_ms: at(text, zone)?,
            length: None,
        });
    };
    let at_ms = at(from, zone)?;
    let length = if to.starts_with(['P', '+']) {
        duration(to)?
    } else {
        match at(to, zone)? - at_ms {
            length_ms if length_ms >= 0 => Length::Millis(length_ms),
            _ => return Err(format!("`{text}` ends before it begins")),
        }
    };
    Ok(Also {
        at_ms,
        length: Some(length),
    })
}
