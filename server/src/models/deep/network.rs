//! What a network is to the rest: it is built by a plan, and says what it would have in the place of a window.

use burn::module::Module;
use burn::tensor::Tensor;
use hindcast_shared::api::{ModelSize, ModelSpec};
use hindcast_shared::math::random::Random;
use serde::{Deserialize, Serialize};

use super::layers::Drawing;

/// From which a network can be built anew.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(in crate::models) struct Plan {
    pub(super) size: ModelSize,
    /// Samples of a window.
    pub(super) steps: usize,
    /// Numbers of a sample.
    pub(super) columns: usize,
    /// Whether samples look at each other by attention, where the network knows that.
    pub(super) attention: bool,
    /// Columns of a sample in which gaps are bridged, each with the column that says where.
    pub(super) bridged: Vec<(usize, usize)>,
}

impl Plan {
    /// For windows without gaps.
    pub(super) fn new(spec: &ModelSpec, width: usize) -> Self {
        let steps = spec.window_samples as usize;
        Self {
            size: spec.size,
            steps,
            columns: width / steps,
            attention: spec.attention,
            bridged: Vec::new(),
        }
    }

    /// Places of a window whose numbers bridge a gap: nobody knows what belongs there, so no error is told of them.
    pub(super) fn bridges<'a>(&'a self, window: &'a [f64]) -> impl Iterator<Item = usize> + 'a {
        let samples = (0..window.len()).step_by(self.columns);
        samples.flat_map(move |first| {
            let gone = self.bridged.iter();
            let gone = gone.filter(move |(_, missing)| window[first + missing] > 0.5);
            gone.map(move |(value, _)| first + value)
        })
    }

    pub(super) fn width(&self) -> usize {
        self.steps * self.columns
    }
}

/// A network that says what it would have in the place of a window.
pub(in crate::models) trait Network: Module + Sync + 'static {
    /// What stands before its weights.
    const NAME: &'static str;

    /// Draws its weights.
    fn build(plan: &Plan, drawing: &mut Drawing<'_>) -> Self;

    /// Samples of a window as the network takes it: 1 where it takes the window as one row.
    fn steps(plan: &Plan) -> usize;

    /// How many numbers are drawn.
    fn weights(plan: &Plan) -> usize;

    /// Numbers that it keeps of each row on its way, for an estimate of what training needs.
    fn kept(plan: &Plan) -> usize;

    /// What it would have in the place of a batch: rows as in [`super::layers`].
    fn reconstruct(&self, rows: Tensor<2>) -> Tensor<2>;

    /// What training makes small, over the numbers that are known (all unless said, see [`squared_error`]); with
    /// chance where the network asks for it.
    fn loss(
        &self,
        rows: Tensor<2>,
        known: Option<Tensor<2>>,
        _random: Option<&mut Random>,
    ) -> Tensor<1> {
        squared_error(self.reconstruct(rows.clone()), rows, known)
    }
}

/// The mean squared difference over the numbers for which `known` is 1 and not 0.
pub(super) fn squared_error(
    told: Tensor<2>,
    rows: Tensor<2>,
    known: Option<Tensor<2>>,
) -> Tensor<1> {
    let squares = (told - rows).square();
    match known {
        None => squares.mean(),
        Some(known) => (squares * known.clone()).sum() / known.sum(),
    }
}
