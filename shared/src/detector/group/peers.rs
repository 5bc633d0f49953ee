//! One series against its peers: the distance from the median of the frame, in median absolute deviations.
//!
//! Iglewicz & Hoaglin, *How to Detect and Handle Outliers*, 1993, across members instead of over time.

use serde::{Deserialize, Serialize};

use super::{FrameReading, GroupModel, Grouped, Member, is_value};
use crate::detector::about::{About, ParamSpec, ScaleKind};
use crate::detector::params::{MIN_SPREAD_ABS, MIN_SPREAD_REL};
use crate::detector::spec::DetectorSpec;
use crate::math::stats::{MAD_TO_DEVIATION, mad, median, median_mut};

/// What the user chooses.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct PeersParams {
    /// Fewer present members than this are no population; at least 3.
    pub min_members: u32,
    /// The spread never counts as smaller than this, in the unit of the series.
    pub min_spread_abs: f64,
    /// Nor than this share of the median.
    pub min_spread_rel: f64,
}

impl Default for PeersParams {
    fn default() -> Self {
        Self {
            min_members: 4,
            min_spread_abs: 1e-9,
            min_spread_rel: 0.01,
        }
    }
}

/// How far apart peers usually are; one number, so that a moment of unison makes no outliers.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Peers {
    params: PeersParams,
    usual_spread: f64,
}

impl Default for Peers {
    fn default() -> Self {
        Self::new(PeersParams::default())
    }
}

impl Peers {
    /// Knows no usual spread yet, and can judge all the same.
    pub fn new(params: PeersParams) -> Self {
        Self {
            params: PeersParams {
                min_members: params.min_members.max(3),
                ..params
            },
            usual_spread: 0.0,
        }
    }
}

const MIN_MEMBERS: ParamSpec = ParamSpec::integer(
    "min_members",
    "Least peers",
    "With fewer series than this at a moment there is nobody to be compared with.",
    "series",
    (3, 1_000, 4),
);

impl Grouped for Peers {
    const ABOUT: About = About {
        name: "peers",
        title: "Unlike its peers",
        help: "Finds a series that leaves the others of the same rule, whatever they all do together.",
        scale: ScaleKind::Ratio,
        // As for the median over time: Iglewicz and Hoaglin, 1993.
        threshold: ParamSpec::threshold("σ", (0.5, 20.0, 0.05, 3.5)),
        inclusive: false,
        params: &[MIN_MEMBERS, MIN_SPREAD_ABS, MIN_SPREAD_REL],
    };
    const TOGETHER: bool = false;
    const TAKES_NEWCOMERS: bool = true;

    fn of(spec: &DetectorSpec) -> Self {
        Self::new(PeersParams {
            min_members: spec.integer(&MIN_MEMBERS),
            min_spread_abs: spec.number(&MIN_SPREAD_ABS),
            min_spread_rel: spec.number(&MIN_SPREAD_REL),
        })
    }
}

impl GroupModel for Peers {
    fn fit(&mut self, rows: &[f64], dims: usize) -> bool {
        let spreads: Vec<f64> = rows
            .chunks_exact(dims.max(1))
            .map(present)
            .filter(|frame| frame.len() >= self.params.min_members as usize)
            .map(|frame| MAD_TO_DEVIATION * mad(&frame))
            .collect();
        self.usual_spread = median(&spreads);
        true
    }

    fn judge(&mut self, frame: &[f64]) -> Option<FrameReading> {
        let mut values = present(frame);
        if values.len() < self.params.min_members as usize {
            return None;
        }
        let centre = median_mut(&mut values);
        for value in &mut values {
            *value = (*value - centre).abs();
        }
        let spread = (MAD_TO_DEVIATION * median_mut(&mut values))
            .max(self.usual_spread)
            .max(self.params.min_spread_abs)
            .max(self.params.min_spread_rel * centre.abs());
        let members: Vec<Member> = frame
            .iter()
            .map(|&value| {
                if !is_value(value) {
                    return Member::MISSING;
                }
                let apart = (value - centre).abs();
                Member {
                    raw: if spread > 0.0 {
                        (apart / spread).min(f64::MAX)
                    } else {
                        0.0
                    },
                    expected: centre,
                    spread,
                }
            })
            .collect();
        let raw = members.iter().fold(0.0_f64, |most, m| most.max(m.raw));
        Some(FrameReading { raw, members })
    }
}

fn present(frame: &[f64]) -> Vec<f64> {
    frame.iter().copied().filter(|v| is_value(*v)).collect()
}
