//! The lower canvas: `shared::chart` on plotters-canvas, sharp at any device pixel ratio.

use std::cell::RefCell;
use std::collections::BTreeMap;

use hindcast_shared::chart::{Frame, Measure, Pen, Scene, Theme, draw};
use plotters_canvas::CanvasBackend;
use wasm_bindgen::JsCast as _;
use web_sys::{CanvasRenderingContext2d, HtmlCanvasElement};

/// Steps to a CSS pixel: plotters only has whole numbers, and lines are 1.5 px wide.
const UNIT: f64 = 4.0;

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
pub(super) fn context_of(canvas: &HtmlCanvasElement) -> Option<CanvasRenderingContext2d> {
    canvas.get_context("2d").ok()??.dyn_into().ok()
}

/// Makes the canvas as large as its box, in device pixels, and clears it.
pub(super) fn prepare(
    canvas: &HtmlCanvasElement,
    width: f64,
    height: f64,
) -> Option<CanvasRenderingContext2d> {
    let ratio = crate::browser::window().device_pixel_ratio();
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

/// Draws a scene and says where everything stands.
pub(super) fn paint(
    canvas: &HtmlCanvasElement,
    scene: &Scene,
    theme: &Theme,
    width: f64,
    height: f64,
) -> Option<Frame> {
    let context = prepare(canvas, width, height)?;
    let measure = CanvasMeasure {
        context: &context,
        family: &theme.font_family,
    };
    let frame = Frame::new(scene, width, height, &measure, theme.font_size);
    context.scale(1.0 / UNIT, 1.0 / UNIT).ok()?;
    // Nobody sees the joins of a dense line, and round ones cost a third of the frame.
    context.set_line_join("bevel");
    let mut backend = CanvasBackend::with_canvas_object(canvas.clone())?;
    let mut pen = Pen::new(&mut backend, UNIT, &measure, &theme.font_family);
    draw(&mut pen, scene, &frame, theme).ok()?;
    Some(frame)
}
