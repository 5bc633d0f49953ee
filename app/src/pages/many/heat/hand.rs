//! What a hand does on the heat map: hover, click, drag, wheel, keys.

use hindcast_shared::chart::{decimal, minute_text};
use hindcast_shared::time::TimeRange;
use leptos::prelude::*;
use wasm_bindgen::JsCast as _;
use web_sys::{KeyboardEvent, PointerEvent, WheelEvent};

use super::super::state::Many;
use super::cells::View;
use super::paint::{FOOT, Over, gutter};
use crate::browser;
use crate::i18n::{t, tf};
use crate::route::Route;

/// A shorter way of the pointer is a click.
const CLICK: f64 = 4.0;
/// How much a step of the wheel or a key zooms.
pub(super) const ZOOM: f64 = 0.8;

/// Where the pointer took hold: position, the view then, and whether it has moved.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Grip {
    x: f64,
    y: f64,
    view: View,
    moved: bool,
}

/// What the viewer's hand does; copied into each handler.
#[derive(Clone, Copy)]
pub(super) struct Hand {
    many: Many,
    size: RwSignal<(f64, f64)>,
    /// The part that is seen; everything unless somebody zoomed.
    pub(super) view: RwSignal<Option<View>>,
    /// Row in the order, and column.
    pub(super) cursor: RwSignal<Option<(u32, u32)>>,
    grip: StoredValue<Option<Grip>>,
    route: Route,
}

impl Hand {
    pub(super) fn new(many: Many, size: RwSignal<(f64, f64)>) -> Self {
        Self {
            many,
            size,
            view: RwSignal::new(None),
            cursor: RwSignal::new(None),
            grip: StoredValue::new(None),
            route: expect_context::<Route>(),
        }
    }

    /// Rows in the order, and columns.
    fn extent(self) -> (u32, u32) {
        let rows = self.many.order.with_untracked(|order| order.len() as u32);
        let columns = self.many.sheet.with_value(|sheet| sheet.heat.columns);
        (rows, columns)
    }

    pub(super) fn seen(self) -> View {
        let (rows, columns) = self.extent();
        let view = self.view.get_untracked();
        view.unwrap_or(View::whole(rows, columns))
            .within(rows, columns)
    }

    /// Where the cells are, within the frame.
    fn plot(self) -> (f64, f64) {
        let (width, height) = self.size.get_untracked();
        ((width - gutter(width)).max(1.0), (height - FOOT).max(1.0))
    }

    pub(super) fn with_over(self, paint: impl FnOnce(&Over<'_>)) {
        let Some(range) = self.many.resolved.get_untracked() else {
            return;
        };
        let order = self.many.order.get_untracked();
        let columns = self.extent().1;
        let offsets = browser::zone_offsets(range);
        self.many.sheet.with_value(|sheet| {
            paint(&Over {
                rows: &sheet.rows,
                order: &order,
                columns,
                view: self.seen(),
                cursor: self.cursor.get_untracked(),
                range,
                offsets: &offsets,
            });
        });
    }

    /// The cell at a place in the frame: of the rows that share the pixel the worst.
    fn cell(self, x: f64, y: f64) -> Option<(u32, u32)> {
        let (view, (width, height), (rows, columns)) = (self.seen(), self.plot(), self.extent());
        let x = x - gutter(self.size.get_untracked().0);
        if x < 0.0 || y < 0.0 || x >= width || y >= height || rows == 0 || columns == 0 {
            return None;
        }
        let column = (view.left + x / width * view.columns) as u32;
        let first = (view.top + y / height * view.rows) as u32;
        let after = (view.top + (y + 1.0) / height * view.rows).ceil() as u32;
        let after = if view.rows <= height {
            first + 1
        } else {
            after
        };
        let order = self.many.order.get_untracked();
        self.many.sheet.with_value(|sheet| {
            let score = |row: u32| {
                let place = order.get(row as usize).copied().unwrap_or_default();
                let score = sheet.heat.score(place, column.min(columns - 1));
                if score.is_nan() { -1.0 } else { score }
            };
            let first = first.min(rows - 1);
            let rest = first + 1..after.min(rows);
            let worst = rest.fold(
                first,
                |best, row| {
                    if score(row) > score(best) { row } else { best }
                },
            );
            Some((worst, column.min(columns - 1)))
        })
    }

    /// When a column begins.
    fn at_ms(self, range: TimeRange, column: u32) -> i64 {
        let columns = i64::from(self.extent().1.max(1));
        range.from_ms + range.duration_ms() * i64::from(column) / columns
    }

    /// What stands under the cursor.
    pub(super) fn words(self) -> Option<String> {
        self.many.changed.track();
        let (row, column) = self.cursor.get()?;
        let range = self.many.resolved.get()?;
        let place = self
            .many
            .order
            .with(|order| order.get(row as usize).copied())?;
        let at = minute_text(self.at_ms(range, column), &browser::zone_now());
        self.many.sheet.with_value(|sheet| {
            let name = &sheet.rows.get(place as usize)?.name;
            let score = sheet.heat.score(place, column);
            let score = if score.is_nan() {
                t("not scored").to_owned()
            } else {
                tf("score {score}", &[("score", &decimal(score, 2))])
            };
            Some(format!("{name} · {at} · {score}"))
        })
    }

    pub(super) fn pressed(self, event: &PointerEvent) {
        let target = event
            .current_target()
            .and_then(|target| target.dyn_into::<web_sys::Element>().ok());
        if let Some(target) = target {
            // Without the capture the drag ends at the edge, which is all that is lost.
            target.set_pointer_capture(event.pointer_id()).ok();
        }
        self.grip.set_value(Some(Grip {
            x: f64::from(event.offset_x()),
            y: f64::from(event.offset_y()),
            view: self.seen(),
            moved: false,
        }));
    }

    pub(super) fn moved(self, event: &PointerEvent) {
        let (x, y) = (f64::from(event.offset_x()), f64::from(event.offset_y()));
        if let Some(mut grip) = self.grip.get_value() {
            let (dx, dy) = (x - grip.x, y - grip.y);
            grip.moved |= dx.abs().max(dy.abs()) > CLICK;
            if grip.moved {
                let ((width, height), (rows, columns)) = (self.plot(), self.extent());
                let view = View {
                    left: grip.view.left - dx / width * grip.view.columns,
                    top: grip.view.top - dy / height * grip.view.rows,
                    ..grip.view
                };
                self.view.set(Some(view.within(rows, columns)));
            }
            self.grip.set_value(Some(grip));
            return;
        }
        let cell = self.cell(x, y);
        if cell != self.cursor.get_untracked() {
            self.cursor.set(cell);
        }
    }

    pub(super) fn released(self, event: &PointerEvent) {
        let grip = self.grip.get_value();
        self.grip.set_value(None);
        if grip.is_some_and(|grip| !grip.moved) {
            let (x, y) = (f64::from(event.offset_x()), f64::from(event.offset_y()));
            self.cursor.set(self.cell(x, y));
            self.open();
        }
    }

    pub(super) fn left(self) {
        if self.grip.get_value().is_none() {
            self.cursor.set(None);
        }
    }

    pub(super) fn turned(self, event: &WheelEvent) {
        event.prevent_default();
        let (width, height) = self.plot();
        let left = gutter(self.size.get_untracked().0);
        let x = (f64::from(event.offset_x()) - left) / width;
        let y = f64::from(event.offset_y()) / height;
        let factor = if event.delta_y() > 0.0 {
            1.0 / ZOOM
        } else {
            ZOOM
        };
        self.zoom(factor, x.clamp(0.0, 1.0), y.clamp(0.0, 1.0));
    }

    pub(super) fn zoom(self, factor: f64, x: f64, y: f64) {
        let (rows, columns) = self.extent();
        let view = self.seen().zoomed(factor, x, y).within(rows, columns);
        let whole = view == View::whole(rows, columns);
        self.view.set((!whole).then_some(view));
    }

    /// Moves the cursor, and the view after it.
    pub(super) fn key(self, event: &KeyboardEvent) {
        let (rows, columns) = self.extent();
        if rows == 0 || columns == 0 || event.ctrl_key() || event.meta_key() {
            return;
        }
        let view = self.seen();
        let (row, column) = self.cursor.get_untracked().unwrap_or((
            (view.top as u32).min(rows - 1),
            ((view.left + view.columns) as u32).min(columns - 1),
        ));
        let page = (view.rows / 2.0).max(1.0) as u32;
        let next = match event.key().as_str() {
            "ArrowLeft" => (row, column.saturating_sub(1)),
            "ArrowRight" => (row, (column + 1).min(columns - 1)),
            "ArrowUp" => (row.saturating_sub(1), column),
            "ArrowDown" => ((row + 1).min(rows - 1), column),
            "PageUp" => (row.saturating_sub(page), column),
            "PageDown" => ((row + page).min(rows - 1), column),
            "Home" => (row, 0),
            "End" => (row, columns - 1),
            sign @ ("+" | "=" | "-") => {
                let factor = if sign == "-" { 1.0 / ZOOM } else { ZOOM };
                let x = (f64::from(column) - view.left) / view.columns;
                let y = (f64::from(row) - view.top) / view.rows;
                event.prevent_default();
                return self.zoom(factor, x.clamp(0.0, 1.0), y.clamp(0.0, 1.0));
            }
            "Enter" => return self.open(),
            "Escape" => {
                self.cursor.set(None);
                return self.view.set(None);
            }
            _ => return,
        };
        event.prevent_default();
        event.stop_propagation();
        self.cursor.set(Some(next));
        let mut moved = view;
        let (row, column) = (f64::from(next.0), f64::from(next.1));
        moved.top = moved
            .top
            .clamp((row + 1.0 - view.rows).max(0.0), row.max(0.0));
        moved.left = moved
            .left
            .clamp((column + 1.0 - view.columns).max(0.0), column.max(0.0));
        if moved != view {
            self.view.set(Some(moved.within(rows, columns)));
        }
    }

    /// Opens the series under the cursor in the Lab, at that moment.
    fn open(self) {
        let Some(((row, column), range)) = self
            .cursor
            .get_untracked()
            .zip(self.many.resolved.get_untracked())
        else {
            return;
        };
        let place = self
            .many
            .order
            .with_untracked(|order| order.get(row as usize).copied());
        let key = self.many.sheet.with_value(|sheet| {
            let row = sheet.rows.get(place? as usize)?;
            Some(row.key.clone())
        });
        if let Some(key) = key {
            let at_ms = self.at_ms(range, column);
            self.route.go(&self.many.lab_address(&key, Some(at_ms)));
        }
    }
}
