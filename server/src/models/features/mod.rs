//! A set of features in place of samples: what is worked out for each sample of a device, from all that is known of it.
//!
//! The [`TABLE`] says what they are; here they are laid out as the columns of frames, and scaled.

mod look;
mod measure;
mod table;

use hindcast_shared::api::{ModelFeature, ModelLayout, ModelSpec};
use hindcast_shared::math::stats::mean;
use hindcast_shared::series::{Labels, Series};
use hindcast_shared::time::{DAY_MS, HOUR_MS, TimeRange, UtcOffsets};

pub(super) use self::look::{Channel, LOOK_BACK};
pub(super) use self::table::{FEATURES, TABLE};

use self::look::Look;
use super::frame::Frame;

/// The labels of the device that a series is of; nothing for a series of another name.
fn device_of(series: &str) -> Option<Labels> {
    let labels: Labels = series.parse().ok()?;
    Channel::named(labels.name())?;
    let pairs: Vec<(&str, &str)> = labels.pairs().collect();
    Some(Labels::named("", &pairs))
}

/// Bytes of the tables of all devices over a range.
pub(super) fn bytes(spec: &ModelSpec, series: &[Series], range: TimeRange) -> u64 {
    let names = series.iter().map(|one| one.labels.to_string());
    let devices = devices(spec.layout, names).len() as u64;
    let rows = (range.duration_ms() / spec.step.ms()).max(0).unsigned_abs();
    (devices * FEATURES as u64 * 8).saturating_mul(rows)
}

/// The series of each device by their places, in the order of their first; all series are one device where the layout
/// says so.
pub(super) fn devices(
    layout: ModelLayout,
    series: impl Iterator<Item = impl AsRef<str>>,
) -> Vec<Vec<usize>> {
    let mut found: Vec<(Labels, Vec<usize>)> = Vec::new();
    for (index, one) in series.enumerate() {
        let Some(own) = device_of(one.as_ref()) else {
            continue;
        };
        let device = match layout {
            ModelLayout::Each => own,
            ModelLayout::Joint => Labels::named("", &[]),
        };
        match found.iter_mut().find(|(labels, _)| *labels == device) {
            Some((_, members)) => members.push(index),
            None => found.push((device, vec![index])),
        }
    }
    found.into_iter().map(|(_, members)| members).collect()
}

/// Lays the features of one device over a grid, unscaled: NaN where one cannot be worked out.
pub(super) fn lay(frame: &mut Frame, series: &[Option<&Series>], offsets: &UtcOffsets) {
    let mut channels: [Vec<&Series>; Channel::ALL.len()] = Default::default();
    for one in series.iter().flatten() {
        if let Some(channel) = Channel::named(one.labels.name()) {
            channels[channel as usize].push(one);
        }
    }
    // Where all series are one device, several tell the same: counts are added up, of all else the mean is taken.
    let value = |channel: usize, at_ms: i64| {
        let told = channels[channel].iter().map(|one| one.value_at(at_ms));
        let told: Vec<f64> = told.filter(|value| value.is_finite()).collect();
        match told.len() {
            0 => f64::NAN,
            _ if Channel::ALL[channel].is_count() => told.iter().sum(),
            _ => mean(&told),
        }
    };
    let hour = |at_ms: i64| {
        let local_ms = at_ms + offsets.offset_ms(at_ms);
        local_ms.rem_euclid(DAY_MS) as f64 / HOUR_MS as f64
    };
    let step_hours = frame.step_ms as f64 / HOUR_MS as f64;
    for row in 0..frame.len() {
        let at_ms = frame.at_ms(row);
        let times: [i64; LOOK_BACK] =
            std::array::from_fn(|at| at_ms - (LOOK_BACK - 1 - at) as i64 * frame.step_ms);
        let samples = std::array::from_fn(|channel| times.map(|at| value(channel, at)));
        let look = Look::new(samples, times.map(hour), step_hours);
        let place = row * frame.columns;
        for (feature, out) in TABLE.iter().zip(&mut frame.values[place..]) {
            *out = (feature.of)(&look);
        }
        let told = series.iter().flatten().map(|one| one.value_at(at_ms));
        let there = told.filter(|value| value.is_finite()).count();
        frame.missing[row] = 1.0 - there as f64 / series.len() as f64;
    }
}

/// What the training rows of all devices say of how each feature is to be scaled.
pub(super) fn learn(
    frames: &[Frame],
    training: TimeRange,
    scale: impl Fn(Vec<f64>) -> (f64, f64),
) -> Vec<ModelFeature> {
    let of = |column: usize| {
        let rows = frames.iter().flat_map(|frame| {
            let rows = (0..frame.len()).filter(|row| training.contains(frame.at_ms(*row)));
            rows.map(|row| frame.values[row * frame.columns + column])
        });
        scale(rows.filter(|value| value.is_finite()).collect())
    };
    let table = TABLE.iter().enumerate();
    table
        .map(|(column, feature)| {
            let (centre, spread) = of(column);
            ModelFeature {
                name: feature.name.to_owned(),
                formula: feature.formula.to_owned(),
                unit: feature.unit.to_owned(),
                centre,
                spread,
            }
        })
        .collect()
}

/// Scales what [`lay`] laid out; what could not be worked out is as usual.
pub(super) fn scale(frame: &mut Frame, features: &[ModelFeature], farthest: f64) {
    for row in frame.values.chunks_exact_mut(frame.columns) {
        for (value, feature) in row.iter_mut().zip(features) {
            let scaled = (*value - feature.centre) / feature.spread;
            *value = if scaled.is_nan() {
                0.0
            } else {
                scaled.clamp(-farthest, farthest)
            };
        }
    }
}

#[cfg(test)]
mod tests;
