//! Lines and bands with more points than a screen has columns: what they cover of each column of pixels.
//!
//! A path through thousands of points within a few hundred pixels is a black area to look at and the slowest
//! thing that a rasteriser can be given. One upright bar for each column covers the same pixels. The bars of a line
//! are one stroke up and down, as wide as a pixel of the surface, which browsers draw ten times as fast as any wider
//! one and three times as fast as rectangles. An area's are rectangles: where it is transparent, a stroke would show
//! where it crosses itself.

/// Something drawn from left to right, as the part of each column of pixels that it covers.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Bars {
    /// Width of a column.
    pixel: f64,
    /// The first column, counted from the surface's left edge.
    first: i64,
    /// Highest and lowest position in each column.
    covered: Vec<(f64, f64)>,
}

impl Bars {
    /// Nothing yet, over the columns from `from` to `to`.
    pub(super) fn new(pixel: f64, from: f64, to: f64) -> Self {
        let (first, last) = (column(from, pixel), column(to, pixel));
        let nothing = (f64::INFINITY, f64::NEG_INFINITY);
        let count = usize::try_from(last - first + 1).unwrap_or(0);
        Self {
            pixel,
            first,
            covered: vec![nothing; count],
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
        let (mut from, mut left) = (*first, column(first.0, self.pixel));
        for to in points {
            let right = column(to.0, self.pixel);
            // Most segments of a dense line stay within a column, where only their ends count.
            self.touch(left, from.1);
            self.touch(right, to.1);
            if left < right {
                let slope = (to.1 - from.1) / (to.0 - from.0);
                for edge in left + 1..=right {
                    let y = from.1 + (edge as f64 * self.pixel - from.0) * slope;
                    self.touch(edge - 1, y);
                    self.touch(edge, y);
                }
            }
            (from, left) = (*to, right);
        }
    }

    /// Covers a position in a column.
    fn touch(&mut self, column: i64, y: f64) {
        let at = usize::try_from(column - self.first).ok();
        if let Some((high, low)) = at.and_then(|at| self.covered.get_mut(at)) {
            *high = high.min(y);
            *low = low.max(y);
        }
    }

    /// Covers as many columns more on either side of each.
    pub(super) fn widen(&mut self, columns: usize) {
        for _ in 0..columns {
            let narrow = self.covered.clone();
            let pairs = self.covered.iter_mut().zip(narrow.iter().skip(1));
            let behind = |(own, other): (&mut (f64, f64), &(f64, f64))| *own = union(*own, *other);
            pairs.for_each(behind);
            self.covered
                .iter_mut()
                .skip(1)
                .zip(&narrow)
                .for_each(behind);
        }
    }

    /// The bars as one line through the middles of the columns, longer by `more` at either end.
    pub(super) fn zigzag(&self, more: f64) -> Vec<(f64, f64)> {
        let mut points = Vec::with_capacity(2 * self.covered.len());
        for (at, (x, width, high, low)) in self.iter().enumerate() {
            let mut ends = [high - more, low + more];
            if at % 2 == 1 {
                ends.reverse();
            }
            points.extend(ends.map(|y| (x + width / 2.0, y)));
        }
        points
    }

    /// The bars that cover anything: left edge, width, highest and lowest position.
    pub(super) fn iter(&self) -> impl Iterator<Item = (f64, f64, f64, f64)> + '_ {
        let at = |index: usize| (self.first + index as i64) as f64 * self.pixel;
        self.covered
            .iter()
            .enumerate()
            .filter(|(_, (high, low))| high <= low)
            .map(move |(index, (high, low))| (at(index), self.pixel, *high, *low))
    }
}

fn union((high, low): (f64, f64), other: (f64, f64)) -> (f64, f64) {
    (high.min(other.0), low.max(other.1))
}

fn column(x: f64, pixel: f64) -> i64 {
    (x / pixel).floor() as i64
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
    fn bars_when_widened_then_cover_their_neighbours_columns_and_are_one_line_up_and_down() {
        let mut bars = Bars::new(1.0, 0.0, 3.9);
        bars.cover(&[(0.2, 5.0), (0.8, 6.0), (1.5, 2.0), (2.5, 6.0), (3.5, 6.0)]);
        let narrow: Vec<_> = bars.iter().map(|(_, _, high, low)| (high, low)).collect();
        bars.widen(1);
        let wide: Vec<_> = bars.iter().map(|(_, _, high, low)| (high, low)).collect();
        for (at, own) in wide.iter().enumerate() {
            let about = &narrow[at.saturating_sub(1)..(at + 2).min(narrow.len())];
            let all = about.iter().copied().reduce(union);
            assert_eq!(Some(*own), all, "column {at}");
        }
        let line = bars.zigzag(0.5);
        let x = line.iter().map(|point| point.0).collect::<Vec<_>>();
        assert_eq!(x, [0.5, 0.5, 1.5, 1.5, 2.5, 2.5, 3.5, 3.5]);
        let ends = |at: usize| (line[2 * at].1, line[2 * at + 1].1);
        assert_eq!(ends(0), (wide[0].0 - 0.5, wide[0].1 + 0.5));
        assert_eq!(ends(1), (wide[1].1 + 0.5, wide[1].0 - 0.5), "back up");
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
