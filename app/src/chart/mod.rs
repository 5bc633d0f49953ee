//! Charts on canvas: two canvases on top of each other, drawn by `shared::chart`.
//!
//! The lower one holds the drawing and changes with data, size and theme; the upper one holds cursor and selection
//! and changes with the pointer. Redraws are gathered into one animation frame.

mod overlay;
mod readout;
mod scene;
mod surface;
mod table;
mod theme;
mod view;

pub use scene::{ScoreAxis, Shown, scene_of, score_scene};
pub use theme::{ThemeChoice, ThemeState};
pub use view::{Chart, Cursor};
