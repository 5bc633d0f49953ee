//! The deep autoencoder: a window as one row goes through ever narrower layers and back.

use burn::module::Module;
use burn::tensor::{Tensor, activation};
use hindcast_shared::api::{ModelKind, ModelSize};

use super::layers::{Dense, Drawing};
use super::network::{Network, Plan};

/// A narrow part holds at most one number for so many of the window, or odd windows would pass it too.
const LEAST_SQUEEZE: usize = 4;

/// Layers, widest first, with a bend after each but the last.
#[derive(Module, Debug)]
pub(super) struct Layers {
    layers: Vec<Dense>,
}

impl Layers {
    pub(super) fn new(drawing: &mut Drawing<'_>, widths: &[usize]) -> Self {
        let pairs = widths.windows(2);
        Self {
            layers: pairs
                .map(|pair| Dense::new(drawing, pair[0], pair[1]))
                .collect(),
        }
    }

    /// Numbers of such layers.
    pub(super) fn weights(widths: &[usize]) -> usize {
        let pairs = widths.windows(2);
        pairs.map(|pair| Dense::weights(pair[0], pair[1])).sum()
    }

    pub(super) fn forward(&self, mut rows: Tensor<2>) -> Tensor<2> {
        for (at, layer) in self.layers.iter().enumerate() {
            rows = layer.forward(rows);
            if at + 1 < self.layers.len() {
                rows = activation::relu(rows);
            }
        }
        rows
    }
}

/// Widths from the window to the narrowest.
pub(super) fn widths(plan: &Plan) -> [usize; 4] {
    let (wide, middle, narrow) = match plan.size {
        ModelSize::Small => (128, 64, 16),
        ModelSize::Base => (256, 128, 32),
        ModelSize::Large => (1_024, 256, 64),
    };
    let window = plan.width();
    let narrow = narrow.min(window / LEAST_SQUEEZE).max(1);
    [window, wide, middle, narrow]
}

#[derive(Module, Debug)]
pub(in crate::models) struct Autoencoder {
    narrowing: Layers,
    widening: Layers,
}

impl Network for Autoencoder {
    const NAME: &'static str = ModelKind::Autoencoder.as_str();

    fn build(plan: &Plan, drawing: &mut Drawing<'_>) -> Self {
        let mut widths = widths(plan);
        let narrowing = Layers::new(drawing, &widths);
        widths.reverse();
        Self {
            narrowing,
            widening: Layers::new(drawing, &widths),
        }
    }

    fn steps(_plan: &Plan) -> usize {
        1
    }

    fn weights(plan: &Plan) -> usize {
        let mut widths = widths(plan);
        let there = Layers::weights(&widths);
        widths.reverse();
        there + Layers::weights(&widths)
    }

    fn kept(plan: &Plan) -> usize {
        4 * widths(plan).iter().sum::<usize>()
    }

    fn reconstruct(&self, rows: Tensor<2>) -> Tensor<2> {
        self.widening.forward(self.narrowing.forward(rows))
    }
}
