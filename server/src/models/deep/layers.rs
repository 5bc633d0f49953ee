//! The layers that networks are made of; burn differentiates them and owns the arithmetic.
//!
//! A batch of windows is a table with a row for each sample, all windows' first samples before all second ones.
//! Time then goes in whole blocks of rows: a layer is one product of matrices, a shift in time moves a block, and
//! no layer has to copy a transposed batch. burn's own recurrent and convolution layers take a product a gate and an
//! order of axes that has to be turned first, which costs several times as much on a processor.
//!
//! Weights are drawn from our own seeded generator, because burn draws from one that the whole process shares.

use burn::module::{Module, Param};
use burn::tensor::{Device, Tensor, TensorData, activation};
use hindcast_shared::math::random::Random;

/// Samples that a convolution sees at once.
const KERNEL: usize = 3;

/// Where weights come from and live.
#[derive(Debug)]
pub(in crate::models) struct Drawing<'a> {
    pub(super) random: &'a mut Random,
    pub(super) device: &'a Device,
}

impl Drawing<'_> {
    /// A matrix that is the whole or one of `parts` of what makes an output: for inputs of variance 1 and outputs of
    /// the same, uniformly drawn (`LeCun` et al., "Efficient `BackProp`", 1998).
    fn matrix(&mut self, inputs: usize, outputs: usize, parts: usize) -> Param<Tensor<2>> {
        let bound = (3.0 / (inputs * parts) as f64).sqrt();
        let mut drawn = || self.random.between(-bound, bound) as f32;
        let values: Vec<f32> = (0..inputs * outputs).map(|_| drawn()).collect();
        Param::from_data(TensorData::new(values, [inputs, outputs]), self.device)
    }

    fn zeros(&self, length: usize) -> Param<Tensor<1>> {
        Param::from_data(
            TensorData::new(vec![0.0_f32; length], [length]),
            self.device,
        )
    }
}

/// Each output is a weighted sum of the inputs and a number of its own.
#[derive(Module, Debug)]
pub(super) struct Dense {
    weight: Param<Tensor<2>>,
    bias: Param<Tensor<1>>,
}

impl Dense {
    pub(super) fn new(drawing: &mut Drawing<'_>, inputs: usize, outputs: usize) -> Self {
        Self {
            weight: drawing.matrix(inputs, outputs, 1),
            bias: drawing.zeros(outputs),
        }
    }

    /// Numbers of such a layer.
    pub(super) fn weights(inputs: usize, outputs: usize) -> usize {
        (inputs + 1) * outputs
    }

    pub(super) fn forward(&self, rows: Tensor<2>) -> Tensor<2> {
        rows.matmul(self.weight.val()) + self.bias.val().unsqueeze()
    }
}

/// Long short-term memory (Hochreiter and Schmidhuber, 1997, with a forget gate).
#[derive(Module, Debug)]
pub(super) struct Lstm {
    /// The gates of an input: what comes in, is forgotten and goes out, and the new content, one beside the other.
    input: Dense,
    /// What the hidden state adds to them.
    hidden: Param<Tensor<2>>,
}

impl Lstm {
    pub(super) fn new(drawing: &mut Drawing<'_>, inputs: usize, width: usize) -> Self {
        Self {
            input: Dense::new(drawing, inputs, 4 * width),
            hidden: drawing.matrix(width, 4 * width, 1),
        }
    }

    /// Numbers of such a layer.
    pub(super) fn weights(inputs: usize, width: usize) -> usize {
        (inputs + width + 1) * 4 * width
    }

    fn width(&self) -> usize {
        self.hidden.val().dims()[0]
    }

    /// The hidden state after the last sample.
    pub(super) fn last(&self, rows: &Tensor<2>, steps: usize) -> Tensor<2> {
        let batch = rows.dims()[0] / steps;
        let mut state = None;
        for step in 0..steps {
            let sample = rows.clone().narrow(0, step * batch, batch);
            state = Some(self.step(self.input.forward(sample), state));
        }
        state.map_or_else(|| rows.clone(), |(hidden, _)| hidden)
    }

    /// The hidden states after each sample, where every sample is the same.
    pub(super) fn repeated(&self, sample: Tensor<2>, steps: usize) -> Tensor<2> {
        let gates = self.input.forward(sample);
        let (mut state, mut told) = (None, Vec::with_capacity(steps));
        for _ in 0..steps {
            let (hidden, cell) = self.step(gates.clone(), state);
            told.push(hidden.clone());
            state = Some((hidden, cell));
        }
        Tensor::cat(told, 0)
    }

    fn step(
        &self,
        input: Tensor<2>,
        state: Option<(Tensor<2>, Tensor<2>)>,
    ) -> (Tensor<2>, Tensor<2>) {
        let width = self.width();
        let (gates, cell) = match state {
            Some((hidden, cell)) => (input + hidden.matmul(self.hidden.val()), Some(cell)),
            None => (input, None),
        };
        let open = activation::sigmoid(gates.clone().narrow(1, 0, 3 * width));
        let content = activation::tanh(gates.narrow(1, 3 * width, width));
        let part = |at: usize| open.clone().narrow(1, at * width, width);
        let kept = cell.map(|cell| part(1) * cell);
        let taken = part(0) * content;
        let cell = match kept {
            Some(kept) => kept + taken,
            None => taken,
        };
        (part(2) * activation::tanh(cell.clone()), cell)
    }
}

/// A convolution over time that never looks ahead, over every `dilation`-th sample.
#[derive(Module, Debug)]
struct CausalConvolution {
    /// For now, and for the samples before.
    taps: Vec<Param<Tensor<2>>>,
    bias: Param<Tensor<1>>,
    #[module(skip)]
    dilation: usize,
}

impl CausalConvolution {
    fn new(drawing: &mut Drawing<'_>, inputs: usize, outputs: usize, dilation: usize) -> Self {
        let taps = (0..KERNEL).map(|_| drawing.matrix(inputs, outputs, KERNEL));
        Self {
            taps: taps.collect(),
            bias: drawing.zeros(outputs),
            dilation,
        }
    }

    fn forward(&self, rows: &Tensor<2>, steps: usize) -> Tensor<2> {
        let [count, _] = rows.dims();
        let batch = count / steps;
        let mut sum = None;
        for (at, tap) in self.taps.iter().enumerate() {
            let back = at * self.dilation;
            if back >= steps {
                break;
            }
            let seen = rows.clone().narrow(0, 0, count - back * batch);
            let part = later(seen.matmul(tap.val()), back * batch);
            sum = Some(match sum {
                None => part + self.bias.val().unsqueeze(),
                Some(sum) => sum + part,
            });
        }
        sum.unwrap_or_else(|| rows.clone())
    }
}

/// Moves rows down by so many, with zeros in their place.
fn later(rows: Tensor<2>, by: usize) -> Tensor<2> {
    if by == 0 {
        return rows;
    }
    let zeros = Tensor::zeros([by, rows.dims()[1]], &rows.device());
    Tensor::cat(vec![zeros, rows], 0)
}

/// Two causal convolutions with a way past them (Bai et al., "An Empirical Evaluation of Generic Convolutional and
/// Recurrent Networks for Sequence Modeling", 2018).
#[derive(Module, Debug)]
pub(super) struct TemporalBlock {
    first: CausalConvolution,
    second: CausalConvolution,
    /// Makes what goes past as wide as what comes out.
    past: Option<Dense>,
}

impl TemporalBlock {
    pub(super) fn new(
        drawing: &mut Drawing<'_>,
        inputs: usize,
        outputs: usize,
        dilation: usize,
    ) -> Self {
        Self {
            first: CausalConvolution::new(drawing, inputs, outputs, dilation),
            second: CausalConvolution::new(drawing, outputs, outputs, dilation),
            past: (inputs != outputs).then(|| Dense::new(drawing, inputs, outputs)),
        }
    }

    /// Numbers of such a block.
    pub(super) fn weights(inputs: usize, outputs: usize) -> usize {
        let past = if inputs == outputs {
            0
        } else {
            Dense::weights(inputs, outputs)
        };
        (KERNEL * (inputs + outputs) + 2) * outputs + past
    }

    pub(super) fn forward(&self, rows: Tensor<2>, steps: usize) -> Tensor<2> {
        let inner = activation::relu(self.first.forward(&rows, steps));
        let inner = activation::relu(self.second.forward(&inner, steps));
        let past = match &self.past {
            Some(past) => past.forward(rows),
            None => rows,
        };
        activation::relu(inner + past)
    }
}

/// Each sample looks at all samples of its window, with several heads (Vaswani et al., "Attention Is All You Need",
/// 2017), and adds what it found.
#[derive(Module, Debug)]
pub(super) struct Attention {
    query: Dense,
    key: Dense,
    value: Dense,
    out: Dense,
    #[module(skip)]
    heads: usize,
}

impl Attention {
    /// `width` is a multiple of `heads`.
    pub(super) fn new(drawing: &mut Drawing<'_>, width: usize, heads: usize) -> Self {
        let mut dense = || Dense::new(drawing, width, width);
        Self {
            query: dense(),
            key: dense(),
            value: dense(),
            out: dense(),
            heads,
        }
    }

    /// Numbers of such a layer.
    pub(super) fn weights(width: usize) -> usize {
        4 * Dense::weights(width, width)
    }

    pub(super) fn forward(&self, rows: Tensor<2>, steps: usize) -> Tensor<2> {
        let [count, width] = rows.dims();
        let (batch, each) = (count / steps, width / self.heads);
        let by_head = |dense: &Dense| -> Tensor<3> {
            let told = dense.forward(rows.clone());
            let told = told.reshape([steps, batch * self.heads, each]);
            told.swap_dims(0, 1)
        };
        let (query, key, value) = (
            by_head(&self.query),
            by_head(&self.key),
            by_head(&self.value),
        );
        let likeness = query.matmul(key.swap_dims(1, 2)) / (each as f64).sqrt();
        let found = activation::softmax(likeness, 2).matmul(value);
        let found = found.swap_dims(0, 1).reshape([count, width]);
        self.out.forward(found) + rows
    }
}
