//! The picture itself: a line of words over the chart; and the page around it.

use std::fmt::Write as _;
use std::sync::LazyLock;

use hindcast_shared::anomaly::Anomaly;
use hindcast_shared::chart::{
    Color, Frame, Measure as _, Pen, Scene, Shape, Theme, WidthTable, draw as draw_scene,
    minute_text, second_text,
};
use hindcast_shared::message;
use hindcast_shared::time::UtcOffsets;
use sha2::{Digest as _, Sha256};

use super::data::{Freshness, Panel};
use super::query::PanelQuery;
use super::svg::{SvgSurface, UNIT, escaped};
use super::theme::{Choice, DARK, LIGHT};
use super::words::{Words, refusal as refusal_words, words};
use crate::base64::base64;
use crate::error::ApiError;

/// In what form a panel goes out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Form {
    /// A picture.
    Svg,
    /// A page with the picture, and a table for those who do not see it.
    Html,
}

/// The only style of a panel; the policy names it by its hash.
const STYLE: &str = "html,body{margin:0;height:100%;overflow:hidden}\
    body>svg{display:block;width:100%;height:100%}\
    .data{position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%)}\
    @media(prefers-color-scheme:dark){.light{display:none}}\
    @media not (prefers-color-scheme:dark){.dark{display:none}}";

/// The style of the page that names what is in the way.
pub(super) const PAGE_STYLE: &str = "body{font:14px/1.5 system-ui,sans-serif;margin:24px;max-width:70em}\
    h1{font-size:20px;font-weight:600}table{border-collapse:collapse}\
    th,td{text-align:left;vertical-align:top;padding:6px 16px 6px 0}thead{font-size:12px}\
    td:nth-child(2){white-space:nowrap}td,th{border-bottom:1px solid color-mix(in srgb,currentColor 15%,transparent)}";

/// `style-src` of panels and of that page.
pub(crate) static POLICY_STYLE: LazyLock<String> =
    LazyLock::new(|| format!("{} {}", style_hash(STYLE), style_hash(PAGE_STYLE)));

/// A style as a policy names it.
pub(crate) fn style_hash(style: &str) -> String {
    format!("'sha256-{}'", base64(&Sha256::digest(style)))
}

/// Distance of the content from the edges.
const EDGE: f64 = 8.0;
/// Height of the line of words.
const HEAD: f64 = 24.0;
/// Size of the title, and of what stands beside it.
const TITLE_SIZE: f64 = 14.0;
const WORDS_SIZE: f64 = 12.0;
/// Rows of the table.
const MAX_ROWS: usize = 20;

/// Draws a panel.
pub(super) fn draw(panel: &Panel, query: &PanelQuery, form: Form) -> String {
    let (width, height) = (f64::from(query.size.0), f64::from(query.size.1));
    let words = words(query.lang);
    let scene = panel.scene((width - 2.0 * EDGE) as u32);
    let summary = summary(panel, query, words);
    let picture = in_themes(query.theme, |theme| {
        let chart = chart(&scene, width, height, theme);
        let empty = panel.series.is_none()
            || scene
                .lines
                .iter()
                .all(|line| line.points.values.iter().all(|value| value.is_nan()));
        let note = if empty {
            let at = (width / 2.0, height / 2.0);
            text(words.no_data, at, WORDS_SIZE, "middle", theme.muted, false)
        } else {
            String::new()
        };
        format!("{}{chart}{note}", head(panel, words, width, theme))
    });
    let svg = svg(&picture, &panel.rule.name, &summary, query, form);
    match form {
        Form::Svg => svg,
        Form::Html => page(&panel.rule.name, &svg, &table(panel, query, words), query),
    }
}

/// A refusal as a panel that says so.
pub(super) fn refusal(error: &ApiError, query: &PanelQuery, form: Form) -> String {
    let (width, height) = (f64::from(query.size.0), f64::from(query.size.1));
    let told = refusal_words(error.code(), query.lang);
    let message = error.to_string();
    let [what, advice] = told.unwrap_or([&message, ""]);
    let (what, advice) = (what.to_owned(), advice.to_owned());
    let picture = in_themes(query.theme, |theme| {
        let middle = height / 2.0;
        let room = width - 2.0 * EDGE;
        let line = |words: &str, y: f64, size: f64, color: Color, bold: bool| {
            let fitted = fitted(words, size, room);
            text(&fitted, (width / 2.0, y), size, "middle", color, bold)
        };
        format!(
            "{}{}",
            line(&what, middle - 4.0, TITLE_SIZE, theme.text, true),
            line(&advice, middle + 16.0, WORDS_SIZE, theme.muted, false)
        )
    });
    let svg = svg(&picture, &what, &advice, query, form);
    match form {
        Form::Svg => svg,
        Form::Html => page(&what, &svg, "", query),
    }
}

/// The picture in the colours that are wanted, or in both, of which the reader's system shows one.
fn in_themes(choice: Choice, draw: impl Fn(&Theme) -> String) -> String {
    let one = |theme: &Theme, class: &str| {
        format!(
            "<g{class}><rect width=\"100%\" height=\"100%\" fill=\"{}\"/>{}</g>",
            css(theme.surface),
            draw(theme)
        )
    };
    match choice {
        Choice::Light => one(&LIGHT, ""),
        Choice::Dark => one(&DARK, ""),
        Choice::Auto => format!(
            "{}{}",
            one(&LIGHT, " class=\"light\""),
            one(&DARK, " class=\"dark\"")
        ),
    }
}

fn svg(picture: &str, title: &str, summary: &str, query: &PanelQuery, form: Form) -> String {
    let (width, height) = query.size;
    let (size, style) = match form {
        Form::Svg => (
            format!(" width=\"{width}\" height=\"{height}\""),
            format!("<style>{STYLE}</style>"),
        ),
        Form::Html => (String::new(), String::new()),
    };
    format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\"{size} viewBox=\"0 0 {width} {height}\" role=\"img\" \
         aria-labelledby=\"hindcast-title hindcast-summary\" font-family=\"{}\">{style}\
         <title id=\"hindcast-title\">{}</title><desc id=\"hindcast-summary\">{}</desc>{picture}</svg>",
        escaped(&LIGHT.font_family),
        escaped(title),
        escaped(summary)
    )
}

fn page(title: &str, svg: &str, table: &str, query: &PanelQuery) -> String {
    let refresh = query.refresh_s.map_or_else(String::new, |seconds| {
        format!("<meta http-equiv=\"refresh\" content=\"{seconds}\">")
    });
    let scheme = match query.theme {
        Choice::Auto => "light dark",
        Choice::Light => "light",
        Choice::Dark => "dark",
    };
    format!(
        "<!doctype html><html lang=\"{}\"><head><meta charset=\"utf-8\">{refresh}\
         <meta name=\"color-scheme\" content=\"{scheme}\"><title>{}</title><style>{STYLE}</style></head>\
         <body>{svg}{table}</body></html>",
        query.lang.tag(),
        escaped(title)
    )
}

/// Mark, title, state and age.
fn head(panel: &Panel, words: &Words, width: f64, theme: &Theme) -> String {
    let (state, color, shape) = match &panel.worst {
        Some(worst) => (
            going_on(worst, panel, words),
            theme.severity(worst.severity),
            Some(worst.severity),
        ),
        None => (words.fine.to_owned(), theme.muted, None),
    };
    let y = EDGE + TITLE_SIZE * 0.8;
    let (age, age_color) = age(panel, words, theme);
    let right = width - EDGE;
    let age_width = WidthTable.width(&age, WORDS_SIZE);
    let mut out = text(&age, (right, y), WORDS_SIZE, "end", age_color, false);
    let mut x = EDGE;
    if let Some(severity) = shape {
        out += &mark(severity, (x + 5.0, y - 4.5), color);
        x += 16.0;
    }
    let room = right - x - age_width - 12.0;
    let title = fitted(&panel.rule.name, TITLE_SIZE, room.max(40.0));
    out += &text(&title, (x, y), TITLE_SIZE, "start", theme.text, true);
    // Bold letters are wider than the table says.
    x += WidthTable.width(&title, TITLE_SIZE) * 1.14 + 10.0;
    let room = right - age_width - 12.0 - x;
    let whole = WidthTable.width(&state, WORDS_SIZE) <= room;
    let state = fitted(&state, WORDS_SIZE, room);
    // What is cut off must at least be worth reading.
    if whole || (shape.is_some() && room > 48.0) {
        out += &text(&state, (x, y), WORDS_SIZE, "start", theme.text, false);
    }
    out
}

fn going_on(worst: &Anomaly, panel: &Panel, words: &Words) -> String {
    let since = minute_text(worst.start_ms, &panel.offsets);
    format!(
        "{}, {}",
        words.severity(worst.severity),
        words.since.replace("{time}", &since)
    )
}

/// How old the newest data is, in words and with a colour that says the same.
fn age(panel: &Panel, words: &Words, theme: &Theme) -> (String, Color) {
    let as_of = panel.watermark_ms.map_or_else(String::new, |at_ms| {
        words.as_of.replace("{time}", &time_text(at_ms, panel))
    });
    match panel.freshness {
        Freshness::Fresh => (as_of, theme.muted),
        Freshness::Late => (format!("{} · {as_of}", words.late), theme.warning),
        Freshness::Stale => (format!("{} · {as_of}", words.stale), theme.critical),
    }
}

fn time_text(at_ms: i64, panel: &Panel) -> String {
    let day = |at_ms: i64| (at_ms + panel.offsets.offset_ms(at_ms)).div_euclid(86_400_000);
    if day(at_ms) == day(panel.range.to_ms) {
        second_text(at_ms, &panel.offsets)
    } else {
        minute_text(at_ms, &panel.offsets)
    }
}

fn chart(scene: &Scene, width: f64, height: f64, theme: &Theme) -> String {
    let (width, height) = (width - 2.0 * EDGE, height - HEAD - EDGE - 4.0);
    let frame = Frame::new(scene, width, height, &WidthTable, theme.font_size);
    let mut surface = SvgSurface::default();
    let mut pen = Pen::new(&mut surface, UNIT, &WidthTable, &theme.font_family);
    // Writing into a string cannot fail.
    draw_scene(&mut pen, scene, &frame, theme).ok();
    format!(
        "<g transform=\"translate({EDGE} {})\">{}</g>",
        HEAD + 4.0,
        surface.finish()
    )
}

fn mark(severity: hindcast_shared::rule::Severity, at: (f64, f64), color: Color) -> String {
    let mut surface = SvgSurface::default();
    let mut pen = Pen::new(&mut surface, UNIT, &WidthTable, "");
    pen.shape(Shape::from(severity), at, 10.0, color, true).ok();
    surface.finish()
}

fn text(
    words: &str,
    (x, y): (f64, f64),
    size: f64,
    anchor: &str,
    color: Color,
    bold: bool,
) -> String {
    if words.is_empty() {
        return String::new();
    }
    let weight = if bold { " font-weight=\"600\"" } else { "" };
    format!(
        "<text x=\"{x:.1}\" y=\"{y:.1}\" font-size=\"{size}\" text-anchor=\"{anchor}\"{weight} fill=\"{}\">{}</text>",
        css(color),
        escaped(words)
    )
}

/// As much of a text as there is room for.
pub(crate) fn fitted(words: &str, size: f64, room: f64) -> String {
    if WidthTable.width(words, size) <= room {
        return words.to_owned();
    }
    let mut kept = String::new();
    let ellipsis = WidthTable.width("…", size);
    for c in words.chars() {
        kept.push(c);
        if WidthTable.width(&kept, size) + ellipsis > room {
            kept.pop();
            break;
        }
    }
    format!("{}…", kept.trim_end())
}

/// The same in a sentence, for those who do not see the picture.
fn summary(panel: &Panel, query: &PanelQuery, words: &Words) -> String {
    let mut parts = Vec::new();
    match &panel.worst {
        Some(worst) => {
            parts.push(going_on(worst, panel, words));
            parts.push(message::text(worst, query.lang));
        }
        None => parts.push(words.fine.to_owned()),
    }
    if let Some(series) = &panel.series {
        parts.push(series.labels.to_string());
    }
    if panel.n_series > 1 {
        parts.push(words.series.replace("{n}", &panel.n_series.to_string()));
    }
    if let Some(at_ms) = panel.watermark_ms {
        parts.push(words.as_of.replace("{time}", &time_text(at_ms, panel)));
    }
    parts.join(". ")
}

fn table(panel: &Panel, query: &PanelQuery, words: &Words) -> String {
    let [caption, from, to, severity, what] = words.table;
    let mut out = format!(
        "<div class=\"data\"><table><caption>{caption}</caption><thead><tr><th>{from}</th><th>{to}</th>\
         <th>{severity}</th><th>{what}</th></tr></thead><tbody>"
    );
    for anomaly in panel.anomalies.iter().take(MAX_ROWS) {
        let time = |at_ms: i64, zone: &UtcOffsets| minute_text(at_ms, zone);
        write!(
            out,
            "<tr><td>{}</td><td>{}</td><td>{}</td><td>{}</td></tr>",
            time(anomaly.start_ms, &panel.offsets),
            time(anomaly.end_ms, &panel.offsets),
            words.severity(anomaly.severity),
            escaped(&message::text(anomaly, query.lang))
        )
        .ok();
    }
    out + "</tbody></table></div>"
}

fn css(color: Color) -> String {
    let (red, green, blue) = color.rgb;
    format!("rgb({red},{green},{blue})")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_when_too_long_then_ends_in_dots_within_its_room() {
        let short = fitted("결제 지연이 아주 오래 계속됩니다", 12.0, 80.0);
        assert!(
            short.ends_with('…') && WidthTable.width(&short, 12.0) <= 80.0,
            "{short}"
        );
        assert_eq!(fitted("short", 12.0, 80.0), "short");
    }
}
