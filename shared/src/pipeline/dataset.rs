//! The samples that a fold reads: some series on one grid.

use crate::calendar::CalendarTable;
use crate::map::Map;
use crate::series::{Series, SeriesKey};
use crate::time::{TimeRange, UtcOffsets};

/// Raw columns of a rule's series, all with one step.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Dataset {
    /// Distance between two samples.
    pub step_ms: i64,
    /// The series.
    pub series: Map<SeriesKey, Series>,
    /// The wall clock by which seasons go.
    pub offsets: UtcOffsets,
    /// What somebody took out of a series: it is neither learned nor judged.
    pub excluded: Map<SeriesKey, Vec<TimeRange>>,
    /// The calendars that the rule goes by.
    pub calendars: Vec<CalendarTable>,
}

impl Dataset {
    /// An empty one.
    pub fn new(step_ms: i64) -> Self {
        Self {
            step_ms,
            series: Map::new(),
            offsets: UtcOffsets::utc(),
            excluded: Map::new(),
            calendars: Vec::new(),
        }
    }

    /// Adds a series, or lays its values over the one that is there, which is lengthened as needed.
    pub fn insert(&mut self, key: SeriesKey, series: Series) {
        debug_assert_eq!(series.step_ms, self.step_ms, "a dataset has one grid");
        match self.series.get_mut(&key) {
            None => _ = self.series.insert(key, series),
            Some(present) => {
                lengthen(present, series.start_ms, series.end_ms());
                present.overlay(&series);
                present.labels = series.labels;
            }
        }
    }

    /// Lays another dataset over this one: its values win wherever it has any.
    pub fn overlay(&mut self, other: &Self) {
        for (key, series) in &other.series {
            self.insert(*key, series.clone());
        }
        for (key, ranges) in &other.excluded {
            let present = self.excluded.get_or_default(*key);
            present.extend(ranges.iter().copied());
        }
    }

    /// What is taken out of a series.
    pub fn excluded(&self, key: SeriesKey) -> &[TimeRange] {
        self.excluded.get(&key).map_or(&[], Vec::as_slice)
    }

    /// Number of values over all series.
    pub fn len(&self) -> usize {
        self.series.values().map(|series| series.values.len()).sum()
    }

    /// Whether there is no value at all.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

/// Extends a series with gaps so that it covers `[from_ms, to_ms)` too.
fn lengthen(series: &mut Series, from_ms: i64, to_ms: i64) {
    let before = usize::try_from((series.start_ms - from_ms) / series.step_ms).unwrap_or(0);
    if before > 0 {
        series
            .values
            .splice(0..0, std::iter::repeat_n(f64::NAN, before));
        series.start_ms = from_ms;
    }
    let after = usize::try_from((to_ms - series.end_ms()) / series.step_ms).unwrap_or(0);
    series.values.extend(std::iter::repeat_n(f64::NAN, after));
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::series::Labels;

    #[test]
    fn insert_when_the_series_is_there_then_covers_both_and_the_new_values_win() {
        let labels = Labels::named("m", &[]);
        let key = SeriesKey::new(&"s".into(), &labels);
        let series = |start_ms, values: &[f64]| Series {
            labels: labels.clone(),
            unit: String::new(),
            start_ms,
            step_ms: 60,
            values: values.to_vec(),
        };
        let mut data = Dataset::new(60);
        data.insert(key, series(120, &[2.0, 3.0]));
        data.insert(key, series(60, &[1.0, f64::NAN, 30.0, 4.0]));
        assert_eq!(data.series[&key], series(60, &[1.0, 2.0, 30.0, 4.0]));
    }
}
