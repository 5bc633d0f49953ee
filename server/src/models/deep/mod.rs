//! Deep models: networks that learn to tell windows again from a few numbers, and fail at odd ones.
//!
//! Each has a file with its [`Network`]; what they share is here too: [`layers`] they are made of,
//! [`training`] in rounds, [`weights`] in and out, and scores as the root of the mean squared error.
//! burn computes and differentiates. A network is scored on the processor wherever it was trained, so that a version
//! gives the same scores on every server.

mod autoencoder;
mod batches;
mod device;
mod layers;
mod lstm_autoencoder;
mod network;
mod tcn_autoencoder;
#[cfg(test)]
mod tests;
mod training;
mod vae;
mod weights;

use std::marker::PhantomData;

use burn::tensor::Device;
use hindcast_shared::api::{ModelMetrics, ModelSpec};
use hindcast_shared::math::random::Random;

use super::dataset::Dataset;
use super::rows::{pack, unpack};
use super::{Model, ModelError, Scorer, Shape, Trained, Watch, inputs};
use crate::config::ModelDevice;

pub(in crate::models) use self::autoencoder::Autoencoder;
pub(in crate::models) use self::lstm_autoencoder::LstmAutoencoder;
pub(in crate::models) use self::tcn_autoencoder::TcnAutoencoder;
pub(in crate::models) use self::vae::Vae;

use self::device::Opened;
use self::layers::Drawing;
use self::network::{Network, Plan};
use self::training::{Learned, MOST_BATCH, Pace, learn};

/// Windows that are scored at once, always as many: how a product of matrices is summed depends on their size, and
/// a window has the same score to the last bit whatever stands beside it.
const SCORED: usize = 32;

/// A network as a model.
pub(in crate::models) fn model<N: Network>(device: ModelDevice) -> Box<dyn Model> {
    Box::new(Deep::<N> {
        device,
        network: PhantomData,
    })
}

/// Which network it is and where it learns; its weights come from training.
struct Deep<N> {
    device: ModelDevice,
    network: PhantomData<fn() -> N>,
}

impl<N: Network> Deep<N> {
    fn build(plan: &Plan, random: &mut Random, device: &Device) -> N {
        N::build(plan, &mut Drawing { random, device })
    }
}

impl<N: Network> Model for Deep<N> {
    fn memory(&self, spec: &ModelSpec, shape: Shape) -> u64 {
        let plan = Plan::new(spec, shape.width);
        let steps = N::steps(&plan);
        let numbers = N::weights(&plan) as u64;
        let kept = (MOST_BATCH * steps * N::kept(&plan)) as u64;
        // Weights, their gradients, two moments of these, the best round, and one more while a step is made.
        4 * (6 * numbers + 2 * kept)
    }

    fn train(
        &self,
        spec: &ModelSpec,
        data: &Dataset,
        watch: &Watch,
    ) -> Result<Trained, ModelError> {
        let (training, validation) = (data.training(), data.validation());
        let mut plan = Plan::new(spec, training.width());
        plan.bridged = inputs::bridged(spec, &data.inputs);
        let Opened { device, note } = device::open(self.device)?;
        let device = device.autodiff();
        let mut random = Random::new(spec.seed);
        let network: N = Self::build(&plan, &mut random, &device);
        let pace = Pace::of(training.len(), spec.epochs);
        let numbers = weights::count(&network);
        let Learned {
            network,
            losses,
            best_epoch,
        } = threads()?.install(|| {
            let windows = (&training, &validation);
            learn(network, &plan, pace, &mut random, &device, windows, watch)
        })?;
        let weights = weights::taken(&network.valid());
        Ok(Trained {
            weights: pack(N::NAME, plan.width(), &(&plan, weights))?,
            notes: std::iter::once(format!(
                "{numbers} weights; round {best_epoch} of {} was the best and is kept.",
                losses.len()
            ))
            .chain(note)
            .collect(),
            metrics: ModelMetrics {
                losses,
                best_epoch: Some(best_epoch),
                ..ModelMetrics::default()
            },
        })
    }

    fn open(&self, weights: &[u8], width: usize) -> Result<Box<dyn Scorer>, ModelError> {
        let (plan, weights): (Plan, Vec<Vec<f32>>) = unpack(N::NAME, width, weights)?;
        let broken = || {
            let message = "weights and plan do not belong together; train it anew";
            ModelError::artifact("weights", message)
        };
        let fits = |(value, missing): &(usize, usize)| value.max(missing) < &plan.columns;
        if plan.steps == 0
            || plan.columns == 0
            || plan.width() != width
            || !plan.bridged.iter().all(fits)
        {
            return Err(broken());
        }
        let network = Self::build(&plan, &mut Random::new(0), &Device::flex());
        let network = weights::given(network, weights).ok_or_else(broken)?;
        Ok(Box::new(Ready::<N> { network, plan }))
    }
}

/// Threads for one training, which begin as patient as the one that asks for them: the process's own ones also score
/// for people who wait.
fn threads() -> Result<rayon::ThreadPool, ModelError> {
    rayon::ThreadPoolBuilder::new()
        .thread_name(|_| "training".to_owned())
        .build()
        .map_err(|error| ModelError::Failed(error.to_string()))
}

/// A network that scores.
struct Ready<N> {
    network: N,
    plan: Plan,
}

impl<N: Network> Ready<N> {
    /// The squared error of every number of at most [`SCORED`] windows; 0 where a gap was bridged.
    fn squared(&self, windows: &[&[f64]]) -> Vec<f64> {
        let mut full = windows.to_vec();
        full.resize(SCORED, windows[0]);
        let (steps, width) = (N::steps(&self.plan), self.plan.width());
        let rows = batches::batch(&full, steps, &Device::flex());
        let told = weights::numbers(self.network.reconstruct(rows));
        let mut errors = batches::errors(&full, steps, &told);
        errors.truncate(windows.len() * width);
        for (window, errors) in windows.iter().zip(errors.chunks_exact_mut(width)) {
            for place in self.plan.bridges(window) {
                errors[place] = 0.0;
            }
        }
        errors
    }
}

impl<N: Network> Scorer for Ready<N> {
    fn score(&self, rows: &[f64]) -> Vec<f64> {
        let width = self.plan.width();
        let windows: Vec<&[f64]> = rows.chunks_exact(width).collect();
        let mean = |(window, errors): (&&[f64], &[f64])| {
            let known = width - self.plan.bridges(window).count();
            (errors.iter().sum::<f64>() / known as f64).sqrt()
        };
        let of_batch = |windows: &[&[f64]]| -> Vec<f64> {
            let errors = self.squared(windows);
            let errors = errors.chunks_exact(width);
            windows.iter().zip(errors).map(mean).collect()
        };
        windows.chunks(SCORED).flat_map(of_batch).collect()
    }

    fn errors(&self, row: &[f64]) -> Option<Vec<f64>> {
        Some(self.squared(&[row]))
    }
}
