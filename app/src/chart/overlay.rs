//! The upper canvas: limit, cursor and selection, which follow the pointer while the drawing below stays.

use hindcast_shared::api::Marker;
use hindcast_shared::chart::{Color, Frame, Scene, Theme};
use web_sys::{CanvasRenderingContext2d, HtmlCanvasElement};

use super::marks::{self, Mark};
use super::readout::nearest;
use super::surface::{draw_limit_on, prepare};
use super::told;

/// What lies over the drawing.
#[derive(Debug)]
pub(super) struct Over {
    /// What people said about stretches of time.
    pub(super) marks: Vec<Mark>,
    /// What was told to calendars.
    pub(super) told: Vec<Marker>,
    /// The instant under the cursor.
    pub(super) cursor_ms: Option<i64>,
    /// A selection that is being drawn, as positions.
    pub(super) selection: Option<(f64, f64)>,
}

impl Over {
    fn is_empty(&self) -> bool {
        self.marks.is_empty()
            && self.told.is_empty()
            && self.cursor_ms.is_none()
            && self.selection.is_none()
    }
}

fn css(color: Color) -> String {
    super::canvas::css(color.into())
}

pub(super) fn paint(
    canvas: &HtmlCanvasElement,
    frame: &Frame,
    scene: &Scene,
    theme: &Theme,
    size: (f64, f64),
    over: &Over,
) {
    // A canvas on which nothing is drawn is a layer of each frame all the same, unless it is hidden.
    let is_empty = over.is_empty() && scene.limit.is_none();
    canvas.set_hidden(is_empty);
    if is_empty {
        return;
    }
    let Some(context) = prepare(canvas, size.0, size.1) else {
        return;
    };
    draw_limit_on(canvas, &context, scene, frame, theme);
    for one in &over.told {
        told::paint(&context, frame, theme, one);
    }
    for mark in &over.marks {
        marks::paint(&context, frame, theme, mark);
    }
    if let Some((from, to)) = over.selection {
        context.set_fill_style_str(&css(theme.accent.alpha(0.18)));
        context.fill_rect(
            from.min(to),
            frame.plot.y,
            (to - from).abs(),
            frame.plot.height,
        );
    }
    if let Some(at_ms) = over.cursor_ms.filter(|at_ms| scene.range.contains(*at_ms)) {
        cursor(&context, frame, scene, theme, at_ms);
    }
}

fn cursor(
    context: &CanvasRenderingContext2d,
    frame: &Frame,
    scene: &Scene,
    theme: &Theme,
    at_ms: i64,
) {
    context.set_fill_style_str(&css(theme.muted));
    context.fill_rect(
        frame.x(at_ms).round(),
        frame.plot.y,
        1.0,
        frame.axis_y() - frame.plot.y,
    );
    for line in &scene.lines {
        let Some((point_ms, value)) = nearest(&line.points, at_ms) else {
            continue;
        };
        context.begin_path();
        let (x, y) = (frame.x(point_ms), frame.y(value));
        if context.arc(x, y, 3.5, 0.0, std::f64::consts::TAU).is_ok() {
            context.set_fill_style_str(&css(theme.line(line.color)));
            context.fill();
            context.set_stroke_style_str(&css(theme.surface));
            context.stroke();
        }
    }
}
