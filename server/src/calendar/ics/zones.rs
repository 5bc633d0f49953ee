//! Which zone a name in a file means: one of the world's database, or what Windows calls it.

use std::collections::BTreeMap;

use icalendar::parser::{Component, Property};
use jiff::tz::TimeZone;

use super::{find, is, param, value};
use crate::schedule::zone;

const WINDOWS: &str = include_str!("windows_zones.txt");

/// The zones of one calendar.
pub(super) struct Zones {
    /// Of times that name none.
    pub(super) floating: TimeZone,
    /// Zones that the file describes under a name of its own, and says which they are.
    own: BTreeMap<String, TimeZone>,
}

impl Zones {
    pub(super) fn of(
        properties: &[Property<'_>],
        components: &[Component<'_>],
        fallback: &TimeZone,
    ) -> Self {
        let named = properties.iter().find(|one| is(one, "X-WR-TIMEZONE"));
        let floating = named.and_then(|one| known(value(one)).ok());
        let described = components.iter().filter_map(|component| {
            let at = find(component, "X-LIC-LOCATION")?;
            let name = value(find(component, "TZID")?).to_owned();
            Some((name, known(value(at)).ok()?))
        });
        Self {
            floating: floating.unwrap_or_else(|| fallback.clone()),
            own: described.collect(),
        }
    }

    /// The zone in which a property's times are written, unless they are in UTC.
    ///
    /// # Errors
    /// A sentence, of a name that nothing is known by.
    pub(super) fn zone(&self, property: &Property<'_>) -> Result<TimeZone, String> {
        let Some(name) = param(property, "TZID") else {
            return Ok(self.floating.clone());
        };
        known(name).or_else(|error| self.own.get(name).cloned().ok_or(error))
    }
}

/// The zone of a name.
fn known(name: &str) -> Result<TimeZone, String> {
    zone(name).or_else(|error| {
        // Some programs write a path of their own before the name.
        let parts: Vec<&str> = name.trim_matches('/').split('/').collect();
        let tail = parts[parts.len().saturating_sub(2)..].join("/");
        let windows = || {
            WINDOWS
                .lines()
                .find_map(|line| line.strip_prefix(name)?.strip_prefix(" = "))
        };
        zone(&tail)
            .or_else(|_| zone(windows().unwrap_or_default()))
            .map_err(|_| error)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn zone_when_windows_names_it_then_is_known_here() {
        let lines = WINDOWS.lines().filter(|line| !line.starts_with('#'));
        let mut count = 0;
        for line in lines {
            let (name, iana) = line.split_once(" = ").expect("two names");
            // A name that both have is the database's.
            assert!(known(name) == zone(iana) || zone(name).is_ok(), "{line}");
            assert!(zone(iana).is_ok(), "{line}");
            count += 1;
        }
        assert!(count > 100, "{count} zones");
        assert!(known("Eastern").is_err());
        assert!(known("").is_err());
    }

    #[test]
    fn zone_when_a_path_stands_before_it_then_its_end_is_taken() {
        let name = "/freeassociation.sourceforge.net/Europe/Berlin";
        assert_eq!(known(name), zone("Europe/Berlin"));
    }
}
