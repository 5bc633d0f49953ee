//! Local regression away from the ends of a series, all points at once by the Fourier transform.

use super::loess::Moments;
use crate::math::fft::RealFft;

/// The sums of all points away from the ends at once.
#[derive(Debug)]
pub(super) struct Filter {
    fft: RealFft,
    /// Spectra of the kernel times distance to the powers 0, 1 and 2.
    spectra: [Spectrum; 3],
}

type Spectrum = (Vec<f64>, Vec<f64>);

/// The sums of each point, by its number.
pub(super) enum Filtered {
    Plain(Vec<f64>),
    Weighted([Vec<f64>; 5]),
}

impl Filtered {
    pub(super) fn moments(&self, at: usize, full: f64) -> Moments {
        match self {
            Self::Plain(wy) => Moments {
                w: full,
                wy: wy[at],
                ..Moments::default()
            },
            Self::Weighted([w, wd, wdd, wy, wdy]) => Moments {
                w: w[at],
                wd: wd[at],
                wdd: wdd[at],
                wy: wy[at],
                wdy: wdy[at],
            },
        }
    }
}

impl Filter {
    pub(super) fn new(kernel: &[f64], len: usize) -> Self {
        // Around the ends the transform wraps, but nobody looks there.
        let fft = RealFft::new(len);
        let half = kernel.len() / 2;
        let spectrum = |power: u32| {
            let mut turned = vec![0.0; fft.len()];
            for (index, weight) in kernel.iter().enumerate() {
                let distance = index as f64 - half as f64;
                let place = (fft.len() + half - index) % fft.len();
                turned[place] = (0..power).fold(*weight, |product, _| product * distance);
            }
            fft.forward(&turned)
        };
        let spectra = [spectrum(0), spectrum(1), spectrum(2)];
        Self { fft, spectra }
    }

    pub(super) fn run(&self, values: &[f64], weights: Option<&[f64]>) -> Filtered {
        let Some(weights) = weights else {
            return Filtered::Plain(self.apply(&self.fft.forward(values), 0));
        };
        let products: Vec<f64> = values.iter().zip(weights).map(|(y, w)| y * w).collect();
        let (weights, products) = (self.fft.forward(weights), self.fft.forward(&products));
        Filtered::Weighted([
            self.apply(&weights, 0),
            self.apply(&weights, 1),
            self.apply(&weights, 2),
            self.apply(&products, 0),
            self.apply(&products, 1),
        ])
    }

    fn apply(&self, (re, im): &Spectrum, power: usize) -> Vec<f64> {
        let (kernel_re, kernel_im) = &self.spectra[power];
        let product =
            |(((a, b), c), d): (((&f64, &f64), &f64), &f64)| (a * c - b * d, a * d + b * c);
        let (re, im): (Vec<f64>, Vec<f64>) = re
            .iter()
            .zip(im)
            .zip(kernel_re)
            .zip(kernel_im)
            .map(product)
            .unzip();
        self.fft.inverse(&re, &im)
    }
}
