//! The isolation forest as a model of linfa: fit on the records of a data set, predict one score a row.
//!
//! Nothing here takes part in a score path of the product.

use linfa::DatasetBase;
use linfa::traits::{Fit, PredictInplace};
use ndarray::{Array1, ArrayBase, Data, Ix2};

use super::isolation::{IsolationForest, Params};

/// How a forest is grown, and from which seed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct SeededParams {
    /// How it is grown.
    pub params: Params,
    /// Equal seeds grow equal forests.
    pub seed: u64,
}

impl<D: Data<Elem = f64>, T> Fit<ArrayBase<D, Ix2>, T, linfa::Error> for SeededParams {
    type Object = IsolationForest;

    fn fit(
        &self,
        dataset: &DatasetBase<ArrayBase<D, Ix2>, T>,
    ) -> Result<Self::Object, linfa::Error> {
        let records = dataset.records();
        let rows: Vec<f64> = records.iter().copied().collect();
        IsolationForest::fit(&rows, records.ncols(), &self.params, self.seed)
            .map_err(|error| linfa::Error::Parameters(error.to_string()))
    }
}

impl<D: Data<Elem = f64>> PredictInplace<ArrayBase<D, Ix2>, Array1<f64>> for IsolationForest {
    fn predict_inplace(&self, records: &ArrayBase<D, Ix2>, scores: &mut Array1<f64>) {
        assert!(
            records.ncols() == self.dims() && records.nrows() == scores.len(),
            "{} rows of {} columns are asked for {} scores of a forest of {} columns",
            records.nrows(),
            records.ncols(),
            scores.len(),
            self.dims()
        );
        let rows: Vec<f64> = records.iter().copied().collect();
        for (place, score) in scores.iter_mut().zip(self.score_all(&rows)) {
            *place = score;
        }
    }

    fn default_target(&self, records: &ArrayBase<D, Ix2>) -> Array1<f64> {
        Array1::zeros(records.nrows())
    }
}

#[cfg(test)]
mod tests {
    use linfa::traits::Predict;
    use ndarray::Array2;

    use super::*;
    use crate::math::random::Random;

    fn cloud() -> Array2<f64> {
        let mut random = Random::new(1);
        let mut rows = Array2::from_shape_simple_fn((500, 2), || random.normal());
        rows[[77, 0]] = 9.0;
        rows
    }

    #[test]
    fn forest_when_fit_and_asked_through_linfa_then_gives_its_own_scores() {
        let rows = cloud();
        let dataset = DatasetBase::from(rows.clone());
        let forest = SeededParams::default()
            .fit(&dataset)
            .expect("good parameters");
        let scores = forest.predict(&rows);
        let plain: Vec<f64> = rows.iter().copied().collect();
        assert_eq!(scores.to_vec(), forest.score_all(&plain));
        let greatest = scores.iter().copied().fold(0.0, f64::max);
        assert!(scores[77] >= greatest);
        // A view in column order is read by rows all the same.
        let turned = rows.t().as_standard_layout().to_owned();
        assert_eq!(forest.predict(&turned.t()), scores);
    }

    #[test]
    fn fit_when_a_parameter_is_wrong_then_names_it() {
        let mut params = SeededParams::default();
        params.params.trees = 0;
        let error = params
            .fit(&DatasetBase::from(cloud()))
            .expect_err("no trees");
        assert!(error.to_string().contains("trees"), "{error}");
    }
}
