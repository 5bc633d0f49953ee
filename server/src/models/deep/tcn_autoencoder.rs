//! The TCN autoencoder (Thill et al., "Temporal convolutional autoencoder for unsupervised anomaly detection in time
//! series", 2021): convolutions over time that see ever farther back, a narrow part that keeps a few numbers of every
//! few samples, and convolutions that spread these out again.

use burn::module::Module;
use burn::tensor::Tensor;
use hindcast_shared::api::{ModelKind, ModelSize};

use super::layers::{Attention, Dense, Drawing, TemporalBlock};
use super::network::{Network, Plan};

/// Samples of which the narrow part keeps one.
const POOL: usize = 4;
/// Heads of the attention.
const HEADS: usize = 8;

#[derive(Module, Debug)]
pub(in crate::models) struct TcnAutoencoder {
    reading: Vec<TemporalBlock>,
    attention: Option<Attention>,
    narrowing: Dense,
    telling: Vec<TemporalBlock>,
    out: Dense,
    #[module(skip)]
    steps: usize,
}

/// Channels of the convolutions in their order; the reach doubles from one to the next.
fn channels(size: ModelSize) -> &'static [usize] {
    match size {
        ModelSize::Small => &[32, 32, 64],
        ModelSize::Base => &[64, 128, 256],
        ModelSize::Large => &[128, 256, 512, 1_024],
    }
}

/// Numbers that are kept of every few samples.
fn narrow(plan: &Plan) -> usize {
    let most = match plan.size {
        ModelSize::Small => 16,
        ModelSize::Base => 32,
        ModelSize::Large => 64,
    };
    most.min(plan.columns.div_ceil(2))
}

/// Channels from the window to the narrow part, and back from it.
fn ways(plan: &Plan) -> (Vec<usize>, Vec<usize>) {
    let channels = channels(plan.size);
    let (mut there, mut back) = (vec![plan.columns], vec![narrow(plan)]);
    there.extend(channels);
    back.extend(channels.iter().rev());
    (there, back)
}

/// Blocks through these channels, whose dilations begin with 1, or end with it.
fn blocks(drawing: &mut Drawing<'_>, channels: &[usize], widening: bool) -> Vec<TemporalBlock> {
    let last = channels.len() - 2;
    let pairs = channels.windows(2).enumerate();
    let block = |(at, pair): (usize, &[usize])| {
        let dilation = 1 << if widening { last - at } else { at };
        TemporalBlock::new(drawing, pair[0], pair[1], dilation)
    };
    pairs.map(block).collect()
}

impl TcnAutoencoder {
    /// Every few samples, the last of the window among them.
    fn pooled(&self, rows: &Tensor<2>) -> Tensor<2> {
        let batch = rows.dims()[0] / self.steps;
        let kept = (0..self.steps).filter(|step| (self.steps - 1 - step).is_multiple_of(POOL));
        let kept = kept.map(|step| rows.clone().narrow(0, step * batch, batch));
        Tensor::cat(kept.collect(), 0)
    }

    /// Each of the kept samples in the place of those that it stands for.
    fn spread(&self, kept: &Tensor<2>) -> Tensor<2> {
        let count = self.steps.div_ceil(POOL);
        let batch = kept.dims()[0] / count;
        // The first one stands for what is left over.
        let at = |step: usize| count - 1 - (self.steps - 1 - step) / POOL;
        let rows = (0..self.steps).map(|step| kept.clone().narrow(0, at(step) * batch, batch));
        Tensor::cat(rows.collect(), 0)
    }
}

impl Network for TcnAutoencoder {
    const NAME: &'static str = ModelKind::TcnAutoencoder.as_str();

    fn build(plan: &Plan, drawing: &mut Drawing<'_>) -> Self {
        let (there, back) = ways(plan);
        let (last, narrow) = (back[1], back[0]);
        Self {
            reading: blocks(drawing, &there, false),
            attention: plan.attention.then(|| Attention::new(drawing, last, HEADS)),
            narrowing: Dense::new(drawing, last, narrow),
            telling: blocks(drawing, &back, true),
            out: Dense::new(drawing, there[1], plan.columns),
            steps: plan.steps,
        }
    }

    fn steps(plan: &Plan) -> usize {
        plan.steps
    }

    fn weights(plan: &Plan) -> usize {
        let (there, back) = ways(plan);
        let (last, narrow) = (back[1], back[0]);
        let blocks = |way: &[usize]| -> usize {
            let pairs = way.windows(2);
            pairs.map(|it| TemporalBlock::weights(it[0], it[1])).sum()
        };
        let attention = if plan.attention {
            Attention::weights(last)
        } else {
            0
        };
        blocks(&there)
            + attention
            + Dense::weights(last, narrow)
            + blocks(&back)
            + Dense::weights(there[1], plan.columns)
    }

    fn kept(plan: &Plan) -> usize {
        let attention = if plan.attention {
            HEADS * plan.steps
        } else {
            0
        };
        2 * 12 * channels(plan.size).iter().sum::<usize>() + 3 * plan.columns + 4 * attention
    }

    fn reconstruct(&self, rows: Tensor<2>) -> Tensor<2> {
        let mut read = rows;
        for block in &self.reading {
            read = block.forward(read, self.steps);
        }
        if let Some(attention) = &self.attention {
            read = attention.forward(read, self.steps);
        }
        let mut told = self.spread(&self.narrowing.forward(self.pooled(&read)));
        for block in &self.telling {
            told = block.forward(told, self.steps);
        }
        self.out.forward(told)
    }
}
