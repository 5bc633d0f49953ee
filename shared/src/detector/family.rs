//! Detectors by what they look for: how a list of three dozen is offered to people.

use super::registry::DetectorKind;

/// What a detector looks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Family {
    /// Whatever is odd, with nothing to set.
    Default,
    /// Limits and distances from the recent past.
    Level,
    /// Departures from the daily and weekly course.
    Season,
    /// Stretches of an unusual form.
    Shape,
    /// Values and stretches that are easily set apart.
    Isolation,
    /// Moments from which on the series is another.
    Change,
    /// Series against each other.
    Group,
}

const DETECTORS: [(Family, &[&str]); 7] = [
    (Family::Default, &["auto"]),
    (
        Family::Level,
        &[
            "threshold",
            "zscore",
            "mad",
            "iqr",
            "quantile",
            "ewma",
            "hampel",
            "esd",
            "diff",
            "rate",
            "trend",
            "mann_kendall",
        ],
    ),
    (Family::Season, &["profile", "ets", "mstl"]),
    (
        Family::Shape,
        &["knn", "matrix_profile", "sub_pca", "spectral_residual"],
    ),
    (
        Family::Isolation,
        &["isolation_forest", "half_space_trees", "random_cut_forest"],
    ),
    (
        Family::Change,
        &[
            "cusum",
            "page_hinkley",
            "bocpd",
            "pelt",
            "adwin",
            "kswin",
            "ddm",
            "eddm",
        ],
    ),
    (Family::Group, &["peers", "dbscan", "multivariate"]),
];

impl Family {
    /// Every family, in the order in which they are offered.
    pub const ALL: [Self; 7] = [
        Self::Default,
        Self::Level,
        Self::Season,
        Self::Shape,
        Self::Isolation,
        Self::Change,
        Self::Group,
    ];

    /// The name for people.
    pub fn title(self) -> &'static str {
        match self {
            Self::Default => "Whatever is odd",
            Self::Level => "Limits and levels",
            Self::Season => "Seasons",
            Self::Shape => "Shapes",
            Self::Isolation => "Isolation",
            Self::Change => "Changes",
            Self::Group => "Many series",
        }
    }

    /// Its detectors, in the order in which they are offered.
    pub fn detectors(self) -> impl Iterator<Item = DetectorKind> {
        let names = DETECTORS.iter().filter(move |(family, _)| *family == self);
        names
            .flat_map(|(_, names)| names.iter())
            .filter_map(|name| DetectorKind::named(name))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn families_when_put_together_then_hold_every_detector_once() {
        let mut listed: Vec<DetectorKind> = Family::ALL
            .into_iter()
            .flat_map(Family::detectors)
            .collect();
        listed.sort_unstable();
        assert_eq!(listed, {
            let mut all = DetectorKind::ALL;
            all.sort_unstable();
            all
        });
        let names: usize = DETECTORS.iter().map(|(_, names)| names.len()).sum();
        assert_eq!(names, DetectorKind::ALL.len(), "a name that is no detector");
    }
}
