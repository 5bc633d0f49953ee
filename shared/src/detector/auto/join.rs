//! How far every window of a series is from its nearest neighbours in a bank of windows.
//!
//! The products of all pairs are not computed but updated: along a diagonal (both windows one further) the
//! product around the means changes by two multiplications, whatever the length of the windows (Zimmerman
//! et al., Matrix Profile XIV: SCAMP, 2019). So the bank may hold *every* window of the calm part for less
//! than what a sample of them costs as a matrix product. From one product come three distances:
//!
//! - *centred*: windows around their means, amplitude kept;
//! - *level*: the same with the distance of the means;
//! - *shape*: windows divided by their deviations, with a floor; only if three kinds are asked for.
//!
//! Rows are worked off in stripes, each begun with products from the values themselves, so that rounding
//! cannot build up; minima do not depend on an order, so the bits are equal on every target.

use std::ops::Range;

use super::windows::Windows;

/// The kinds of distances that come from one product.
pub(super) const KIND_NAMES: [&str; 3] = ["pattern", "level", "shape"];

/// Rows between two beginnings from the values themselves.
const STRIPE: usize = 1024;
/// Windows of the bank that are worked on at once: all that is known of them fits the second-level cache.
const TILE: usize = 2048;
/// More would not fit into the registers: the least of each lane and kind stays there.
const LANES: usize = 4;
/// Further than any distance.
const FAR: f64 = f64::MAX;

/// Against what windows are compared.
#[derive(Debug, Clone)]
pub(super) struct Bank {
    /// First values of the windows, as ascending ranges.
    pub(super) starts: Vec<Range<usize>>,
    /// How many neighbours, each from another stretch, are averaged.
    pub(super) neighbours: usize,
    /// The length of a stretch.
    pub(super) apart: usize,
}

/// Distances in units, root of the mean square, one a window, by kind.
#[derive(Debug, Clone)]
pub(super) struct Distances {
    /// To the nearest windows other than itself: for the series as it is.
    pub(super) near: Vec<Vec<f64>>,
    /// To the nearest windows that do not overlap it: as if it had not been in the bank.
    pub(super) apart: Vec<Vec<f64>>,
}

/// The smallest squares that one window has met, without its own energy; ascending.
#[derive(Clone)]
struct Nearest<const KINDS: usize> {
    near: [Vec<f64>; KINDS],
    apart: [Vec<f64>; KINDS],
}

/// Compares every window with the bank by the first `KINDS` kinds. `tick` is told of pairs done and may stop the
/// work with `false`.
pub(super) fn distances<const KINDS: usize>(
    windows: &Windows<'_>,
    bank: &Bank,
    tick: &mut dyn FnMut(u64) -> bool,
) -> Option<Distances> {
    let empty = || [(); KINDS].map(|()| vec![FAR; bank.neighbours.max(1)]);
    let nearest = Nearest::<KINDS> {
        near: empty(),
        apart: empty(),
    };
    let mut met = vec![nearest; windows.count()];
    for starts in &bank.starts {
        let mut from = starts.start;
        while from < starts.end {
            let tile = from..(from + TILE).min(starts.end);
            from = tile.end;
            for first in (0..windows.count()).step_by(STRIPE) {
                let rows = first..(first + STRIPE).min(windows.count());
                let pairs = (rows.len() * tile.len()) as u64;
                stripe(windows, bank, &tile, rows, &mut met);
                if !tick(pairs) {
                    return None;
                }
            }
        }
    }
    let measured = |pick: fn(&Nearest<KINDS>) -> &[Vec<f64>; KINDS]| {
        let of = |kind: usize| {
            let smallest = met.iter().map(|met| &pick(met)[kind]).enumerate();
            let measured = smallest.map(|(row, smallest)| measure(windows, kind, row, smallest));
            measured.collect::<Vec<f64>>()
        };
        (0..KINDS).map(of).collect()
    };
    Some(Distances {
        near: measured(|met| &met.near),
        apart: measured(|met| &met.apart),
    })
}

/// The mean distance to what was met; 0 if nothing was.
fn measure(windows: &Windows<'_>, kind: usize, row: usize, smallest: &[f64]) -> f64 {
    let own = match kind {
        2 => windows.shape_energy[row],
        _ => windows.energy[row],
    };
    let (mut total, mut count) = (0.0, 0.0);
    for square in smallest.iter().filter(|square| **square < FAR) {
        total += ((own + square).max(0.0) / windows.len as f64).sqrt();
        count += 1.0;
    }
    if count > 0.0 { total / count } else { 0.0 }
}

/// One stripe of rows against one tile of the bank.
fn stripe<const KINDS: usize>(
    windows: &Windows<'_>,
    bank: &Bank,
    tile: &Range<usize>,
    rows: Range<usize>,
    met: &mut [Nearest<KINDS>],
) {
    // A diagonal keeps its place, so the products of a row lie one before those of the row above.
    let mut diagonals = vec![0.0; tile.len() + rows.len()];
    let block = if bank.neighbours > 1 {
        bank.apart.max(1)
    } else {
        tile.len()
    };
    for row in rows.clone() {
        let offset = rows.end - 1 - row;
        let products = &mut diagonals[offset..offset + tile.len()];
        if row == rows.start {
            for (product, start) in products.iter_mut().zip(tile.clone()) {
                *product = windows.product(row, start);
            }
        } else {
            products[0] = windows.product(row, tile.start);
            let (change, lift) = (windows.change[row], windows.lift[row]);
            let others = tile.start + 1..tile.end;
            let others = windows.change[others.clone()]
                .iter()
                .zip(&windows.lift[others]);
            for (product, (other_change, other_lift)) in products[1..].iter_mut().zip(others) {
                *product += change * other_lift + other_change * lift;
            }
        }
        let near = tile.start.max(row)..tile.end.min(row + 1);
        let apart_until = (row + 1)
            .saturating_sub(windows.len)
            .clamp(tile.start, tile.end);
        let apart_from = (row + windows.len).clamp(tile.start, tile.end);
        let overlap = apart_until..apart_from;
        for from in tile.clone().step_by(block) {
            let part = from..(from + block).min(tile.end);
            let smallest = |range: Range<usize>, into: &mut [f64; KINDS]| {
                let products = &products[range.start - tile.start..range.end - tile.start];
                let found: [f64; KINDS] = smallest(windows, row, range, products);
                for (into, found) in into.iter_mut().zip(found) {
                    *into = less(*into, found);
                }
            };
            let mut apart = [FAR; KINDS];
            smallest(
                part.start..part.end.min(overlap.start).max(part.start),
                &mut apart,
            );
            smallest(
                part.start.max(overlap.end).min(part.end)..part.end,
                &mut apart,
            );
            let mut other = apart;
            let (low, high) = (part.start.max(overlap.start), part.end.min(overlap.end));
            if low < high {
                smallest(low..near.start.clamp(low, high), &mut other);
                smallest(near.end.clamp(low, high)..high, &mut other);
            }
            let met = &mut met[row];
            for kind in 0..KINDS {
                keep(&mut met.apart[kind], apart[kind]);
                keep(&mut met.near[kind], other[kind]);
            }
        }
    }
}

/// Takes a square among the smallest.
fn keep(smallest: &mut [f64], square: f64) {
    let Some(last) = smallest.len().checked_sub(1) else {
        return;
    };
    if square >= smallest[last] {
        return;
    }
    let mut at = last;
    while at > 0 && smallest[at - 1] > square {
        smallest[at] = smallest[at - 1];
        at -= 1;
    }
    smallest[at] = square;
}

/// `f64::min` without its rules for NaN, which cost more than the comparison; nothing here is NaN.
#[inline]
fn less(left: f64, right: f64) -> f64 {
    if right < left { right } else { left }
}

/// The smallest square of each kind over a range of the bank, without the row's own energy.
fn smallest<const KINDS: usize>(
    windows: &Windows<'_>,
    row: usize,
    range: Range<usize>,
    products: &[f64],
) -> [f64; KINDS] {
    let (mean, inverse) = (windows.mean[row], 2.0 * windows.inverse[row]);
    let len = windows.len as f64;
    let square = |product: f64, energy: f64, shape: f64, other_inverse: f64, other_mean: f64| {
        let centred = energy - 2.0 * product;
        let lift = other_mean - mean;
        let mut found = [centred; KINDS];
        if KINDS > 1 {
            found[1] = centred + len * (lift * lift);
        }
        if KINDS > 2 {
            found[2] = shape - inverse * product * other_inverse;
        }
        found
    };
    let energies = &windows.energy[range.clone()];
    let shapes = &windows.shape_energy[range.clone()];
    let inverses = &windows.inverse[range.clone()];
    let means = &windows.mean[range];
    let mut least = [[FAR; LANES]; KINDS];
    let whole = products.len() / LANES * LANES;
    for at in (0..whole).step_by(LANES) {
        let end = at + LANES;
        let (products, energies) = (&products[at..end], &energies[at..end]);
        let (shapes, inverses) = (&shapes[at..end], &inverses[at..end]);
        let means = &means[at..end];
        for lane in 0..LANES {
            let found = square(
                products[lane],
                energies[lane],
                shapes[lane],
                inverses[lane],
                means[lane],
            );
            for kind in 0..KINDS {
                least[kind][lane] = less(least[kind][lane], found[kind]);
            }
        }
    }
    for at in whole..products.len() {
        let found = square(
            products[at],
            energies[at],
            shapes[at],
            inverses[at],
            means[at],
        );
        for kind in 0..KINDS {
            least[kind][0] = less(least[kind][0], found[kind]);
        }
    }
    least.map(|lanes| lanes.into_iter().fold(FAR, less))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::math::random::Random;

    const ALL: usize = KIND_NAMES.len();

    /// The same from the definitions, with every pair from the values.
    fn plain(values: &[f64], len: usize, bank: &Bank, apart: bool) -> Vec<[f64; ALL]> {
        let windows = Windows::of(values, len).expect("long enough");
        let distance = |left: usize, right: usize, kind: usize| {
            let scaled = |at: usize| -> Vec<f64> {
                let (mean, inverse) = (windows.mean[at], windows.inverse[at]);
                let window = values[at..at + len].iter();
                window
                    .map(|value| match kind {
                        0 => value - mean,
                        1 => *value,
                        _ => (value - mean) * inverse,
                    })
                    .collect()
            };
            let squares = scaled(left).into_iter().zip(scaled(right));
            let squares = squares.map(|(left, right)| (left - right) * (left - right));
            (squares.sum::<f64>() / len as f64).sqrt()
        };
        let one = |row: usize| {
            std::array::from_fn(|kind| {
                let others = bank.starts.iter().flat_map(Clone::clone);
                let others =
                    others.filter(|other| other.abs_diff(row) >= if apart { len } else { 1 });
                others
                    .map(|other| distance(row, other, kind))
                    .fold(FAR, f64::min)
            })
        };
        (0..windows.count()).map(one).collect()
    }

    #[test]
    fn distances_when_updated_then_equal_those_from_the_definitions() {
        let mut random = Random::new(4);
        let mut level = 0.0;
        let values: Vec<f64> = (0..2300)
            .map(|_| {
                level = 0.9 * level + random.normal();
                level
            })
            .collect();
        let bank = Bank {
            starts: vec![0..300, 400..450],
            neighbours: 1,
            apart: 1,
        };
        let windows = Windows::of(&values, 11).expect("long enough");
        let found = distances::<ALL>(&windows, &bank, &mut |_| true).expect("nobody stopped it");
        for (apart, found) in [(false, &found.near), (true, &found.apart)] {
            for (row, expected) in plain(&values, 11, &bank, apart).iter().enumerate() {
                for kind in 0..ALL {
                    let error = (found[kind][row] - expected[kind]).abs();
                    assert!(error < 1e-7, "row {row} kind {kind}: {error}");
                }
            }
        }
        let fewer = distances::<2>(&windows, &bank, &mut |_| true).expect("nobody stopped it");
        assert_eq!(fewer.apart, found.apart[..2], "the third is left out");
    }

    #[test]
    fn distances_when_several_neighbours_are_wanted_then_they_come_from_different_stretches() {
        let values: Vec<f64> = (0..200).map(|at| f64::from(at % 10)).collect();
        let bank = Bank {
            starts: std::iter::once(0..190).collect(),
            neighbours: 3,
            apart: 10,
        };
        let windows = Windows::of(&values, 10).expect("long enough");
        let found = distances::<1>(&windows, &bank, &mut |_| true).expect("nobody stopped it");
        assert!(found.apart[0].iter().all(|distance| *distance < 1e-6));
    }

    #[test]
    fn distances_when_stopped_then_are_none() {
        let values = vec![0.5; 100];
        let bank = Bank {
            starts: std::iter::once(0..50).collect(),
            neighbours: 1,
            apart: 1,
        };
        let windows = Windows::of(&values, 10).expect("long enough");
        assert!(distances::<ALL>(&windows, &bank, &mut |_| false).is_none());
    }
}
