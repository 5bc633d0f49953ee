//! A canvas to draw on: plotters-canvas, but rectangles on whole columns of pixels are gathered.
//!
//! A dense line is a thousand of them, and a canvas takes one or two microseconds for each: what comes before
//! everything else becomes an image (`bars`). Few, and later ones, go to the canvas. It reads colours as text, and to
//! write and read one takes longer than to draw a mark: it is told a colour when it is another one.

use std::cell::RefCell;

use plotters_backend::{
    BackendColor, BackendCoord, BackendStyle, BackendTextStyle, DrawingBackend, DrawingErrorKind,
};
use plotters_canvas::CanvasBackend;
use web_sys::{CanvasRenderingContext2d, HtmlCanvasElement};

use super::bars::{Bar, Image};
use super::surface::Pixel;

type Outcome = Result<(), DrawingErrorKind<<CanvasBackend as DrawingBackend>::ErrorType>>;

/// The back end.
pub(super) struct Canvas {
    inner: CanvasBackend,
    context: CanvasRenderingContext2d,
    /// Width and height, in pixels.
    size: (u32, u32),
    /// The colour that the context fills with, while nobody else has chosen one.
    filling: Option<Pixel>,
    /// Colour and width of its lines, likewise.
    stroking: Option<(Pixel, u32)>,
    /// Rectangles that are not drawn yet, and room for their image.
    gathered: Gathered,
    /// Whether nothing was drawn yet: an image takes the place of what is there.
    is_clean: bool,
}

#[derive(Default)]
struct Gathered {
    bars: Vec<Bar>,
    image: Image,
}

thread_local! {
    /// The memory of the last drawing, for the next one: megabytes that are asked for anew each time leave the heap of
    /// a wall in pieces, and it grows from day to day.
    static KEPT: RefCell<Gathered> = RefCell::default();
}

/// Fewer rectangles are drawn one by one, at one or two microseconds each.
const FEW: usize = 200;

/// A colour as a style sheet has it.
pub(crate) fn css(color: BackendColor) -> String {
    let (red, green, blue) = color.rgb;
    format!("rgba({red},{green},{blue},{})", color.alpha)
}

fn pixel_of(color: BackendColor) -> Pixel {
    let (red, green, blue) = color.rgb;
    [red, green, blue, (color.alpha * 255.0 + 0.5) as u8]
}

/// The colour of a pixel.
pub(super) fn color_of([red, green, blue, alpha]: Pixel) -> BackendColor {
    BackendColor {
        alpha: f64::from(alpha) / 255.0,
        rgb: (red, green, blue),
    }
}

impl Canvas {
    pub(super) fn new(
        canvas: &HtmlCanvasElement,
        context: &CanvasRenderingContext2d,
    ) -> Option<Self> {
        Some(Self {
            inner: CanvasBackend::with_canvas_object(canvas.clone())?,
            context: context.clone(),
            size: (canvas.width(), canvas.height()),
            filling: None,
            stroking: None,
            gathered: KEPT.take(),
            is_clean: true,
        })
    }

    /// For everything that chooses its own colours.
    fn inner(&mut self) -> &mut CanvasBackend {
        self.draw_bars();
        (self.filling, self.stroking) = (None, None);
        &mut self.inner
    }

    fn draw_bars(&mut self) {
        let Gathered {
            mut bars,
            mut image,
        } = std::mem::take(&mut self.gathered);
        let is_image = self.is_clean && bars.len() >= FEW;
        self.is_clean = false;
        if is_image {
            image.draw(&bars, self.size);
        }
        let is_put = is_image && image.put(&self.context).is_some();
        for bar in bars.drain(..).filter(|_| !is_put) {
            self.fill(bar.from, bar.to, bar.color);
        }
        self.gathered = Gathered { bars, image };
    }

    fn fill(&mut self, from: BackendCoord, to: BackendCoord, color: Pixel) {
        self.fill_with(color);
        let (width, height) = (f64::from(to.0 - from.0), f64::from(to.1 - from.1));
        self.context
            .fill_rect(f64::from(from.0), f64::from(from.1), width, height);
    }

    fn fill_with(&mut self, color: Pixel) {
        if self.filling.replace(color) != Some(color) {
            self.context.set_fill_style_str(&css(color_of(color)));
        }
    }

    fn stroke_with(&mut self, style: &impl BackendStyle) {
        let (color, width) = (pixel_of(style.color()), style.stroke_width());
        if self.stroking.replace((color, width)) != Some((color, width)) {
            self.context.set_stroke_style_str(&css(color_of(color)));
            self.context.set_line_width(f64::from(width));
        }
    }

    /// Goes from point to point, from the first one on.
    fn trace(&self, path: impl IntoIterator<Item = BackendCoord>) {
        self.context.begin_path();
        // Where no path has begun, a line to a point begins one there.
        for (x, y) in path {
            self.context.line_to(f64::from(x), f64::from(y));
        }
    }
}

impl Drop for Canvas {
    fn drop(&mut self) {
        self.draw_bars();
        KEPT.set(std::mem::take(&mut self.gathered));
    }
}

impl DrawingBackend for Canvas {
    type ErrorType = <CanvasBackend as DrawingBackend>::ErrorType;

    fn get_size(&self) -> (u32, u32) {
        self.inner.get_size()
    }

    fn ensure_prepared(&mut self) -> Outcome {
        self.inner.ensure_prepared()
    }

    fn present(&mut self) -> Outcome {
        self.inner.present()
    }

    fn draw_pixel(&mut self, point: BackendCoord, color: BackendColor) -> Outcome {
        self.inner().draw_pixel(point, color)
    }

    fn draw_rect<S: BackendStyle>(
        &mut self,
        from: BackendCoord,
        to: BackendCoord,
        style: &S,
        fill: bool,
    ) -> Outcome {
        if !fill {
            return self.inner().draw_rect(from, to, style, fill);
        }
        let color = pixel_of(style.color());
        self.gathered.bars.push(Bar { from, to, color });
        Ok(())
    }

    fn draw_path<S: BackendStyle, I: IntoIterator<Item = BackendCoord>>(
        &mut self,
        path: I,
        style: &S,
    ) -> Outcome {
        self.draw_bars();
        self.stroke_with(style);
        self.trace(path);
        self.context.stroke();
        Ok(())
    }

    fn draw_circle<S: BackendStyle>(
        &mut self,
        center: BackendCoord,
        radius: u32,
        style: &S,
        fill: bool,
    ) -> Outcome {
        self.inner().draw_circle(center, radius, style, fill)
    }

    fn fill_polygon<S: BackendStyle, I: IntoIterator<Item = BackendCoord>>(
        &mut self,
        corners: I,
        style: &S,
    ) -> Outcome {
        self.draw_bars();
        self.fill_with(pixel_of(style.color()));
        self.trace(corners);
        self.context.fill();
        Ok(())
    }

    fn draw_text<S: BackendTextStyle>(
        &mut self,
        text: &str,
        style: &S,
        at: BackendCoord,
    ) -> Outcome {
        self.inner().draw_text(text, style, at)
    }
}
