//! Lines that were reduced already: a threshold that moves leaves values and distances as they are.

use hindcast_shared::map::Map;
use hindcast_shared::reduce::Reduced;
use hindcast_shared::series::SeriesKey;
use hindcast_shared::time::TimeRange;

use super::protocol::Job;

/// Which line of a series.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Which {
    Values,
    Distances,
    /// The highest distance of each pixel, for the ribbon.
    Highest,
}

/// What the lines were reduced for.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Sheet {
    fetched: u32,
    range: TimeRange,
    columns: u32,
}

/// Where stretches of time begin and end, in UTC milliseconds.
pub(super) type Stretches = (Vec<f64>, Vec<f64>);

/// The lines of the newest drawing.
#[derive(Debug, Default)]
pub(super) struct Lines {
    sheet: Option<Sheet>,
    known: Map<(SeriesKey, Which), Reduced>,
    /// Where a series was being learned.
    learned: Map<SeriesKey, Stretches>,
    /// How long a series still learns, in words: a whole epoch is folded for it.
    learning: Map<SeriesKey, String>,
}

impl Lines {
    /// Forgets what is different now: everything on another sheet, distances that were computed anew.
    pub(super) fn keep_for(&mut self, fetched: u32, job: &Job, same_distances: bool) {
        let sheet = Sheet {
            fetched,
            range: job.range,
            columns: job.columns,
        };
        // A page of charts keeps more of a line, and asks for each once.
        if self.sheet != Some(sheet) || !job.detail {
            self.learned.clear();
            self.learning.clear();
            self.known.clear();
        }
        if !same_distances {
            self.learned.clear();
            self.learning.clear();
            self.known.retain(|(_, which), _| *which == Which::Values);
        }
        self.sheet = job.detail.then_some(sheet);
    }

    /// How long a series still learns, in words.
    pub(super) fn learning(&mut self, key: SeriesKey, say: impl FnOnce() -> String) -> String {
        self.learning.get_or_insert_with(key, say).clone()
    }

    /// Where a series was being learned.
    pub(super) fn learned(
        &mut self,
        key: SeriesKey,
        find: impl FnOnce() -> Stretches,
    ) -> &Stretches {
        self.learned.get_or_insert_with(key, find)
    }

    /// A line of a series.
    pub(super) fn of(
        &mut self,
        key: SeriesKey,
        which: Which,
        reduce: impl FnOnce() -> Reduced,
    ) -> &Reduced {
        self.known.get_or_insert_with((key, which), reduce)
    }
}
