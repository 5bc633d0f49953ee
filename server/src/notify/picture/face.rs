//! Letters as outlines: the two faces that the server carries, since it cannot know which ones a machine has.
//!
//! Latin, Greek, Cyrillic and signs out of one, Hangul out of the other; a letter that neither has is a hollow box,
//! never a failure. `faces/LICENCES.txt` says whose they are.

use std::sync::LazyLock;

use tiny_skia::{Path, PathBuilder};
use ttf_parser::{Face, GlyphId, OutlineBuilder};

static FACES: LazyLock<Vec<Face<'static>>> = LazyLock::new(|| {
    let files: [&'static [u8]; 2] = [
        include_bytes!("faces/base.ttf"),
        include_bytes!("faces/hangul.ttf"),
    ];
    files
        .into_iter()
        .filter_map(|file| Face::parse(file, 0).ok())
        .collect()
});

/// Stands for a letter that no face has.
const HOLLOW: char = '□';

/// A line of text as one outline, its beginning at 0 on its baseline, and its width.
pub(super) fn outline(text: &str, size: f32) -> (Option<Path>, f32) {
    let mut builder = PathBuilder::new();
    let mut x = 0.0;
    for c in text.chars().filter(|c| !c.is_control()) {
        let Some((face, glyph)) = glyph(c).or_else(|| glyph(HOLLOW)) else {
            continue;
        };
        let scale = size / f32::from(face.units_per_em());
        let mut pen = Placed {
            path: &mut builder,
            scale,
            x,
        };
        face.outline_glyph(glyph, &mut pen);
        x += f32::from(face.glyph_hor_advance(glyph).unwrap_or_default()) * scale;
    }
    (builder.finish(), x)
}

fn glyph(c: char) -> Option<(&'static Face<'static>, GlyphId)> {
    FACES
        .iter()
        .find_map(|face| Some((face, face.glyph_index(c)?)))
}

/// A glyph where it stands on the line; faces count upwards, pictures downwards.
struct Placed<'a> {
    path: &'a mut PathBuilder,
    scale: f32,
    x: f32,
}

impl Placed<'_> {
    fn at(&self, x: f32, y: f32) -> (f32, f32) {
        (self.x + x * self.scale, -y * self.scale)
    }
}

impl OutlineBuilder for Placed<'_> {
    fn move_to(&mut self, x: f32, y: f32) {
        let (x, y) = self.at(x, y);
        self.path.move_to(x, y);
    }

    fn line_to(&mut self, x: f32, y: f32) {
        let (x, y) = self.at(x, y);
        self.path.line_to(x, y);
    }

    fn quad_to(&mut self, x1: f32, y1: f32, x: f32, y: f32) {
        let (x1, y1) = self.at(x1, y1);
        let (x, y) = self.at(x, y);
        self.path.quad_to(x1, y1, x, y);
    }

    fn curve_to(&mut self, x1: f32, y1: f32, x2: f32, y2: f32, x: f32, y: f32) {
        let (x1, y1) = self.at(x1, y1);
        let (x2, y2) = self.at(x2, y2);
        let (x, y) = self.at(x, y);
        self.path.cubic_to(x1, y1, x2, y2, x, y);
    }

    fn close(&mut self) {
        self.path.close();
    }
}

#[cfg(test)]
mod tests {
    use hindcast_shared::chart::{Measure as _, WidthTable};

    use super::*;

    #[test]
    fn letters_when_english_korean_or_russian_then_each_has_an_outline_of_its_own() {
        assert_eq!(FACES.len(), 2);
        for text in ["Latency µs −5 …", "이상 탐지 힝", "Задержка ёЁ", "▲◆●✓"]
        {
            for c in text.chars().filter(|c| *c != ' ') {
                assert!(glyph(c).is_some(), "{c} has no glyph");
            }
        }
        let (path, width) = outline("급격한 상승", 20.0);
        assert!(path.is_some() && width > 80.0, "{width}");
    }

    #[test]
    fn letter_when_no_face_has_it_then_is_a_hollow_box() {
        let same = outline("漢", 20.0).1 - outline("□", 20.0).1;
        assert!(same.abs() < 1e-6, "{same}");
        assert!(outline("", 20.0).0.is_none());
        assert!(outline("\u{0}\n", 20.0).0.is_none());
    }

    #[test]
    fn widths_when_the_layout_measures_by_its_table_then_the_letters_fit() {
        for text in ["checkout p95 12:30", "지연 시간", "Задержка ответа"] {
            let table = WidthTable.width(text, 20.0) as f32;
            let drawn = outline(text, 20.0).1;
            assert!(drawn <= table * 1.02, "{text}: {drawn} > {table}");
        }
    }
}
