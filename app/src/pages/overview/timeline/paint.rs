//! The timeline on a canvas: lanes with their names, bars with their shapes, times below, what is chosen on top.

use hindcast_shared::chart::{Color, Theme, time_ticks};
use hindcast_shared::rule::Severity;
use hindcast_shared::time::{TimeRange, UtcOffsets};
use web_sys::{CanvasRenderingContext2d, HtmlCanvasElement};

use super::super::super::fitting::beginning;
use super::lanes::Lanes;
use crate::chart::{css, prepare};
use crate::i18n::t;

/// Height of a lane, and of the times below.
pub(super) const LANE: f64 = 20.0;
pub(super) const FOOT: f64 = 20.0;

/// Room at the right edge, so that the shape of what began just now is whole.
const EDGE: f64 = 8.0;

/// Room for names; less on a narrow screen.
fn gutter(width: f64) -> f64 {
    (width * 0.3).clamp(96.0, 190.0)
}

/// Where instants stand.
#[derive(Debug, Clone, Copy)]
pub(super) struct Axis {
    pub(super) left: f64,
    pub(super) width: f64,
    pub(super) range: TimeRange,
}

impl Axis {
    pub(super) fn new(width: f64, range: TimeRange) -> Self {
        let left = gutter(width);
        Self {
            left,
            width: (width - left - EDGE).max(1.0),
            range,
        }
    }

    fn x(&self, at_ms: i64) -> f64 {
        let share = (at_ms - self.range.from_ms) as f64 / self.range.duration_ms().max(1) as f64;
        self.left + share.clamp(0.0, 1.0) * self.width
    }

    pub(super) fn at_ms(&self, x: f64) -> i64 {
        let share = ((x - self.left) / self.width).clamp(0.0, 1.0);
        self.range.from_ms + (share * self.range.duration_ms() as f64) as i64
    }
}

/// What is chosen: a bar, and a stretch of time that is being drawn.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub(super) struct Chosen {
    pub(super) bar: Option<usize>,
    pub(super) stretch: Option<(i64, i64)>,
}

pub(super) fn paint(
    canvas: &HtmlCanvasElement,
    (width, height): (f64, f64),
    lanes: &Lanes,
    axis: Axis,
    offsets: &UtcOffsets,
    theme: &Theme,
    chosen: Chosen,
) {
    let Some(context) = prepare(canvas, width, height) else {
        return;
    };
    let fill = |color: Color| context.set_fill_style_str(&css(color.into()));
    let bottom = lanes.names.len() as f64 * LANE;
    context.set_font(&format!("normal 12px {}", theme.font_family));
    for (lane, name) in lanes.names.iter().enumerate() {
        let top = lane as f64 * LANE;
        fill(theme.hairline);
        context.fill_rect(0.0, top + LANE - 1.0, width, 1.0);
        fill(theme.text);
        let name = if name.is_empty() {
            t("Other rules")
        } else {
            name
        };
        write(
            &context,
            &beginning(&context, name, axis.left - 8.0),
            0.0,
            top + 14.0,
        );
    }
    let most = (axis.width / 80.0).max(1.0) as u32;
    context.set_text_align("center");
    for tick in time_ticks(axis.range, offsets, most) {
        let x = axis.x(tick.at_ms);
        fill(theme.hairline.alpha(0.6));
        context.fill_rect(x.round(), 0.0, 1.0, bottom);
        fill(theme.muted);
        if x > axis.left + 18.0 && x <= width - 18.0 {
            write(&context, &tick.label, x, bottom + 15.0);
        }
    }
    // The worst last, so that none lies under a lesser one.
    for severity in [Severity::Info, Severity::Warning, Severity::Critical] {
        fill(theme.severity(severity));
        for bar in lanes.bars.iter().filter(|bar| bar.severity == severity) {
            let (from, to) = (axis.x(bar.from_ms), axis.x(bar.to_ms));
            let top = bar.lane as f64 * LANE;
            let middle = top + LANE / 2.0 - 0.5;
            // What goes on is full, what is over is a line with its shape.
            let half = if bar.active { 4.0 } else { 1.5 };
            context.fill_rect(from, middle - half, (to - from).max(2.0), half * 2.0);
            shape(&context, severity, from, middle);
        }
    }
    if let Some(bar) = chosen.bar.and_then(|bar| lanes.bars.get(bar)) {
        let (from, to) = (axis.x(bar.from_ms), axis.x(bar.to_ms));
        context.set_line_width(2.0);
        context.set_stroke_style_str(&css(theme.accent.into()));
        let top = bar.lane as f64 * LANE + 1.0;
        context.stroke_rect(from - 7.0, top, (to - from).max(2.0) + 14.0, LANE - 3.0);
    }
    if let Some((from_ms, to_ms)) = chosen.stretch {
        let (from, to) = (axis.x(from_ms.min(to_ms)), axis.x(from_ms.max(to_ms)));
        fill(theme.accent.alpha(0.18));
        context.fill_rect(from, 0.0, (to - from).max(1.0), bottom);
    }
}

/// A text that does not fit is only not seen: the list has it.
fn write(context: &CanvasRenderingContext2d, text: &str, x: f64, y: f64) {
    context.fill_text(text, x, y).ok();
}

fn shape(context: &CanvasRenderingContext2d, severity: Severity, x: f64, y: f64) {
    let half = 5.0;
    context.begin_path();
    match severity {
        Severity::Critical => {
            context.move_to(x - half, y + half - 1.0);
            context.line_to(x, y - half);
            context.line_to(x + half, y + half - 1.0);
        }
        Severity::Warning => {
            context.move_to(x - half, y);
            context.line_to(x, y - half);
            context.line_to(x + half, y);
            context.line_to(x, y + half);
        }
        // The only failure is a negative radius.
        Severity::Info => drop(context.arc(x, y, 4.0, 0.0, std::f64::consts::TAU)),
    }
    context.fill();
}
