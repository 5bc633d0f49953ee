//! The weights of a network as numbers, in the order of its layers, and back.

use burn::module::{Module, ModuleMapper, ModuleVisitor, Param};
use burn::tensor::{Tensor, TensorData};

/// All weights, one tensor after the other.
pub(super) fn taken<N: Module>(network: &N) -> Vec<Vec<f32>> {
    let mut taking = Taking(Vec::new());
    network.visit(&mut taking);
    taking.0
}

/// The network with these weights; nothing if they are of another network.
pub(super) fn given<N: Module>(network: N, weights: Vec<Vec<f32>>) -> Option<N> {
    let mut giving = Giving {
        weights: weights.into_iter(),
        fits: true,
    };
    let network = network.map(&mut giving);
    (giving.fits && giving.weights.next().is_none()).then_some(network)
}

/// How many numbers a network has.
pub(super) fn count<N: Module>(network: &N) -> usize {
    let mut counting = Counting(0);
    network.visit(&mut counting);
    counting.0
}

struct Taking(Vec<Vec<f32>>);

impl ModuleVisitor for Taking {
    fn visit_float<const D: usize>(&mut self, param: &Param<Tensor<D>>) {
        self.0.push(numbers(param.val()));
    }
}

struct Counting(usize);

impl ModuleVisitor for Counting {
    fn visit_float<const D: usize>(&mut self, param: &Param<Tensor<D>>) {
        self.0 += param.val().dims().iter().product::<usize>();
    }
}

struct Giving {
    weights: std::vec::IntoIter<Vec<f32>>,
    fits: bool,
}

impl ModuleMapper for Giving {
    fn map_float<const D: usize>(&mut self, param: Param<Tensor<D>>) -> Param<Tensor<D>> {
        let shape = param.val().dims();
        match self.weights.next() {
            Some(values) if values.len() == shape.iter().product::<usize>() => {
                param.map(|before| {
                    let device = before.device();
                    Tensor::from_data(TensorData::new(values, shape), &device)
                })
            }
            _ => {
                self.fits = false;
                param
            }
        }
    }
}

/// The numbers of a tensor, row by row.
pub(super) fn numbers<const D: usize>(tensor: Tensor<D>) -> Vec<f32> {
    tensor.into_data_as::<f32>().iter::<f32>().collect()
}
