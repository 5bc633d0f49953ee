//! The eight metrics: what they are on a quiet day.

use hindcast_shared::series::Labels;
use hindcast_shared::time::{DAY_MS, MINUTE_MS, SECOND_MS, WEEK_MS};

use super::incident::{Incident, Shape};
use super::noise;

/// One made-up metric.
#[derive(Debug)]
pub(crate) struct Metric {
    /// Its name.
    pub(crate) name: &'static str,
    /// Its one further label.
    pub(crate) label: (&'static str, &'static str),
    /// Its unit.
    pub(crate) unit: &'static str,
    /// Place in the rota of incidents, and seed.
    pub(super) index: usize,
    /// Value at the middle of everything.
    base: f64,
    /// How far a day swings.
    daily: f64,
    /// The hour of the day (UTC) at which it is highest.
    peak_hour: f64,
    /// What a weekend adds.
    weekend: f64,
    /// What four weeks add and take away again.
    drift: f64,
    /// What a week adds until the restart early on Monday.
    leak: f64,
    /// Deviation of the noise from sample to sample.
    noise: f64,
    /// Deviation of the slow wander.
    wander: f64,
    /// Largest possible value.
    ceiling: f64,
    /// What its incidents look like.
    pub(super) shapes: &'static [Shape],
    /// Days between two silences; none if it never falls silent.
    pub(super) silent_every_days: Option<i64>,
}

/// A metric without anything special; the table below says what each one has.
const PLAIN: Metric = Metric {
    name: "",
    label: ("", ""),
    unit: "",
    index: 0,
    base: 0.0,
    daily: 0.0,
    peak_hour: 14.0,
    weekend: 0.0,
    drift: 0.0,
    leak: 0.0,
    noise: 0.0,
    wander: 0.0,
    ceiling: f64::INFINITY,
    shapes: &[],
    silent_every_days: None,
};

/// All of them; the head of [`super`] has the table for people.
pub(crate) const METRICS: [Metric; 8] = [
    Metric {
        name: "demo_checkout_latency_p95_ms",
        label: ("service", "checkout"),
        unit: "ms",
        index: 0,
        base: 185.0,
        daily: 32.0,
        weekend: -14.0,
        drift: 6.0,
        noise: 6.0,
        wander: 4.0,
        shapes: &[Shape::Spike(620.0), Shape::Shift(330.0)],
        ..PLAIN
    },
    Metric {
        name: "demo_requests_per_second",
        label: ("service", "shop"),
        unit: "req/s",
        index: 1,
        base: 430.0,
        daily: 140.0,
        weekend: -55.0,
        drift: 25.0,
        noise: 9.0,
        wander: 8.0,
        shapes: &[Shape::DropTo(0.12), Shape::DropTo(0.2)],
        ..PLAIN
    },
    Metric {
        name: "demo_errors_percent",
        label: ("service", "shop"),
        unit: "%",
        index: 2,
        base: 0.7,
        daily: 0.12,
        noise: 0.05,
        wander: 0.05,
        ceiling: 100.0,
        shapes: &[Shape::Spike(7.5), Shape::Ramp(5.5)],
        ..PLAIN
    },
    Metric {
        name: "demo_queue_depth",
        label: ("queue", "orders"),
        index: 3,
        base: 46.0,
        daily: 18.0,
        peak_hour: 19.0,
        weekend: 6.0,
        noise: 2.5,
        wander: 2.0,
        shapes: &[Shape::Ramp(260.0), Shape::Spike(190.0)],
        silent_every_days: Some(6),
        ..PLAIN
    },
    Metric {
        name: "demo_memory_percent",
        label: ("service", "search"),
        unit: "%",
        index: 4,
        base: 51.0,
        daily: 2.0,
        leak: 15.0,
        noise: 0.4,
        wander: 0.6,
        ceiling: 99.0,
        shapes: &[Shape::Ramp(46.0)],
        ..PLAIN
    },
    Metric {
        name: "demo_db_connections",
        label: ("database", "orders"),
        index: 5,
        base: 118.0,
        daily: 38.0,
        weekend: -12.0,
        noise: 3.0,
        wander: 3.0,
        shapes: &[Shape::Shift(240.0), Shape::Spike(300.0)],
        ..PLAIN
    },
    Metric {
        name: "demo_payment_success_percent",
        label: ("provider", "acme"),
        unit: "%",
        index: 6,
        base: 98.4,
        daily: 0.25,
        peak_hour: 4.0,
        noise: 0.16,
        wander: 0.12,
        ceiling: 100.0,
        shapes: &[Shape::DropTo(0.82), Shape::Shift(-8.0)],
        ..PLAIN
    },
    Metric {
        name: "demo_cache_hit_percent",
        label: ("cache", "products"),
        unit: "%",
        index: 7,
        base: 93.5,
        daily: 1.4,
        drift: 0.4,
        noise: 0.35,
        wander: 0.3,
        ceiling: 100.0,
        shapes: &[Shape::Shift(-21.0), Shape::DropTo(0.6)],
        ..PLAIN
    },
];

/// The noise holds this long, so that every grid sees the same world.
const NOISE_CELL_MS: i64 = 15 * SECOND_MS;

/// 1970 began on a Thursday; weeks are counted from Monday.
const MONDAY_MS: i64 = 4 * DAY_MS;

/// Length of a short silence: shorter than what a rule calls "no data".
const BLINK_MS: i64 = 3 * MINUTE_MS;

impl Metric {
    /// Its labels.
    pub(crate) fn labels(&self) -> Labels {
        Labels::named(self.name, &[self.label])
    }

    /// Its own seed.
    pub(super) fn seed(&self, seed: u64) -> u64 {
        noise::word(seed, self.index as i64)
    }

    /// The value at an instant; NaN in a gap. `near` has every incident that may be on then.
    pub(super) fn value(&self, seed: u64, at_ms: i64, near: &[Incident]) -> f64 {
        let seed = self.seed(seed);
        if blinks(seed ^ 2, at_ms) {
            return f64::NAN;
        }
        let mut value = self.quiet(seed, at_ms);
        for incident in near {
            value = incident.apply(at_ms, value);
        }
        // NaN survives the clamp.
        value.clamp(0.0, self.ceiling)
    }

    fn quiet(&self, seed: u64, at_ms: i64) -> f64 {
        let hour = at_ms.rem_euclid(DAY_MS) as f64 / 3_600_000.0;
        let day = wave((hour - self.peak_hour) / 24.0);
        // A small second peak makes the day less of a sine.
        let noon = 0.25 * wave((hour - self.peak_hour) / 12.0);
        let month = wave(at_ms.rem_euclid(4 * WEEK_MS) as f64 / (4 * WEEK_MS) as f64);
        let week = (at_ms - MONDAY_MS).rem_euclid(WEEK_MS);
        let noise = noise::normal(seed, at_ms.div_euclid(NOISE_CELL_MS));
        let wander = noise::wander(seed ^ 1, at_ms, 20 * MINUTE_MS);
        self.base
            + self.daily * (day + noon)
            + self.weekend * weekend(week)
            + self.drift * month
            + self.leak * (week as f64 / WEEK_MS as f64)
            + self.noise * noise
            + self.wander * wander
    }
}

/// Every third day or so a scrape or three is lost.
fn blinks(seed: u64, at_ms: i64) -> bool {
    let day = at_ms.div_euclid(DAY_MS);
    if !noise::word(seed, day).is_multiple_of(3) {
        return false;
    }
    let start_ms = (noise::even(seed ^ 1, day) * (DAY_MS - BLINK_MS) as f64) as i64;
    let within = at_ms.rem_euclid(DAY_MS) - start_ms;
    (0..BLINK_MS).contains(&within)
}

fn wave(turns: f64) -> f64 {
    libm::cos(turns * std::f64::consts::TAU)
}

/// 1 on Saturday and Sunday, 0 on other days, with six hours of change between.
fn weekend(since_monday_ms: i64) -> f64 {
    let days = since_monday_ms as f64 / DAY_MS as f64;
    let rise = ((days - 4.875) / 0.25).clamp(0.0, 1.0);
    let fall = ((days - 6.875) / 0.125).clamp(0.0, 1.0);
    rise - fall
}
