//! A surface that writes SVG. It takes the pen's grid of whole numbers and writes CSS pixels.

use std::convert::Infallible;
use std::fmt::Write as _;

use plotters_backend::text_anchor::{HPos, VPos};
use plotters_backend::{
    BackendColor, BackendCoord, BackendStyle, BackendTextStyle, DrawingBackend, DrawingErrorKind,
};

/// Steps of the pen to a CSS pixel: what a screen of any usual density can tell apart.
pub(super) const UNIT: f64 = 10.0;

/// The elements that were drawn so far.
#[derive(Debug, Default)]
pub(super) struct SvgSurface {
    text: String,
}

impl SvgSurface {
    /// The elements.
    pub(super) fn finish(self) -> String {
        self.text
    }

    /// Writes into a string, which cannot fail.
    fn put(&mut self, element: std::fmt::Arguments<'_>) {
        self.text.write_fmt(element).ok();
    }
}

/// A coordinate in CSS pixels, without a tail of zeros.
struct Px(i32);

impl std::fmt::Display for Px {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let tenths = self.0;
        if tenths % 10 == 0 {
            write!(f, "{}", tenths / 10)
        } else {
            write!(f, "{}", f64::from(tenths) / UNIT)
        }
    }
}

/// An attribute with a colour, and one with its opacity where it has any.
struct Ink(&'static str, BackendColor);

impl std::fmt::Display for Ink {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let (red, green, blue) = self.1.rgb;
        write!(f, " {}=\"rgb({red},{green},{blue})\"", self.0)?;
        if self.1.alpha < 1.0 {
            write!(f, " {}-opacity=\"{:.2}\"", self.0, self.1.alpha)?;
        }
        Ok(())
    }
}

/// Text as it may stand in an element or between quotes.
pub(crate) fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            // XML has no way to write them.
            c if c.is_control() => out.push(' '),
            c => out.push(c),
        }
    }
    out
}

fn commands(points: impl IntoIterator<Item = BackendCoord>) -> String {
    let mut text = String::new();
    for (index, (x, y)) in points.into_iter().enumerate() {
        let command = if index == 0 { 'M' } else { 'L' };
        write!(text, "{command}{} {}", Px(x), Px(y)).ok();
    }
    text
}

type Outcome = Result<(), DrawingErrorKind<Infallible>>;

impl DrawingBackend for SvgSurface {
    type ErrorType = Infallible;

    fn get_size(&self) -> (u32, u32) {
        // The pen keeps to its frame and never asks.
        (0, 0)
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
        let (x, y) = (from.0.min(to.0), from.1.min(to.1));
        let (width, height) = ((to.0 - from.0).abs(), (to.1 - from.1).abs());
        self.put(format_args!(
            "<rect x=\"{}\" y=\"{}\" width=\"{}\" height=\"{}\"{}/>",
            Px(x),
            Px(y),
            Px(width),
            Px(height),
            Ink("fill", style.color())
        ));
        Ok(())
    }

    fn draw_path<S: BackendStyle, I: IntoIterator<Item = BackendCoord>>(
        &mut self,
        path: I,
        style: &S,
    ) -> Outcome {
        let width = i32::try_from(style.stroke_width()).unwrap_or(i32::MAX);
        self.put(format_args!(
            "<path d=\"{}\" fill=\"none\" stroke-width=\"{}\" stroke-linejoin=\"round\"{}/>",
            commands(path),
            Px(width),
            Ink("stroke", style.color())
        ));
        Ok(())
    }

    fn draw_circle<S: BackendStyle>(
        &mut self,
        center: BackendCoord,
        radius: u32,
        style: &S,
        fill: bool,
    ) -> Outcome {
        let radius = i32::try_from(radius).unwrap_or(i32::MAX);
        let (paint, rest) = if fill {
            ("fill", "")
        } else {
            ("stroke", " fill=\"none\"")
        };
        self.put(format_args!(
            "<circle cx=\"{}\" cy=\"{}\" r=\"{}\"{}{rest}/>",
            Px(center.0),
            Px(center.1),
            Px(radius),
            Ink(paint, style.color())
        ));
        Ok(())
    }

    fn fill_polygon<S: BackendStyle, I: IntoIterator<Item = BackendCoord>>(
        &mut self,
        vert: I,
        style: &S,
    ) -> Outcome {
        let (points, ink) = (commands(vert), Ink("fill", style.color()));
        self.put(format_args!("<path d=\"{points}Z\"{ink}/>"));
        Ok(())
    }

    fn draw_text<S: BackendTextStyle>(
        &mut self,
        text: &str,
        style: &S,
        (x, y): BackendCoord,
    ) -> Outcome {
        let size = style.size() / UNIT;
        let anchor = match style.anchor().h_pos {
            HPos::Left => "start",
            HPos::Center => "middle",
            HPos::Right => "end",
        };
        // Baselines by a share of the size: not every program that shows SVG knows `dominant-baseline`.
        let down = match style.anchor().v_pos {
            VPos::Top => 0.93,
            VPos::Center => 0.35,
            VPos::Bottom => -0.22,
        };
        self.put(format_args!(
            "<text x=\"{}\" y=\"{:.1}\" font-size=\"{size}\" text-anchor=\"{anchor}\"{}>{}</text>",
            Px(x),
            f64::from(y) / UNIT + down * size,
            Ink("fill", style.color()),
            escaped(text)
        ));
        Ok(())
    }
}
