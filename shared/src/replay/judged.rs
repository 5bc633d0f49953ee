//! What was said about the samples of one series, reduced for drawing, wherever it lies.

use super::Columns;
use crate::detector::{Band, PointState, Scale};
use crate::pipeline::Tape;
use crate::reduce::{self, Column, Envelope, Reduced};
use crate::series::SeriesKey;
use crate::time::TimeRange;

/// Scores and band of one series.
#[derive(Debug, Clone, Copy)]
pub struct Judged<'a> {
    start_ms: i64,
    step_ms: i64,
    states: &'a [PointState],
    raws: &'a [f64],
    expected: &'a [f64],
    rest: Rest<'a>,
}

/// What depends on the threshold: there already, or to be made from what does not.
#[derive(Debug, Clone, Copy)]
enum Rest<'a> {
    Made {
        scores: &'a [f64],
        lower: &'a [f64],
        upper: &'a [f64],
    },
    Scaled {
        scale: &'a Scale,
        bands: &'a [Band],
    },
}

impl<'a> Judged<'a> {
    pub(super) fn of(columns: &'a Columns) -> Self {
        Self {
            start_ms: columns.start_ms,
            step_ms: columns.step_ms,
            states: &columns.states,
            raws: &columns.raws,
            expected: &columns.expected,
            rest: Rest::Made {
                scores: &columns.scores,
                lower: &columns.lower,
                upper: &columns.upper,
            },
        }
    }

    /// What is known about each sample, and where they lie: the first instant, and how far apart.
    pub fn states(&self) -> (i64, i64, &'a [PointState]) {
        (self.start_ms, self.step_ms, self.states)
    }

    pub(super) fn on(tape: &'a Tape, key: SeriesKey) -> Option<Self> {
        let reel = tape.reel(key)?;
        let (start_ms, step_ms) = tape.grid();
        Some(Self {
            start_ms,
            step_ms,
            states: &reel.states,
            raws: &reel.raws,
            expected: &reel.expected,
            rest: Rest::Scaled {
                scale: tape.scale(),
                bands: &reel.bands,
            },
        })
    }

    fn column(self, values: &[f64]) -> Column<'_> {
        Column {
            start_ms: self.start_ms,
            step_ms: self.step_ms,
            values,
        }
    }

    /// A value that was not computed is no value of zero.
    fn known(self, values: &[f64]) -> Vec<f64> {
        let known = |(value, state): (&f64, &PointState)| {
            if *state == PointState::Scored {
                *value
            } else {
                f64::NAN
            }
        };
        values.iter().zip(self.states).map(known).collect()
    }

    /// The expected band.
    pub fn band(self, range: TimeRange, columns: u32) -> Envelope {
        match self.rest {
            Rest::Made { lower, upper, .. } => {
                let lower = self.column(lower);
                reduce::envelope(lower, upper, self.expected, range, columns)
            }
            Rest::Scaled { scale, bands } => {
                let (grid, threshold) = (self.column(self.raws), scale.threshold());
                let edges = |index: usize| bands[index].edges(threshold);
                reduce::envelope_by(grid, edges, self.expected, range, columns)
            }
        }
    }

    /// What has to be largest in each pixel column for the score to be: distances, as far as scores follow from them.
    pub fn highest(self, range: TimeRange, columns: u32) -> Reduced {
        let values = match self.rest {
            Rest::Made { scores, .. } => self.known(scores),
            Rest::Scaled { .. } => self.known(self.raws),
        };
        reduce::maxima(self.column(&values), range, columns)
    }

    /// The scores of those: a score rises with the distance, so the highest distance has the highest score.
    pub fn scores_of(self, highest: &Reduced) -> Reduced {
        let mut scores = highest.clone();
        if let Rest::Scaled { scale, .. } = self.rest {
            scaled(&mut scores, scale);
        }
        scores
    }

    /// The largest score of each pixel column.
    pub fn ribbon(self, range: TimeRange, columns: u32) -> Reduced {
        self.scores_of(&self.highest(range, columns))
    }

    /// The distances as a line, on the detector's own scale; a threshold leaves it alone.
    pub fn distances(self, range: TimeRange, columns: u32) -> Reduced {
        let raws = self.known(self.raws);
        reduce::m4(self.column(&raws), range, columns, &[])
    }

    /// The scores as a line.
    pub fn scores(self, range: TimeRange, columns: u32) -> Reduced {
        match self.rest {
            Rest::Made { scores, .. } => {
                let scores = self.known(scores);
                reduce::m4(self.column(&scores), range, columns, &[])
            }
            Rest::Scaled { scale, .. } => {
                let mut line = self.distances(range, columns);
                scaled(&mut line, scale);
                line
            }
        }
    }
}

fn scaled(line: &mut Reduced, scale: &Scale) {
    for value in line.values.iter_mut().filter(|value| value.is_finite()) {
        *value = scale.score(*value);
    }
}
