//! The ribbon of scores under a series: calm ones by tenths, what is over the threshold in colour.

use plotters_backend::DrawingBackend;

use super::draw::color_of;
use super::frame::{Frame, RIBBON};
use super::pen::{Outcome, Pen};
use super::scene::Scene;
use super::theme::Theme;
use crate::rule::Severity;

pub(super) fn ribbon<DB: DrawingBackend>(
    pen: &mut Pen<'_, DB>,
    scene: &Scene,
    frame: &Frame,
    theme: &Theme,
) -> Outcome<DB> {
    let Some(y) = frame.ribbon_y else {
        return Ok(());
    };
    pen.fill(
        frame.plot.x,
        y,
        frame.plot.width,
        RIBBON,
        theme.hairline.alpha(0.5),
    )?;
    let scores = &scene.ribbon;
    let wide = (frame.plot.width / scores.values.len() as f64).max(2.0);
    let mut index = 0;
    while index < scores.values.len() {
        let level = level(scores.values[index], scene.critical_from);
        let mut end = index + 1;
        // Neighbours of one level are one rectangle: a calm ribbon costs one call.
        while end < scores.values.len()
            && self::level(scores.values[end], scene.critical_from) == level
        {
            end += 1;
        }
        let from = frame.x(scores.times_ms[index]);
        let to = scores
            .times_ms
            .get(end)
            .map_or(frame.plot.right(), |at_ms| frame.x(*at_ms))
            .min(frame.x(scores.times_ms[end - 1]) + wide);
        index = end;
        let color = match level {
            Level::None => continue,
            Level::Calm(tenth) => theme.muted.alpha(f64::from(tenth) * 0.06),
            Level::Over => color_of(scene, theme, Severity::Warning),
            Level::FarOver => color_of(scene, theme, Severity::Critical),
        };
        pen.fill(from, y, (to - from).max(1.0), RIBBON, color)?;
    }
    Ok(())
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Level {
    None,
    Calm(u8),
    Over,
    FarOver,
}

fn level(score: f64, critical_from: f64) -> Level {
    if score.is_nan() {
        Level::None
    } else if score > critical_from {
        Level::FarOver
    } else if score > 1.0 {
        Level::Over
    } else {
        Level::Calm((score.max(0.0) * 10.0) as u8)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn level_when_the_score_is_exactly_one_then_is_calm() {
        assert_eq!(level(1.0, 2.0), Level::Calm(10));
        assert_eq!(level(1.001, 2.0), Level::Over);
        assert_eq!(level(2.5, 2.0), Level::FarOver);
        assert_eq!(level(f64::NAN, 2.0), Level::None);
    }
}
