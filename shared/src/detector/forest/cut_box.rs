//! The arithmetic of boxes and cuts in a random cut tree. It knows no trees.

/// Points are padded to whole groups of this many coordinates.
pub(crate) const WIDTH: usize = 4;

/// How far `value` lies outside of `low..=high`.
#[inline]
pub(super) fn beyond(low: f32, high: f32, value: f32) -> f32 {
    let under = low - value;
    let over = value - high;
    let greater = if under > over { under } else { over };
    if greater > 0.0 { greater } else { 0.0 }
}

/// How far `point` lies outside of the box, and the length of the sides of the box with it, both summed.
#[inline]
pub(super) fn extent(low: &[f32], high: &[f32], point: &[f32]) -> (f32, f32) {
    let mut outside = [0.0_f32; WIDTH];
    let mut inside = [0.0_f32; WIDTH];
    let groups = low
        .chunks_exact(WIDTH)
        .zip(high.chunks_exact(WIDTH))
        .zip(point.chunks_exact(WIDTH));
    for ((low, high), point) in groups {
        for lane in 0..WIDTH {
            outside[lane] += beyond(low[lane], high[lane], point[lane]);
            inside[lane] += high[lane] - low[lane];
        }
    }
    let outside = (outside[0] + outside[1]) + (outside[2] + outside[3]);
    let inside = (inside[0] + inside[1]) + (inside[2] + inside[3]);
    (outside, outside + inside)
}

/// The cut that lies `drawn` along the gaps between box and point, and whether the point is on its left.
pub(super) fn choose(
    low: &[f32],
    high: &[f32],
    point: &[f32],
    mut drawn: f32,
) -> (usize, f32, bool) {
    let mut last = (0, 0.0, false);
    for (column, ((&low, &high), &value)) in low.iter().zip(high).zip(point).enumerate() {
        let gap = beyond(low, high, value);
        if gap > 0.0 {
            let (from, to) = if value < low {
                (value, low)
            } else {
                (high, value)
            };
            let at = from + drawn;
            let at = if at >= from && at < to { at } else { from };
            last = (column, at, value < low);
            if drawn < gap {
                break;
            }
            drawn -= gap;
        }
    }
    last
}

#[inline]
pub(super) fn grow(bounds: &mut [f32], point: &[f32]) {
    let (low, high) = bounds.split_at_mut(point.len());
    for ((low, high), &value) in low.iter_mut().zip(high).zip(point) {
        *low = if value < *low { value } else { *low };
        *high = if value > *high { value } else { *high };
    }
}

/// Whether no side of the box goes through `point`.
#[inline]
pub(super) fn is_inside(low: &[f32], high: &[f32], point: &[f32]) -> bool {
    low.iter()
        .zip(high)
        .zip(point)
        // A side without extent stays as it is, whoever goes.
        .all(|((&low, &high), &value)| (low < value && value < high) || low >= high)
}
