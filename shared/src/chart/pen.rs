//! Drawing in CSS pixels on a back end that only knows whole numbers.
//!
//! plotters' back ends take integer coordinates. A [`Pen`] draws on a grid `unit` times finer than CSS pixels,
//! so that lines of 1.5 px and sub-pixel positions exist; the owner of the surface scales by `1 / unit`.
//! Text is measured by [`Measure`] only: plotters' own measuring would touch the DOM.

use plotters_backend::text_anchor::{HPos, Pos, VPos};
use plotters_backend::{
    BackendColor, BackendStyle, BackendTextStyle, DrawingBackend, DrawingErrorKind, FontFamily,
};

use super::measure::Measure;
use super::theme::Color;

/// Where a text stands beside its point.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum HAlign {
    /// To the right of it.
    Left,
    /// On it.
    Center,
    /// To the left of it.
    Right,
}

/// Where a text stands over or under its point.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum VAlign {
    /// Under it.
    Top,
    /// On it.
    Middle,
    /// Over it.
    Bottom,
}

/// A mark that is told apart without colour.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shape {
    /// Critical: ▲.
    Triangle,
    /// Warning: ◆.
    Diamond,
    /// Info: ●.
    Dot,
    /// A page: ▼.
    Flag,
}

impl From<crate::rule::Severity> for Shape {
    fn from(severity: crate::rule::Severity) -> Self {
        match severity {
            crate::rule::Severity::Critical => Self::Triangle,
            crate::rule::Severity::Warning => Self::Diamond,
            crate::rule::Severity::Info => Self::Dot,
        }
    }
}

/// What drawing on a back end can fail with.
pub(super) type Outcome<DB> = Result<(), DrawingErrorKind<<DB as DrawingBackend>::ErrorType>>;

/// Draws on a back end.
pub struct Pen<'a, DB: DrawingBackend> {
    backend: &'a mut DB,
    unit: f64,
    /// Width of the surface's own pixels; none where it has none.
    pixel: Option<f64>,
    measure: &'a dyn Measure,
    font_family: &'a str,
}

impl<DB: DrawingBackend> std::fmt::Debug for Pen<'_, DB> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Pen")
            .field("unit", &self.unit)
            .finish_non_exhaustive()
    }
}

struct Stroke {
    color: BackendColor,
    width: u32,
}

impl BackendStyle for Stroke {
    fn color(&self) -> BackendColor {
        self.color
    }

    fn stroke_width(&self) -> u32 {
        self.width
    }
}

struct Type<'a> {
    color: BackendColor,
    size: f64,
    anchor: Pos,
    family: &'a str,
}

impl BackendTextStyle for Type<'_> {
    type FontError = std::fmt::Error;

    fn color(&self) -> BackendColor {
        self.color
    }

    fn size(&self) -> f64 {
        self.size
    }

    fn anchor(&self) -> Pos {
        self.anchor
    }

    fn family(&self) -> FontFamily<'_> {
        FontFamily::Name(self.family)
    }

    fn layout_box(&self, _text: &str) -> Result<((i32, i32), (i32, i32)), Self::FontError> {
        // Whoever wants a width asks `Measure`.
        Err(std::fmt::Error)
    }

    fn draw<E, F: FnMut(i32, i32, BackendColor) -> Result<(), E>>(
        &self,
        _text: &str,
        _pos: (i32, i32),
        _draw: F,
    ) -> Result<Result<(), E>, Self::FontError> {
        // Every back end that is used draws text itself.
        Err(std::fmt::Error)
    }
}

impl<'a, DB: DrawingBackend> Pen<'a, DB> {
    /// A pen for a surface with `unit` steps to a CSS pixel.
    pub fn new(
        backend: &'a mut DB,
        unit: f64,
        measure: &'a dyn Measure,
        font_family: &'a str,
    ) -> Self {
        Self {
            backend,
            unit,
            pixel: None,
            measure,
            font_family,
        }
    }

    /// The same for a surface of pixels, `ratio` of them to a CSS pixel: what is too dense for its columns is
    /// drawn column by column.
    #[must_use]
    pub fn on_pixels(mut self, ratio: f64) -> Self {
        self.pixel = Some(1.0 / ratio);
        self
    }

    /// Width of the surface's own pixels; none where it has none.
    pub(super) fn pixel(&self) -> Option<f64> {
        self.pixel
    }

    fn point(&self, (x, y): (f64, f64)) -> (i32, i32) {
        // `floor` is an instruction of Wasm, `round` a call of ten.
        let step = |at: f64| (at * self.unit + 0.5).floor() as i32;
        (step(x), step(y))
    }

    /// Fills a rectangle; where the surface has pixels, whole columns of them and at least one.
    pub fn fill(&mut self, x: f64, y: f64, width: f64, height: f64, color: Color) -> Outcome<DB> {
        let (mut from, mut to) = (x, x + width);
        if let Some(pixel) = self.pixel {
            let column = |x: f64| (x / pixel + 0.5).floor() * pixel;
            from = column(from);
            to = column(to).max(from + pixel);
        }
        let (from, to) = (self.point((from, y)), self.point((to, y + height)));
        self.backend
            .draw_rect(from, to, &BackendColor::from(color), true)
    }

    /// A horizontal line of one CSS pixel, sharp on every screen.
    pub fn horizontal(&mut self, from: f64, to: f64, y: f64, color: Color) -> Outcome<DB> {
        self.fill(from, y.round(), to - from, 1.0, color)
    }

    /// A vertical line of one CSS pixel, sharp on every screen.
    pub fn vertical(&mut self, x: f64, from: f64, to: f64, color: Color) -> Outcome<DB> {
        self.fill(x.round(), from, 1.0, to - from, color)
    }

    /// A dashed horizontal line.
    pub fn dashed(&mut self, from: f64, to: f64, y: f64, color: Color) -> Outcome<DB> {
        let mut x = from;
        while x < to {
            self.horizontal(x, (x + 6.0).min(to), y, color)?;
            x += 10.0;
        }
        Ok(())
    }

    /// An open line through points.
    pub fn path(&mut self, points: &[(f64, f64)], color: Color, width: f64) -> Outcome<DB> {
        let stroke = Stroke {
            color: color.into(),
            width: (width * self.unit).round().max(1.0) as u32,
        };
        let points: Vec<_> = points.iter().map(|point| self.point(*point)).collect();
        self.backend.draw_path(points, &stroke)
    }

    /// A filled area.
    pub fn area(&mut self, points: &[(f64, f64)], color: Color) -> Outcome<DB> {
        let points: Vec<_> = points.iter().map(|point| self.point(*point)).collect();
        self.backend
            .fill_polygon(points, &BackendColor::from(color))
    }

    /// A mark of `size` around a point, filled or as an outline.
    pub fn shape(
        &mut self,
        shape: Shape,
        (x, y): (f64, f64),
        size: f64,
        color: Color,
        filled: bool,
    ) -> Outcome<DB> {
        let half = size / 2.0;
        let corners = match shape {
            Shape::Triangle => vec![(x, y - half), (x + half, y + half), (x - half, y + half)],
            Shape::Flag => vec![(x - half, y - half), (x + half, y - half), (x, y + half)],
            Shape::Diamond => vec![(x, y - half), (x + half, y), (x, y + half), (x - half, y)],
            Shape::Dot => {
                let radius = (half * self.unit).round().max(1.0) as u32;
                let center = self.point((x, y));
                let stroke = Stroke {
                    color: color.into(),
                    width: self.unit.round() as u32,
                };
                return self.backend.draw_circle(center, radius, &stroke, filled);
            }
        };
        if filled {
            return self.area(&corners, color);
        }
        let mut outline = corners;
        outline.push(outline[0]);
        self.path(&outline, color, 1.0)
    }

    /// A line of text.
    pub fn text(
        &mut self,
        text: &str,
        at: (f64, f64),
        align: (HAlign, VAlign),
        size: f64,
        color: Color,
    ) -> Outcome<DB> {
        let h_pos = match align.0 {
            HAlign::Left => HPos::Left,
            HAlign::Center => HPos::Center,
            HAlign::Right => HPos::Right,
        };
        let v_pos = match align.1 {
            VAlign::Top => VPos::Top,
            VAlign::Middle => VPos::Center,
            VAlign::Bottom => VPos::Bottom,
        };
        let style = Type {
            color: color.into(),
            size: size * self.unit,
            anchor: Pos::new(h_pos, v_pos),
            family: self.font_family,
        };
        let at = self.point(at);
        self.backend.draw_text(text, &style, at)
    }

    /// Width of a text in CSS pixels.
    pub fn text_width(&self, text: &str, size: f64) -> f64 {
        self.measure.width(text, size)
    }
}
