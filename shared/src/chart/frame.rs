//! Where things stand: from times and values to CSS pixels and back.
//!
//! The cursor of the app asks the same frame that the drawing used, so both agree.

use super::measure::Measure;
use super::scene::Scene;
use super::ticks::{TimeTick, time_ticks};
use super::value::{ValueScale, format_value};
use crate::time::TimeRange;

/// A rectangle in CSS pixels.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Rect {
    /// Left edge.
    pub x: f64,
    /// Upper edge.
    pub y: f64,
    /// Width.
    pub width: f64,
    /// Height.
    pub height: f64,
}

impl Rect {
    /// Right edge.
    pub fn right(&self) -> f64 {
        self.x + self.width
    }

    /// Lower edge.
    pub fn bottom(&self) -> f64 {
        self.y + self.height
    }
}

/// Height of the score ribbon.
pub(super) const RIBBON: f64 = 6.0;
/// Room for the shapes on top of anomalies.
const HEAD: f64 = 14.0;
/// Room for the labels of the axis of time.
const AXIS: f64 = 20.0;
/// Room for the labels of the axis of values.
const LABELS: f64 = 32.0;
/// Distance between things that do not belong together; the grid of the design.
const GAP: f64 = 4.0;

/// The geometry of one drawing.
#[derive(Debug, Clone, PartialEq)]
pub struct Frame {
    /// Where lines and bands are drawn.
    pub plot: Rect,
    /// What is shown of time.
    pub range: TimeRange,
    /// The axis of values.
    pub values: ValueScale,
    /// Its labels, from the bottom up.
    pub value_labels: Vec<(f64, String)>,
    /// Ticks of the axis of time.
    pub times: Vec<TimeTick>,
    /// Upper edge of the score ribbon; none without scores.
    pub ribbon_y: Option<f64>,
}

impl Frame {
    /// Lays a scene out on a surface.
    pub fn new(
        scene: &Scene,
        width: f64,
        height: f64,
        measure: &dyn Measure,
        font_size: f64,
    ) -> Self {
        let has_ribbon = !scene.ribbon.times_ms.is_empty();
        // A wall is read from afar: what has larger labels has more room for them.
        let larger = (font_size / 12.0).max(1.0);
        let below = AXIS.max(5.0 + font_size * 1.3) + if has_ribbon { RIBBON + GAP } else { 0.0 };
        let plot_height = (height - HEAD - below).max(8.0);
        let most_values = (plot_height / (32.0 * larger)).clamp(1.0, 8.0) as u32;
        let extra = scene.band.lower.iter().chain(&scene.band.upper).copied();
        let values = ValueScale::fit(scene.values(), extra.chain(scene.limit), most_values);
        let value_labels: Vec<_> = values
            .ticks()
            .map(|value| (value, format_value(value, values.step)))
            .collect();
        let label_width = value_labels
            .iter()
            .map(|(_, label)| measure.width(label, font_size))
            .fold(0.0, f64::max);
        // Charts under each other share their left edge unless a label is unusually long.
        let left = label_width.ceil().max(LABELS) + 2.0 * GAP;
        let plot = Rect {
            x: left,
            y: HEAD,
            width: (width - left - 2.0 * GAP).max(8.0),
            height: plot_height,
        };
        let most_times = (plot.width / (80.0 * larger)).clamp(1.0, 16.0) as u32;
        Self {
            plot,
            range: scene.range,
            values,
            value_labels,
            times: time_ticks(scene.range, &scene.offsets, most_times),
            ribbon_y: has_ribbon.then_some(plot.bottom() + GAP),
        }
    }

    /// Where an instant stands.
    pub fn x(&self, at_ms: i64) -> f64 {
        let share = (at_ms - self.range.from_ms) as f64 / self.range.duration_ms().max(1) as f64;
        self.plot.x + share * self.plot.width
    }

    /// Where the points of a line stand.
    pub(super) fn points(&self, times_ms: &[i64], values: &[f64]) -> Vec<(f64, f64)> {
        let across = self.plot.width / self.range.duration_ms().max(1) as f64;
        let up = self.plot.height / (self.values.max - self.values.min);
        let (top, bottom) = (self.y(f64::INFINITY), self.y(f64::NEG_INFINITY));
        let place = |(at_ms, value): (&i64, &f64)| {
            let x = self.plot.x + (at_ms - self.range.from_ms) as f64 * across;
            let y = self.plot.bottom() - (value - self.values.min) * up;
            (x, y.clamp(top, bottom))
        };
        times_ms.iter().zip(values).map(place).collect()
    }

    /// The instant at a position, kept inside the range.
    pub fn at_ms(&self, x: f64) -> i64 {
        let share = ((x - self.plot.x) / self.plot.width).clamp(0.0, 1.0);
        self.range.from_ms + (share * self.range.duration_ms() as f64) as i64
    }

    /// Where a value stands; kept a little around the plot, so that a wild value bends no line into nowhere.
    pub fn y(&self, value: f64) -> f64 {
        let share = self.values.share(value).clamp(-0.02, 1.02);
        self.plot.bottom() - share * self.plot.height
    }

    /// The value at a position.
    pub fn value(&self, y: f64) -> f64 {
        self.values
            .value((self.plot.bottom() - y) / self.plot.height)
    }

    /// Upper edge of the labels of the axis of time.
    pub fn axis_y(&self) -> f64 {
        self.ribbon_y.map_or(self.plot.bottom(), |y| y + RIBBON)
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Line, WidthTable};
    use super::*;
    use crate::reduce::Reduced;
    use crate::time::{HOUR_MS, UtcOffsets};

    #[test]
    fn frame_when_asked_there_and_back_then_agrees() {
        let range = TimeRange {
            from_ms: 0,
            to_ms: HOUR_MS,
        };
        let mut scene = Scene::empty(range, UtcOffsets::utc());
        scene.lines.push(Line {
            points: Reduced {
                times_ms: vec![0, HOUR_MS / 2],
                values: vec![3.0, 9.0],
            },
            color: 0,
        });
        let frame = Frame::new(&scene, 640.0, 240.0, &WidthTable, 12.0);
        assert_eq!(frame.at_ms(frame.x(HOUR_MS / 4)), HOUR_MS / 4);
        assert!((frame.value(frame.y(5.0)) - 5.0).abs() < 1e-9);
        assert!(frame.y(1e300) >= 0.0, "a wild value stays near the plot");
    }

    #[test]
    fn frame_when_tiny_then_still_has_room_to_draw() {
        let range = TimeRange {
            from_ms: 0,
            to_ms: HOUR_MS,
        };
        let frame = Frame::new(
            &Scene::empty(range, UtcOffsets::utc()),
            10.0,
            10.0,
            &WidthTable,
            12.0,
        );
        assert!(frame.plot.width > 0.0 && frame.plot.height > 0.0);
    }
}
