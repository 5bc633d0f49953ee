//! What stands on the picture: the anomaly's title and series, and over time what was measured, what was expected,
//! and since when it was not.

use hindcast_shared::anomaly::Anomaly;
use hindcast_shared::chart::{
    Frame, HAlign, Measure as _, Pen, Scene, Shape, Theme, VAlign, WidthTable, draw,
};

use super::png;
use super::surface::{PixelSurface, RATIO, UNIT};
use crate::embed::fitted;

/// Size in CSS pixels: twice as wide as high, as chats show it best.
pub(super) const SIZE: (u32, u32) = (720, 340);

/// Distance of the content from the edges.
const EDGE: f64 = 12.0;
/// Height of the lines of words.
const HEAD: f64 = 50.0;
const TITLE_SIZE: f64 = 15.0;
const WORDS_SIZE: f64 = 12.0;

/// What is written over the chart.
pub(super) struct Words<'a> {
    pub(super) title: &'a str,
    pub(super) series: &'a str,
    pub(super) anomaly: &'a Anomaly,
    /// Whether it is over, and has no mark of severity any more.
    pub(super) over: bool,
}

/// Pixel columns that a chart has.
pub(super) const COLUMNS: u32 = (SIZE.0 - 2 * EDGE as u32) * RATIO;

/// Draws it; none when no picture can be had.
pub(super) fn picture(words: &Words<'_>, scene: Option<&Scene>, theme: &Theme) -> Option<Vec<u8>> {
    let (width, height) = (f64::from(SIZE.0), f64::from(SIZE.1));
    let mut surface = PixelSurface::new(SIZE.0, SIZE.1, theme.surface)?;
    {
        let mut pen = Pen::new(&mut surface, UNIT, &WidthTable, &theme.font_family);
        let mut x = EDGE;
        let middle = EDGE + TITLE_SIZE / 2.0;
        if !words.over {
            let severity = words.anomaly.severity;
            let at = (x + 6.0, middle);
            pen.shape(
                Shape::from(severity),
                at,
                12.0,
                theme.severity(severity),
                true,
            )
            .ok()?;
            x += 20.0;
        }
        let mut line = |text: &str, size: f64, at: (f64, f64), color| {
            let text = fitted(text, size, width - EDGE - at.0);
            pen.text(&text, at, (HAlign::Left, VAlign::Middle), size, color)
        };
        line(words.title, TITLE_SIZE, (x, middle), theme.text).ok()?;
        let second = (EDGE, middle + TITLE_SIZE / 2.0 + 12.0);
        let zone = if scene.is_some() { " · UTC" } else { "" };
        let room = width - 2.0 * EDGE - WidthTable.width(zone, WORDS_SIZE);
        let series = fitted(words.series, WORDS_SIZE, room);
        line(&format!("{series}{zone}"), WORDS_SIZE, second, theme.muted).ok()?;
    }
    if let Some(scene) = scene {
        let size = (width - 2.0 * EDGE, height - HEAD - EDGE);
        let frame = Frame::new(scene, size.0, size.1, &WidthTable, theme.font_size);
        surface.shift(EDGE, HEAD);
        let mut pen = Pen::new(&mut surface, UNIT, &WidthTable, &theme.font_family)
            .on_pixels(f64::from(RATIO));
        draw(&mut pen, scene, &frame, theme).ok()?;
    }
    let (pixels, width) = surface.finish();
    png::written(&pixels, width).ok()
}

#[cfg(test)]
mod tests {
    use hindcast_shared::anomaly::Status;
    use hindcast_shared::chart::{Change, Line, Span};
    use hindcast_shared::reduce::{Envelope, Reduced};
    use hindcast_shared::rule::Severity;
    use hindcast_shared::time::{HOUR_MS, MINUTE_MS, TimeRange, UtcOffsets};

    use super::super::png::testing::read;
    use super::*;
    use crate::embed::LIGHT;
    use crate::store::testing::anomaly;

    fn scene(from_ms: i64) -> Scene {
        let range = TimeRange {
            from_ms,
            to_ms: from_ms + 6 * HOUR_MS,
        };
        let mut scene = Scene::empty(range, UtcOffsets::utc());
        let times_ms: Vec<i64> = (0..360).map(|n| from_ms + n * MINUTE_MS).collect();
        let values = (0..360).map(|n| {
            let calm = 20.0 + f64::from(n * 7 % 11);
            if (240..280).contains(&n) {
                calm + 60.0
            } else {
                calm
            }
        });
        scene.lines.push(Line {
            points: Reduced {
                times_ms: times_ms.clone(),
                values: values.collect(),
            },
            color: 0,
        });
        scene.band = Envelope {
            times_ms,
            lower: vec![15.0; 360],
            upper: vec![35.0; 360],
            expected: vec![25.0; 360],
        };
        scene.limit = Some(60.0);
        scene.spans.push(Span {
            from_ms: from_ms + 240 * MINUTE_MS,
            to_ms: from_ms + 280 * MINUTE_MS,
            severity: Severity::Critical,
            change: Change::Kept,
        });
        scene
    }

    /// How many pixels have nearly this colour.
    fn count(pixels: &[[u8; 3]], color: hindcast_shared::chart::Color) -> usize {
        let (red, green, blue) = color.rgb;
        let near = |pixel: &&[u8; 3]| {
            let off = |a: u8, b: u8| a.abs_diff(b) < 12;
            off(pixel[0], red) && off(pixel[1], green) && off(pixel[2], blue)
        };
        pixels.iter().filter(near).count()
    }

    #[test]
    fn picture_when_drawn_then_shows_line_interval_threshold_and_the_words_of_each_language() {
        let mut found = anomaly("r", "s", 1_767_614_400_000, Status::Open);
        found.severity = Severity::Critical;
        let scene = scene(found.start_ms);
        let mut heads = Vec::new();
        for (lang, title) in [
            ("en", "[Anomaly] payments — latency 83.0 ms"),
            ("ko", "[이상 탐지] 결제 — 지연 시간 83.0밀리초"),
            ("ru", "[Аномалия] платежи — задержка 83,0 мс"),
        ] {
            let words = Words {
                title,
                series: "latency{service=\"checkout\"}",
                anomaly: &found,
                over: false,
            };
            let file = picture(&words, Some(&scene), &LIGHT).expect("a picture");
            // To be looked at.
            if let Ok(folder) = std::env::var("HINDCAST_LOOK") {
                std::fs::write(format!("{folder}/{lang}.png"), &file).expect("a folder");
            }
            assert!(file.len() < 100_000, "{} bytes", file.len());
            let (width, height, pixels) = read(&file);
            assert_eq!((width, height), (1_440, 680));
            assert!(count(&pixels, LIGHT.lines[0]) > 500, "the line");
            assert!(
                count(&pixels, LIGHT.critical) > 100,
                "the mark and the interval"
            );
            let head = pixels[..width * 64].to_vec();
            assert!(count(&head, LIGHT.text) > 300, "{lang}: the title");
            heads.push(head);
        }
        assert!(heads[0] != heads[1] && heads[1] != heads[2]);
    }

    #[test]
    fn picture_when_title_and_series_are_endless_or_strange_then_is_still_drawn() {
        let found = anomaly("r", "s", 0, Status::Open);
        let long = "아주 긴 제목 \u{202e}\u{0}漢 ".repeat(1_000);
        let words = Words {
            title: &long,
            series: &long,
            anomaly: &found,
            over: true,
        };
        let file = picture(&words, None, &LIGHT).expect("a picture");
        assert_eq!(read(&file).0, 1_440);
    }
}
