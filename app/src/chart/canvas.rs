//! A canvas to draw on: plotters-canvas, but rectangles of one colour choose it once.
//!
//! A colour goes to a canvas as text that the browser reads again; a dense band is a thousand rectangles.

use plotters_backend::{
    BackendColor, BackendCoord, BackendStyle, BackendTextStyle, DrawingBackend, DrawingErrorKind,
};
use plotters_canvas::CanvasBackend;
use web_sys::{CanvasRenderingContext2d, HtmlCanvasElement};

type Outcome = Result<(), DrawingErrorKind<<CanvasBackend as DrawingBackend>::ErrorType>>;

/// The back end.
pub(super) struct Canvas {
    inner: CanvasBackend,
    context: CanvasRenderingContext2d,
    /// The colour that the context fills with, while nobody else has chosen one.
    filling: Option<BackendColor>,
}

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
        })
    }

    /// For everything that chooses its own colours.
    fn inner(&mut self) -> &mut CanvasBackend {
        self.filling = None;
        &mut self.inner
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
