//! The rule `sub_pca`: how far the newest window lies from what the windows of the past span.

use serde::{Deserialize, Serialize};

use super::super::DetectorSpec;
use super::super::about::{About, ParamSpec, ScaleKind};
use super::super::batch::Whole;
use super::params::{HISTORY, SHAPE};
use super::scheduled::Learner;
use super::sub_pca::{SubPca, score};

const SHARE: ParamSpec = ParamSpec::number(
    "explained",
    "Explained share",
    "Components are kept until they explain this share of the variance; the rest counts as one.",
    "",
    (0.1, 1.0, 0.01, 0.9),
);
const COMPARE: ParamSpec = ParamSpec::choice(
    "compare",
    "Compare",
    "Whether a window of the usual shape but another height is odd.",
    &["amplitude", "shape"],
);

/// The components of the past.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct SubPcaRule {
    window: u32,
    shape: u32,
    share: f64,
    normed: bool,
    model: Option<SubPca>,
}

impl Learner for SubPcaRule {
    const ABOUT: About = About {
        name: "sub_pca",
        title: "Principal components of windows",
        help: "Finds windows that the principal components of past windows do not explain, in deviations.",
        scale: ScaleKind::Ratio,
        threshold: ParamSpec::threshold("σ", (1.0, 20.0, 0.1, 2.5)),
        inclusive: false,
        params: &[HISTORY, SHAPE, SHARE, COMPARE],
    };

    fn new(spec: &DetectorSpec) -> Self {
        Self {
            window: spec.integer(&HISTORY),
            shape: spec.integer(&SHAPE),
            share: spec.number(&SHARE),
            normed: spec.choice(&COMPARE) == 1,
            model: None,
        }
    }

    fn span(&self) -> usize {
        self.shape as usize
    }

    fn wanted(&self) -> u32 {
        self.window.max(self.least())
    }

    fn least(&self) -> u32 {
        4 * self.shape
    }

    fn forget(&mut self) {
        self.model = None;
    }

    fn learn(&mut self, series: &[f64], _: u64) {
        self.model = SubPca::fit(series, self.shape, self.share, self.normed).ok();
    }

    fn raw(&self, recent: &[f64]) -> Option<f64> {
        self.model.as_ref().map(|model| model.score(recent))
    }
}

/// The whole-series form.
pub(crate) fn batch(spec: &DetectorSpec, whole: &Whole<'_>) -> Vec<f64> {
    let (shape, normed) = (spec.integer(&SHAPE), spec.choice(&COMPARE) == 1);
    score(
        whole.values,
        whole.train_rows,
        shape,
        spec.number(&SHARE),
        normed,
    )
    .unwrap_or_else(|_| vec![0.0; whole.values.len()])
}
