//! Nominal times: multiples of a duration since 1970, or a cron expression in a time zone.

use croner::Cron;
use croner::parser::{CronParser, Seconds};
use hindcast_shared::error::FieldError;
use hindcast_shared::rule::{Schedule, Ticks};
use hindcast_shared::time::{TimeRange, floor_to};
use jiff::tz::TimeZone;
use jiff::{Timestamp, Zoned};

use super::zone::zone;

/// A list of ticks is not longer than this: a cron expression of every second over a day.
const MAX_TICKS: usize = 100_000;

/// The nominal times of a rule.
#[derive(Debug, Clone)]
pub(crate) enum Timetable {
    /// Every multiple of so many milliseconds since 1970.
    Every(i64),
    /// As a cron expression says.
    Cron(Box<Cron>, TimeZone),
}

impl Timetable {
    /// The timetable of a schedule.
    ///
    /// # Errors
    /// [`FieldError`] that names `schedule.cron` or `schedule.tz`.
    pub(crate) fn new(schedule: &Schedule) -> Result<Self, FieldError> {
        match schedule {
            Schedule::Every { every, .. } => Ok(Self::Every(every.ms())),
            Schedule::Cron { cron, tz, .. } => {
                let zone = zone(tz).map_err(|message| FieldError::new("schedule.tz", message))?;
                let parsed = CronParser::builder()
                    .seconds(Seconds::Optional)
                    .build()
                    .parse(cron)
                    .map_err(|error| {
                        let message = format!(
                            "`{cron}` is not a cron expression: {error}; write for example `0 */5 * * * *`"
                        );
                        FieldError::new("schedule.cron", message)
                    })?;
                Ok(Self::Cron(Box::new(parsed), zone))
            }
        }
    }

    /// The first nominal time after an instant; none when the expression never matches again.
    pub(crate) fn next_after(&self, at_ms: i64) -> Option<i64> {
        match self {
            Self::Every(every_ms) => Some(floor_to(at_ms, *every_ms) + every_ms),
            Self::Cron(cron, zone) => {
                let next = cron
                    .find_next_occurrence(&zoned(at_ms, zone)?, false)
                    .ok()?;
                Some(next.timestamp().as_millisecond())
            }
        }
    }

    /// The last nominal time at or before an instant.
    pub(crate) fn last_until(&self, at_ms: i64) -> Option<i64> {
        match self {
            Self::Every(every_ms) => Some(floor_to(at_ms, *every_ms)),
            Self::Cron(cron, zone) => {
                let last = cron
                    .find_previous_occurrence(&zoned(at_ms, zone)?, true)
                    .ok()?;
                // The search works in whole seconds.
                Some(last.timestamp().as_millisecond()).filter(|last_ms| *last_ms <= at_ms)
            }
        }
    }

    /// The nominal times from a range's beginning to the first one at or after its end.
    pub(crate) fn ticks(&self, range: TimeRange) -> Ticks {
        if let Self::Every(every_ms) = self {
            return Ticks::Every(*every_ms);
        }
        let mut ticks = Vec::new();
        let mut at_ms = range.from_ms - 1;
        while let Some(next_ms) = self.next_after(at_ms) {
            ticks.push(next_ms);
            if next_ms >= range.to_ms || ticks.len() >= MAX_TICKS {
                break;
            }
            at_ms = next_ms;
        }
        Ticks::At(ticks)
    }
}

fn zoned(at_ms: i64, zone: &TimeZone) -> Option<Zoned> {
    let timestamp = Timestamp::from_millisecond(at_ms).ok()?;
    Some(timestamp.to_zoned(zone.clone()))
}

#[cfg(test)]
mod tests {
    use hindcast_shared::time::{DAY_MS, HOUR_MS, Millis};
    use rstest::rstest;

    use super::*;

    fn cron(cron: &str, tz: &str) -> Result<Timetable, FieldError> {
        let schedule = serde_json::json!({"cron": cron, "tz": tz});
        Timetable::new(&serde_json::from_value(schedule).expect("a schedule"))
    }

    fn ms(text: &str) -> i64 {
        text.parse::<Timestamp>()
            .expect("a timestamp")
            .as_millisecond()
    }

    #[test]
    fn every_when_between_multiples_then_goes_to_the_next() {
        let timetable = Timetable::new(&Schedule::every(Millis::from_secs(15))).expect("valid");
        assert_eq!(timetable.next_after(15_000), Some(30_000));
        assert_eq!(timetable.next_after(29_999), Some(30_000));
        assert_eq!(timetable.last_until(30_000), Some(30_000));
        assert_eq!(timetable.last_until(29_999), Some(15_000));
    }

    #[test]
    fn cron_when_in_a_zone_then_follows_its_wall_clock() {
        let daily = cron("0 0 9 * * *", "Asia/Seoul").expect("valid");
        let at = ms("2026-11-20T00:00:00Z");
        assert_eq!(daily.next_after(at - 1), Some(at));
        assert_eq!(daily.next_after(at), Some(at + DAY_MS));
        assert_eq!(daily.last_until(at + HOUR_MS), Some(at));
        assert_eq!(daily.last_until(at), Some(at));
    }

    #[test]
    fn cron_when_the_clocks_change_then_keeps_the_hour_of_the_wall() {
        let daily = cron("0 9 * * *", "Europe/Berlin").expect("five fields are fine");
        let before = ms("2026-10-24T07:00:00Z");
        assert_eq!(daily.next_after(before), Some(ms("2026-10-25T08:00:00Z")));
    }

    #[test]
    fn ticks_when_by_cron_then_reach_over_the_end() {
        let timetable = cron("*/10 * * * * *", "UTC").expect("valid");
        let range = TimeRange::new(0, 25_000).expect("a range");
        assert_eq!(
            timetable.ticks(range),
            Ticks::At(vec![0, 10_000, 20_000, 30_000])
        );
    }

    #[rstest]
    #[case("every day", "UTC", "schedule.cron")]
    #[case("61 * * * * *", "UTC", "schedule.cron")]
    #[case("0 0 * * * *", "Mars/Olympus", "schedule.tz")]
    fn cron_when_wrong_then_names_the_field(
        #[case] text: &str,
        #[case] tz: &str,
        #[case] field: &str,
    ) {
        assert_eq!(cron(text, tz).expect_err("invalid").field, field);
    }
}
