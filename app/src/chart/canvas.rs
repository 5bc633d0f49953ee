//! A canvas to draw on: plotters-canvas, but rectangles on whole columns of pixels are gathered.
//!
//! A dense line is a thousand of them, and a canvas takes a microsecond for each: many of them become an image
//! (`bars`), and few go to the canvas, which is told their colour once: it reads it as text.

use plotters_backend::{
    BackendColor, BackendCoord, BackendStyle, BackendTextStyle, DrawingBackend, DrawingErrorKind,
};
use plotters_canvas::CanvasBackend;
use web_sys::{CanvasRenderingContext2d, HtmlCanvasElement};

use super::bars::{Bar, Image};

type Outcome = Result<(), DrawingErrorKind<<CanvasBackend as DrawingBackend>::ErrorType>>;

/// The back end.
pub(super) struct Canvas {
    inner: CanvasBackend,
    context: CanvasRenderingContext2d,
    /// The colour that the context fills with, while nobody else has chosen one.
    filling: Option<BackendColor>,
    /// Rectangles that are not drawn yet.
    bars: Vec<Bar>,
}

/// Fewer rectangles are drawn one by one, at a microsecond each; an image as large as a chart takes one or two
/// thousand of them.
const FEW: usize = 2_000;

/// A colour as a style sheet has it.
pub(crate) fn css(color: BackendColor) -> String {
    let (red, green, blue) = color.rgb;
    format!("rgba({red},{green},{blue},{})", color.alpha)
}

impl Canvas {
    pub(super) fn new(
        canvas: &HtmlCanvasElement,
        context: &CanvasRenderingContext2d,
    ) -> Option<Self> {
        Some(Self {
            inner: CanvasBackend::with_canvas_object(canvas.clone())?,
            context: context.clone(),
            filling: None,
            bars: Vec::new(),
        })
    }

    /// For everything that chooses its own colours.
    fn inner(&mut self) -> &mut CanvasBackend {
        self.draw_bars();
        self.filling = None;
        &mut self.inner
    }

    fn draw_bars(&mut self) {
        let bars = std::mem::take(&mut self.bars);
        if bars.len() < FEW || Image::of(&bars).draw(&self.context).is_none() {
            for bar in bars {
                self.fill(bar.from, bar.to, bar.color);
            }
        }
    }

    fn fill(&mut self, from: BackendCoord, to: BackendCoord, color: BackendColor) {
        let same = self.filling.is_some_and(|old| {
            old.rgb == color.rgb && old.alpha.to_bits() == color.alpha.to_bits()
        });
        if !same {
            self.context.set_fill_style_str(&css(color));
            self.filling = Some(color);
        }
        let (width, height) = (f64::from(to.0 - from.0), f64::from(to.1 - from.1));
        self.context
            .fill_rect(f64::from(from.0), f64::from(from.1), width, height);
    }
}

impl Drop for Canvas {
    fn drop(&mut self) {
        self.draw_bars();
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
        let color = style.color();
        let bar = Bar { from, to, color };
        if bar.is_on_columns() {
            self.bars.push(bar);
        } else {
            self.draw_bars();
            self.fill(from, to, color);
        }
        Ok(())
    }

    fn draw_path<S: BackendStyle, I: IntoIterator<Item = BackendCoord>>(
        &mut self,
        path: I,
        style: &S,
    ) -> Outcome {
        self.inner().draw_path(path, style)
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
        self.inner().fill_polygon(corners, style)
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
