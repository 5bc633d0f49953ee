//! The discrete Fourier transform of power-of-two lengths, complex and real.
//!
//! Cooley and Tukey, An Algorithm for the Machine Calculation of Complex Fourier Series, 1965: radix 2,
//! decimated in time. Real and imaginary parts live in arrays of their own, and the factors of each stage
//! lie side by side, so that the inner loop is plain vertical arithmetic whatever the register width.
//! The factors come from `libm`; hence equal bits everywhere.

use std::f64::consts::TAU;

/// The transform of complex sequences of one length.
#[derive(Debug, Clone)]
pub struct Fft {
    len: usize,
    /// `exp(-i τ k / size)` for `k < size / 2`, for the sizes 2, 4, 8, … one after another.
    factors_re: Vec<f64>,
    factors_im: Vec<f64>,
}

impl Fft {
    /// A transform of the smallest power of two that is at least `len`, and at least 1.
    pub fn new(len: usize) -> Self {
        let len = len.max(1).next_power_of_two();
        let (mut factors_re, mut factors_im) = (Vec::with_capacity(len), Vec::with_capacity(len));
        let mut size = 2;
        while size <= len {
            for index in 0..size / 2 {
                let (re, im) = factor(index, size);
                factors_re.push(re);
                factors_im.push(im);
            }
            size *= 2;
        }
        Self {
            len,
            factors_re,
            factors_im,
        }
    }

    /// How many values it transforms.
    #[expect(
        clippy::len_without_is_empty,
        reason = "a transform of no values does not exist"
    )]
    pub fn len(&self) -> usize {
        self.len
    }

    /// `X[k] = Σ x[j] exp(-i τ j k / len)` in place.
    ///
    /// # Panics
    /// If one of the slices has not [`Fft::len`] values.
    pub fn forward(&self, re: &mut [f64], im: &mut [f64]) {
        assert!(
            re.len() == self.len && im.len() == self.len,
            "a transform of {} values got {} and {}",
            self.len,
            re.len(),
            im.len()
        );
        reorder(re, im);
        let (mut half, mut from) = (1, 0);
        while half < self.len {
            let factors_re = &self.factors_re[from..from + half];
            let factors_im = &self.factors_im[from..from + half];
            for (re, im) in re
                .chunks_exact_mut(2 * half)
                .zip(im.chunks_exact_mut(2 * half))
            {
                butterflies(re, im, factors_re, factors_im);
            }
            from += half;
            half *= 2;
        }
    }

    /// The inverse of [`Fft::forward`], divided by the length.
    ///
    /// # Panics
    /// If one of the slices has not [`Fft::len`] values.
    pub fn inverse(&self, re: &mut [f64], im: &mut [f64]) {
        // Swapping the parts before and after conjugates both sides.
        self.forward(im, re);
        let scale = 1.0 / self.len as f64;
        for value in re.iter_mut().chain(im.iter_mut()) {
            *value *= scale;
        }
    }
}

/// The transform of real sequences of one length, by a complex one of half of it.
#[derive(Debug, Clone)]
pub struct RealFft {
    half: Fft,
    /// `exp(-i τ k / len)` for `k <= len / 2`.
    factors: Vec<(f64, f64)>,
}

impl RealFft {
    /// A transform of the smallest power of two that is at least `len`, and at least 2.
    pub fn new(len: usize) -> Self {
        let len = len.max(2).next_power_of_two();
        Self {
            half: Fft::new(len / 2),
            factors: (0..=len / 2).map(|index| factor(index, len)).collect(),
        }
    }

    /// How many values it transforms.
    #[expect(
        clippy::len_without_is_empty,
        reason = "a transform of no values does not exist"
    )]
    pub fn len(&self) -> usize {
        2 * self.half.len
    }

    /// Real and imaginary parts of the frequencies `0..=len / 2`; missing values count as 0.
    pub fn forward(&self, values: &[f64]) -> (Vec<f64>, Vec<f64>) {
        let half = self.half.len;
        let (mut re, mut im) = (vec![0.0; half], vec![0.0; half]);
        for (index, &value) in values.iter().take(2 * half).enumerate() {
            if index % 2 == 0 {
                re[index / 2] = value;
            } else {
                im[index / 2] = value;
            }
        }
        self.half.forward(&mut re, &mut im);
        self.factors
            .iter()
            .enumerate()
            .map(|(index, &(wr, wi))| {
                let (a, b) = (index % half, (half - index) % half);
                let (even_re, even_im) = (0.5 * (re[a] + re[b]), 0.5 * (im[a] - im[b]));
                let (odd_re, odd_im) = (0.5 * (im[a] + im[b]), 0.5 * (re[b] - re[a]));
                (
                    even_re + (wr * odd_re - wi * odd_im),
                    even_im + (wr * odd_im + wi * odd_re),
                )
            })
            .unzip()
    }

    /// The inverse of [`RealFft::forward`], divided by the length; missing frequencies count as 0.
    pub fn inverse(&self, re: &[f64], im: &[f64]) -> Vec<f64> {
        let half = self.half.len;
        let at = |index: usize| {
            (
                re.get(index).copied().unwrap_or(0.0),
                im.get(index).copied().unwrap_or(0.0),
            )
        };
        let (mut packed_re, mut packed_im) = (Vec::with_capacity(half), Vec::with_capacity(half));
        for (index, &(wr, wi)) in self.factors[..half].iter().enumerate() {
            let ((a_re, a_im), (b_re, b_im)) = (at(index), at(half - index));
            let (even_re, even_im) = (0.5 * (a_re + b_re), 0.5 * (a_im - b_im));
            let (turned_re, turned_im) = (0.5 * (a_re - b_re), 0.5 * (a_im + b_im));
            let odd_re = turned_re * wr + turned_im * wi;
            let odd_im = turned_im * wr - turned_re * wi;
            packed_re.push(even_re - odd_im);
            packed_im.push(even_im + odd_re);
        }
        self.half.inverse(&mut packed_re, &mut packed_im);
        packed_re
            .iter()
            .zip(&packed_im)
            .flat_map(|(re, im)| [*re, *im])
            .collect()
    }
}

fn factor(index: usize, size: usize) -> (f64, f64) {
    let angle = TAU * (index as f64 / size as f64);
    (libm::cos(angle), -libm::sin(angle))
}

#[inline]
fn butterflies(re: &mut [f64], im: &mut [f64], factors_re: &[f64], factors_im: &[f64]) {
    let half = factors_re.len();
    let (low_re, high_re) = re.split_at_mut(half);
    let (low_im, high_im) = im.split_at_mut(half);
    for ((((low_re, low_im), high_re), high_im), (wr, wi)) in low_re
        .iter_mut()
        .zip(low_im)
        .zip(high_re)
        .zip(high_im)
        .zip(factors_re.iter().zip(factors_im))
    {
        let turned_re = wr * *high_re - wi * *high_im;
        let turned_im = wr * *high_im + wi * *high_re;
        *high_re = *low_re - turned_re;
        *high_im = *low_im - turned_im;
        *low_re += turned_re;
        *low_im += turned_im;
    }
}

/// Moves every value to the place whose number reads backwards in bits.
fn reorder(re: &mut [f64], im: &mut [f64]) {
    let len = re.len();
    if len < 4 {
        return;
    }
    let shift = usize::BITS - len.trailing_zeros();
    for index in 0..len {
        let mirrored = index.reverse_bits() >> shift;
        if index < mirrored {
            re.swap(index, mirrored);
            im.swap(index, mirrored);
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn naive(re: &[f64], im: &[f64]) -> (Vec<f64>, Vec<f64>) {
        let len = re.len();
        (0..len)
            .map(|k| {
                let (mut sum_re, mut sum_im) = (0.0, 0.0);
                for j in 0..len {
                    let (wr, wi) = factor(j * k % len, len);
                    sum_re += re[j] * wr - im[j] * wi;
                    sum_im += re[j] * wi + im[j] * wr;
                }
                (sum_re, sum_im)
            })
            .unzip()
    }

    fn near(a: &[f64], b: &[f64]) -> bool {
        a.len() == b.len() && a.iter().zip(b).all(|(a, b)| (a - b).abs() < 1e-9)
    }

    proptest! {
        #[test]
        fn transform_when_compared_with_the_definition_then_agrees(power in 0_u32..8, seed in proptest::collection::vec(-10.0..10.0_f64, 256)) {
            let len = 1_usize << power;
            let (mut re, mut im) = (seed[..len].to_vec(), seed[256 - len..].to_vec());
            let (expected_re, expected_im) = naive(&re, &im);
            let fft = Fft::new(len);
            fft.forward(&mut re, &mut im);
            prop_assert!(near(&re, &expected_re) && near(&im, &expected_im));
            fft.inverse(&mut re, &mut im);
            prop_assert!(near(&re, &seed[..len]) && near(&im, &seed[256 - len..]));
        }

        #[test]
        fn real_transform_when_compared_with_the_definition_then_agrees(power in 1_u32..8, seed in proptest::collection::vec(-10.0..10.0_f64, 128)) {
            let len = 1_usize << power;
            let values = &seed[..len];
            let (expected_re, expected_im) = naive(values, &vec![0.0; len]);
            let fft = RealFft::new(len);
            let (re, im) = fft.forward(values);
            prop_assert!(near(&re, &expected_re[..=len / 2]) && near(&im, &expected_im[..=len / 2]));
            prop_assert!(near(&fft.inverse(&re, &im), values));
        }
    }

    #[test]
    fn length_when_no_power_of_two_then_is_rounded_up() {
        assert_eq!(Fft::new(0).len(), 1);
        assert_eq!(Fft::new(100).len(), 128);
        assert_eq!(RealFft::new(1).len(), 2);
    }
}
