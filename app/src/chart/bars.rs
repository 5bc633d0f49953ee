//! Upright bars on whole columns of pixels, as one image.

use js_sys::{Uint8ClampedArray, Uint32Array};
use plotters_backend::{BackendColor, BackendCoord};
use wasm_bindgen::JsCast as _;
use web_sys::{CanvasRenderingContext2d, HtmlCanvasElement, ImageData};

use super::surface::{STEPS, context_of};

/// A filled rectangle, in steps of the surface.
#[derive(Clone, Copy)]
pub(super) struct Bar {
    pub(super) from: BackendCoord,
    pub(super) to: BackendCoord,
    pub(super) color: BackendColor,
}

/// Steps to a pixel, as whole numbers.
const PIXEL: i32 = STEPS as i32;

impl Bar {
    /// Whether its left and right edges lie between columns of pixels.
    pub(super) fn is_on_columns(&self) -> bool {
        self.from.0 % PIXEL == 0 && self.to.0 % PIXEL == 0
    }
}

/// Pixels as a canvas has them in memory, of which the first lies at a place of the surface.
pub(super) struct Image {
    left: i32,
    top: i32,
    width: usize,
    pixels: Vec<u32>,
}

thread_local! {
    /// Where images lie until they are drawn over what is there.
    static DESK: Option<HtmlCanvasElement> = crate::browser::document()
        .create_element("canvas")
        .ok()
        .and_then(|element| element.dyn_into().ok());
}

impl Image {
    /// The bars, in their order.
    pub(super) fn of(bars: &[Bar]) -> Self {
        let least = |of: fn(&Bar) -> i32| bars.iter().map(of).min().unwrap_or(0);
        let most = |of: fn(&Bar) -> i32| bars.iter().map(of).max().unwrap_or(0);
        let left = least(|bar| bar.from.0) / PIXEL;
        let top = least(|bar| bar.from.1).div_euclid(PIXEL);
        let width = most(|bar| bar.to.0) / PIXEL - left;
        let height = most(|bar| bar.to.1 + PIXEL - 1).div_euclid(PIXEL) - top;
        let mut image = Self {
            left,
            top,
            width: width as usize,
            pixels: vec![0; (width * height) as usize],
        };
        for bar in bars {
            image.lay(bar);
        }
        image
    }

    fn lay(&mut self, bar: &Bar) {
        let columns = bar.from.0 / PIXEL - self.left..bar.to.0 / PIXEL - self.left;
        let [from, to] = [bar.from.1, bar.to.1].map(|y| y - self.top * PIXEL);
        let (first, last) = (from / PIXEL, (to - 1).div_euclid(PIXEL));
        for row in first..=last {
            // The first and the last row may be covered in part.
            let part = row == first || row == last;
            let covered = if part {
                to.min((row + 1) * PIXEL) - from.max(row * PIXEL)
            } else {
                PIXEL
            };
            let color = bar.shade(covered);
            let row = row as usize * self.width;
            for column in columns.clone() {
                if let Some(pixel) = self.pixels.get_mut(row + column as usize) {
                    *pixel = over(*pixel, color);
                }
            }
        }
    }

    /// Draws it over what is there; nothing where the browser has no room for it.
    pub(super) fn draw(&self, context: &CanvasRenderingContext2d) -> Option<()> {
        let width = u32::try_from(self.width).ok()?;
        let bytes = Uint8ClampedArray::new(&Uint32Array::from(&self.pixels[..]).buffer());
        let image = ImageData::new_with_js_u8_clamped_array(&bytes, width).ok()?;
        DESK.with(|desk| {
            let desk = desk.as_ref()?;
            // It only grows: another size is another piece of memory.
            desk.set_width(desk.width().max(width));
            desk.set_height(desk.height().max(image.height()));
            context_of(desk)?.put_image_data(&image, 0.0, 0.0).ok()?;
            context.save();
            let moved = context.reset_transform();
            let (left, top) = (f64::from(self.left), f64::from(self.top));
            let (width, height) = (f64::from(width), f64::from(image.height()));
            let drawn = context
                .draw_image_with_html_canvas_element_and_sw_and_sh_and_dx_and_dy_and_dw_and_dh(
                    desk, 0.0, 0.0, width, height, left, top, width, height,
                );
            context.restore();
            moved.and(drawn).ok()
        })
    }
}

impl Bar {
    /// Its colour as a pixel, of which so many steps of its height are covered.
    fn shade(&self, covered: i32) -> u32 {
        let (red, green, blue) = self.color.rgb;
        let alpha = self.color.alpha * 255.0 * f64::from(covered) / STEPS;
        u32::from_le_bytes([red, green, blue, (alpha + 0.5) as u8])
    }
}

/// One pixel over another.
fn over(below: u32, above: u32) -> u32 {
    let (alpha, behind) = (above >> 24, below >> 24);
    if alpha == 255 || behind == 0 {
        return above;
    }
    let shown = behind * (255 - alpha);
    let sum = (alpha * 255 + shown).max(1);
    let mix = |by: u32| {
        let (new, old) = (above >> by & 255, below >> by & 255);
        ((new * alpha * 255 + old * shown) / sum) << by
    };
    mix(0) | mix(8) | mix(16) | (sum / 255) << 24
}

#[cfg(all(test, target_arch = "wasm32"))]
mod tests {
    use wasm_bindgen_test::wasm_bindgen_test;

    use super::*;
    use crate::chart::canvas::css;

    const SIZE: u32 = 40;

    fn canvas() -> CanvasRenderingContext2d {
        let element = crate::browser::document().create_element("canvas");
        let canvas: HtmlCanvasElement = element.expect("a canvas").unchecked_into();
        canvas.set_width(SIZE);
        canvas.set_height(SIZE);
        let context = context_of(&canvas).expect("a context");
        // Something lies there already.
        context.set_fill_style_str("rgb(200,220,240)");
        context.fill_rect(0.0, 10.0, f64::from(SIZE), 9.0);
        context
    }

    fn bytes(context: &CanvasRenderingContext2d) -> Vec<u8> {
        let side = f64::from(SIZE);
        let seen = context.get_image_data(0.0, 0.0, side, side);
        seen.expect("what was drawn").data().0
    }

    #[wasm_bindgen_test]
    fn bars_when_they_are_an_image_then_look_as_if_drawn_one_by_one() {
        let bar = |x: i32, y: i32, height: i32, alpha: f64| Bar {
            from: (x * PIXEL, y),
            to: ((x + 2) * PIXEL, y + height),
            color: BackendColor {
                alpha,
                rgb: (180, 40, (x * 5) as u8),
            },
        };
        let bars: Vec<Bar> = (3..35)
            .map(|x| bar(x, 13 + x, 3 + x, if x % 3 == 0 { 0.25 } else { 1.0 }))
            .collect();
        let (singly, at_once) = (canvas(), canvas());
        for bar in &bars {
            singly.set_fill_style_str(&css(bar.color));
            let [x, y, right, bottom] =
                [bar.from.0, bar.from.1, bar.to.0, bar.to.1].map(|steps| f64::from(steps) / STEPS);
            singly.fill_rect(x, y, right - x, bottom - y);
        }
        Image::of(&bars).draw(&at_once).expect("an image");
        let (singly, at_once) = (bytes(&singly), bytes(&at_once));
        let far = singly.iter().zip(&at_once).map(|(a, b)| a.abs_diff(*b));
        // Colours are kept in whole numbers on either way.
        assert!(
            far.max() <= Some(4),
            "{:?}",
            singly
                .iter()
                .zip(&at_once)
                .position(|(a, b)| a.abs_diff(*b) > 4)
        );
    }
}
