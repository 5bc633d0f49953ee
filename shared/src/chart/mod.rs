//! The drawing of charts, generic over plotters' [`DrawingBackend`]: canvas in the app, SVG and PNG elsewhere.
//!
//! Owns where everything on a chart stands and what it looks like. Knows no DOM, no colour (see [`Theme`])
//! and no detector; it is given a [`Scene`] of reduced columns and draws it.
//! All lengths are CSS pixels as `f64`; [`Pen`] turns them into the back end's whole numbers.

mod bounds;
mod dense;
mod draw;
mod frame;
mod measure;
mod pen;
mod ribbon;
mod scene;
mod streaks;
mod theme;
mod ticks;
mod value;

pub use draw::{draw, draw_base, draw_limit};
pub use frame::{Frame, Rect};
pub use measure::{Measure, WidthTable};
pub use pen::{HAlign, Pen, Shape, VAlign};
pub use scene::{Bounds, Change, Line, PageMark, Scene, Span, StreakMark};
pub use theme::{Color, Theme};
pub use ticks::{TimeTick, day_text, minute_text, second_text, time_ticks, write_days_with};
pub use value::{
    ValueScale, decimal, format_value, marked, power_of_ten, with_point, write_decimals_with,
};

pub use plotters_backend::DrawingBackend;
