//! The one list of detectors: a line each makes it a kind of rule, a form, a choice in the Lab and a case of
//! every test that runs over all detectors.

use serde::{Deserialize, Serialize};

use super::about::{About, ParamSpec};
use super::model::{Model, Setup};
use super::spec::DetectorSpec;
use super::{iqr, mad, threshold, trend, zscore};

macro_rules! detectors {
    ($($(#[$doc:meta])* $kind:ident => $model:ty,)*) => {
        /// Which detector; the order is the one in which they are offered.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
        #[serde(rename_all = "snake_case")]
        pub enum DetectorKind {
            $($(#[$doc])* $kind,)*
        }

        impl DetectorKind {
            /// Every kind.
            pub const ALL: [Self; [$(stringify!($kind)),*].len()] = [$(Self::$kind),*];

            /// What people read about it, and its parameters.
            pub fn about(self) -> &'static About {
                match self {
                    $(Self::$kind => const { &<$model as Model>::ABOUT },)*
                }
            }
        }

        /// A detector's algorithm with what it has learned.
        #[derive(Debug, Clone, Serialize, Deserialize)]
        pub(super) enum AnyModel {
            $($kind($model),)*
        }

        impl AnyModel {
            pub(super) fn new(spec: &DetectorSpec, setup: Setup) -> Self {
                match spec.kind() {
                    $(DetectorKind::$kind => Self::$kind(<$model as Model>::new(spec, setup)),)*
                }
            }
        }

        /// Runs an expression on the model inside, compiled once for each: it is the innermost loop of a replay.
        macro_rules! with_model {
            ($any:expr, $name:ident => $body:expr) => {
                match $any {
                    $($crate::detector::registry::AnyModel::$kind($name) => $body,)*
                }
            };
        }
        pub(super) use with_model;
    };
}

detectors! {
    /// A fixed limit.
    Threshold => threshold::Threshold,
    /// Distance from the rolling mean in standard deviations.
    Zscore => zscore::Zscore,
    /// Distance from the rolling median in median absolute deviations.
    Mad => mad::Mad,
    /// Distance outside the quartiles in interquartile ranges.
    Iqr => iqr::Iqr,
    /// A strictly monotone run with a large total change.
    Trend => trend::Trend,
}

impl DetectorKind {
    /// The word in a rule.
    pub fn as_str(self) -> &'static str {
        self.about().name
    }

    /// The threshold that a rule gets when it names none; a fixed limit has no sensible default.
    pub fn default_threshold(self) -> Option<f64> {
        let default = self.about().threshold.default;
        (!default.is_nan()).then_some(default)
    }

    /// The parameters, for forms and sliders.
    pub fn params(self) -> &'static [ParamSpec] {
        self.about().params
    }

    /// The kind with this word.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == name)
    }
}
