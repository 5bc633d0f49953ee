//! Charts on canvas: one drawn by `shared::chart`, and over it one for the cursor and the selection, which follow the
//! pointer. Redraws are gathered into one animation frame.

mod bars;
mod canvas;
mod curve;
mod marks;
mod overlay;
mod pace;
mod painter;
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
pub(crate) use surface::{Pixel, context_of, prepare, put_pixels};
pub use theme::{ThemeChoice, ThemeState};
pub use told::Told;
pub use view::{Chart, Cursor};
