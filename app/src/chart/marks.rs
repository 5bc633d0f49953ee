//! What people said about stretches of time, over the drawing: told apart by pattern and word, not by colour alone.

use hindcast_shared::api::LabelKind;
use hindcast_shared::chart::{Color, Frame, Theme};
use web_sys::CanvasRenderingContext2d;

use super::canvas::css;
use crate::words;

/// A stretch that somebody labelled, or is about to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Mark {
    /// First instant.
    pub from_ms: i64,
    /// First instant after it.
    pub to_ms: i64,
    /// What it is; nothing while it is only chosen.
    pub kind: Option<LabelKind>,
}

/// Height of the strip at the bottom of the plot.
const STRIP: f64 = 14.0;
/// Distance between the lines of a pattern.
const HATCH: f64 = 7.0;
/// Length of a dot.
const DOT: f64 = 3.0;
/// Room that the longest word needs.
const WORD: f64 = 76.0;

/// Draws the part of a mark that is visible, at least two pixels wide.
pub(super) fn paint(context: &CanvasRenderingContext2d, frame: &Frame, theme: &Theme, mark: &Mark) {
    let range = frame.range;
    if mark.to_ms <= range.from_ms || mark.from_ms >= range.to_ms {
        return;
    }
    let plot = frame.plot;
    let left = frame.x(mark.from_ms).max(plot.x);
    let right = frame.x(mark.to_ms).min(plot.right()).max(left + 2.0);
    let color: Color = match mark.kind {
        None => theme.accent,
        Some(LabelKind::Incident) => theme.critical,
        Some(LabelKind::Normal) => theme.line(2),
        Some(LabelKind::Exclude) => theme.muted,
    };
    let fill = |color: Color, x: f64, y: f64, width: f64, height: f64| {
        context.set_fill_style_str(&css(color.into()));
        context.fill_rect(x, y, width, height);
    };
    let top = plot.bottom() - STRIP;
    let width = right - left;
    match mark.kind {
        // What is left out is crossed out as a whole.
        Some(LabelKind::Exclude) => {
            fill(theme.surface.alpha(0.45), left, plot.y, width, plot.height);
            context.save();
            context.begin_path();
            context.rect(left, plot.y, width, plot.height);
            context.clip();
            context.begin_path();
            let mut x = left - plot.height;
            while x < right {
                context.move_to(x, plot.bottom());
                context.line_to(x + plot.height, plot.y);
                x += HATCH;
            }
            context.set_line_width(1.0);
            context.set_stroke_style_str(&css(color.alpha(0.5).into()));
            context.stroke();
            context.restore();
        }
        None => fill(color.alpha(0.18), left, plot.y, width, plot.height),
        Some(_) => {}
    }
    // The edges stand alone in a calm stretch and in an incident.
    for x in [left, right - 1.0] {
        fill(color.alpha(0.7), x, plot.y, 1.0, plot.height);
    }
    let Some(kind) = mark.kind else {
        return;
    };
    fill(theme.surface, left, top, width, STRIP);
    fill(color.alpha(0.22), left, top, width, STRIP);
    match kind {
        LabelKind::Incident => fill(color, left, top, width, 3.0),
        LabelKind::Exclude => fill(color, left, top, width, 1.0),
        LabelKind::Normal => {
            let mut x = left;
            while x < right {
                fill(color, x, top, DOT.min(right - x), 2.0);
                x += 2.0 * DOT;
            }
        }
    }
    let (glyph, word) = words::label_kind(kind);
    let text = if width >= WORD {
        format!("{glyph} {word}")
    } else {
        glyph.to_owned()
    };
    if width >= 10.0 {
        context.set_font(&format!("600 11px {}", theme.font_family));
        context.set_fill_style_str(&css(theme.text.into()));
        // A text that is too wide for its canvas is only not seen; the list has it.
        context
            .fill_text(&text, left + 3.0, plot.bottom() - 3.0)
            .ok();
    }
}
