//! Charts on canvas: four canvases on top of each other, three of them drawn by `shared::chart`.
//!
//! Each holds what changes together: band and anomalies, the lines, limit and ribbon, and on top cursor and
//! selection, which follow the pointer. A threshold that moves leaves the lines alone, which are most of the
//! work. Redraws are gathered into one animation frame.

mod canvas;
mod marks;
mod overlay;
mod readout;
mod scene;
mod surface;
mod table;
mod theme;
mod view;

pub use marks::Mark;
pub use scene::{ScoreAxis, Shown, scene_of, score_scene};
pub use theme::{ThemeChoice, ThemeState};
pub use view::{Chart, Cursor};
