//! The variational autoencoder (Kingma and Welling, "Auto-Encoding Variational Bayes", 2014): a window becomes a
//! small cloud instead of a point, and clouds are kept near each other, so that what lies between two ordinary
//! windows is ordinary too.
//!
//! The score is the reconstruction error from the middle of the cloud, without chance.

use burn::module::Module;
use burn::tensor::{Tensor, TensorData, activation};
use hindcast_shared::api::ModelKind;
use hindcast_shared::math::random::Random;

use super::autoencoder::{Layers, widths};
use super::layers::{Dense, Drawing};
use super::network::{Network, Plan, squared_error};

/// Weight of the clouds' distance beside the squared error: twice the variance that the windows are taken to have
/// around their reconstruction, in squares of their own spread.
const NEARNESS: f64 = 0.2;

#[derive(Module, Debug)]
pub(in crate::models) struct Vae {
    narrowing: Layers,
    /// Middle of the cloud.
    middle: Dense,
    /// Logarithm of its variance.
    spread: Dense,
    widening: Layers,
}

impl Vae {
    fn cloud(&self, rows: Tensor<2>) -> (Tensor<2>, Tensor<2>) {
        let narrowed = activation::relu(self.narrowing.forward(rows));
        // Bounded, so that its exponential stays finite.
        let spread = activation::tanh(self.spread.forward(narrowed.clone())) * 8.0;
        (self.middle.forward(narrowed), spread)
    }
}

impl Network for Vae {
    const NAME: &'static str = ModelKind::Vae.as_str();

    fn build(plan: &Plan, drawing: &mut Drawing<'_>) -> Self {
        let [window, wide, between, narrow] = widths(plan);
        Self {
            narrowing: Layers::new(drawing, &[window, wide, between]),
            middle: Dense::new(drawing, between, narrow),
            spread: Dense::new(drawing, between, narrow),
            widening: Layers::new(drawing, &[narrow, between, wide, window]),
        }
    }

    fn steps(_plan: &Plan) -> usize {
        1
    }

    fn weights(plan: &Plan) -> usize {
        let [window, wide, between, narrow] = widths(plan);
        Layers::weights(&[window, wide, between])
            + 2 * Dense::weights(between, narrow)
            + Layers::weights(&[narrow, between, wide, window])
    }

    fn kept(plan: &Plan) -> usize {
        5 * widths(plan).iter().sum::<usize>()
    }

    fn reconstruct(&self, rows: Tensor<2>) -> Tensor<2> {
        let (middle, _) = self.cloud(rows);
        self.widening.forward(middle)
    }

    fn loss(
        &self,
        rows: Tensor<2>,
        known: Option<Tensor<2>>,
        random: Option<&mut Random>,
    ) -> Tensor<1> {
        let [count, width] = rows.dims();
        let (middle, spread) = self.cloud(rows.clone());
        let point = match random {
            Some(random) => {
                let shape = middle.dims();
                let drawn = (0..shape[0] * shape[1]).map(|_| random.normal() as f32);
                let drawn = TensorData::new(drawn.collect::<Vec<f32>>(), shape);
                let drawn = Tensor::from_data(drawn, &rows.device());
                middle.clone() + (spread.clone() * 0.5).exp() * drawn
            }
            None => middle.clone(),
        };
        let distance = middle.square() + spread.clone().exp() - spread - 1.0;
        let distance = distance.sum() * (0.5 * NEARNESS / (count * width) as f64);
        squared_error(self.widening.forward(point), rows, known) + distance
    }
}
