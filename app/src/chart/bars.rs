//! Upright bars on whole columns of pixels, as one image.

use plotters_backend::BackendCoord;
use web_sys::CanvasRenderingContext2d;

use super::surface::{Pixel, STEPS, put_pixels};

/// A filled rectangle, in steps of the surface. Its left and right edges lie between columns of pixels: the pen sees
/// to that.
#[derive(Clone, Copy)]
pub(super) struct Bar {
    pub(super) from: BackendCoord,
    pub(super) to: BackendCoord,
    pub(super) color: Pixel,
}

/// Steps to a pixel, as whole numbers.
const PIXEL: i32 = STEPS as i32;
const STEP: usize = PIXEL as usize;

/// Pixels as a canvas has them in memory, of which the first lies at a place of the surface.
#[derive(Default)]
pub(super) struct Image {
    left: i32,
    top: i32,
    width: usize,
    height: usize,
    pixels: Vec<Pixel>,
}

impl Image {
    /// Makes it anew of the bars, in their order, as far as they lie on a surface of so many pixels: what is outside of
    /// a chart's range may lie anywhere.
    pub(super) fn draw(&mut self, bars: &[Bar], (across, down): (u32, u32)) {
        let nothing = ((i32::MAX, i32::MAX), (i32::MIN, i32::MIN));
        let (from, to) = bars.iter().fold(nothing, |(from, to), bar| {
            let (least, most) = (bar.from, bar.to);
            (
                (from.0.min(least.0), from.1.min(least.1)),
                (to.0.max(most.0), to.1.max(most.1)),
            )
        });
        let on = |steps: i32, most: u32| steps.div_euclid(PIXEL).clamp(0, most as i32);
        (self.left, self.top) = (on(from.0, across), on(from.1, down));
        let (right, bottom) = (on(to.0, across), on(to.1.saturating_add(PIXEL - 1), down));
        (self.width, self.height) = ((right - self.left) as usize, (bottom - self.top) as usize);
        self.pixels.clear();
        // Room for the whole surface, so that it is asked for once and not whenever the bars reach further.
        self.pixels.reserve_exact((across * down) as usize);
        self.pixels.resize(self.width * self.height, [0; 4]);
        for bar in bars {
            self.lay(bar);
        }
    }

    /// Column by column: nearly all bars have one.
    fn lay(&mut self, bar: &Bar) {
        // In steps from the image's corner; what is outside of it is cut off.
        let cut = |at: i32, begin: i32, pixels: usize| {
            let at = at.saturating_sub(begin * PIXEL);
            at.clamp(0, pixels as i32 * PIXEL) as usize
        };
        let (left, right) = (
            cut(bar.from.0, self.left, self.width) / STEP,
            cut(bar.to.0, self.left, self.width) / STEP,
        );
        let (from, to) = (
            cut(bar.from.1, self.top, self.height),
            cut(bar.to.1, self.top, self.height),
        );
        // The first and the last row may be covered in part.
        let (first, last) = (from.div_ceil(STEP), to / STEP);
        for column in left..right {
            if first > last {
                self.blend(last, column, bar.shade(to - from));
                continue;
            }
            if from < first * STEP {
                self.blend(first - 1, column, bar.shade(first * STEP - from));
            }
            let is_opaque = bar.color[3] == 255;
            let (mut at, end) = (first * self.width + column, last * self.width + column);
            while at < end {
                let pixel = &mut self.pixels[at];
                *pixel = if is_opaque || pixel[3] == 0 {
                    bar.color
                } else {
                    over(*pixel, bar.color)
                };
                at += self.width;
            }
            if to > last * STEP {
                self.blend(last, column, bar.shade(to - last * STEP));
            }
        }
    }

    fn blend(&mut self, row: usize, column: usize, color: Pixel) {
        let pixel = &mut self.pixels[row * self.width + column];
        *pixel = over(*pixel, color);
    }

    /// Puts it on a canvas on which nothing lies yet; nothing where the browser has no room for it.
    pub(super) fn put(&self, context: &CanvasRenderingContext2d) -> Option<()> {
        let place = (f64::from(self.left), f64::from(self.top));
        put_pixels(context, &self.pixels, self.width, place)
    }
}

impl Bar {
    /// Its colour, of which so many steps of its height are covered.
    fn shade(&self, covered: usize) -> Pixel {
        let [red, green, blue, alpha] = self.color;
        let alpha = usize::from(alpha) * covered / STEP;
        [red, green, blue, alpha as u8]
    }
}

/// One pixel over another.
fn over(below: Pixel, above: Pixel) -> Pixel {
    let (alpha, behind) = (u32::from(above[3]), u32::from(below[3]));
    if behind == 0 {
        return above;
    }
    let sum = alpha * 255 + behind * (255 - alpha);
    // Of 256, so that there is one division for all of them: it is what takes the time.
    let share = alpha * 255 * 256 / sum;
    let mix = |at: usize| {
        let (new, old) = (u32::from(above[at]), u32::from(below[at]));
        ((new * share + old * (256 - share) + 128) >> 8) as u8
    };
    [mix(0), mix(1), mix(2), (sum / 255) as u8]
}

#[cfg(all(test, target_arch = "wasm32"))]
mod tests {
    use wasm_bindgen_test::wasm_bindgen_test;

    use wasm_bindgen::JsCast as _;
    use web_sys::HtmlCanvasElement;

    use super::*;
    use crate::chart::canvas::{color_of, css};
    use crate::chart::surface::context_of;

    const SIZE: u32 = 40;

    fn canvas() -> CanvasRenderingContext2d {
        let element = crate::browser::document().create_element("canvas");
        let canvas: HtmlCanvasElement = element.expect("a canvas").unchecked_into();
        canvas.set_width(SIZE);
        canvas.set_height(SIZE);
        context_of(&canvas).expect("a context")
    }

    /// What is seen on a white page: a canvas remembers little of a colour that hardly shows.
    fn bytes(context: &CanvasRenderingContext2d) -> Vec<u8> {
        let side = f64::from(SIZE);
        let behind = context.set_global_composite_operation("destination-over");
        behind.expect("a known operation");
        context.set_fill_style_str("white");
        context.fill_rect(0.0, 0.0, side, side);
        let seen = context.get_image_data(0.0, 0.0, side, side);
        seen.expect("what was drawn").data().0
    }

    #[wasm_bindgen_test]
    fn bars_when_they_reach_beyond_the_surface_then_the_image_ends_there() {
        let bar = |from, to| Bar {
            from,
            to,
            color: [1, 2, 3, 4],
        };
        let far = [
            bar((-4_000, -10), (8, 8)),
            bar((8, 8), (i32::MAX - 3, i32::MAX)),
        ];
        let mut image = Image::default();
        image.draw(&far, (SIZE, SIZE));
        assert_eq!((image.left, image.top, image.width), (0, 0, SIZE as usize));
        assert_eq!(image.pixels.len(), (SIZE * SIZE) as usize);
        assert_eq!(image.pixels.first(), Some(&[1, 2, 3, 4]));
        assert_eq!(image.pixels.last(), Some(&[1, 2, 3, 4]));
        image.draw(&[bar((4_000, 4_000), (4_400, 4_400))], (SIZE, SIZE));
        assert!(image.pixels.is_empty());
    }

    #[wasm_bindgen_test]
    fn bars_when_they_are_an_image_then_look_as_if_drawn_one_by_one() {
        let bar = |x: i32, y: i32, height: i32, alpha: u8| Bar {
            from: (x * PIXEL, y),
            to: ((x + 2) * PIXEL, y + height),
            color: [180, 40, (x * 5) as u8, alpha],
        };
        let bars: Vec<Bar> = (3..35)
            .map(|x| bar(x, 13 + x, 3 + x, if x % 3 == 0 { 64 } else { 255 }))
            .collect();
        let (singly, at_once) = (canvas(), canvas());
        for bar in &bars {
            singly.set_fill_style_str(&css(color_of(bar.color)));
            let [x, y, right, bottom] =
                [bar.from.0, bar.from.1, bar.to.0, bar.to.1].map(|steps| f64::from(steps) / STEPS);
            singly.fill_rect(x, y, right - x, bottom - y);
        }
        let mut image = Image::default();
        image.draw(&bars, (SIZE, SIZE));
        image.put(&at_once).expect("an image");
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
