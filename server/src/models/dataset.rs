//! What a model learns from: windows of one or many series, split by time.
//!
//! Owns which windows there are and which are left out; where the series come from is the business of whoever asks.

use hindcast_shared::api::{ModelData, ModelInputs, ModelSize, ModelSpec};
use hindcast_shared::series::Series;
use hindcast_shared::time::{TimeRange, UtcOffsets};

use super::frame::{Frame, Place, Windows};
use super::{ModelError, Shape, inputs};

/// Fewest windows that are worth learning from.
const LEAST_TRAINING: usize = 64;
/// Fewest windows that thresholds can be set by.
const LEAST_VALIDATION: usize = 20;

/// The series that somebody has fetched, on the grid of the model's step.
#[derive(Debug, Clone)]
pub(crate) struct Material {
    /// The series, in the order of their text forms.
    pub(crate) series: Vec<Series>,
    /// What is not learned of each series: incidents, and what somebody took out.
    pub(crate) left_out: Vec<Vec<TimeRange>>,
    /// What was asked for; lags may reach before it.
    pub(crate) range: TimeRange,
    /// The wall clock of the calendar's columns.
    pub(crate) offsets: UtcOffsets,
}

/// Windows to learn, and windows to set thresholds by.
#[derive(Debug, Clone)]
pub(crate) struct Dataset {
    /// What goes in.
    pub(crate) inputs: ModelInputs,
    /// What there was.
    pub(crate) about: ModelData,
    /// Whether windows were left out because there are more than a model of this size takes.
    pub(crate) thinned: bool,
    frames: Vec<Frame>,
    training: Vec<Place>,
    validation: Vec<Place>,
}

impl Dataset {
    /// Cuts windows: those that end before the split are learned, those that begin after it set the thresholds.
    ///
    /// # Errors
    /// There are none, or too few.
    pub(crate) fn new(spec: &ModelSpec, material: &Material) -> Result<Self, ModelError> {
        let range =
            known_range(&material.series, material.range).ok_or_else(|| ModelError::NoData {
                source_name: spec.source.to_string(),
                query: spec.query.clone(),
            })?;
        let newest = (range.duration_ms() as f64 * spec.validation) as i64;
        let split_ms = range.to_ms - newest;
        let before = TimeRange {
            to_ms: split_ms,
            ..range
        };
        let inputs = inputs::learn(spec, &material.series, before, &material.offsets)?;
        let mut frames = inputs::frames(spec, &inputs, &material.series, range, &material.offsets);
        let groups = inputs::groups(spec, &inputs);
        let seen_ms = inputs::look_back(spec) * spec.step.ms();
        for frame in &mut frames {
            // What is odd in one series of a frame is not learned of any, nor is what is worked out from it later.
            let first = frame.series;
            let own = groups.iter().filter(|it| it.first() == Some(&first));
            for member in own.flatten() {
                let out = material.left_out[*member].iter();
                let out: Vec<TimeRange> = out
                    .map(|range| TimeRange {
                        to_ms: range.to_ms.saturating_add(seen_ms),
                        ..*range
                    })
                    .collect();
                frame.leave_out(&out);
            }
        }
        let length = spec.window_samples as usize;
        let (mut training, mut validation, mut left_out) = (Vec::new(), Vec::new(), 0);
        for (index, frame) in frames.iter().enumerate() {
            for (end, is_fine) in frame.windows(length, spec.stride_samples as usize) {
                let place = Place {
                    frame: index as u32,
                    end: end as u32,
                };
                if !is_fine {
                    left_out += 1;
                } else if frame.at_ms(end) < split_ms {
                    training.push(place);
                } else if frame.at_ms(end + 1 - length) >= split_ms {
                    validation.push(place);
                }
            }
        }
        let most = most_windows(spec.size);
        let thinned = training.len() > most;
        thin(&mut training, most);
        thin(&mut validation, most);
        if training.len() < LEAST_TRAINING || validation.len() < LEAST_VALIDATION {
            return Err(ModelError::TooFewWindows {
                training: training.len(),
                validation: validation.len(),
                least_training: LEAST_TRAINING,
                least_validation: LEAST_VALIDATION,
            });
        }
        let about = ModelData {
            from_ms: range.from_ms,
            to_ms: range.to_ms,
            split_ms,
            training_windows: training.len() as u64,
            validation_windows: validation.len() as u64,
            left_out_windows: left_out,
        };
        Ok(Self {
            inputs,
            about,
            thinned,
            frames,
            training,
            validation,
        })
    }

    /// Windows to learn.
    pub(crate) fn training(&self) -> Windows<'_> {
        self.windows(&self.training)
    }

    /// Windows to set thresholds by.
    pub(crate) fn validation(&self) -> Windows<'_> {
        self.windows(&self.validation)
    }

    /// How much there is to learn from.
    pub(crate) fn shape(&self) -> Shape {
        Shape {
            windows: self.training.len(),
            width: self.inputs.width(),
        }
    }

    fn windows<'a>(&'a self, places: &'a [Place]) -> Windows<'a> {
        Windows::new(&self.frames, self.inputs.window_samples as usize, places)
    }
}

/// Most windows that a model of a size learns.
pub(crate) fn most_windows(size: ModelSize) -> usize {
    match size {
        ModelSize::Small => 10_000,
        ModelSize::Base => 50_000,
        ModelSize::Large => 200_000,
    }
}

/// Keeps at most so many, evenly.
fn thin(places: &mut Vec<Place>, most: usize) {
    let count = places.len();
    if count > most {
        *places = (0..most).map(|at| places[at * count / most]).collect();
    }
}

/// From the first to the last value within a range.
fn known_range(series: &[Series], range: TimeRange) -> Option<TimeRange> {
    let known = |series: &Series| {
        let places = 0..series.values.len();
        let times = places
            .filter(|at| series.values[*at].is_finite())
            .map(|at| series.at_ms(at))
            .filter(|at_ms| range.contains(*at_ms));
        times.fold(None, |known: Option<(i64, i64)>, at_ms| {
            let (first_ms, _) = known.unwrap_or((at_ms, at_ms));
            Some((first_ms, at_ms + series.step_ms))
        })
    };
    let ends = series.iter().filter_map(known);
    let (from_ms, to_ms) = ends.reduce(|a, b| (a.0.min(b.0), a.1.max(b.1)))?;
    TimeRange::new(from_ms, to_ms)
}

#[cfg(test)]
mod tests {
    use hindcast_shared::api::{ModelKind, ModelLayout};
    use proptest::prelude::*;

    use super::*;
    use crate::models::testing::{STEP_MS, material, spec, wave};

    #[test]
    fn windows_when_cut_then_are_the_scaled_samples_and_none_crosses_the_split() {
        let mut spec = spec(ModelKind::Pca);
        (spec.window_samples, spec.stride_samples) = (4, 3);
        let values = wave(600, 1);
        let data = Dataset::new(&spec, &material(std::slice::from_ref(&values))).expect("enough");
        let (known, windows) = (&data.inputs.series[0], data.training());
        assert_eq!(data.about.split_ms, 480 * STEP_MS);
        for index in 0..windows.len() {
            for (at, scaled) in windows.row(index).iter().enumerate() {
                let value = (values[index * 3 + at] - known.centre) / known.spread;
                assert!((scaled - value).abs() < 1e-12);
            }
        }
        let first = data.validation[0].end as usize;
        assert!(
            first - 3 >= 480 && windows.len() == 159,
            "{first} {}",
            windows.len()
        );
    }

    #[test]
    fn windows_when_an_incident_or_a_gap_lies_in_them_then_are_left_out() {
        let mut spec = spec(ModelKind::Pca);
        spec.window_samples = 10;
        let mut values = wave(1_000, 1);
        values[500..520].fill(f64::NAN);
        let mut material = material(&[values]);
        let plain = Dataset::new(&spec, &material).expect("enough");
        // Windows with more than half of a gap of twenty: it begins to be so at six, and ends so.
        assert_eq!(plain.about.left_out_windows, 20 + 9 - 10);
        assert_eq!(plain.inputs.columns, ["value", "missing"]);
        assert_eq!(inputs::bridged(&spec, &plain.inputs), [(0, 1)]);
        let incident = TimeRange::new(200 * STEP_MS, 201 * STEP_MS).expect("a range");
        material.left_out[0].push(incident);
        let without = Dataset::new(&spec, &material).expect("enough");
        assert_eq!(
            without.about.left_out_windows,
            plain.about.left_out_windows + 10
        );
    }

    #[test]
    fn columns_when_series_are_joint_with_lags_and_calendar_then_are_named_and_in_place() {
        let mut spec = spec(ModelKind::Pca);
        (spec.layout, spec.window_samples) = (ModelLayout::Joint, 1);
        (spec.lags_samples, spec.calendar) = (vec![5], true);
        let data = Dataset::new(&spec, &material(&[wave(400, 1), wave(400, 2)])).expect("enough");
        assert_eq!(
            data.inputs.columns,
            [
                "m0: value",
                "m0: 5 earlier",
                "m1: value",
                "m1: 5 earlier",
                "sine of the day",
                "cosine of the day",
                "sine of the week",
                "cosine of the week"
            ]
        );
        assert_eq!(inputs::bridged(&spec, &data.inputs), []);
        let mut gappy = data.inputs.clone();
        gappy.series[1].gaps = true;
        assert_eq!(inputs::bridged(&spec, &gappy), [(2, 4)]);
        let windows = data.training();
        let (then, now) = (windows.row(20), windows.row(25));
        assert_eq!(
            (now[1].to_bits(), now[3].to_bits()),
            (then[0].to_bits(), then[2].to_bits())
        );
        // 1970-01-01 was a Thursday: three days and 25 minutes of seven.
        let angle = (3.0 + 25.0 / 1_440.0) / 7.0 * std::f64::consts::TAU;
        assert!((now[6] - angle.sin()).abs() < 1e-12 && (now[7] - angle.cos()).abs() < 1e-12);
    }

    #[test]
    fn dataset_when_there_is_nothing_or_too_little_then_says_what_to_do() {
        let spec = spec(ModelKind::Pca);
        let none = Dataset::new(&spec, &material(&[vec![f64::NAN; 500]])).expect_err("nothing");
        assert!(none.to_string().contains("populate the source"), "{none}");
        let none = Dataset::new(&spec, &material(&[])).expect_err("nobody");
        assert!(matches!(none, ModelError::NoData { .. }), "{none}");
        let few = Dataset::new(&spec, &material(&[wave(80, 1)])).expect_err("little");
        assert!(few.to_string().contains("longer history"), "{few}");
    }

    proptest! {
        #[test]
        fn windows_when_cut_from_anything_then_are_finite_learnable_and_in_order(
            values in proptest::collection::vec(
                prop_oneof![4 => -1e6..1e6_f64, 1 => Just(f64::NAN), 1 => Just(f64::INFINITY), 1 => Just(1e300)], 200..400),
            window in 1_u32..20, stride in 1_u32..4, from in 0_i64..200, length in 0_i64..60, calendar: bool, lag in 1_u32..30,
        ) {
            let mut spec = spec(ModelKind::Pca);
            (spec.window_samples, spec.stride_samples) = (window, stride);
            (spec.calendar, spec.lags_samples) = (calendar, vec![lag]);
            let mut material = material(std::slice::from_ref(&values));
            let taken = TimeRange { from_ms: from * STEP_MS, to_ms: (from + length) * STEP_MS };
            material.left_out[0].push(taken);
            let Ok(data) = Dataset::new(&spec, &material) else { return Ok(()) };
            prop_assert_eq!(data.inputs.width(), data.training().width());
            for (windows, places) in [(data.training(), &data.training), (data.validation(), &data.validation)] {
                prop_assert!(windows.table().iter().all(|value| value.abs() <= 1e6));
                prop_assert!(places.is_sorted_by_key(|place| (place.frame, place.end)));
                for place in places {
                    let frame = &data.frames[place.frame as usize];
                    let (first, last) = (place.end as usize + 1 - window as usize, place.end as usize);
                    let gone = (first..=last).filter(|row| !frame.missing[*row].total_cmp(&0.0).is_eq()).count();
                    prop_assert!(gone * 2 <= window as usize);
                    prop_assert!((first..=last).all(|row| !taken.contains(frame.at_ms(row))));
                    let split = data.about.split_ms;
                    prop_assert!(frame.at_ms(last) < split || frame.at_ms(first) >= split);
                }
            }
        }
    }
}
