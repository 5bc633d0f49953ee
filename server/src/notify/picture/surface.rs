//! A surface of pixels. It takes the pen's grid of whole numbers and fills with even edges.

use std::convert::Infallible;

use hindcast_shared::chart::Color;
use plotters_backend::text_anchor::{HPos, VPos};
use plotters_backend::{
    BackendColor, BackendCoord, BackendStyle, BackendTextStyle, DrawingBackend, DrawingErrorKind,
};
use tiny_skia::{FillRule, LineJoin, Paint, Path, PathBuilder, Pixmap, Rect, Stroke, Transform};

use super::face::outline;

/// Steps of the pen to a CSS pixel.
pub(super) const UNIT: f64 = 10.0;

/// Pixels to a CSS pixel: most screens on which chats and mails are read have two.
pub(super) const RATIO: u32 = 2;

/// Pixels, and where the pen's own corner lies on them.
pub(super) struct PixelSurface {
    pixels: Pixmap,
    origin: (f64, f64),
}

impl PixelSurface {
    /// A surface of so many CSS pixels in one colour; none when it is too large to be had.
    pub(super) fn new(width: u32, height: u32, color: Color) -> Option<Self> {
        let mut pixels = Pixmap::new(width * RATIO, height * RATIO)?;
        let (red, green, blue) = color.rgb;
        pixels.fill(tiny_skia::Color::from_rgba8(red, green, blue, 255));
        Some(Self {
            pixels,
            origin: (0.0, 0.0),
        })
    }

    /// Moves the pen's corner, in CSS pixels.
    pub(super) fn shift(&mut self, x: f64, y: f64) {
        self.origin = (x, y);
    }

    /// Red, green, blue and opacity of every pixel, row by row, and how many there are in a row.
    pub(super) fn finish(self) -> (Vec<u8>, u32) {
        let width = self.pixels.width();
        (self.pixels.take(), width)
    }

    fn at(&self, (x, y): BackendCoord) -> (f32, f32) {
        let place = |value: i32, origin: f64| (f64::from(value) / UNIT + origin) * f64::from(RATIO);
        (
            place(x, self.origin.0) as f32,
            place(y, self.origin.1) as f32,
        )
    }

    fn fill(&mut self, path: Option<Path>, color: BackendColor) {
        if let Some(path) = path {
            let paint = paint(color);
            self.pixels.fill_path(
                &path,
                &paint,
                FillRule::Winding,
                Transform::identity(),
                None,
            );
        }
    }

    fn stroke(&mut self, path: Option<Path>, color: BackendColor, width: f32) {
        if let Some(path) = path {
            let stroke = Stroke {
                width,
                line_join: LineJoin::Round,
                ..Stroke::default()
            };
            self.pixels
                .stroke_path(&path, &paint(color), &stroke, Transform::identity(), None);
        }
    }

    fn line(&self, points: impl IntoIterator<Item = BackendCoord>) -> PathBuilder {
        let mut builder = PathBuilder::new();
        for point in points {
            let (x, y) = self.at(point);
            if builder.is_empty() {
                builder.move_to(x, y);
            } else {
                builder.line_to(x, y);
            }
        }
        builder
    }
}

fn paint(color: BackendColor) -> Paint<'static> {
    let (red, green, blue) = color.rgb;
    let mut paint = Paint::default();
    paint.set_color_rgba8(
        red,
        green,
        blue,
        (color.alpha.clamp(0.0, 1.0) * 255.0) as u8,
    );
    paint.anti_alias = true;
    paint
}

/// A length of the pen in pixels.
fn length(steps: u32) -> f32 {
    (f64::from(steps) / UNIT * f64::from(RATIO)) as f32
}

type Outcome = Result<(), DrawingErrorKind<Infallible>>;

impl DrawingBackend for PixelSurface {
    type ErrorType = Infallible;

    fn get_size(&self) -> (u32, u32) {
        (self.pixels.width(), self.pixels.height())
    }

    fn ensure_prepared(&mut self) -> Outcome {
        Ok(())
    }

    fn present(&mut self) -> Outcome {
        Ok(())
    }

    fn draw_pixel(&mut self, (x, y): BackendCoord, color: BackendColor) -> Outcome {
        self.draw_rect((x, y), (x + 1, y + 1), &color, true)
    }

    fn draw_rect<S: BackendStyle>(
        &mut self,
        from: BackendCoord,
        to: BackendCoord,
        style: &S,
        _fill: bool,
    ) -> Outcome {
        let (from, to) = (self.at(from), self.at(to));
        let rect = Rect::from_ltrb(
            from.0.min(to.0),
            from.1.min(to.1),
            from.0.max(to.0),
            from.1.max(to.1),
        );
        self.fill(rect.map(PathBuilder::from_rect), style.color());
        Ok(())
    }

    fn draw_path<S: BackendStyle, I: IntoIterator<Item = BackendCoord>>(
        &mut self,
        path: I,
        style: &S,
    ) -> Outcome {
        let path = self.line(path).finish();
        self.stroke(path, style.color(), length(style.stroke_width()));
        Ok(())
    }

    fn draw_circle<S: BackendStyle>(
        &mut self,
        center: BackendCoord,
        radius: u32,
        style: &S,
        fill: bool,
    ) -> Outcome {
        let (x, y) = self.at(center);
        let path = PathBuilder::from_circle(x, y, length(radius));
        if fill {
            self.fill(path, style.color());
        } else {
            self.stroke(path, style.color(), length(style.stroke_width()));
        }
        Ok(())
    }

    fn fill_polygon<S: BackendStyle, I: IntoIterator<Item = BackendCoord>>(
        &mut self,
        vert: I,
        style: &S,
    ) -> Outcome {
        let mut builder = self.line(vert);
        builder.close();
        self.fill(builder.finish(), style.color());
        Ok(())
    }

    fn draw_text<S: BackendTextStyle>(
        &mut self,
        text: &str,
        style: &S,
        at: BackendCoord,
    ) -> Outcome {
        let size = (style.size() / UNIT * f64::from(RATIO)) as f32;
        let (path, width) = outline(text, size);
        let (x, y) = self.at(at);
        let left = match style.anchor().h_pos {
            HPos::Left => 0.0,
            HPos::Center => width / 2.0,
            HPos::Right => width,
        };
        // The same baselines as in the drawings that the browser writes.
        let down = match style.anchor().v_pos {
            VPos::Top => 0.93,
            VPos::Center => 0.35,
            VPos::Bottom => -0.22,
        };
        let moved = path
            .and_then(|path| path.transform(Transform::from_translate(x - left, y + down * size)));
        self.fill(moved, style.color());
        Ok(())
    }
}
