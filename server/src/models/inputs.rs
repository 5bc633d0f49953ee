//! From series to the columns of a model: what is learned about them once and kept, and how they are laid out.

use hindcast_shared::api::{ModelFeatures, ModelInputs, ModelLayout, ModelSeries, ModelSpec};
use hindcast_shared::error::FieldError;
use hindcast_shared::math::stats::{deviation, quantile_sorted};
use hindcast_shared::series::Series;
use hindcast_shared::time::{DAY_MS, TimeRange, UtcOffsets};

use super::frame::Frame;
use super::{ModelError, features};

/// The interquartile range of a normal sample in standard deviations.
const QUARTILES: f64 = 1.348_979_500_392_163_5;

/// Scaled values beyond this are cut off: they are odd enough, and their squares stay finite.
const FARTHEST: f64 = 1e6;

const WEEK_MS: i64 = 7 * DAY_MS;

/// The columns of the calendar and the length of what each goes round; Monday 1970-01-05 begins a week.
const CYCLES: [(&str, i64, bool); 4] = [
    ("sine of the day", DAY_MS, true),
    ("cosine of the day", DAY_MS, false),
    ("sine of the week", WEEK_MS, true),
    ("cosine of the week", WEEK_MS, false),
];

/// How many columns the calendar has; they are the last ones.
pub(super) const CALENDAR: usize = CYCLES.len();

/// A feature that moves by less than this share of its size does not move: what is seen of it is rounding.
const LEAST_SPREAD: f64 = 1e-9;

/// What a model has to know of its series, from their training part.
///
/// # Errors
/// No series has a name that the features know.
pub(super) fn learn(
    spec: &ModelSpec,
    material: &[Series],
    training: TimeRange,
    offsets: &UtcOffsets,
) -> Result<ModelInputs, ModelError> {
    let series: Vec<ModelSeries> = material
        .iter()
        .map(|series| {
            let part = series.slice(training.from_ms, training.to_ms);
            let known: Vec<f64> = part.iter().copied().filter(|v| v.is_finite()).collect();
            let gaps = known.len() < part.len();
            let (centre, spread) = scale(known);
            ModelSeries {
                series: series.labels.to_string(),
                centre,
                spread,
                gaps,
            }
        })
        .collect();
    let mut inputs = ModelInputs {
        window_samples: spec.window_samples,
        columns: columns(spec, &series),
        series,
        features: Vec::new(),
    };
    if spec.features == ModelFeatures::Device {
        let groups = groups(spec, &inputs);
        if groups.is_empty() {
            let names = features::Channel::ALL
                .map(features::Channel::name)
                .join(", ");
            let message = format!(
                "no series is called by a name that features of devices know: {names}; let the query name them so, or \
                 take the samples themselves"
            );
            return Err(ModelError::Spec(FieldError::new("features", message)));
        }
        let raw = |group: &Vec<usize>| {
            let mut frame = blank(spec, &inputs, group, training);
            features::lay(&mut frame, &found(&inputs, group, material), offsets);
            frame
        };
        let frames: Vec<Frame> = groups.iter().map(raw).collect();
        inputs.features = features::learn(&frames, training, |known| {
            let (centre, spread) = scale(known);
            let moves = spread > LEAST_SPREAD * centre.abs().max(1.0);
            (centre, if moves { spread } else { 1.0 })
        });
    }
    Ok(inputs)
}

/// Median, and interquartile range as a standard deviation, or the next best spread that is not 0.
fn scale(mut known: Vec<f64>) -> (f64, f64) {
    known.sort_unstable_by(f64::total_cmp);
    let width = quantile_sorted(&known, 0.75) - quantile_sorted(&known, 0.25);
    let candidates = [width / QUARTILES, deviation(&known), 1.0];
    let spread = candidates
        .into_iter()
        .find(|it| it.is_normal() && *it > 0.0);
    (quantile_sorted(&known, 0.5), spread.unwrap_or(1.0))
}

/// How many samples before its own a row is worked out from, beside its lags.
pub(super) fn look_back(spec: &ModelSpec) -> i64 {
    match spec.features {
        ModelFeatures::Samples => 0,
        ModelFeatures::Device => features::LOOK_BACK as i64 - 1,
    }
}

/// The series of each frame, by their places in the inputs.
pub(super) fn groups(spec: &ModelSpec, inputs: &ModelInputs) -> Vec<Vec<usize>> {
    let all = 0..inputs.series.len();
    match (spec.features, spec.layout) {
        (ModelFeatures::Device, _) => {
            let names = inputs.series.iter().map(|one| &one.series);
            features::devices(spec.layout, names)
        }
        (ModelFeatures::Samples, ModelLayout::Each) => all.map(|index| vec![index]).collect(),
        (ModelFeatures::Samples, ModelLayout::Joint) => vec![all.collect()],
    }
}

/// What there is of some series that are known.
fn found<'a>(
    inputs: &ModelInputs,
    group: &[usize],
    series: &'a [Series],
) -> Vec<Option<&'a Series>> {
    let of = |index: &usize| {
        let known = &inputs.series[*index].series;
        series.iter().find(|one| one.labels.to_string() == *known)
    };
    group.iter().map(of).collect()
}

/// A frame of some series over the grid of a range, with nothing in it yet.
fn blank(spec: &ModelSpec, inputs: &ModelInputs, group: &[usize], range: TimeRange) -> Frame {
    let step_ms = spec.step.ms();
    let start_ms = hindcast_shared::time::ceil_to(range.from_ms, step_ms);
    let rows = hindcast_shared::series::grid_len(start_ms, range.to_ms, step_ms);
    let columns = inputs.columns.len();
    Frame {
        series: group[0],
        start_ms,
        step_ms,
        columns,
        values: vec![0.0; rows * columns],
        missing: vec![0.0; rows],
        left_out: vec![false; rows],
    }
}

/// Names of the columns, in their order: for each series its value, its lags and its gaps, or the features; then the
/// calendar.
fn columns(spec: &ModelSpec, series: &[ModelSeries]) -> Vec<String> {
    let mut names = Vec::new();
    let each = |prefix: &str, gaps: bool, names: &mut Vec<String>| {
        names.push(format!("{prefix}value"));
        for lag in &spec.lags_samples {
            names.push(format!("{prefix}{lag} earlier"));
        }
        if gaps {
            names.push(format!("{prefix}missing"));
        }
    };
    match (spec.features, spec.layout) {
        (ModelFeatures::Device, _) => names.extend(features::TABLE.map(|it| it.name.to_owned())),
        (ModelFeatures::Samples, ModelLayout::Each) => {
            each("", series.iter().any(|one| one.gaps), &mut names);
        }
        (ModelFeatures::Samples, ModelLayout::Joint) => {
            for one in series {
                each(&format!("{}: ", one.series), one.gaps, &mut names);
            }
        }
    }
    if spec.calendar {
        names.extend(CYCLES.iter().map(|(name, ..)| (*name).to_owned()));
    }
    names
}

/// The columns in which gaps are bridged, each with the column that says where.
pub(super) fn bridged(spec: &ModelSpec, inputs: &ModelInputs) -> Vec<(usize, usize)> {
    let gaps: Vec<bool> = match (spec.features, spec.layout) {
        // What they are worked out from is bridged before.
        (ModelFeatures::Device, _) => return Vec::new(),
        (ModelFeatures::Samples, ModelLayout::Each) => {
            vec![inputs.series.iter().any(|one| one.gaps)]
        }
        (ModelFeatures::Samples, ModelLayout::Joint) => {
            inputs.series.iter().map(|one| one.gaps).collect()
        }
    };
    let (mut value, mut pairs) = (0, Vec::new());
    for gaps in gaps {
        let missing = value + 1 + spec.lags_samples.len();
        pairs.extend(gaps.then_some((value, missing)));
        value = missing + usize::from(gaps);
    }
    pairs
}

/// Lays out what there is of the model's series over the grid of a range; other series are passed over.
pub(super) fn frames(
    spec: &ModelSpec,
    inputs: &ModelInputs,
    series: &[Series],
    range: TimeRange,
    offsets: &UtcOffsets,
) -> Vec<Frame> {
    // In `Each` the columns are the same for all, so one has a column of gaps if any other has gaps.
    let all_gaps = spec.layout == ModelLayout::Each && inputs.series.iter().any(|one| one.gaps);
    let mut frames = Vec::new();
    for group in groups(spec, inputs) {
        let present = found(inputs, &group, series);
        if present.iter().all(Option::is_none) {
            continue;
        }
        let mut frame = blank(spec, inputs, &group, range);
        let mut column = 0;
        match spec.features {
            ModelFeatures::Device => {
                features::lay(&mut frame, &present, offsets);
                features::scale(&mut frame, &inputs.features, FARTHEST);
                column = inputs.features.len();
            }
            ModelFeatures::Samples => {
                let share = 1.0 / present.len() as f64;
                for (index, one) in group.iter().zip(&present) {
                    let known = &inputs.series[*index];
                    let gaps = known.gaps || all_gaps;
                    column = lay(&mut frame, column, spec, known, *one, share, gaps);
                }
            }
        }
        if spec.calendar {
            lay_calendar(&mut frame, column, offsets);
        }
        frames.push(frame);
    }
    frames
}

/// Lays one series from `column` on; answers the next free column.
fn lay(
    frame: &mut Frame,
    column: usize,
    spec: &ModelSpec,
    known: &ModelSeries,
    series: Option<&Series>,
    share: f64,
    gaps: bool,
) -> usize {
    let scaled = |at_ms: i64| {
        let value = series.map_or(f64::NAN, |series| series.value_at(at_ms));
        ((value - known.centre) / known.spread).clamp(-FARTHEST, FARTHEST)
    };
    let next = column + 1 + spec.lags_samples.len() + usize::from(gaps);
    // A gap is bridged by the last value for as long as a window; beyond that the centre stands in.
    let (mut last, mut since) = (0.0, u32::MAX);
    for row in 0..frame.len() {
        let at_ms = frame.at_ms(row);
        let value = scaled(at_ms);
        let is_missing = !value.is_finite();
        if is_missing {
            since = since.saturating_add(1);
            frame.missing[row] += share;
        } else {
            (last, since) = (value, 0);
        }
        let bridged = if since <= spec.window_samples {
            last
        } else {
            0.0
        };
        let place = row * frame.columns;
        frame.values[place + column] = bridged;
        for (index, lag) in spec.lags_samples.iter().enumerate() {
            let earlier = scaled(at_ms - i64::from(*lag) * frame.step_ms);
            let earlier = if earlier.is_finite() { earlier } else { 0.0 };
            frame.values[place + column + 1 + index] = earlier;
        }
        if gaps {
            frame.values[place + next - 1] = f64::from(u8::from(is_missing));
        }
    }
    // What is missing altogether is missing to the last digit.
    for share in &mut frame.missing {
        if *share > 1.0 - 1e-9 {
            *share = 1.0;
        }
    }
    next
}

fn lay_calendar(frame: &mut Frame, column: usize, offsets: &UtcOffsets) {
    for row in 0..frame.len() {
        let at_ms = frame.at_ms(row);
        // Weeks begin on Monday; 1970 began on a Thursday.
        let local_ms = at_ms + offsets.offset_ms(at_ms) - 4 * DAY_MS;
        for (index, (_, length_ms, is_sine)) in CYCLES.iter().enumerate() {
            let turn = local_ms.rem_euclid(*length_ms) as f64 / *length_ms as f64;
            let angle = turn * std::f64::consts::TAU;
            frame.values[row * frame.columns + column + index] = if *is_sine {
                libm::sin(angle)
            } else {
                libm::cos(angle)
            };
        }
    }
}
