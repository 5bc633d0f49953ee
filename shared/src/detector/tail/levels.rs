//! At which threshold a series would have raised how many merged alarms.
//!
//! Lowering a threshold from the top makes alarms appear one by one, and now and then two of them grow
//! together. The n-th level is the highest threshold at which there are n alarms. Without a merge gap these
//! are simply the n highest scores; with one they are what runs declustering at a fixed threshold only
//! approximates: that merges whatever is joined at the *low* threshold of the tail, so that scores which
//! swing slowly would look far rarer than the alarms at the high threshold of a rule.

use std::collections::BTreeSet;

/// The levels of a series, and the threshold under them.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Levels {
    /// Descending; all over the threshold.
    pub(super) levels: Vec<f64>,
    /// The highest score that was not taken for a level any more.
    pub(super) threshold: f64,
}

/// At most `wanted` levels (more if the last are equal) from at most `most_points` scores; nothing if all
/// scores are equal. Scores over a threshold with at most `merge_gap` from one to the next are one alarm.
pub(super) fn levels(
    raws: &[f64],
    merge_gap: u32,
    wanted: usize,
    most_points: usize,
) -> Option<Levels> {
    let order = falling(raws);
    let mut over = BTreeSet::new();
    let mut alarms = 0_usize;
    let mut levels: Vec<f64> = Vec::new();
    for group in order.chunk_by(|a, b| raws[*a as usize].total_cmp(&raws[*b as usize]).is_eq()) {
        let height = raws[group[0] as usize];
        let is_enough = levels.len() >= wanted || over.len() + group.len() > most_points;
        if is_enough && !levels.is_empty() {
            return Some(Levels {
                levels,
                threshold: height,
            });
        }
        for &at in group {
            let before = over.range(..at).next_back().copied();
            let after = over.range(at..).next().copied();
            let is_near = |other: Option<u32>| other.is_some_and(|it| it.abs_diff(at) <= merge_gap);
            let were_one = matches!((before, after), (Some(b), Some(a)) if a - b <= merge_gap);
            match (is_near(before), is_near(after)) {
                (false, false) => alarms += 1,
                (true, true) if !were_one => alarms -= 1,
                _ => {}
            }
            over.insert(at);
        }
        while levels.len() < alarms {
            levels.push(height);
        }
    }
    // Every score was taken: the lowest is the threshold.
    let threshold = raws[*order.last()? as usize];
    levels.retain(|level| *level > threshold);
    (!levels.is_empty()).then_some(Levels { levels, threshold })
}

/// The places of scores from the highest down, equals in their order: sorted byte by byte of the score, which is as
/// fast as the standard library's sort and a tenth of its code.
fn falling(raws: &[f64]) -> Vec<u32> {
    let key = |at: u32| {
        let bits = raws[at as usize].to_bits();
        // As unsigned numbers in the order of `total_cmp`, and then the other way round.
        if bits >> 63 == 0 {
            !(bits | 1 << 63)
        } else {
            bits
        }
    };
    let mut order: Vec<u32> = (0..raws.len() as u32).collect();
    let mut next = order.clone();
    for shift in (0..64).step_by(8) {
        let digit = |at: u32| (key(at) >> shift) as usize & 255;
        let mut starts = [0_usize; 257];
        for at in &order {
            starts[digit(*at) + 1] += 1;
        }
        for digit in 0..256 {
            starts[digit + 1] += starts[digit];
        }
        for at in &order {
            let start = &mut starts[digit(*at)];
            next[*start] = *at;
            *start += 1;
        }
        std::mem::swap(&mut order, &mut next);
    }
    order
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::detector::tail::merged_alarms;
    use crate::math::random::Random;

    #[test]
    fn levels_when_counted_again_then_are_the_highest_thresholds_with_so_many_alarms() {
        let mut random = Random::new(3);
        let mut state = 0.0;
        let raws: Vec<f64> = (0..400)
            .map(|_| {
                state = 0.9 * state + random.normal();
                (state * 4.0_f64).floor()
            })
            .collect();
        for gap in [0, 1, 5, 20] {
            let found = levels(&raws, gap, 12, 400).expect("they differ");
            for (at, level) in found.levels.iter().enumerate() {
                let alarms =
                    |threshold: f64| merged_alarms(&raws, threshold, gap as usize) as usize;
                // Just under the level there are enough, at any higher score there are not.
                assert!(alarms(level.next_down()) > at);
                let higher = raws.iter().filter(|raw| *raw > level);
                assert!(higher.into_iter().all(|raw| alarms(raw.next_down()) <= at));
            }
            assert!(found.threshold < found.levels[found.levels.len() - 1]);
        }
    }

    #[test]
    fn places_when_sorted_then_fall_as_the_total_order_says() {
        let mut random = Random::new(5);
        let edges = [
            0.0,
            -0.0,
            f64::INFINITY,
            f64::NEG_INFINITY,
            f64::NAN,
            -f64::NAN,
        ];
        let drawn = (0..500).map(|_| (random.normal() * 8.0).floor() / 3.0);
        let raws: Vec<f64> = drawn
            .chain(edges)
            .chain([f64::MIN_POSITIVE, -1e300])
            .collect();
        let mut order: Vec<u32> = (0..raws.len() as u32).collect();
        order.sort_by(|a, b| raws[*b as usize].total_cmp(&raws[*a as usize]));
        assert_eq!(falling(&raws), order);
    }

    #[test]
    fn levels_when_scores_are_few_or_equal_then_are_few_or_nothing() {
        assert!(levels(&[], 3, 10, 10).is_none());
        assert!(levels(&[2.0; 50], 3, 10, 50).is_none());
        let found = levels(&[0.0, 5.0, 0.0, 0.0, 0.0, 3.0, 0.0], 1, 10, 7).expect("two peaks");
        assert_eq!(found.levels, [5.0, 3.0]);
        assert_eq!(found.threshold.to_bits(), 0.0_f64.to_bits());
    }
}
