//! Charts on canvas: four canvases on top of each other, three of them drawn by `shared::chart`.
//!
//! Each holds what changes together: band and anomalies, the lines, limit and ribbon, and on top cursor and
//! selection, which follow the pointer. A threshold that moves leaves the lines alone, which are most of the
//! work. Redraws are gathered into one animation frame.

mod canvas;
mod curve;
mod marks;
mod overlay;
mod pace;
mod readout;
mod scene;
mod spark;
mod surface;
mod table;
mod theme;
mod told;
mod view;

pub(crate) use canvas::css;
pub use curve::{Axis, Course, Curve, Flag, Strand};
pub use marks::Mark;
pub(crate) use pace::{gather, observe_size};
pub(crate) use readout::summary;
pub use scene::{ScoreAxis, Shown, scene_of, score_scene};
pub use spark::Spark;
pub(crate) use surface::{context_of, prepare};
pub use theme::{ThemeChoice, ThemeState};
pub use told::Told;
pub use view::{Chart, Cursor};
