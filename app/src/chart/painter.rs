//! What brings a chart onto its two canvases: the drawing, and over it what follows the pointer.
//!
//! The drawing is made anew only where it looks different: a limit that moves lies over it.

use std::sync::Arc;

use hindcast_shared::api::Marker;
use hindcast_shared::chart::{Frame, Scene, Theme};
use leptos::html::Canvas;
use leptos::prelude::*;

use super::marks::Mark;
use super::overlay::{self, Over};
use super::pace::gather;
use super::surface::{draw_on, frame_on};
use crate::lean::Lasting as _;

/// What the hand holds.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Drag {
    None,
    Select { from: f64, to: f64 },
    Limit,
}

impl Drag {
    fn selection(self) -> Option<(f64, f64)> {
        match self {
            Self::Select { from, to } => Some((from, to)),
            _ => None,
        }
    }
}

/// What lies on the lower canvas.
#[derive(Clone)]
pub(super) struct Drawn {
    frame: Arc<Frame>,
    scene: Arc<Scene>,
    theme: Arc<Theme>,
    size: (f64, f64),
}

impl Drawn {
    /// Whether it looks like another one, wherever their limits lie.
    fn is_like(&self, other: &Self) -> bool {
        self.frame == other.frame
            && self.size == other.size
            && Arc::ptr_eq(&self.theme, &other.theme)
            && self.scene.is_like(&other.scene)
    }

    /// Whether what lies over it stands where it stood.
    fn bears_alike(&self, other: &Self) -> bool {
        self.frame == other.frame && self.scene.limit == other.scene.limit
    }
}

/// The canvases, and all that is seen on them; copied freely.
#[derive(Clone, Copy)]
pub(super) struct Painter {
    /// The lower and the upper one.
    pub(super) canvases: [NodeRef<Canvas>; 2],
    pub(super) scene: Signal<Option<Arc<Scene>>>,
    pub(super) theme: RwSignal<Arc<Theme>>,
    pub(super) size: RwSignal<(f64, f64)>,
    pub(super) marks: Signal<Vec<Mark>>,
    pub(super) told: Signal<Vec<Marker>>,
    pub(super) cursor: RwSignal<Option<i64>>,
    pub(super) drag: RwSignal<Drag>,
    pub(super) drawn: StoredValue<Option<Drawn>>,
}

impl Painter {
    /// Paints whenever something changes.
    pub(super) fn start(self) {
        let painted = gather(move || self.paint());
        crate::lean::effect(move || {
            self.scene.track();
            self.theme.follow();
            self.size.track();
            painted();
        });
        let over_painted = gather(move || self.paint_over());
        crate::lean::effect(move || {
            self.cursor.follow();
            self.theme.follow();
            self.drag.track();
            self.marks.track();
            self.told.track();
            over_painted();
        });
    }

    /// Where everything stands on the drawing.
    pub(super) fn frame(self) -> Option<Arc<Frame>> {
        let of = |drawn: &Option<Drawn>| Some(Arc::clone(&drawn.as_ref()?.frame));
        self.drawn.with_value(of)
    }

    fn paint(self) {
        let (canvas, scene) = (self.canvases[0].get_untracked(), self.scene.get_untracked());
        let size = self.size.get_untracked();
        let Some((canvas, scene)) = canvas.zip(scene).filter(|_| size.0 > 0.0) else {
            return;
        };
        let theme = self.theme.get_untracked();
        let Some(frame) = frame_on(&canvas, &scene, &theme, size) else {
            return;
        };
        let now = Drawn {
            frame: Arc::new(frame),
            scene,
            theme,
            size,
        };
        let old = self.drawn.get_value();
        if !old.as_ref().is_some_and(|old| old.is_like(&now)) {
            draw_on(&canvas, &now.scene, &now.frame, &now.theme, size);
        }
        let stands = old.is_some_and(|old| old.bears_alike(&now));
        self.drawn.set_value(Some(now));
        // The cursor stands on the lines.
        if !stands || self.cursor.with_untracked(Option::is_some) {
            self.paint_over();
        }
    }

    fn paint_over(self) {
        let (Some(canvas), Some(frame), Some(scene)) = (
            self.canvases[1].get_untracked(),
            self.frame(),
            self.scene.get_untracked(),
        ) else {
            return;
        };
        let over = Over {
            marks: self.marks.get_untracked(),
            told: self.told.get_untracked(),
            cursor_ms: self.cursor.get_untracked(),
            selection: self.drag.get_untracked().selection(),
        };
        let (theme, size) = (self.theme.get_untracked(), self.size.get_untracked());
        overlay::paint(&canvas, &frame, &scene, &theme, size, &over);
    }
}
