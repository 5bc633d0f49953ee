//! The canvas of a chart: `shared::chart` on it, sharp at any device pixel ratio.

use std::cell::RefCell;
use std::collections::BTreeMap;

use hindcast_shared::chart::{Frame, Measure, Pen, Scene, Theme, draw_base, draw_limit};
use wasm_bindgen::{Clamped, JsCast as _};
use web_sys::{CanvasRenderingContext2d, HtmlCanvasElement, ImageData};

use super::canvas::Canvas;

/// Steps to a pixel of the device: plotters only has whole numbers, and lines are 1.5 px wide.
pub(super) const STEPS: f64 = 4.0;

/// Most texts of which the width is remembered; labels of axes come again and again.
const MOST_WIDTHS: usize = 2_000;

/// Widths that were measured already, by size and text.
type Widths = BTreeMap<(u32, String), f64>;

thread_local! {
    static WIDTHS: RefCell<Widths> = const { RefCell::new(BTreeMap::new()) };
}

struct CanvasMeasure<'a> {
    context: &'a CanvasRenderingContext2d,
    family: &'a str,
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

/// Red, green, blue and opacity.
pub(crate) type Pixel = [u8; 4];

/// Puts rows of pixels on a canvas, in place of what is there.
pub(crate) fn put_pixels(
    context: &CanvasRenderingContext2d,
    pixels: &[Pixel],
    width: usize,
    (left, top): (f64, f64),
) -> Option<()> {
    let bytes = Clamped(pixels.as_flattened());
    let image = ImageData::new_with_u8_clamped_array(bytes, u32::try_from(width).ok()?).ok()?;
    context.put_image_data(&image, left, top).ok()
}

/// Says in the page how often a canvas was drawn on.
pub(super) fn count(canvas: &HtmlCanvasElement) {
    let before = canvas.get_attribute("data-drawn");
    let before: u32 = before.and_then(|text| text.parse().ok()).unwrap_or(0);
    // Setting an attribute of a name that is valid does not fail.
    canvas
        .set_attribute("data-drawn", &(before + 1).to_string())
        .ok();
}

/// Where everything in a scene stands on a canvas of this size.
pub(super) fn frame_on(
    canvas: &HtmlCanvasElement,
    scene: &Scene,
    theme: &Theme,
    (width, height): (f64, f64),
) -> Option<Frame> {
    let context = context_of(canvas)?;
    let measure = CanvasMeasure {
        context: &context,
        family: &theme.font_family,
    };
    let frame = Frame::new(scene, width, height, &measure, theme.font_size);
    Some(frame)
}

/// Draws a scene, but for its limit.
pub(super) fn draw_on(
    canvas: &HtmlCanvasElement,
    scene: &Scene,
    frame: &Frame,
    theme: &Theme,
    (width, height): (f64, f64),
) -> Option<()> {
    let context = prepare(canvas, width, height)?;
    with_pen(canvas, &context, theme, |pen| {
        draw_base(pen, scene, frame, theme).ok()
    })?;
    count(canvas);
    Some(())
}

/// Draws the limit of a scene on a canvas that is prepared.
pub(super) fn draw_limit_on(
    canvas: &HtmlCanvasElement,
    context: &CanvasRenderingContext2d,
    scene: &Scene,
    frame: &Frame,
    theme: &Theme,
) -> Option<()> {
    context.save();
    let drawn = with_pen(canvas, context, theme, |pen| {
        draw_limit(pen, scene, frame, theme).ok()
    });
    context.restore();
    drawn
}

fn with_pen(
    canvas: &HtmlCanvasElement,
    context: &CanvasRenderingContext2d,
    theme: &Theme,
    draw: impl FnOnce(&mut Pen<'_, Canvas>) -> Option<()>,
) -> Option<()> {
    let measure = CanvasMeasure {
        context,
        family: &theme.font_family,
    };
    let (ratio, unit) = (device_ratio(), STEPS * device_ratio());
    context.scale(1.0 / unit, 1.0 / unit).ok()?;
    // Nobody sees the joins of a line of many points, and round ones are slow.
    context.set_line_join("bevel");
    let mut backend = Canvas::new(canvas, context)?;
    let mut pen = Pen::new(&mut backend, unit, &measure, &theme.font_family).on_pixels(ratio);
    draw(&mut pen)
}
