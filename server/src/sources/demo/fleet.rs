//! A fleet of servers, as many as somebody asks for: for looking at many series at once.
//!
//! Most days of most servers are quiet; each has its own level, its own swing and, every now and then, an hour in
//! which it is stuck.

use hindcast_shared::series::{Labels, Series};
use hindcast_shared::time::{DAY_MS, MINUTE_MS, Millis, TimeRange};

use super::noise;

/// The metric.
pub(super) const NAME: &str = "demo_fleet_cpu_percent";

/// Keeps the fleet's chance apart from the other metrics'.
const SALT: u64 = 0x666c_6565_7421;
/// Every so many days a server has an incident, on average.
const DAYS_BETWEEN: u64 = 5;
const ROLES: [&str; 4] = ["web", "api", "worker", "cache"];
const ZONES: [&str; 3] = ["a", "b", "c"];

/// One server.
struct Server {
    seed: u64,
    base: f64,
    daily: f64,
}

/// Where a number lies between two others.
fn between(seed: u64, place: i64, from: f64, to: f64) -> f64 {
    from + noise::even(seed, place) * (to - from)
}

impl Server {
    fn new(seed: u64, number: u32) -> Self {
        let seed = noise::word(seed ^ SALT, i64::from(number));
        Self {
            seed,
            base: between(seed, -1, 24.0, 46.0),
            daily: between(seed, -2, 3.0, 9.0),
        }
    }

    fn value(&self, at_ms: i64) -> f64 {
        let day = at_ms.div_euclid(DAY_MS);
        let since_ms = at_ms.rem_euclid(DAY_MS);
        // Busiest at two in the afternoon, UTC, as everything here.
        let turns = since_ms as f64 / DAY_MS as f64 - 14.0 / 24.0;
        let swing = libm::cos(turns * std::f64::consts::TAU);
        let quiet = self.base
            + self.daily * swing
            + 1.2 * noise::normal(self.seed, at_ms.div_euclid(MINUTE_MS));
        let incident = self.incident(day);
        let value = match incident {
            Some((from_ms, to_ms, size)) if (from_ms..to_ms).contains(&since_ms) => quiet + size,
            _ => quiet,
        };
        value.clamp(0.0, 100.0)
    }

    /// The incident of a day, as beginning, end and size.
    fn incident(&self, day: i64) -> Option<(i64, i64, f64)> {
        let seed = self.seed ^ 5;
        if !noise::word(seed, day).is_multiple_of(DAYS_BETWEEN) {
            return None;
        }
        let length_ms = between(seed ^ 1, day, 8.0, 50.0) as i64 * MINUTE_MS;
        let from_ms = between(seed ^ 2, day, 0.0, (DAY_MS - length_ms) as f64) as i64;
        let from_ms = from_ms / MINUTE_MS * MINUTE_MS;
        let size = between(seed ^ 3, day, 10.0, 48.0);
        // One in four is idle where it should work.
        let size = if noise::word(seed ^ 4, day).is_multiple_of(4) {
            -0.6 * size
        } else {
            size
        };
        Some((from_ms, from_ms + length_ms, size))
    }
}

/// The labels of a server.
pub(super) fn labels(number: u32) -> Labels {
    let role = ROLES[number as usize % ROLES.len()];
    let zone = ZONES[number as usize / ROLES.len() % ZONES.len()];
    let instance = format!("{role}-{number:04}");
    Labels::named(
        NAME,
        &[("instance", &instance), ("role", role), ("zone", zone)],
    )
}

/// A server on the grid.
pub(super) fn series(seed: u64, number: u32, range: TimeRange, step: Millis) -> Series {
    let mut series = Series::empty(labels(number), "%", range, step.ms());
    let server = Server::new(seed, number);
    for index in 0..series.values.len() {
        series.values[index] = server.value(series.at_ms(index));
    }
    series
}

#[cfg(test)]
mod tests {
    use hindcast_shared::time::HOUR_MS;

    use super::*;

    const NOW_MS: i64 = 1_795_000_123_456;

    #[test]
    fn servers_when_asked_in_pieces_then_the_pieces_join_and_stay_plausible() {
        let day = TimeRange::new(NOW_MS - DAY_MS, NOW_MS).expect("a range");
        let hour = TimeRange::new(NOW_MS - 3 * HOUR_MS, NOW_MS - HOUR_MS).expect("a range");
        for number in 0..60 {
            let whole = series(7, number, day, Millis::new(MINUTE_MS));
            let piece = series(7, number, hour, Millis::new(MINUTE_MS));
            assert_eq!(piece.values, whole.slice(hour.from_ms, hour.to_ms));
            assert!(
                whole
                    .values
                    .iter()
                    .all(|value| (0.0..=100.0).contains(value))
            );
        }
    }

    #[test]
    fn servers_when_a_day_is_over_then_some_had_an_incident() {
        let day = NOW_MS / DAY_MS;
        let stuck = (0..1_000)
            .filter(|number| Server::new(7, *number).incident(day).is_some())
            .count();
        assert!((120..=280).contains(&stuck), "{stuck} of 1000");
    }
}
