//! Business bounds: the room around what was expected in which no value counts, whatever its score.

use plotters_backend::DrawingBackend;

use super::draw::between;
use super::frame::Frame;
use super::pen::{Outcome, Pen};
use super::scene::{Bounds, Scene};
use super::theme::Theme;
use crate::reduce::Envelope;
use crate::rule::Direction;

/// Opacity of that room.
const ROOM: f64 = 0.16;

pub(super) fn bounds<DB: DrawingBackend>(
    pen: &mut Pen<'_, DB>,
    scene: &Scene,
    frame: &Frame,
    theme: &Theme,
) -> Outcome<DB> {
    let Some(bounds) = &scene.bounds else {
        return Ok(());
    };
    let (lower, upper) = bounds.around(&scene.band);
    let times_ms = &scene.band.times_ms;
    between(
        pen,
        frame,
        times_ms,
        [&lower, &upper],
        theme.muted.alpha(ROOM),
    )?;
    for edge in [bounds.outside.above, bounds.outside.below]
        .into_iter()
        .flatten()
    {
        if (0.0..=1.0).contains(&frame.values.share(edge)) {
            pen.dashed(frame.plot.x, frame.plot.right(), frame.y(edge), theme.muted)?;
        }
    }
    Ok(())
}

impl Bounds {
    /// The room's edges; nothing where no distance is asked for. On a side that does not count it ends at what was
    /// expected.
    pub fn around(&self, band: &Envelope) -> (Vec<f64>, Vec<f64>) {
        let least = self.least;
        if least.abs <= 0.0 && least.rel <= 0.0 {
            return (Vec::new(), Vec::new());
        }
        let edges = |index: usize| {
            // As the decision has it: a fixed limit expects nothing, and the distance counts from the limit.
            let expected = [band.expected[index], band.upper[index], band.lower[index]]
                .into_iter()
                .find(|value| value.is_finite())
                .unwrap_or(f64::NAN);
            let distance = least.abs.max(least.rel * expected.abs());
            let below = if self.direction == Direction::Above {
                0.0
            } else {
                distance
            };
            let above = if self.direction == Direction::Below {
                0.0
            } else {
                distance
            };
            (expected - below, expected + above)
        };
        (0..band.times_ms.len()).map(edges).unzip()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rule::{MinDeviation, OutsideRange};

    #[test]
    fn room_when_one_side_counts_then_ends_at_what_was_expected() {
        let band = Envelope {
            times_ms: vec![0, 1, 2],
            lower: vec![8.0, 90.0, f64::NAN],
            upper: vec![12.0, 110.0, f64::NAN],
            expected: vec![10.0, 100.0, f64::NAN],
        };
        let mut bounds = Bounds {
            least: MinDeviation { abs: 5.0, rel: 0.2 },
            direction: Direction::Above,
            outside: OutsideRange::default(),
        };
        let (lower, upper) = bounds.around(&band);
        assert_eq!(
            (&lower[..2], &upper[..2]),
            (&[10.0, 100.0][..], &[15.0, 120.0][..])
        );
        assert!(lower[2].is_nan(), "nothing was expected there");
        bounds.direction = Direction::Both;
        assert_eq!(bounds.around(&band).0[..2], [5.0, 80.0]);
        bounds.least = MinDeviation::default();
        assert!(bounds.around(&band).0.is_empty());
    }
}
