//! Calendars: from what people write, through zones and recurrences, to the plain tables that the pipeline reads.
//!
//! The browser carries neither zones nor recurrences: it is sent the tables.

mod event;
mod holidays;
mod ics;
mod memo;
mod minutes;
mod preview;
mod rrule;
#[cfg(test)]
mod tests;
mod value;
mod wall;

pub(crate) use self::preview::preview;

use hindcast_shared::api::{CalendarDraft, CalendarEvent, CalendarRecord, Occurrence};
use hindcast_shared::calendar::CalendarTable;
use hindcast_shared::error::FieldError;
use hindcast_shared::rule::Rule;
use hindcast_shared::time::{DAY_MS, Millis, TimeRange};
use jiff::civil::{Date, DateTime};
use jiff::tz::TimeZone;

use crate::schedule::zone;
use crate::store::{CalendarVersion, Store, StoreResult};
use event::{Event, Length};
use rrule::Recurrence;

/// A calendar that was read.
#[derive(Debug, Clone)]
pub(crate) struct Calendar {
    events: Vec<Event>,
}

impl Calendar {
    /// Reads what somebody wrote.
    ///
    /// # Errors
    /// [`FieldError`] with the first field that is wrong.
    pub(crate) fn read(draft: &CalendarDraft) -> Result<Self, FieldError> {
        draft.check()?;
        let country = draft.holidays.as_deref().map(holidays::Country::named);
        let country = country
            .transpose()
            .map_err(|message| FieldError::new("holidays", message))?;
        let name = draft.time_zone.as_deref();
        let name = name.unwrap_or_else(|| country.map_or("UTC", holidays::Country::zone));
        let zone = zone(name).map_err(|message| FieldError::new("time_zone", message))?;
        let mut events = Vec::new();
        for (index, written) in draft.events.iter().enumerate() {
            let under = |error: FieldError| error.under(&format!("events[{index}]"));
            events.push(event(written, &zone).map_err(under)?);
        }
        if let Some(text) = &draft.ics {
            let read = ics::read(text, &zone);
            events.extend(read.map_err(|message| FieldError::new("ics", message))?);
        }
        if let Some(country) = country {
            events.extend(country.days(&zone));
        }
        for event in &mut events {
            event.except_ms.sort_unstable();
        }
        affordable(&events).map_err(|(field, message)| {
            let field = if draft.ics.is_some() { "ics" } else { field };
            FieldError::new(field, message)
        })?;
        Ok(Self { events })
    }

    /// When it holds within a range: whole, in order; they may overlap.
    pub(crate) fn within(&self, range: TimeRange) -> Vec<Occurrence> {
        let mut found = Vec::new();
        for event in &self.events {
            event.within(range, &mut found);
        }
        found.sort();
        found
    }
}

/// The last year whose holidays a calendar knows exactly; nothing of one without holidays.
pub(crate) fn holidays_exact_until(draft: &CalendarDraft) -> Option<i16> {
    let country = holidays::Country::named(draft.holidays.as_deref()?).ok()?;
    country.exact_until()
}

/// Most occurrences of a calendar in a year: one every ten minutes, all year round.
const MOST_A_YEAR: u64 = 50_000;

/// Most recurrences that have to be counted from their beginning, whenever they are asked about.
const MOST_COUNTED: usize = 200;

/// Whether a calendar can be asked about at every tick.
fn affordable(events: &[Event]) -> Result<(), (&'static str, String)> {
    let (mut most, mut counted) = (0, 0);
    for event in events {
        let (own, own_counted) = event.cost().map_err(|message| ("events", message))?;
        most += own;
        counted += own_counted;
    }
    if most > MOST_A_YEAR {
        let message = format!("may hold {most} times a year; at most {MOST_A_YEAR} are allowed");
        return Err(("events", message));
    }
    if counted > MOST_COUNTED {
        let message =
            format!("has {counted} recurrences with COUNT, of at most {MOST_COUNTED}; write UNTIL");
        return Err(("events", message));
    }
    Ok(())
}

/// The tables of the calendars that a rule names, with all that overlaps a range.
pub(crate) async fn tables(
    store: &Store,
    rule: &Rule,
    range: TimeRange,
) -> StoreResult<Vec<CalendarTable>> {
    if rule.calendars.is_empty() {
        return Ok(Vec::new());
    }
    let versions = store.calendars().in_force(&rule.calendars, range).await?;
    Ok(versions
        .iter()
        .filter_map(|one| table(one, range))
        .collect())
}

/// One version as far as it holds; nothing of one that cannot be read any more.
fn table(version: &CalendarVersion, range: TimeRange) -> Option<CalendarTable> {
    let mut found = match memo::read(&version.draft) {
        Ok(calendar) => calendar.within(range),
        Err(error) => {
            tracing::warn!(calendar = %version.id, %error, "a calendar cannot be read any more");
            Vec::new()
        }
    };
    found.extend(version.markers.iter().cloned());
    let ranges = merged(found, version.holds);
    (!ranges.is_empty()).then(|| CalendarTable {
        id: version.id.clone(),
        effects: version.draft.effects,
        ranges,
    })
}

/// A calendar as it is now over a range, as if it had always been so; nothing if it does not hold there.
///
/// # Errors
/// [`FieldError`] if it cannot be read any more.
pub(crate) fn as_if_always(
    record: &CalendarRecord,
    markers: Vec<Occurrence>,
    range: TimeRange,
) -> Result<Option<CalendarTable>, FieldError> {
    let mut found = memo::read(&record.calendar)?.within(range);
    found.extend(markers);
    let ranges = merged(found, ALWAYS);
    Ok((!ranges.is_empty()).then(|| CalendarTable {
        id: record.id.clone(),
        effects: record.calendar.effects,
        ranges,
    }))
}

/// All of time.
const ALWAYS: TimeRange = TimeRange {
    from_ms: i64::MIN,
    to_ms: i64::MAX,
};

/// Stretches in order, joined where they overlap or touch, and cut to where they hold.
fn merged(mut found: Vec<Occurrence>, holds: TimeRange) -> Vec<TimeRange> {
    found.sort();
    let mut ranges: Vec<TimeRange> = Vec::new();
    for one in found {
        let (from_ms, to_ms) = (one.start_ms.max(holds.from_ms), one.end_ms.min(holds.to_ms));
        match ranges.last_mut() {
            _ if from_ms >= to_ms => {}
            Some(last) if from_ms <= last.to_ms => last.to_ms = last.to_ms.max(to_ms),
            _ => ranges.push(TimeRange { from_ms, to_ms }),
        }
    }
    ranges
}

fn event(written: &CalendarEvent, zone: &TimeZone) -> Result<Event, FieldError> {
    let field = |name: &'static str| move |message: String| FieldError::new(name, message);
    let (start, whole_days) = on_the_wall(&written.start).map_err(field("start"))?;
    let length = match (whole_days, written.length.map(Millis::ms)) {
        (_, Some(0)) => return Err(FieldError::new("length", "must not be 0")),
        (_, Some(length_ms)) if length_ms > 366 * DAY_MS => {
            return Err(FieldError::new("length", "must not exceed 366d"));
        }
        (true, None) => Length::Days(1),
        (true, Some(length_ms)) => Length::Days((length_ms + DAY_MS - 1) / DAY_MS),
        (false, Some(length_ms)) => Length::Millis(length_ms),
        (false, None) => {
            return Err(FieldError::new(
                "length",
                "is missing; a time has no length",
            ));
        }
    };
    let rule = written.rrule.as_deref();
    let rule = rule.map(|rule| Recurrence::parse(rule, start));
    let rule = rule.transpose().map_err(field("rrule"))?;
    let mut except_ms = Vec::new();
    for (index, text) in written.except.iter().enumerate() {
        let at = on_the_wall(text)
            .map_err(|message| FieldError::new(format!("except[{index}]"), message));
        except_ms.extend(event::instant(at?.0, zone));
    }
    Ok(Event {
        start,
        zone: zone.clone(),
        length,
        rules: rule.into_iter().collect(),
        also: Vec::new(),
        except_ms,
        title: written.title.clone(),
    })
}

/// `2026-11-20T02:00` or `2026-11-20`, and whether it is a whole day.
fn on_the_wall(text: &str) -> Result<(DateTime, bool), String> {
    let refused = || {
        format!("`{text}` is neither a time such as 2026-11-20T02:00 nor a day such as 2026-11-20")
    };
    // An offset or a zone would be passed over, silently.
    if text.contains(['Z', 'z', '+', '[']) || text.len() > 25 {
        return Err(refused());
    }
    if text.contains(['T', ' ']) {
        return text.parse().map(|at| (at, false)).map_err(|_| refused());
    }
    let day: Date = text.parse().map_err(|_| refused())?;
    Ok((day.at(0, 0, 0, 0), true))
}
