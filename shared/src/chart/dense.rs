//! Lines and bands with more points than a screen has columns: what they cover of each column of pixels.
//!
//! A path through thousands of points within a few hundred pixels is a black area to look at and the slowest
//! thing that a rasteriser can be given. One upright bar for each column covers the same pixels, and a surface of
//! pixels can gather such bars.

/// Something drawn from left to right, as the part of each column of pixels that it covers.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Bars {
    /// Width of a column.
    pixel: f64,
    /// The first column, counted from the surface's left edge.
    first: i32,
    covered: Vec<Extent>,
}

/// The highest and the lowest position in a column.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Extent {
    high: f64,
    low: f64,
}

impl Extent {
    const NOTHING: Self = Self {
        high: f64::INFINITY,
        low: f64::NEG_INFINITY,
    };

    fn at(y: f64) -> Self {
        Self { high: y, low: y }
    }

    fn touch(&mut self, y: f64) {
        // Every position is a number; `min` and `max`, which mind those that are none, take twice as long.
        if y < self.high {
            self.high = y;
        }
        if y > self.low {
            self.low = y;
        }
    }
}

impl Bars {
    /// Nothing yet, over the columns from `from` to `to`.
    pub(super) fn new(pixel: f64, from: f64, to: f64) -> Self {
        let (first, last) = (column(from, 1.0 / pixel), column(to, 1.0 / pixel));
        let count = usize::try_from(last - first + 1).unwrap_or(0);
        Self {
            pixel,
            first,
            covered: vec![Extent::NOTHING; count],
        }
    }

    /// Whether a line through so many points is better drawn as bars.
    pub(super) fn suit(points: &[(f64, f64)], pixel: f64) -> bool {
        let (Some(first), Some(last)) = (points.first(), points.last()) else {
            return false;
        };
        points.len() as f64 > 2.0 * (last.0 - first.0) / pixel
    }

    /// Covers what a line through these points, which go from left to right, touches.
    pub(super) fn cover(&mut self, points: &[(f64, f64)]) {
        let Some(first) = points.first() else {
            return;
        };
        let per_unit = 1.0 / self.pixel;
        let (mut from, mut left) = (*first, column(first.0, per_unit));
        let mut here = Extent::at(from.1);
        for to in &points[1..] {
            let right = column(to.0, per_unit);
            // Most segments of a dense line stay within a column, where only their ends count.
            if left < right {
                let slope = (to.1 - from.1) / (to.0 - from.0);
                for edge in left + 1..=right {
                    let y = from.1 + (f64::from(edge) * self.pixel - from.0) * slope;
                    here.touch(y);
                    self.add(edge - 1, here);
                    here = Extent::at(y);
                }
            }
            here.touch(to.1);
            (from, left) = (*to, right);
        }
        self.add(left, here);
    }

    fn add(&mut self, column: i32, extent: Extent) {
        let at = usize::try_from(column - self.first).ok();
        if let Some(covered) = at.and_then(|at| self.covered.get_mut(at)) {
            covered.touch(extent.high);
            covered.touch(extent.low);
        }
    }

    /// The bars that cover anything: left edge, width, highest and lowest position.
    pub(super) fn iter(&self) -> impl Iterator<Item = (f64, f64, f64, f64)> + '_ {
        let at = |index: usize| f64::from(self.first + index as i32) * self.pixel;
        self.covered
            .iter()
            .enumerate()
            .filter(|(_, extent)| extent.high <= extent.low)
            .map(move |(index, extent)| (at(index), self.pixel, extent.high, extent.low))
    }
}

fn column(x: f64, per_unit: f64) -> i32 {
    (x * per_unit).floor() as i32
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn bars_when_a_line_is_covered_then_no_point_of_it_lies_outside(
            steps in proptest::collection::vec((0.0..3.0_f64, -50.0..50.0_f64), 2..80), pixel in prop_oneof![Just(1.0), Just(0.5), Just(2.0 / 3.0)],
        ) {
            let mut x = 10.0;
            let points: Vec<(f64, f64)> = steps.iter().map(|(step, y)| { x += step; (x, *y) }).collect();
            let mut bars = Bars::new(pixel, points[0].0, points[points.len() - 1].0);
            bars.cover(&points);
            let covered: Vec<_> = bars.iter().collect();
            for pair in points.windows(2) {
                for share in [0.0, 0.25, 0.5, 0.75, 1.0] {
                    let x = pair[0].0 + (pair[1].0 - pair[0].0) * share;
                    let y = pair[0].1 + (pair[1].1 - pair[0].1) * share;
                    let inside = covered.iter().any(|(left, width, high, low)| {
                        let near = 1e-9;
                        *left <= x + near && x <= left + width + near && *high <= y + 1e-6 && y <= *low + 1e-6
                    });
                    prop_assert!(inside, "({x}, {y}) is outside of {covered:?}");
                }
            }
        }
    }

    #[test]
    fn bars_when_all_lies_in_one_column_then_are_one_from_the_highest_to_the_lowest() {
        let mut bars = Bars::new(1.0, 5.1, 5.9);
        bars.cover(&[(5.1, 3.0), (5.3, -2.0), (5.9, 1.0)]);
        assert_eq!(bars.iter().collect::<Vec<_>>(), [(5.0, 1.0, -2.0, 3.0)]);
    }

    #[test]
    fn bars_when_there_are_few_points_then_a_path_is_better() {
        let sparse = [(0.0, 1.0), (10.0, 2.0), (20.0, 3.0)];
        let dense: Vec<(f64, f64)> = (0..100).map(|at| (f64::from(at) / 5.0, 1.0)).collect();
        assert!(!Bars::suit(&sparse, 1.0));
        assert!(Bars::suit(&dense, 1.0));
        assert!(!Bars::suit(&[], 1.0));
    }
}
