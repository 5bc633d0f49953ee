//! The lower canvases: `shared::chart` on them, sharp at any device pixel ratio.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::sync::Arc;

use hindcast_shared::chart::{Frame, Layer, Line, Measure, Pen, Scene, Theme, draw_layer};
use wasm_bindgen::JsCast as _;
use web_sys::{CanvasRenderingContext2d, HtmlCanvasElement};

use super::canvas::Canvas;

/// Steps to a pixel of the device: plotters only has whole numbers, and lines are 1.5 px wide.
const STEPS: f64 = 4.0;

/// Most texts of which the width is remembered; labels of axes come again and again.
const MOST_WIDTHS: usize = 2_000;

/// Widths that were measured already, by size and text.
type Widths = BTreeMap<(u32, String), f64>;

thread_local! {
    static WIDTHS: RefCell<Widths> = const { RefCell::new(BTreeMap::new()) };
}

pub(super) struct CanvasMeasure<'a> {
    pub(super) context: &'a CanvasRenderingContext2d,
    pub(super) family: &'a str,
}

impl Measure for CanvasMeasure<'_> {
    fn width(&self, text: &str, size: f64) -> f64 {
        let key = ((size * 16.0) as u32, text.to_owned());
        WIDTHS.with_borrow_mut(|widths| {
            if let Some(width) = widths.get(&key) {
                return *width;
            }
            self.context
                .set_font(&format!("normal {size}px {}", self.family));
            let width = self
                .context
                .measure_text(text)
                .map_or(size * 0.6 * text.chars().count() as f64, |metrics| {
                    metrics.width()
                });
            if widths.len() >= MOST_WIDTHS {
                widths.clear();
            }
            widths.insert(key, width);
            width
        })
    }
}

/// Forgets measured widths; a change of theme may change the face.
pub(super) fn forget_widths() {
    WIDTHS.with_borrow_mut(BTreeMap::clear);
}

/// The drawing context of a canvas.
pub(crate) fn context_of(canvas: &HtmlCanvasElement) -> Option<CanvasRenderingContext2d> {
    canvas.get_context("2d").ok()??.dyn_into().ok()
}

/// Pixels of the device to a CSS pixel.
fn device_ratio() -> f64 {
    crate::browser::window().device_pixel_ratio()
}

/// Makes the canvas as large as its box, in device pixels, and clears it.
pub(crate) fn prepare(
    canvas: &HtmlCanvasElement,
    width: f64,
    height: f64,
) -> Option<CanvasRenderingContext2d> {
    let ratio = device_ratio();
    let (device_width, device_height) = (
        (width * ratio).round() as u32,
        (height * ratio).round() as u32,
    );
    let context = context_of(canvas)?;
    if (canvas.width(), canvas.height()) != (device_width, device_height) {
        canvas.set_width(device_width);
        canvas.set_height(device_height);
    }
    context.reset_transform().ok()?;
    context.clear_rect(0.0, 0.0, f64::from(device_width), f64::from(device_height));
    context.scale(ratio, ratio).ok()?;
    Some(context)
}

/// What the canvas of the lines shows.
#[derive(Debug, PartialEq)]
struct Lines {
    frame: Frame,
    size: (f64, f64),
    ratio: f64,
    stale: bool,
}

/// The canvases of one chart, and what they show.
#[derive(Debug, Default)]
pub(super) struct Surface {
    shown: Option<(Lines, Arc<Theme>, Arc<Scene>)>,
}

impl Surface {
    /// Draws a scene and says where everything stands, and whether that is elsewhere than before. The lines are
    /// only drawn anew when they would look different.
    pub(super) fn paint(
        &mut self,
        canvases: &[HtmlCanvasElement; 3],
        scene: &Arc<Scene>,
        theme: &Arc<Theme>,
        (width, height): (f64, f64),
    ) -> Option<(Frame, bool)> {
        let [back, lines, front] = canvases;
        let frame = {
            let context = context_of(lines)?;
            let measure = CanvasMeasure {
                context: &context,
                family: &theme.font_family,
            };
            Frame::new(scene, width, height, &measure, theme.font_size)
        };
        let show = |canvas, layer| layer_on(canvas, layer, scene, &frame, theme, (width, height));
        show(back, Layer::Back)?;
        show(front, Layer::Front)?;
        let wanted = Lines {
            frame: frame.clone(),
            size: (width, height),
            ratio: device_ratio(),
            stale: scene.stale,
        };
        let moved = !self
            .shown
            .as_ref()
            .is_some_and(|(old, old_theme, _)| *old == wanted && Arc::ptr_eq(old_theme, theme));
        let same =
            |(_, _, drawn): &(Lines, Arc<Theme>, Arc<Scene>)| are_same(&drawn.lines, &scene.lines);
        if moved || !self.shown.as_ref().is_some_and(same) {
            show(lines, Layer::Lines)?;
            self.shown = Some((wanted, Arc::clone(theme), Arc::clone(scene)));
            count(lines);
        }
        Some((frame, moved))
    }
}

/// Whether these are the same points, bit for bit: looking takes microseconds, drawing milliseconds.
fn are_same(drawn: &[Line], lines: &[Line]) -> bool {
    let same = |(a, b): (&Line, &Line)| {
        let (a_values, b_values) = (a.points.values.iter(), b.points.values.iter());
        a.color == b.color
            && a.points.times_ms == b.points.times_ms
            && a_values
                .map(|value| value.to_bits())
                .eq(b_values.map(|value| value.to_bits()))
    };
    drawn.len() == lines.len() && drawn.iter().zip(lines).all(same)
}

/// Says in the page how often the lines were drawn, so that a test sees whether they were left alone.
pub(super) fn count(canvas: &HtmlCanvasElement) {
    let before = canvas.get_attribute("data-drawn");
    let before: u32 = before.and_then(|text| text.parse().ok()).unwrap_or(0);
    // Setting an attribute of a name that is valid does not fail.
    canvas
        .set_attribute("data-drawn", &(before + 1).to_string())
        .ok();
}

pub(super) fn layer_on(
    canvas: &HtmlCanvasElement,
    layer: Layer,
    scene: &Scene,
    frame: &Frame,
    theme: &Theme,
    (width, height): (f64, f64),
) -> Option<()> {
    let context = prepare(canvas, width, height)?;
    let measure = CanvasMeasure {
        context: &context,
        family: &theme.font_family,
    };
    let (ratio, unit) = (device_ratio(), STEPS * device_ratio());
    context.scale(1.0 / unit, 1.0 / unit).ok()?;
    // Nobody sees the joins of a dense line, and round ones cost a third of the frame.
    context.set_line_join("bevel");
    let mut backend = Canvas::new(canvas, &context)?;
    let mut pen = Pen::new(&mut backend, unit, &measure, &theme.font_family).on_pixels(ratio);
    draw_layer(&mut pen, layer, scene, frame, theme).ok()
}
