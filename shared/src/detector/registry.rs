//! The one list of detectors: a line each makes it a kind of rule, a form, a choice in the Lab and a case of
//! every test that runs over all detectors.
//!
//! The light ones are in every program that folds rules. The heavy ones are not in the browser's small worker:
//! there a program that wants them says so with [`link_all`], and one that does not stays small.

use serde::{Deserialize, Serialize};

use super::about::{About, ParamSpec};
use super::change::{self, ErrorWatch, Watching};
use super::forest::half_space_rule::HalfSpaceRule;
use super::forest::isolation_rule::IsolationRule;
use super::forest::random_cut_rule::RandomCutRule;
use super::forest::streaming::Streaming;
use super::group::{self, Comparing, Grouped};
use super::model::{Model, Setup};
use super::running::{Factory, Made, Running};
use super::shape::knn_rule::KnnRule;
use super::shape::matrix_profile_rule::MatrixProfileRule;
use super::shape::scheduled::Scheduled;
use super::shape::spectral_rule::SpectralRule;
use super::shape::sub_pca_rule::SubPcaRule;
use super::spec::DetectorSpec;
use super::{
    auto, diff, esd, ewma, hampel, iqr, mad, mann_kendall, quantile, rate, seasonal, threshold,
    trend, zscore,
};

macro_rules! detectors {
    (
        light { $($(#[$light_doc:meta])* $light:ident => $light_model:ty,)* }
        heavy { $($(#[$heavy_doc:meta])* $heavy:ident => $heavy_model:ty,)* }
        group { $($(#[$group_doc:meta])* $group:ident => $group_model:ty,)* }
    ) => {
        /// Which detector; the order is the one in which they are offered.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
        #[serde(rename_all = "snake_case")]
        pub enum DetectorKind {
            $($(#[$light_doc])* $light,)*
            $($(#[$heavy_doc])* $heavy,)*
            $($(#[$group_doc])* $group,)*
        }

        impl DetectorKind {
            /// Every kind.
            pub const ALL: [Self; COUNT] =
                [$(Self::$light,)* $(Self::$heavy,)* $(Self::$group,)*];

            /// What people read about it, and its parameters.
            pub fn about(self) -> &'static About {
                match self {
                    $(Self::$light => const { &<$light_model as Model>::ABOUT },)*
                    $(Self::$heavy => const { &<$heavy_model as Model>::ABOUT },)*
                    $(Self::$group => const { &<$group_model as Grouped>::ABOUT },)*
                }
            }

            /// Whether it compares the series of a rule with each other, and says nothing about one alone.
            pub fn is_group(self) -> bool {
                matches!(self, $(Self::$group)|*)
            }

            /// Whether every program has it, without [`link_all`].
            pub fn is_light(self) -> bool {
                match self {
                    $(Self::$light)|* => true,
                    _ => false,
                }
            }
        }

        const COUNT: usize =
            [$(stringify!($light),)* $(stringify!($heavy),)* $(stringify!($group),)*].len();

        const GROUPS: GroupFactory = |spec| match spec.kind() {
            $(DetectorKind::$group => Some(Comparing::new(<$group_model as Grouped>::of(spec))),)*
            _ => None,
        };

        const LIGHT: Factory = |spec, setup| match spec.kind() {
            $(DetectorKind::$light => Some(Box::new(<$light_model as Model>::new(spec, setup))),)*
            _ => None,
        };

        const HEAVY: Factory = |spec, setup| match spec.kind() {
            $(DetectorKind::$heavy => Some(Box::new(<$heavy_model as Model>::new(spec, setup))),)*
            _ => None,
        };

        /// A model's bytes.
        ///
        /// Here and not behind the pointer to the model: a program that keeps no states, like the browser's
        /// workers, is not made larger by them.
        pub(super) fn save(kind: DetectorKind, model: &dyn Running) -> Vec<u8> {
            match kind {
                $(DetectorKind::$light => model.save::<$light_model>(),)*
                $(DetectorKind::$heavy => model.save::<$heavy_model>(),)*
                $(DetectorKind::$group)|* => Vec::new(),
            }
        }

        /// A model from its bytes; nothing if they are not its own.
        pub(super) fn load(kind: DetectorKind, bytes: &[u8]) -> Made {
            match kind {
                $(DetectorKind::$light => <dyn Running>::load::<$light_model>(bytes),)*
                $(DetectorKind::$heavy => <dyn Running>::load::<$heavy_model>(bytes),)*
                $(DetectorKind::$group)|* => None,
            }
        }
    };
}

detectors! {
    light {
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
    heavy {
        /// Distance from everything that the series did before.
        Auto => auto::Auto,
        /// Change from an earlier sample.
        Rate => rate::Rate,
        /// Distance from an exponentially weighted mean in exponentially weighted deviations.
        Ewma => ewma::EwmaZ,
        /// The z-score of the difference from the previous sample.
        Diff => diff::Diff,
        /// Distance from the median of the last few samples, whatever they were.
        Hampel => hampel::Hampel,
        /// The generalised extreme Studentised deviate test.
        Esd => esd::Esd,
        /// Distance outside a band between two quantiles.
        Quantile => quantile::QuantileBand,
        /// A steady rise or fall by the Mann–Kendall test.
        MannKendall => mann_kendall::MannKendall,
        /// What is usual at this hour of the day or of the week.
        Profile => seasonal::profile::Profile,
        /// Level, damped trend and one season, smoothed exponentially.
        Ets => seasonal::ets::Ets,
        /// What several seasons and the trend leave over.
        Mstl => seasonal::residual::Residual,
        /// Values, changes and short sequences that random cuts set apart.
        IsolationForest => Scheduled<IsolationRule>,
        /// Values and changes where the last window had few others.
        HalfSpaceTrees => Streaming<HalfSpaceRule>,
        /// Short sequences that would move many others in random trees.
        RandomCutForest => Streaming<RandomCutRule>,
        /// Shapes without an earlier neighbour.
        MatrixProfile => MatrixProfileRule,
        /// Windows unlike all of a bank of windows of the past.
        Knn => Scheduled<KnnRule>,
        /// Windows that the principal components of past windows do not explain.
        SubPca => Scheduled<SubPcaRule>,
        /// Points that stand out of what the spectrum repeats.
        SpectralResidual => SpectralRule,
        /// Sums of distances from the level of the history.
        Cusum => Watching<change::cusum::CusumWatch>,
        /// The probability that the level is new.
        Bocpd => Watching<change::bocpd::BocpdWatch>,
        /// The newest level of the window against the one before.
        Pelt => Watching<change::pelt::PeltWatch>,
        /// Two ends of a growing window that disagree.
        Adwin => Watching<change::adwin::AdwinWatch>,
        /// A rate of outliers above its lowest.
        Ddm => Watching<ErrorWatch<change::Ddm>>,
        /// Outliers that come closer together.
        Eddm => Watching<ErrorWatch<change::Eddm>>,
        /// Sums of distances from the running mean.
        PageHinkley => Watching<change::page_hinkley::PageHinkleyWatch>,
        /// The newest samples against those before, by their distribution.
        Kswin => Watching<change::kswin::KswinWatch>,
    }
    group {
        /// Distance from the other series, at every moment.
        Peers => group::Peers,
        /// Series that no dense group of the others reaches.
        Dbscan => group::dbscan::Dbscan,
        /// Moments at which the series are together as they never were.
        Multivariate => group::Multivariate,
    }
}

/// Makes the heavy detectors part of a program for the browser; elsewhere they always are.
pub fn link_all() {
    #[cfg(target_arch = "wasm32")]
    linked::HEAVY.get_or_init(|| Heavy::ALL);
}

#[cfg(target_arch = "wasm32")]
mod linked {
    use std::sync::OnceLock;

    use super::Heavy;

    pub(super) static HEAVY: OnceLock<Heavy> = OnceLock::new();
}

/// What a small program goes without.
#[derive(Clone, Copy)]
struct Heavy {
    models: Factory,
    group: GroupFactory,
}

type GroupFactory = fn(&DetectorSpec) -> Option<Comparing>;

impl Heavy {
    const ALL: Self = Self {
        models: HEAVY,
        group: GROUPS,
    };
}

#[cfg_attr(
    not(target_arch = "wasm32"),
    expect(
        clippy::unnecessary_wraps,
        reason = "in the browser they may not be there"
    )
)]
fn heavy() -> Option<Heavy> {
    #[cfg(target_arch = "wasm32")]
    return linked::HEAVY.get().copied();
    #[cfg(not(target_arch = "wasm32"))]
    Some(Heavy::ALL)
}

/// An untaught model; nothing if this program does not have it.
pub(super) fn make(spec: &DetectorSpec, setup: Setup) -> Made {
    LIGHT(spec, setup).or_else(|| (heavy()?.models)(spec, setup))
}

/// An untaught model of many series; nothing for a detector that judges each alone, or that this program
/// does not have.
pub(super) fn make_group(spec: &DetectorSpec) -> Option<Comparing> {
    heavy().and_then(|heavy| (heavy.group)(spec))
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

    /// Whether this program has it.
    pub fn is_linked(self) -> bool {
        self.is_light() || heavy().is_some()
    }

    /// The kind with this word.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == name)
    }
}
