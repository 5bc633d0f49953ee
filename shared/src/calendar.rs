//! What calendars say of stretches of time, as plain tables: recurrences, time zones and files are the server's.
//!
//! A table holds from the millisecond after its version was written up to the next one, like a mute, so that
//! production and replay, server and browser, read the same.

use serde::{Deserialize, Serialize};

use crate::time::TimeRange;

/// What a calendar does while it holds; nothing unless given.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields, default)]
pub struct CalendarEffects {
    /// Nobody is paged; what is still open at the end is told then.
    pub skip_paging: bool,
    /// Samples are judged, and teach nothing.
    pub skip_learning: bool,
    /// The threshold is so many times as high; 1.5 tolerates half as much again.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub scale_threshold: Option<f64>,
}

impl CalendarEffects {
    /// Whether it changes what is learned or scored, and not only who is told.
    pub fn is_of_scores(&self) -> bool {
        self.skip_learning || self.scale_threshold.is_some()
    }
}

/// One version of a calendar, as far as it holds.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct CalendarTable {
    /// Id of the calendar.
    pub id: String,
    /// What it does.
    pub effects: CalendarEffects,
    /// When: ascending, without overlaps.
    pub ranges: Vec<TimeRange>,
}

impl CalendarTable {
    /// The stretch in which an instant lies.
    pub fn range_at(&self, at_ms: i64) -> Option<TimeRange> {
        let after = self.ranges.partition_point(|range| range.from_ms <= at_ms);
        let last = self.ranges[..after].last()?;
        last.contains(at_ms).then_some(*last)
    }

    /// The last stretch that begins at an instant or before it, and the next.
    pub(crate) fn ranges_about(&self, at_ms: i64) -> impl Iterator<Item = TimeRange> {
        let after = self.ranges.partition_point(|range| range.from_ms <= at_ms);
        let ranges = &self.ranges[after.saturating_sub(1)..];
        ranges.iter().take(2).copied()
    }
}

/// What all calendars together do to a sample.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct SampleEffect {
    /// It teaches nothing.
    pub(crate) unlearned: bool,
    /// Its threshold is so many times as high.
    pub(crate) scale: f64,
}

impl SampleEffect {
    /// What they do to a sample at an instant.
    #[inline]
    pub(crate) fn at(tables: &[CalendarTable], at_ms: i64) -> Self {
        let mut effect = Self {
            unlearned: false,
            scale: 1.0,
        };
        for table in tables {
            if table.effects.is_of_scores() && table.range_at(at_ms).is_some() {
                effect.unlearned |= table.effects.skip_learning;
                effect.scale *= table.effects.scale_threshold.unwrap_or(1.0);
            }
        }
        effect
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table(effects: CalendarEffects, ranges: &[(i64, i64)]) -> CalendarTable {
        CalendarTable {
            id: "c".to_owned(),
            effects,
            ranges: ranges
                .iter()
                .map(|(from_ms, to_ms)| TimeRange {
                    from_ms: *from_ms,
                    to_ms: *to_ms,
                })
                .collect(),
        }
    }

    #[test]
    fn effects_when_several_calendars_hold_then_add_up() {
        let quiet = CalendarEffects {
            skip_learning: true,
            ..CalendarEffects::default()
        };
        let higher = CalendarEffects {
            scale_threshold: Some(1.5),
            ..CalendarEffects::default()
        };
        let tables = [
            table(quiet, &[(10, 20), (20, 30), (50, 60)]),
            table(higher, &[(25, 55)]),
            table(higher, &[(28, 29)]),
        ];
        for (at_ms, unlearned, scale) in [
            (9, false, 1.0),
            (10, true, 1.0),
            (25, true, 1.5),
            (28, true, 2.25),
            (30, false, 1.5),
            (54, true, 1.5),
            (60, false, 1.0),
        ] {
            let effect = SampleEffect::at(&tables, at_ms);
            assert_eq!(effect, SampleEffect { unlearned, scale }, "at {at_ms}");
        }
        assert_eq!(tables[0].range_at(25).map(|range| range.to_ms), Some(30));
    }
}
