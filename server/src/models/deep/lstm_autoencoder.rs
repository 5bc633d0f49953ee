//! The LSTM autoencoder (Malhotra et al., "LSTM-based Encoder-Decoder for Multi-sensor Anomaly Detection", 2016):
//! one recurrent layer reads a window and keeps a few numbers of it, another one tells it again from these.

use burn::module::Module;
use burn::tensor::Tensor;
use hindcast_shared::api::{ModelKind, ModelSize};

use super::layers::{Dense, Drawing, Lstm};
use super::network::{Network, Plan};

#[derive(Module, Debug)]
pub(in crate::models) struct LstmAutoencoder {
    reading: Lstm,
    narrowing: Dense,
    telling: Lstm,
    out: Dense,
    #[module(skip)]
    steps: usize,
}

/// Width of the recurrent layers, and numbers that are kept of a window.
fn widths(plan: &Plan) -> (usize, usize) {
    let (hidden, narrow) = match plan.size {
        ModelSize::Small => (32, 16),
        ModelSize::Base => (64, 32),
        ModelSize::Large => (256, 64),
    };
    (hidden, narrow.min(plan.width() / 4).max(1))
}

impl Network for LstmAutoencoder {
    const NAME: &'static str = ModelKind::LstmAutoencoder.as_str();

    fn build(plan: &Plan, drawing: &mut Drawing<'_>) -> Self {
        let (hidden, narrow) = widths(plan);
        Self {
            reading: Lstm::new(drawing, plan.columns, hidden),
            narrowing: Dense::new(drawing, hidden, narrow),
            telling: Lstm::new(drawing, narrow, hidden),
            out: Dense::new(drawing, hidden, plan.columns),
            steps: plan.steps,
        }
    }

    fn steps(plan: &Plan) -> usize {
        plan.steps
    }

    fn weights(plan: &Plan) -> usize {
        let (hidden, narrow) = widths(plan);
        Lstm::weights(plan.columns, hidden)
            + Dense::weights(hidden, narrow)
            + Lstm::weights(narrow, hidden)
            + Dense::weights(hidden, plan.columns)
    }

    fn kept(plan: &Plan) -> usize {
        2 * 16 * widths(plan).0 + 3 * plan.columns
    }

    fn reconstruct(&self, rows: Tensor<2>) -> Tensor<2> {
        let kept = self.narrowing.forward(self.reading.last(&rows, self.steps));
        self.out.forward(self.telling.repeated(kept, self.steps))
    }
}
