//! The heat map on two canvases: the cells as an image, and over them names, times and the cursor.

use hindcast_shared::chart::{Color, Theme, time_ticks};
use hindcast_shared::time::{TimeRange, UtcOffsets};
use web_sys::HtmlCanvasElement;

use super::super::super::fitting::beginning;
use super::super::sheet::Row;
use super::cells::{Cells, Stops, View, WORST, palette};
use crate::browser;
use crate::chart::{Pixel, context_of, css, prepare, put_pixels};

/// Room for times.
pub(super) const FOOT: f64 = 22.0;

/// Room for names; less on a narrow screen.
pub(super) fn gutter(width: f64) -> f64 {
    (width * 0.16).clamp(104.0, 196.0)
}

/// A row must be so high for its name to be readable; where rows are lower, only some are named.
const NAMED: f64 = 12.0;
/// Where rows are lower than this a name says nothing about a row.
const LOWEST: f64 = 4.0;

/// What is kept from one painting to the next.
#[derive(Debug, Default)]
pub(super) struct Brush {
    pub(super) palette: Option<[Pixel; 256]>,
    pixels: Vec<Pixel>,
}

/// The colours that the style sheet names.
fn stops() -> Stops {
    let root = browser::document().document_element();
    let style = root.and_then(|root| browser::window().get_computed_style(&root).ok().flatten());
    let color = |name: &str| {
        let text = style
            .as_ref()
            .and_then(|style| style.get_property_value(name).ok());
        let color = text.as_deref().and_then(Color::parse);
        let (red, green, blue) = color.map_or((0, 0, 0), |color| color.rgb);
        [red, green, blue]
    };
    Stops {
        unknown: color("--heat-unknown"),
        calm: color("--heat-calm"),
        near: color("--heat-near"),
        over: color("--heat-over"),
        high: color("--heat-high"),
        worst: color("--heat-worst"),
    }
}

/// Paints the cells, a pixel a CSS pixel: no cell is smaller than that to the eye.
pub(super) fn paint_cells(
    canvas: &HtmlCanvasElement,
    (width, height): (f64, f64),
    cells: &Cells,
    order: &[u32],
    view: View,
    brush: &mut Brush,
) {
    let size = (
        (width - gutter(width)).max(0.0) as u32,
        (height - FOOT).max(0.0) as u32,
    );
    if size.0 == 0 || size.1 == 0 {
        return;
    }
    if (canvas.width(), canvas.height()) != size {
        canvas.set_width(size.0);
        canvas.set_height(size.1);
    }
    let Some(context) = context_of(canvas) else {
        return;
    };
    if cells.is_empty() || order.is_empty() {
        context.clear_rect(0.0, 0.0, f64::from(size.0), f64::from(size.1));
        return;
    }
    let palette = brush.palette.get_or_insert_with(|| palette(&stops()));
    cells.pixels(order, view, size, palette, &mut brush.pixels);
    // An image of the size that its bytes have can always be made and put.
    put_pixels(&context, &brush.pixels, size.0 as usize, (0.0, 0.0));
}

/// Paints shares of the highest value, row by row, a pixel each: a map of few cells, which the style sheet enlarges.
pub(in crate::pages) fn paint_small(
    canvas: &HtmlCanvasElement,
    (rows, columns): (usize, usize),
    shares: &[f64],
) {
    let size = (columns as u32, rows as u32);
    let Some(context) = context_of(canvas).filter(|_| size.0 > 0 && size.1 > 0) else {
        return;
    };
    canvas.set_width(size.0);
    canvas.set_height(size.1);
    let scores: Vec<f64> = shares.iter().map(|share| share * WORST).collect();
    let mut cells = Cells::default();
    cells.resize(size.1, size.0);
    cells.put(0, &scores);
    let (order, mut pixels): (Vec<u32>, Vec<Pixel>) = ((0..size.1).collect(), Vec::new());
    let view = View::whole(size.1, size.0);
    cells.pixels(&order, view, size, &palette(&stops()), &mut pixels);
    put_pixels(&context, &pixels, columns, (0.0, 0.0));
}

/// What lies over and beside the cells.
pub(super) struct Over<'a> {
    pub(super) rows: &'a [Row],
    pub(super) order: &'a [u32],
    pub(super) columns: u32,
    pub(super) view: View,
    pub(super) cursor: Option<(u32, u32)>,
    pub(super) range: TimeRange,
    pub(super) offsets: &'a UtcOffsets,
}

pub(super) fn paint_over(
    canvas: &HtmlCanvasElement,
    (width, height): (f64, f64),
    theme: &Theme,
    over: &Over<'_>,
) {
    let Some(context) = prepare(canvas, width, height) else {
        return;
    };
    let left = gutter(width);
    let plot = (width - left, height - FOOT);
    let view = over.view;
    if over.columns == 0 || over.order.is_empty() || plot.0 <= 0.0 || plot.1 <= 0.0 {
        return;
    }
    let ink = |color: Color| css(color.into());
    let font = |weight: &str| format!("{weight} 11px {}", theme.font_family);
    let x = |column: f64| left + (column - view.left) / view.columns * plot.0;
    let y = |row: f64| (row - view.top) / view.rows * plot.1;
    let row_height = plot.1 / view.rows;
    // A text that does not fit is only not seen: the readout has it.
    let write = |text: &str, x: f64, y: f64| drop(context.fill_text(text, x, y));
    context.set_font(&font("normal"));
    context.set_fill_style_str(&ink(theme.muted));
    if row_height >= LOWEST {
        context.set_text_align("right");
        let last = (view.top + view.rows).ceil() as usize;
        let every = (NAMED / row_height).ceil().max(1.0) as usize;
        let first = (view.top as usize).div_ceil(every) * every;
        for row in (first..last.min(over.order.len())).step_by(every) {
            let middle = y(row as f64 + 0.5) + 4.0;
            let place = over.order[row] as usize;
            if let Some(row) = over.rows.get(place).filter(|_| middle > 8.0) {
                let name = beginning(&context, &row.name, left - 8.0);
                write(&name, left - 6.0, middle.min(plot.1));
            }
        }
    }
    context.set_text_align("center");
    let duration_ms = over.range.duration_ms() as f64;
    let at_ms =
        |column: f64| over.range.from_ms + (column / f64::from(over.columns) * duration_ms) as i64;
    let seen = TimeRange {
        from_ms: at_ms(view.left),
        to_ms: at_ms(view.left + view.columns),
    };
    let most = (plot.0 / 80.0).max(1.0) as u32;
    for tick in time_ticks(seen, over.offsets, most) {
        let share = (tick.at_ms - seen.from_ms) as f64 / seen.duration_ms().max(1) as f64;
        let x = left + share * plot.0;
        context.set_fill_style_str(&ink(theme.hairline));
        context.fill_rect(x.round(), plot.1, 1.0, 4.0);
        context.set_fill_style_str(&ink(theme.muted));
        if x > left + 16.0 && x < width - 16.0 {
            write(&tick.label, x, height - 5.0);
        }
    }
    let Some((row, column)) = over.cursor else {
        return;
    };
    let place = over.order.get(row as usize);
    let named = place.and_then(|place| over.rows.get(*place as usize));
    let (row, column) = (f64::from(row), f64::from(column));
    if let Some(named) = named.filter(|_| row_height < NAMED) {
        let name = beginning(&context, &named.name, left - 8.0);
        context.set_text_align("right");
        context.set_fill_style_str(&ink(theme.text));
        let middle = (y(row + 0.5) + 4.0).clamp(10.0, plot.1);
        // Over the names of the rows around it.
        context.set_fill_style_str(&ink(theme.surface));
        context.fill_rect(0.0, middle - 12.0, left - 2.0, 16.0);
        context.set_fill_style_str(&ink(theme.text));
        write(&name, left - 6.0, middle);
    }
    let cell = (x(column), y(row));
    let (wide, high) = ((x(column + 1.0) - cell.0).max(3.0), row_height.max(3.0));
    context.set_fill_style_str(&ink(theme.text.alpha(0.25)));
    context.fill_rect(left, cell.1 + high / 2.0, plot.0, 1.0);
    context.fill_rect(cell.0 + wide / 2.0, 0.0, 1.0, plot.1);
    // Light around dark: seen on every colour of the scale.
    context.set_line_width(3.0);
    context.set_stroke_style_str(&ink(theme.surface));
    context.stroke_rect(cell.0 - 1.5, cell.1 - 1.5, wide + 3.0, high + 3.0);
    context.set_line_width(1.5);
    context.set_stroke_style_str(&ink(theme.text));
    context.stroke_rect(cell.0 - 1.5, cell.1 - 1.5, wide + 3.0, high + 3.0);
}
