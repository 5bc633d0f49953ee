//! A small drawing of one series: band, line, anomalies, and below them the ribbon of scores. No axis, no words.
//!
//! Drawn by hand and not by `shared::chart`: a page holds dozens of them and draws all anew in a frame.

use crate::lean::Lasting as _;
use std::sync::Arc;

use hindcast_shared::chart::{Color, Scene, Theme};
use hindcast_shared::rule::Severity;
use leptos::html::Canvas;
use leptos::prelude::*;
use web_sys::{CanvasRenderingContext2d, HtmlCanvasElement};

use super::canvas::css;
use super::pace::gather;
use super::surface::{count, prepare};
use super::theme::ThemeState;

/// Height of the ribbon, and the room above it.
const RIBBON: f64 = 4.0;
const GAP: f64 = 2.0;
/// Room for the shapes on top.
const SHAPES: f64 = 7.0;

/// A small drawing.
#[component]
pub fn Spark(
    /// What it shows; nothing yet.
    #[prop(into)]
    scene: Signal<Option<Arc<Scene>>>,
    /// What it is about, with what is seen in it, for those who do not see it.
    #[prop(into)]
    label: Signal<String>,
) -> impl IntoView {
    let theme = expect_context::<ThemeState>().theme;
    let canvas_ref = NodeRef::<Canvas>::new();
    let paint = move || {
        if let (Some(canvas), Some(scene)) = (canvas_ref.get_untracked(), scene.get_untracked()) {
            paint(&canvas, &scene, &theme.get_untracked());
        }
    };
    let painted = gather(paint);
    crate::lean::effect(move || {
        scene.track();
        theme.follow();
        canvas_ref.track();
        painted();
    });
    view! { <canvas class="spark" node_ref=canvas_ref role="img" aria-label=label></canvas> }
}

/// Where values and instants stand.
struct Frame<'a> {
    scene: &'a Scene,
    width: f64,
    bottom: f64,
    lowest: f64,
    spread: f64,
}

impl Frame<'_> {
    fn x(&self, at_ms: i64) -> f64 {
        let range = self.scene.range;
        (at_ms - range.from_ms) as f64 / range.duration_ms().max(1) as f64 * self.width
    }

    fn y(&self, value: f64) -> f64 {
        let share = (value - self.lowest) / self.spread;
        self.bottom - share * (self.bottom - SHAPES)
    }
}

fn paint(canvas: &HtmlCanvasElement, scene: &Scene, theme: &Theme) {
    let (width, height) = (
        f64::from(canvas.client_width()),
        f64::from(canvas.client_height()),
    );
    if width <= 0.0 || height <= 0.0 {
        return;
    }
    let Some(context) = prepare(canvas, width, height) else {
        return;
    };
    let (lowest, highest) = bounds(scene);
    let frame = Frame {
        scene,
        width,
        bottom: height - RIBBON - GAP,
        lowest,
        spread: (highest - lowest).max(highest.abs() * 1e-6).max(1e-12),
    };
    spans(&context, &frame, theme);
    band(&context, &frame, theme);
    line(&context, &frame, theme);
    ribbon(&context, &frame, theme, height - RIBBON);
    count(canvas);
}

/// Lowest and highest of line and band. A band may be far wider than what is seen; the line decides.
fn bounds(scene: &Scene) -> (f64, f64) {
    let extent = |values: &mut dyn Iterator<Item = f64>| {
        values
            .filter(|value| value.is_finite())
            .fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), value| {
                (low.min(value), high.max(value))
            })
    };
    let mut values = scene
        .lines
        .iter()
        .flat_map(|line| line.points.values.iter().copied());
    let (low, high) = extent(&mut values);
    if low > high {
        return (0.0, 1.0);
    }
    let room = (high - low).max(high.abs() * 1e-3);
    let (band_low, _) = extent(&mut scene.band.lower.iter().copied());
    let (_, band_high) = extent(&mut scene.band.upper.iter().copied());
    (
        low.min(band_low.max(low - room)),
        high.max(band_high.min(high + room)),
    )
}

fn fill(context: &CanvasRenderingContext2d, color: Color) {
    context.set_fill_style_str(&css(color.into()));
}

fn color_of(scene: &Scene, theme: &Theme, severity: Severity) -> Color {
    if scene.stale {
        theme.muted
    } else {
        theme.severity(severity)
    }
}

fn spans(context: &CanvasRenderingContext2d, frame: &Frame<'_>, theme: &Theme) {
    for span in &frame.scene.spans {
        let (from, to) = (frame.x(span.from_ms).max(0.0), frame.x(span.to_ms));
        if to < 0.0 || from > frame.width {
            continue;
        }
        let color = color_of(frame.scene, theme, span.severity);
        let wide = (to.min(frame.width) - from).max(1.5);
        fill(context, color.alpha(0.2));
        context.fill_rect(from, SHAPES, wide, frame.bottom - SHAPES);
        fill(context, color);
        shape(context, span.severity, from + wide / 2.0);
    }
}

/// The same shapes as everywhere: a triangle, a diamond, a disc.
fn shape(context: &CanvasRenderingContext2d, severity: Severity, x: f64) {
    let (half, middle) = (3.0, SHAPES / 2.0);
    context.begin_path();
    match severity {
        Severity::Critical => {
            context.move_to(x - half, middle + half);
            context.line_to(x, middle - half);
            context.line_to(x + half, middle + half);
        }
        Severity::Warning => {
            context.move_to(x - half, middle);
            context.line_to(x, middle - half);
            context.line_to(x + half, middle);
            context.line_to(x, middle + half);
        }
        // The only failure is a negative radius.
        Severity::Info => drop(context.arc(x, middle, 2.5, 0.0, std::f64::consts::TAU)),
    }
    context.fill();
}

fn band(context: &CanvasRenderingContext2d, frame: &Frame<'_>, theme: &Theme) {
    let band = &frame.scene.band;
    let known = |index: usize| {
        band.lower[index].is_finite()
            && band.upper.get(index).is_some_and(|value| value.is_finite())
    };
    let clamp = |value: f64| {
        let y = frame.y(value);
        y.clamp(0.0, frame.bottom)
    };
    fill(context, theme.band.alpha(0.18));
    let count = band.times_ms.len().min(band.lower.len());
    let mut at = 0;
    while at < count {
        if !known(at) {
            at += 1;
            continue;
        }
        let from = at;
        while at < count && known(at) {
            at += 1;
        }
        context.begin_path();
        for index in from..at {
            context.line_to(frame.x(band.times_ms[index]), clamp(band.upper[index]));
        }
        for index in (from..at).rev() {
            context.line_to(frame.x(band.times_ms[index]), clamp(band.lower[index]));
        }
        context.fill();
    }
}

fn line(context: &CanvasRenderingContext2d, frame: &Frame<'_>, theme: &Theme) {
    let Some(line) = frame.scene.lines.first() else {
        return;
    };
    context.begin_path();
    let mut pen_up = true;
    for (at_ms, value) in line.points.times_ms.iter().zip(&line.points.values) {
        if !value.is_finite() {
            pen_up = true;
            continue;
        }
        let (x, y) = (frame.x(*at_ms), frame.y(*value));
        if pen_up {
            context.move_to(x, y);
        } else {
            context.line_to(x, y);
        }
        pen_up = false;
    }
    context.set_line_width(1.0);
    context.set_line_join("bevel");
    context.set_stroke_style_str(&css(theme.line(line.color).into()));
    context.stroke();
}

fn ribbon(context: &CanvasRenderingContext2d, frame: &Frame<'_>, theme: &Theme, top: f64) {
    fill(context, theme.hairline.alpha(0.5));
    context.fill_rect(0.0, top, frame.width, RIBBON);
    let ribbon = &frame.scene.ribbon;
    let mut ends = ribbon.times_ms.iter().skip(1);
    for (at_ms, score) in ribbon.times_ms.iter().zip(&ribbon.values) {
        let end = ends.next().map_or(frame.width, |at_ms| frame.x(*at_ms));
        // What is calm is left empty: the eye finds what is not.
        if *score > 1.0 {
            let severity = if *score > frame.scene.critical_from {
                Severity::Critical
            } else {
                Severity::Warning
            };
            fill(context, color_of(frame.scene, theme, severity));
            let from = frame.x(*at_ms);
            context.fill_rect(from, top, (end - from).clamp(1.5, 6.0), RIBBON);
        }
    }
}
