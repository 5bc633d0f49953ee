//! The rounds of training: batches in a drawn order, a loss each round, and the best round kept.

use burn::optim::{AdamConfig, GradientsParams};
use burn::tensor::Device;
use hindcast_shared::api::LossPoint;
use hindcast_shared::math::random::Random;

use super::super::frame::Windows;
use super::super::{ModelError, Watch};
use super::batches::{batch, known};
use super::network::{Network, Plan};

/// How long and how fast a network learns.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Pace {
    /// Most rounds.
    pub(super) epochs: u32,
    /// Rounds without a better validation loss after which it stops.
    pub(super) patience: u32,
    /// Windows of a batch.
    pub(super) batch: usize,
    /// Step of the optimiser.
    pub(super) rate: f64,
}

impl Pace {
    /// For so many windows: with few of them, batches are small, so that a round still has some dozens.
    pub(super) fn of(windows: usize, epochs: u32) -> Self {
        Self {
            epochs,
            patience: 6,
            batch: (windows / 32).clamp(8, MOST_BATCH),
            rate: 2e-3,
        }
    }
}

/// Most windows of a batch.
pub(super) const MOST_BATCH: usize = 128;
/// Validation windows that the loss is taken of; of more, as many are taken evenly.
const MOST_VALIDATION: usize = 2_000;
/// A loss that is less by this share is better.
const BETTER: f64 = 1e-3;

/// A network with how it came to be.
#[derive(Debug)]
pub(super) struct Learned<N> {
    pub(super) network: N,
    pub(super) losses: Vec<LossPoint>,
    pub(super) best_epoch: u32,
}

/// Learns windows; `device` differentiates.
///
/// # Errors
/// [`ModelError::Diverged`] in the round whose loss is not a number, [`ModelError::Cancelled`].
pub(super) fn learn<N: Network>(
    mut network: N,
    plan: &Plan,
    pace: Pace,
    random: &mut Random,
    device: &Device,
    (training, validation): (&Windows<'_>, &Windows<'_>),
    watch: &Watch,
) -> Result<Learned<N>, ModelError> {
    let steps = N::steps(plan);
    let mut optimiser = AdamConfig::new().with_epsilon(1e-8).init();
    let mut order: Vec<usize> = (0..training.len()).collect();
    let mut losses = Vec::new();
    let mut best: Option<(f64, u32, N)> = None;
    for epoch in 1..=pace.epochs {
        let diverged = || ModelError::Diverged { epoch };
        shuffle(&mut order, random);
        let (mut sum, mut seen) = (0.0, 0);
        for places in order.chunks(pace.batch) {
            let part = seen as f64 / order.len() as f64;
            watch.at(0.95 * (f64::from(epoch - 1) + part) / f64::from(pace.epochs))?;
            let windows: Vec<&[f64]> = places.iter().map(|at| training.row(*at)).collect();
            let known = known(&windows, steps, plan, device);
            let loss = network.loss(batch(&windows, steps, device), known, Some(random));
            let gradients = GradientsParams::from_grads(loss.backward(), &network);
            network = optimiser.step(pace.rate, network, gradients);
            sum += finite(loss.into_scalar::<f32>()).ok_or_else(diverged)? * places.len() as f64;
            seen += places.len();
        }
        let found = validation_loss(&network.valid(), plan, device, validation);
        let loss = LossPoint {
            epoch,
            training: sum / seen as f64,
            validation: found.ok_or_else(diverged)?,
        };
        losses.push(loss);
        watch.epoch(0.95 * f64::from(epoch) / f64::from(pace.epochs), loss)?;
        match &best {
            Some((least, since, _)) if loss.validation >= least * (1.0 - BETTER) => {
                if epoch - since >= pace.patience {
                    break;
                }
            }
            _ => best = Some((loss.validation, epoch, network.clone())),
        }
    }
    let (_, best_epoch, network) =
        best.ok_or_else(|| ModelError::Failed("there was no round of training".to_owned()))?;
    Ok(Learned {
        network,
        losses,
        best_epoch,
    })
}

/// The mean loss of validation windows, without chance; nothing if it is not a number.
fn validation_loss<N: Network>(
    network: &N,
    plan: &Plan,
    device: &Device,
    windows: &Windows<'_>,
) -> Option<f64> {
    let (steps, device) = (N::steps(plan), device.clone().inner());
    let kept = windows.len().min(MOST_VALIDATION);
    let places: Vec<usize> = (0..kept).map(|at| at * windows.len() / kept).collect();
    let mut sum = 0.0;
    for places in places.chunks(MOST_BATCH) {
        let rows: Vec<&[f64]> = places.iter().map(|at| windows.row(*at)).collect();
        let known = known(&rows, steps, plan, &device);
        let loss = network.loss(batch(&rows, steps, &device), known, None);
        sum += finite(loss.into_scalar::<f32>())? * rows.len() as f64;
    }
    Some(sum / kept as f64)
}

fn finite(loss: f32) -> Option<f64> {
    loss.is_finite().then_some(f64::from(loss))
}

/// Every order is as likely as any other (Fisher and Yates).
fn shuffle(order: &mut [usize], random: &mut Random) {
    for at in (1..order.len()).rev() {
        order.swap(at, random.below(at as u64 + 1) as usize);
    }
}
