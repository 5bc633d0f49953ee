//! iCalendar files (RFC 5545): the events in them, with their own zones; everything else is passed over.
//!
//! The crate `icalendar` reads the lines. Which instant they mean is read here: the crate's own zones are a second
//! database of them, which `super::rrule` says why there is not.

mod event;
mod file;
mod zones;

use std::collections::BTreeMap;

use icalendar::parser::{Component, Property};
use jiff::tz::TimeZone;

use self::event::Read;
use self::zones::Zones;
use super::event::Event;

/// Most events of one file.
const MOST_EVENTS: usize = 5_000;

/// The events of a file; `fallback` is the zone of times that name none.
///
/// # Errors
/// A sentence with the line or the event that cannot be read.
pub(super) fn read(text: &str, fallback: &TimeZone) -> Result<Vec<Event>, String> {
    let text = file::unfolded(text);
    let mut all = Vec::new();
    for object in text.objects()? {
        let calendar = object.read()?;
        let zones = Zones::of(&calendar.properties, &calendar.components, fallback);
        events(&calendar.components, &zones, &mut all)?;
    }
    Ok(all)
}

fn events(components: &[Component<'_>], zones: &Zones, all: &mut Vec<Event>) -> Result<(), String> {
    let is_event = |one: &&Component<'_>| one.name.as_str().eq_ignore_ascii_case("VEVENT");
    let (mut series, mut overrides) = (Vec::new(), Vec::new());
    for (index, component) in components.iter().filter(is_event).enumerate() {
        if all.len() + index >= MOST_EVENTS {
            return Err(format!("more than {MOST_EVENTS} events"));
        }
        let at = |message: String| refused(component, index + 1, &message);
        match Read::of(component, zones).map_err(at)? {
            Some(read) if read.replaces.is_some() => overrides.push(read),
            Some(read) => series.push(read),
            None => {}
        }
    }
    let mut by_uid: BTreeMap<String, usize> = BTreeMap::new();
    for (index, read) in series.iter().enumerate() {
        by_uid.insert(read.uid.clone(), index);
    }
    let mut moved = Vec::new();
    for one in overrides {
        if let (Some(index), Some(replaced)) = (by_uid.get(&one.uid), one.replaces) {
            series[*index].event.except_ms.push(replaced);
        }
        if !one.cancelled {
            moved.push(one.event);
        }
    }
    let kept = series.into_iter().filter(|read| !read.cancelled);
    all.extend(kept.map(|read| read.event));
    all.extend(moved);
    Ok(())
}

/// A refusal of the event of this number.
fn refused(component: &Component<'_>, number: usize, why: &str) -> String {
    let named = find(component, "SUMMARY").or_else(|| find(component, "UID"));
    match named.map(value) {
        Some(name) => format!("event {number} ({name}): {why}"),
        None => format!("event {number}: {why}"),
    }
}

fn find<'a>(component: &'a Component<'_>, name: &str) -> Option<&'a Property<'a>> {
    let mut properties = component.properties.iter();
    properties.find(|property| is(property, name))
}

fn is(property: &Property<'_>, name: &str) -> bool {
    property.name.as_str().eq_ignore_ascii_case(name)
}

fn value<'a>(property: &'a Property<'_>) -> &'a str {
    property.val.as_str().trim()
}

fn param<'a>(property: &'a Property<'_>, name: &str) -> Option<&'a str> {
    let mut params = property.params.iter();
    let found = params.find(|param| param.key.as_str().eq_ignore_ascii_case(name))?;
    Some(found.val.as_ref()?.as_str().trim_matches('"'))
}
