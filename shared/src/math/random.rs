//! Seeded chance: xoshiro256++ started by `SplitMix64` (Blackman and Vigna, "Scrambled linear pseudorandom
//! number generators", 2021). Whole numbers only, so every target draws the same.

use serde::{Deserialize, Serialize};

/// A small seeded generator; equal seeds draw equal numbers on every target.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Random {
    state: [u64; 4],
}

impl Random {
    /// A generator whose draws depend on `seed` alone; every seed is good, 0 too.
    pub fn new(seed: u64) -> Self {
        let mut mixer = seed;
        Self {
            state: std::array::from_fn(|_| split_mix(&mut mixer)),
        }
    }

    /// The next 64 random bits.
    pub fn next_u64(&mut self) -> u64 {
        let [s0, s1, s2, s3] = &mut self.state;
        let drawn = s0.wrapping_add(*s3).rotate_left(23).wrapping_add(*s0);
        let shifted = *s1 << 17;
        *s2 ^= *s0;
        *s3 ^= *s1;
        *s1 ^= *s2;
        *s0 ^= *s3;
        *s2 ^= shifted;
        *s3 = s3.rotate_left(45);
        drawn
    }

    /// A uniform draw from [0, 1) with 53 random bits.
    pub fn unit(&mut self) -> f64 {
        // 2^-53 is exact, and so is the product.
        (self.next_u64() >> 11) as f64 * (1.0 / 9_007_199_254_740_992.0)
    }

    /// A uniform draw from `low..high`; `low` if the range is empty.
    pub fn between(&mut self, low: f64, high: f64) -> f64 {
        if low < high {
            (low + self.unit() * (high - low)).min(high)
        } else {
            low
        }
    }

    /// A uniform draw from `0..n`; 0 if `n` is 0.
    ///
    /// The upper half of a wide product (Lemire, 2019) without its rejection step: the bias is below
    /// n / 2^64, and the number of draws stays fixed.
    pub fn below(&mut self, n: u64) -> u64 {
        let drawn = self.next_u64();
        // Wasm has no wide product; elsewhere it is one instruction.
        if cfg!(target_arch = "wasm32") && u32::try_from(n).is_ok() {
            high_by_halves(drawn, n)
        } else {
            ((u128::from(drawn) * u128::from(n)) >> 64) as u64
        }
    }

    /// A draw from the standard normal distribution (Marsaglia's polar method).
    pub fn normal(&mut self) -> f64 {
        loop {
            let x = 2.0 * self.unit() - 1.0;
            let y = 2.0 * self.unit() - 1.0;
            let square = x * x + y * y;
            if square > 0.0 && square < 1.0 {
                return x * (-2.0 * libm::log(square) / square).sqrt();
            }
        }
    }

    /// `count` different indices below `n` in ascending order; all of them if `count` is not below `n`.
    ///
    /// Floyd's algorithm would need a set; walking once over `0..n` (Knuth's selection sampling) needs none.
    pub fn sample(&mut self, n: u64, count: u64) -> Vec<u64> {
        let mut chosen = Vec::with_capacity(count.min(n) as usize);
        let mut wanted = count.min(n);
        for index in 0..n {
            if wanted == 0 {
                break;
            }
            if self.below(n - index) < wanted {
                chosen.push(index);
                wanted -= 1;
            }
        }
        chosen
    }
}

/// The upper half of the product of any number and one below 2^32.
fn high_by_halves(left: u64, right: u64) -> u64 {
    let (high, low) = (left >> 32, left & u64::from(u32::MAX));
    (high * right + ((low * right) >> 32)) >> 32
}

fn split_mix(state: &mut u64) -> u64 {
    *state = state.wrapping_add(0x9E37_79B9_7F4A_7C15);
    let mut mixed = *state;
    mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    mixed ^ (mixed >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn split_mix_when_seeded_with_the_published_value_then_draws_the_published_numbers() {
        let mut state = 1_234_567;
        assert_eq!(split_mix(&mut state), 6_457_827_717_110_365_317);
        assert_eq!(split_mix(&mut state), 3_203_168_211_198_807_973);
    }

    #[test]
    fn next_u64_when_state_is_one_to_four_then_draws_the_published_numbers() {
        let mut random = Random {
            state: [1, 2, 3, 4],
        };
        assert_eq!(random.next_u64(), 41_943_041);
        assert_eq!(random.next_u64(), 58_720_359);
        assert_eq!(random.next_u64(), 3_588_806_011_781_223);
    }

    #[test]
    fn unit_when_drawn_often_then_is_even_over_the_interval() {
        let mut random = Random::new(7);
        let draws: Vec<f64> = (0..20_000).map(|_| random.unit()).collect();
        assert!(draws.iter().all(|draw| (0.0..1.0).contains(draw)));
        let mean = crate::sum::sum(&draws) / 20_000.0;
        assert!((mean - 0.5).abs() < 0.01, "{mean}");
    }

    #[test]
    fn normal_when_drawn_often_then_has_mean_zero_and_deviation_one() {
        let mut random = Random::new(7);
        let draws: Vec<f64> = (0..20_000).map(|_| random.normal()).collect();
        let mean = crate::sum::sum(&draws) / 20_000.0;
        let square = crate::sum::sum_by(&draws, |draw| draw * draw) / 20_000.0;
        assert!(mean.abs() < 0.03 && (square - 1.0).abs() < 0.05);
    }

    #[test]
    fn below_when_n_is_zero_then_is_zero() {
        assert_eq!(Random::new(1).below(0), 0);
    }

    #[test]
    fn high_by_halves_when_the_other_is_small_then_equals_the_wide_product() {
        let mut random = Random::new(5);
        let most = u64::from(u32::MAX);
        for right in [0, 1, 3, 1_000, most - 1, most] {
            for left in [0, 1, u64::MAX, random.next_u64(), random.next_u64()] {
                let wide = (u128::from(left) * u128::from(right)) >> 64;
                assert_eq!(u128::from(high_by_halves(left, right)), wide);
            }
        }
    }

    #[test]
    fn between_when_the_range_is_empty_then_is_its_start() {
        assert_eq!(
            Random::new(1).between(3.0, 3.0).to_bits(),
            3.0_f64.to_bits()
        );
    }

    #[test]
    fn sample_when_fewer_are_wanted_then_draws_that_many_in_order() {
        let chosen = Random::new(3).sample(100, 10);
        assert_eq!(chosen.len(), 10);
        assert!(chosen.is_sorted_by(|left, right| left < right));
        assert!(chosen.iter().all(|&index| index < 100));
    }

    #[test]
    fn sample_when_more_are_wanted_than_there_are_then_takes_all() {
        assert_eq!(Random::new(3).sample(3, 10), [0, 1, 2]);
    }
}
