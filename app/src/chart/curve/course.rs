//! What a curve shows: some values at each round of a training, or at each look over time. Knows no canvas.

use hindcast_shared::chart::{Line, Scene, TimeTick, minute_text};
use hindcast_shared::reduce::Reduced;
use hindcast_shared::time::{TimeRange, UtcOffsets};

use crate::i18n::tf;
use crate::words::quantity;

/// Rounds stand on an axis of whole numbers with room between them for the cursor.
const ROUND: i64 = 1_000;

/// Distances between the numbers of rounds that people count in.
const STEPS: [i64; 10] = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1_000];

/// What lies along the curve.
#[derive(Debug, Clone, PartialEq)]
pub enum Axis {
    /// Rounds of a training, from 1.
    Rounds,
    /// Instants, on somebody's wall clock.
    Times(UtcOffsets),
}

/// One line.
#[derive(Debug, Clone, PartialEq)]
pub struct Strand {
    /// What it is, in the reader's language.
    pub name: &'static str,
    /// Which of the theme's line colours it has.
    pub color: usize,
    /// A value for each place; NaN where there is none.
    pub values: Vec<f64>,
}

/// Something that is marked by a broken line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Flag {
    /// A round, or an instant.
    pub at: i64,
    /// What it is, in a word or a sign.
    pub label: String,
}

/// All that a curve shows.
#[derive(Debug, Clone, PartialEq)]
pub struct Course {
    /// What lies along it.
    pub axis: Axis,
    /// First and last round or instant that is shown.
    pub span: (i64, i64),
    /// Rounds or instants of the values, ascending.
    pub at: Vec<i64>,
    /// The lines; the first lies on top.
    pub strands: Vec<Strand>,
    /// What the axis of values shows at least.
    pub bounds: Option<(f64, f64)>,
    /// What is marked.
    pub flags: Vec<Flag>,
    /// What else there is to say of each place; empty where there is nothing.
    pub notes: Vec<String>,
    /// Unit of the values.
    pub unit: &'static str,
}

impl Course {
    /// Where a round or an instant stands on the axis of the drawing.
    pub(super) fn place(&self, at: i64) -> i64 {
        match self.axis {
            Axis::Rounds => at * ROUND,
            Axis::Times(_) => at,
        }
    }

    /// The drawing; and the same with all that its axis of values has to show.
    pub(super) fn scenes(&self) -> (Scene, Scene) {
        let range = TimeRange {
            from_ms: self.place(self.span.0),
            to_ms: self.place(self.span.1).max(self.place(self.span.0) + 1),
        };
        let offsets = match &self.axis {
            Axis::Rounds => UtcOffsets::utc(),
            Axis::Times(offsets) => offsets.clone(),
        };
        let mut scene = Scene::empty(range, offsets);
        let times_ms: Vec<i64> = self.at.iter().map(|at| self.place(*at)).collect();
        scene.lines.extend(self.strands.iter().map(|strand| Line {
            points: Reduced {
                times_ms: times_ms.clone(),
                values: strand.values.clone(),
            },
            color: strand.color,
        }));
        let mut whole = scene.clone();
        if let Some((low, high)) = self.bounds {
            whole.lines.push(Line {
                points: Reduced {
                    times_ms: vec![range.from_ms; 2],
                    values: vec![low, high],
                },
                color: 0,
            });
        }
        (scene, whole)
    }

    /// The numbers along the axis of rounds; nothing where times stand there.
    pub(super) fn ticks(&self, most: usize) -> Option<Vec<TimeTick>> {
        let Axis::Rounds = self.axis else {
            return None;
        };
        let (first, last) = self.span;
        let fits = |step: &i64| (last / step - (first - 1) / step) as usize <= most.max(1);
        let step = STEPS.into_iter().find(fits).unwrap_or(last.max(1));
        let numbers = (first..=last).filter(|round| round % step == 0);
        let tick = |round| TimeTick {
            at_ms: self.place(round),
            label: round.to_string(),
            day: false,
        };
        Some(numbers.map(tick).collect())
    }

    /// The nearest place to a position on the axis of the drawing.
    pub(super) fn nearest(&self, place: i64) -> Option<usize> {
        let distance = |index: &usize| (self.place(self.at[*index]) - place).abs();
        (0..self.at.len()).min_by_key(distance)
    }

    /// A place in words.
    pub(super) fn where_words(&self, index: usize) -> String {
        let at = self.at.get(index).copied().unwrap_or_default();
        match &self.axis {
            Axis::Rounds => tf("Round {n}", &[("n", &at.to_string())]),
            Axis::Times(offsets) => minute_text(at, offsets),
        }
    }

    /// A value in words.
    pub(super) fn value_words(&self, strand: &Strand, index: usize) -> String {
        let value = strand.values.get(index).copied().unwrap_or(f64::NAN);
        if value.is_finite() {
            quantity(value, self.unit)
        } else {
            "–".to_owned()
        }
    }

    /// Everything about a place on one line.
    pub(super) fn readout(&self, index: usize) -> String {
        let mut parts = vec![self.where_words(index)];
        for strand in &self.strands {
            parts.push(format!(
                "{} {}",
                strand.name,
                self.value_words(strand, index)
            ));
        }
        parts.extend(self.note(index).map(str::to_owned));
        parts.join(" · ")
    }

    pub(super) fn note(&self, index: usize) -> Option<&str> {
        let note = self.notes.get(index)?;
        Some(note.as_str()).filter(|note| !note.is_empty())
    }

    /// The whole curve in a sentence, for those who do not see it.
    pub(super) fn summary(&self, title: &str) -> String {
        let (Some(last), false) = (self.at.len().checked_sub(1), self.strands.is_empty()) else {
            return tf("{title}: no data in this range.", &[("title", title)]);
        };
        let (first, readout) = (self.where_words(0), self.readout(last));
        let values = [("title", title), ("from", &first), ("last", &readout)];
        tf("{title}, from {from}. At the end: {last}.", &values)
    }
}

#[cfg(test)]
mod tests {
    #[cfg(target_arch = "wasm32")]
    use wasm_bindgen_test::wasm_bindgen_test as test;

    use super::*;

    fn course() -> Course {
        Course {
            axis: Axis::Rounds,
            span: (1, 50),
            at: vec![1, 2, 3],
            strands: vec![Strand {
                name: "Validation",
                color: 0,
                values: vec![0.5, f64::NAN, 0.25],
            }],
            bounds: Some((0.0, 1.0)),
            flags: Vec::new(),
            notes: vec![String::new(), String::new(), "best".to_owned()],
            unit: "",
        }
    }

    #[test]
    fn ticks_when_there_are_more_rounds_than_room_then_are_round_numbers_that_fit() {
        let labels = |most| -> Vec<String> {
            let ticks = course().ticks(most).expect("rounds");
            ticks.into_iter().map(|tick| tick.label).collect()
        };
        assert_eq!(labels(6), ["10", "20", "30", "40", "50"]);
        assert_eq!(labels(2), ["20", "40"]);
        assert_eq!(labels(50).len(), 50);
        let times = Course {
            axis: Axis::Times(UtcOffsets::utc()),
            ..course()
        };
        assert_eq!(times.ticks(6), None);
    }

    #[test]
    fn readout_when_a_value_is_missing_then_says_so_and_finds_the_nearest_place() {
        let course = course();
        assert_eq!(course.readout(1), "Round 2 · Validation –");
        assert_eq!(course.readout(2), "Round 3 · Validation 0.25 · best");
        assert_eq!(course.nearest(2_600), Some(2));
        assert_eq!(course.nearest(-5), Some(0));
    }

    #[test]
    fn scenes_when_bounds_are_wider_than_the_values_then_only_the_layout_has_them() {
        let (drawn, whole) = course().scenes();
        assert_eq!((drawn.lines.len(), whole.lines.len()), (1, 2));
        assert_eq!(drawn.range.to_ms, 50_000);
        assert_eq!(drawn.lines[0].points.times_ms, [1_000, 2_000, 3_000]);
    }
}
