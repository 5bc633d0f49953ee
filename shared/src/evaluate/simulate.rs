//! Labelled series from nothing: a seeded baseline into which incidents of known shapes are put.
//!
//! For trying rules, for demos and for benches. It knows nothing of detectors, so it cannot flatter one.

use std::ops::Range;

use crate::math::random::Random;
use crate::time::DAY_MS;

/// How an incident looks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shape {
    /// One or a few samples far out.
    Spike,
    /// The level moves at once and stays for the incident.
    LevelShift,
    /// The level climbs steadily, then is back.
    Drift,
    /// The noise becomes several times as wide.
    Variance,
    /// The season runs upside down.
    Season,
    /// The last value is repeated.
    FlatLine,
    /// The value drops to nothing.
    Dropout,
    /// There are no samples.
    Missing,
    /// Values of another time of day: each usual in itself, wrong for its hour.
    Contextual,
}

impl Shape {
    /// Every shape.
    pub const ALL: [Self; 9] = [
        Self::Spike,
        Self::LevelShift,
        Self::Drift,
        Self::Variance,
        Self::Season,
        Self::FlatLine,
        Self::Dropout,
        Self::Missing,
        Self::Contextual,
    ];

    /// The word for it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Spike => "spike",
            Self::LevelShift => "level-shift",
            Self::Drift => "drift",
            Self::Variance => "variance",
            Self::Season => "season",
            Self::FlatLine => "flat-line",
            Self::Dropout => "dropout",
            Self::Missing => "missing",
            Self::Contextual => "contextual",
        }
    }

    /// One sentence of help.
    #[must_use]
    pub fn help(self) -> &'static str {
        match self {
            Self::Spike => "one to three samples far above or below",
            Self::LevelShift => "the level moves at once and stays there",
            Self::Drift => "the level climbs or falls steadily, then is back",
            Self::Variance => "the noise becomes four times as wide",
            Self::Season => "the daily course runs upside down",
            Self::FlatLine => "the last value is repeated exactly",
            Self::Dropout => "the value drops to zero",
            Self::Missing => "there are no values",
            Self::Contextual => {
                "values of half a day earlier: usual in themselves, wrong for the hour"
            }
        }
    }

    fn rows(self, day: usize, random: &mut Random) -> usize {
        let (low, high) = match self {
            Self::Spike => return 1 + random.below(3) as usize,
            Self::LevelShift | Self::Variance | Self::FlatLine => (day / 48, day / 12),
            Self::Drift | Self::Season | Self::Contextual => (day / 12, day / 4),
            Self::Dropout | Self::Missing => (day / 96, day / 24),
        };
        low.max(4) + random.below(high.saturating_sub(low).max(1) as u64) as usize
    }
}

/// What is drawn.
#[derive(Debug, Clone, PartialEq)]
pub struct Plan {
    /// Samples.
    pub rows: usize,
    /// Time of the first, which decides about hours and weekdays.
    pub start_ms: i64,
    /// Distance of samples.
    pub step_ms: i64,
    /// Mean level.
    pub level: f64,
    /// Standard deviation of the noise.
    pub noise: f64,
    /// Height of the daily course over and under the level; nights and weekends are low.
    pub season: f64,
    /// Values stay within these.
    pub clamp: Range<f64>,
    /// How many incidents; they lie apart, behind the first fifth, which stays clean.
    pub incidents: usize,
    /// Shapes that are dealt in turn.
    pub shapes: Vec<Shape>,
    /// How far incidents lie out, in deviations of noise and season together.
    pub size: f64,
    /// Equal seeds draw equal series.
    pub seed: u64,
}

impl Default for Plan {
    /// A week of a minute's step at 40 ± 10 within 0 and 100, which is what a busy host's CPU looks like.
    fn default() -> Self {
        Self {
            rows: 10_080,
            start_ms: 0,
            step_ms: 60_000,
            level: 40.0,
            noise: 3.0,
            season: 10.0,
            clamp: 0.0..100.0,
            incidents: 9,
            shapes: Shape::ALL.to_vec(),
            size: 6.0,
            seed: 1,
        }
    }
}

/// An incident that was put in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Incident {
    /// Its rows.
    pub rows: Range<usize>,
    /// What was done there.
    pub shape: Shape,
}

/// A series and what is wrong with it.
#[derive(Debug, Clone, PartialEq)]
pub struct Drawn {
    /// One value a row; NaN where there is none.
    pub values: Vec<f64>,
    /// In order and apart.
    pub incidents: Vec<Incident>,
}

/// Draws a series. A plan with too little room for its incidents gets as many as fit.
#[must_use]
pub fn draw(plan: &Plan) -> Drawn {
    let mut random = Random::new(plan.seed);
    let course: Vec<f64> = (0..plan.rows).map(|row| course(plan, row as i64)).collect();
    let noise: Vec<f64> = (0..plan.rows)
        .map(|_| plan.noise * random.normal())
        .collect();
    let mut values: Vec<f64> = course
        .iter()
        .zip(&noise)
        .map(|(course, noise)| plan.level + course + noise)
        .collect();
    let incidents = place(plan, &mut random);
    for incident in &incidents {
        spoil(plan, incident, (&course, &noise), &mut values, &mut random);
    }
    for value in &mut values {
        if plan.clamp.start <= plan.clamp.end {
            *value = value.clamp(plan.clamp.start, plan.clamp.end);
        }
    }
    Drawn { values, incidents }
}

/// Height of the daily and weekly course at a row.
fn course(plan: &Plan, row: i64) -> f64 {
    let at_ms = row
        .saturating_mul(plan.step_ms)
        .saturating_add(plan.start_ms);
    let day = at_ms.rem_euclid(DAY_MS) as f64 / DAY_MS as f64;
    // 1970 began on a Thursday.
    let weekday = (at_ms.div_euclid(DAY_MS) + 3).rem_euclid(7);
    let height = if weekday >= 5 { 0.5 } else { 1.0 };
    let turn = std::f64::consts::TAU * day;
    -plan.season * height * (libm::cos(turn) + 0.3 * libm::sin(2.0 * turn))
}

/// Puts each incident somewhere into a slot of its own.
fn place(plan: &Plan, random: &mut Random) -> Vec<Incident> {
    let clean = plan.rows / 5;
    let day = (DAY_MS / plan.step_ms.max(1)).max(1) as usize;
    if plan.shapes.is_empty() || plan.incidents == 0 {
        return Vec::new();
    }
    let slot = (plan.rows - clean) / plan.incidents;
    (0..plan.incidents)
        .filter_map(|index| {
            let shape = plan.shapes[index % plan.shapes.len()];
            // At least half of a slot stays clean, so that incidents can be told apart.
            let len = shape.rows(day, random).min(slot / 2);
            let room = slot.saturating_sub(len).saturating_sub(slot / 4);
            let start = clean + index * slot + random.below(room as u64) as usize;
            (len > 0).then_some(Incident {
                rows: start..start + len,
                shape,
            })
        })
        .collect()
}

fn spoil(
    plan: &Plan,
    incident: &Incident,
    (course, noise): (&[f64], &[f64]),
    values: &mut [f64],
    random: &mut Random,
) {
    let rows = incident.rows.clone();
    let spread = (plan.noise * plan.noise + plan.season * plan.season / 2.0).sqrt();
    let sign = if random.below(2) == 0 { 1.0 } else { -1.0 };
    let out = sign * plan.size * if spread > 0.0 { spread } else { 1.0 };
    let half_day = (DAY_MS / 2 / plan.step_ms.max(1)).max(1) as usize;
    let len = rows.len() as f64;
    let first = rows.start;
    for row in rows {
        values[row] = match incident.shape {
            Shape::Spike => values[row] + out,
            Shape::LevelShift => values[row] + out / 2.0,
            Shape::Drift => values[row] + out * (row - first + 1) as f64 / len,
            Shape::Variance => values[row] + 3.0 * noise[row],
            Shape::Season => values[row] - 2.0 * course[row],
            Shape::FlatLine => values[first.saturating_sub(1)],
            Shape::Dropout => 0.0,
            Shape::Missing => f64::NAN,
            Shape::Contextual => plan.level + course[row.saturating_sub(half_day)] + noise[row],
        };
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn draw_when_seeds_are_equal_is_equal_and_otherwise_not() {
        let plan = Plan::default();
        let bits = |drawn: &Drawn| -> Vec<u64> {
            drawn.values.iter().map(|value| value.to_bits()).collect()
        };
        assert_eq!(bits(&draw(&plan)), bits(&draw(&plan)));
        let other = Plan {
            seed: 2,
            ..plan.clone()
        };
        assert_ne!(bits(&draw(&plan)), bits(&draw(&other)));
    }

    #[test]
    fn draw_when_all_shapes_are_dealt_puts_each_in_its_own_place() {
        let drawn = draw(&Plan::default());
        let shapes: Vec<Shape> = drawn.incidents.iter().map(|one| one.shape).collect();
        assert_eq!(shapes, Shape::ALL);
        assert!(drawn.incidents[0].rows.start >= 10_080 / 5);
        for pair in drawn.incidents.windows(2) {
            assert!(pair[0].rows.end < pair[1].rows.start);
        }
        for incident in &drawn.incidents {
            for row in incident.rows.clone() {
                assert_eq!(drawn.values[row].is_nan(), incident.shape == Shape::Missing);
            }
        }
    }

    #[test]
    fn draw_when_nothing_is_wrong_stays_in_its_range() {
        let plan = Plan {
            incidents: 0,
            rows: 100_000,
            ..Plan::default()
        };
        let drawn = draw(&plan);
        assert!(
            drawn
                .values
                .iter()
                .all(|value| (0.0..=100.0).contains(value))
        );
        assert!(drawn.incidents.is_empty());
    }

    #[test]
    fn draw_when_the_plan_is_odd_does_not_panic() {
        for (rows, step_ms, incidents) in [(0, 1, 5), (1, 0, 5), (9, i64::MAX, 3), (50, -7, 90)] {
            let plan = Plan {
                rows,
                step_ms,
                incidents,
                noise: 0.0,
                season: f64::INFINITY,
                clamp: 1.0..0.0,
                ..Plan::default()
            };
            assert_eq!(draw(&plan).values.len(), rows);
        }
    }
}
