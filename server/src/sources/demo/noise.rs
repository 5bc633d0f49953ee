//! Chance without state: a hash of seed and place, turned into numbers.

/// A well-mixed word for a place (the finalizer of `SplitMix64`, Steele, Lea and Flood 2014).
pub(super) fn word(seed: u64, place: i64) -> u64 {
    let mut bits = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15)
        ^ (place as u64).wrapping_mul(0xd1b5_4a32_d192_ed03);
    bits = (bits ^ (bits >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    bits = (bits ^ (bits >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    bits ^ (bits >> 31)
}

/// Evenly spread over `[0, 1)`.
pub(super) fn even(seed: u64, place: i64) -> f64 {
    (word(seed, place) >> 11) as f64 / (1_u64 << 53) as f64
}

/// Nearly normal with deviation 1, and never beyond 3.5: the sum of twelve even numbers, its tails cut off.
pub(super) fn normal(seed: u64, place: i64) -> f64 {
    let sum: f64 = (0..12).map(|part| even(seed + 1 + part, place)).sum();
    (sum - 6.0).clamp(-3.5, 3.5)
}

/// A slow wander with deviation of about 1: normal numbers at every `cell_ms`, joined smoothly.
pub(super) fn wander(seed: u64, at_ms: i64, cell_ms: i64) -> f64 {
    let cell = at_ms.div_euclid(cell_ms);
    let share = at_ms.rem_euclid(cell_ms) as f64 / cell_ms as f64;
    let ease = share * share * (3.0 - 2.0 * share);
    let (from, to) = (normal(seed, cell), normal(seed, cell + 1));
    from + (to - from) * ease
}
