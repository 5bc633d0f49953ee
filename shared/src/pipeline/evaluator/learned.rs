//! How long a detector still learns: the fold goes on over samples that have not come yet.

use super::Evaluator;
use super::series::Met;
use crate::detector::{History, PointState, Sample};
use crate::pipeline::dataset::Dataset;
use crate::series::SeriesKey;

/// The future is imagined for so many samples.
const MOST_IMAGINED: i64 = 20_000;
/// Of so many of the newest values.
const MOST_REPEATED: usize = 1_024;

impl Evaluator {
    /// When the detector of a series that is learning speaks, if samples go on as they are from `from_ms` on.
    ///
    /// Folds on over the newest values, again and again, as production would, so that afterwards the detector
    /// knows what never came: the fold ends with it. Nothing for rules that compare series, which learn together.
    pub(crate) fn learns_until_ms(
        &mut self,
        key: SeriesKey,
        from_ms: i64,
        data: &Dataset,
    ) -> Option<i64> {
        if self.group.is_some() {
            return None;
        }
        let rule = &self.rule;
        let detector = &mut self.series.get_mut(&key)?.detector;
        let (series, excluded) = (data.series.get(&key)?, data.excluded(key));
        let (step_ms, fit_ms) = (rule.step.ms(), rule.fit_every.ms());
        let known_from_ms = from_ms - rule.window.ms();
        let mut history = series.slice(known_from_ms, from_ms).to_vec();
        let first_ms = from_ms - history.len() as i64 * step_ms;
        for (index, value) in history.iter_mut().enumerate() {
            let at_ms = first_ms + index as i64 * step_ms;
            if Met::new(*value, at_ms, excluded, &data.calendars).teaches_nothing() {
                *value = f64::NAN;
            }
        }
        let newest = &history[history.len().saturating_sub(MOST_REPEATED)..];
        let repeated: Vec<f64> = newest
            .iter()
            .copied()
            .filter(|value| value.is_finite())
            .collect();
        if repeated.is_empty() {
            return None;
        }
        let mut at_ms = from_ms;
        for value in repeated.iter().cycle() {
            if (at_ms - from_ms) / step_ms >= MOST_IMAGINED {
                return None;
            }
            if at_ms % fit_ms == 0 && at_ms > from_ms {
                let most = (rule.window.ms() / step_ms) as usize;
                let values = &history[history.len().saturating_sub(most)..];
                detector.fit(&History {
                    values,
                    end_ms: at_ms,
                    step_ms,
                    offsets: &data.offsets,
                    seed: rule.seed,
                });
            }
            let reading = detector.step(Sample::new(*value, at_ms, &data.offsets));
            if reading.state == PointState::Scored {
                return Some(at_ms);
            }
            history.push(*value);
            at_ms += step_ms;
        }
        None
    }
}
