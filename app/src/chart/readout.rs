//! What stands under the cursor, in words and numbers.

use hindcast_shared::chart::{Scene, decimal, format_value, minute_text, second_text};
use hindcast_shared::reduce::Reduced;
use hindcast_shared::time::HOUR_MS;

use crate::i18n::{plural, t, tf};

/// The finite point nearest to an instant.
pub(super) fn nearest(points: &Reduced, at_ms: i64) -> Option<(i64, f64)> {
    let after = points.times_ms.partition_point(|time_ms| *time_ms < at_ms);
    let finite = |index: &usize| points.values[*index].is_finite();
    let right = (after..points.times_ms.len()).take(8).find(finite);
    let left = (after.saturating_sub(8)..after).rev().find(finite);
    let distance = |index: &usize| (points.times_ms[*index] - at_ms).abs();
    [left, right]
        .into_iter()
        .flatten()
        .min_by_key(distance)
        .map(|index| (points.times_ms[index], points.values[index]))
}

/// The last value at or before an instant.
fn before(times_ms: &[i64], values: &[f64], at_ms: i64) -> Option<f64> {
    let after = times_ms.partition_point(|time_ms| *time_ms <= at_ms);
    values
        .get(after.checked_sub(1)?)
        .copied()
        .filter(|value| value.is_finite())
}

/// One line about an instant.
pub(super) fn readout(scene: &Scene, at_ms: i64, step: f64) -> String {
    let Some((point_ms, value)) = scene
        .lines
        .first()
        .and_then(|line| nearest(&line.points, at_ms))
    else {
        return String::new();
    };
    let when = if scene.range.duration_ms() <= 3 * HOUR_MS {
        second_text(point_ms, &scene.offsets)
    } else {
        minute_text(point_ms, &scene.offsets)
    };
    // One digit more than the axis shows.
    let number = |value: f64| format_value(value, step / 10.0);
    let unit = if scene.unit.is_empty() {
        String::new()
    } else {
        format!(" {}", scene.unit)
    };
    let mut parts = vec![format!("{when}  {}{unit}", number(value))];
    let band = &scene.band;
    let (lower, upper) = (
        before(&band.times_ms, &band.lower, point_ms),
        before(&band.times_ms, &band.upper, point_ms),
    );
    if let (Some(lower), Some(upper)) = (lower, upper) {
        let expected = before(&band.times_ms, &band.expected, point_ms);
        let values = [
            ("from", number(lower)),
            ("to", number(upper)),
            ("n", expected.map_or_else(String::new, number)),
        ];
        let values = values
            .each_ref()
            .map(|(name, value)| (*name, value.as_str()));
        parts.push(match expected {
            Some(_) => tf("expected {n}, {from} to {to}", &values),
            None => tf("expected {from} to {to}", &values),
        });
    }
    if let Some(score) = before(&scene.ribbon.times_ms, &scene.ribbon.values, point_ms) {
        parts.push(tf("score {n}", &[("n", &decimal(score, 2))]));
    } else if let Some((_, to_ms)) = scene
        .learning
        .iter()
        .find(|(from_ms, to_ms)| (*from_ms..*to_ms).contains(&point_ms))
    {
        let until = minute_text(*to_ms, &scene.offsets);
        parts.push(tf("learning until {time}", &[("time", &until)]));
    }
    if !scene.labels.is_empty() {
        parts.push(scene.labels.clone());
    }
    parts.join(" · ")
}

/// The whole chart in one or two sentences, for those who do not see it.
pub(crate) fn summary(title: &str, scene: &Scene) -> String {
    let Some(line) = scene.lines.first() else {
        return tf("{title}: no data in this range.", &[("title", title)]);
    };
    let finite: Vec<f64> = line
        .points
        .values
        .iter()
        .copied()
        .filter(|value| value.is_finite())
        .collect();
    let (Some(last), false) = (finite.last(), finite.is_empty()) else {
        return tf("{title}: no data in this range.", &[("title", title)]);
    };
    let lowest = finite.iter().copied().fold(f64::INFINITY, f64::min);
    let highest = finite.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let step = (highest - lowest).max(1e-9) / 100.0;
    let unit = &scene.unit;
    let anomalies = match scene.spans.len() as u64 {
        0 => t("No anomalies").to_owned(),
        count => plural(count, "{n} anomaly", "{n} anomalies"),
    };
    tf(
        "{title}, {from} to {to}: between {lowest} and {highest} {unit}, last {last} {unit}. {anomalies}.",
        &[
            ("title", title),
            ("from", &minute_text(scene.range.from_ms, &scene.offsets)),
            ("to", &minute_text(scene.range.to_ms, &scene.offsets)),
            ("lowest", &format_value(lowest, step)),
            ("highest", &format_value(highest, step)),
            ("last", &format_value(*last, step)),
            ("unit", unit),
            ("anomalies", &anomalies),
        ],
    )
}

#[cfg(test)]
mod tests {
    #[cfg(target_arch = "wasm32")]
    use wasm_bindgen_test::wasm_bindgen_test as test;

    use super::*;

    #[test]
    fn nearest_when_a_gap_is_closer_then_takes_the_next_point() {
        let points = Reduced {
            times_ms: vec![0, 10, 20, 30],
            values: vec![1.0, f64::NAN, f64::NAN, 4.0],
        };
        assert_eq!(nearest(&points, 12), Some((0, 1.0)));
        assert_eq!(nearest(&points, 21), Some((30, 4.0)));
        assert_eq!(nearest(&Reduced::default(), 21), None);
    }
}
