//! What an hour of the day and a day of the week each add to a level.
//!
//! Tukey, Exploratory Data Analysis, 1977, median polish: from the table of the 24 hours by the 7 days the
//! median of each row and of each column is taken out, in turns. Two weeks are enough to know a Sunday at
//! three in the morning, because every night and every Sunday helps; what only their meeting brings about
//! is not seen, and is part of the spread. Knows cells, nothing of clocks.

use serde::{Deserialize, Serialize};

use super::profile::{Slot, Usual};
use crate::math::stats::{MAD_TO_DEVIATION, median};

const HOURS: usize = 24;
const DAYS: usize = 7;
/// How often rows and columns take turns; more hardly moves anything.
const ROUNDS: u32 = 4;

/// A level, and what hours and days add to it.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(super) struct Additive {
    pub(super) level: f64,
    hours: Vec<Effect>,
    days: Vec<Effect>,
}

/// What an hour or a day adds.
#[derive(Debug, Clone, Copy, Default, Serialize, Deserialize)]
struct Effect {
    value: f64,
    /// Of the values of an hour around what is expected of them; days have none.
    spread: f64,
    visits: u32,
}

impl Additive {
    /// From the 168 hours of a week, Monday first.
    pub(super) fn of(cells: &[Slot]) -> Self {
        let mut rest: Vec<Option<f64>> = cells
            .iter()
            .map(|cell| (!cell.values.is_empty()).then(|| median(&cell.values)))
            .collect();
        let mut hours = vec![Effect::default(); HOURS];
        let mut days = vec![Effect::default(); DAYS];
        for _ in 0..ROUNDS {
            for (hour, effect) in hours.iter_mut().enumerate() {
                effect.value += taken_out(&mut rest, &|day| day * HOURS + hour, DAYS);
            }
            for (day, effect) in days.iter_mut().enumerate() {
                effect.value += taken_out(&mut rest, &|hour| day * HOURS + hour, HOURS);
            }
        }
        let mut level = 0.0;
        for effects in [&mut hours, &mut days] {
            let centre = median(
                &effects
                    .iter()
                    .map(|effect| effect.value)
                    .collect::<Vec<_>>(),
            );
            level += centre;
            for effect in effects.iter_mut() {
                effect.value -= centre;
            }
        }
        let visits = |cell: &Slot| super::profile::distinct(&cell.visits);
        for (day, effect) in days.iter_mut().enumerate() {
            let of_day = &cells[day * HOURS..][..HOURS];
            effect.visits = of_day.iter().map(visits).max().unwrap_or(0);
        }
        for (hour, effect) in hours.iter_mut().enumerate() {
            let mut apart = Vec::new();
            for (cell, day) in cells[hour..].iter().step_by(HOURS).zip(&days) {
                let expected = level + effect.value + day.value;
                apart.extend(cell.values.iter().map(|value| (value - expected).abs()));
                effect.visits += visits(cell);
            }
            effect.spread = median(&apart) * MAD_TO_DEVIATION;
        }
        Self { level, hours, days }
    }

    /// What the day of a cell adds; 0 before anything is known.
    pub(super) fn day(&self, cell: usize) -> f64 {
        self.days.get(cell / HOURS).map_or(0.0, |day| day.value)
    }

    /// What is usual in a cell, and on how many visits of its hour or its day that rests.
    pub(super) fn usual(&self, cell: usize) -> Option<Usual> {
        let (hour, day) = (self.hours.get(cell % HOURS)?, self.days.get(cell / HOURS)?);
        Some(Usual {
            centre: self.level + hour.value + day.value,
            spread: hour.spread,
            visits: hour.visits.min(day.visits),
        })
    }

    /// Whether every hour and every day was met so often.
    pub(super) fn knows_all(&self, visits: u32) -> bool {
        let known = |effects: &[Effect]| {
            !effects.is_empty() && effects.iter().all(|effect| effect.visits >= visits)
        };
        known(&self.hours) && known(&self.days)
    }
}

/// Takes the median of some cells out of them.
fn taken_out(rest: &mut [Option<f64>], cell: &dyn Fn(usize) -> usize, count: usize) -> f64 {
    let known: Vec<f64> = (0..count).filter_map(|at| rest[cell(at)]).collect();
    let middle = median(&known);
    for at in 0..count {
        if let Some(rest) = &mut rest[cell(at)] {
            *rest -= middle;
        }
    }
    middle
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn table_when_it_is_a_sum_then_is_taken_apart_and_holes_are_filled() {
        let sum = |cell: usize| 50.0 + (cell % HOURS) as f64 + 10.0 * ((cell / HOURS) as f64 - 3.0);
        let cells: Vec<Slot> = (0..DAYS * HOURS)
            .map(|cell| {
                let mut slot = Slot::default();
                // A fifth of the cells was never met, and one holds an outage.
                if cell % 5 != 1 {
                    slot.values.push(if cell == 30 { 9e3 } else { sum(cell) });
                    slot.visits.push(1);
                }
                slot
            })
            .collect();
        let found = Additive::of(&cells);
        for cell in 0..DAYS * HOURS {
            let usual = found.usual(cell).expect("a known cell");
            assert!((usual.centre - sum(cell)).abs() < 1e-9, "{cell}: {usual:?}");
        }
        assert!(found.knows_all(1) && !found.knows_all(2));
        assert!(Additive::default().usual(3).is_none());
    }
}
