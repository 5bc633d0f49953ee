//! Members that no dense cluster of their peers reaches, over the last few frames.
//!
//! Ester, Kriegel, Sander & Xu, *A Density-Based Algorithm for Discovering Clusters*, KDD 1996. The reach ε is the
//! threshold of whoever asks, so a member's raw value is the smallest ε at which it belongs to the main cluster,
//! in usual distances: the widest step on the best way to the middle of the group, by the mutual reachability of
//! Campello, Moulavi & Sander, 2013, whose clusters at each ε are those of DBSCAN without border points.

use serde::{Deserialize, Serialize};

use super::{FrameReading, GroupModel, Grouped, Member, is_value};
use crate::detector::about::{About, ParamSpec, ScaleKind};
use crate::detector::spec::DetectorSpec;
use crate::math::stats::median;

/// What the user chooses.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct DbscanParams {
    /// Frames that members are compared over; 1 to 1,000.
    pub window: u32,
    /// Neighbours within reach that make a member part of a dense cluster, itself not counted; at least 1.
    pub neighbours: u32,
    /// Fewer present members than this are no population.
    pub min_members: u32,
    /// The usual distance never counts as smaller than this, in the unit of the series.
    pub min_distance: f64,
}

impl Default for DbscanParams {
    fn default() -> Self {
        Self {
            window: 10,
            neighbours: 2,
            min_members: 4,
            min_distance: 1e-9,
        }
    }
}

/// Members beyond this many are too many to be compared one by one.
const MOST_MEMBERS: usize = 500;

/// The last frames of one group, and how far neighbours usually lie apart.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Dbscan {
    params: DbscanParams,
    dims: u32,
    /// The newest frame last.
    frames: Vec<Vec<f64>>,
    usual: f64,
}

impl Default for Dbscan {
    fn default() -> Self {
        Self::new(DbscanParams::default())
    }
}

impl Dbscan {
    /// Knows no frames yet.
    pub fn new(params: DbscanParams) -> Self {
        Self {
            params: DbscanParams {
                window: params.window.clamp(1, 1_000),
                neighbours: params.neighbours.max(1),
                min_members: params.min_members.max(3),
                ..params
            },
            dims: 0,
            frames: Vec::new(),
            usual: 0.0,
        }
    }

    fn push(&mut self, frame: &[f64]) {
        if self.frames.len() >= self.params.window as usize {
            self.frames.remove(0);
        }
        self.frames.push(frame.to_vec());
    }

    /// Root mean square distance of every two members over the frames where both are there;
    /// infinite for members that never are.
    fn distances(&self) -> Vec<f64> {
        let dims = self.dims as usize;
        let mut distances = vec![f64::INFINITY; dims * dims];
        for one in 0..dims {
            for other in 0..one {
                let (mut squares, mut count) = (0.0, 0.0);
                for frame in &self.frames {
                    let apart = frame[one] - frame[other];
                    if is_value(frame[one]) && is_value(frame[other]) {
                        squares += apart * apart;
                        count += 1.0;
                    }
                }
                if count > 0.0 {
                    let distance = (squares / count).sqrt().min(f64::MAX);
                    distances[one * dims + other] = distance;
                    distances[other * dims + one] = distance;
                }
            }
        }
        distances
    }
}

const FRAMES: ParamSpec = ParamSpec::integer(
    "frames",
    "Frames",
    "Over how many of the newest samples series are compared.",
    "samples",
    (1, 1_000, 10),
);
const NEIGHBOURS: ParamSpec = ParamSpec::integer(
    "neighbours",
    "Neighbours",
    "So many others within reach make a series part of the crowd.",
    "series",
    (1, 100, 2),
);

impl Grouped for Dbscan {
    const ABOUT: About = About {
        name: "dbscan",
        title: "Outside the crowd (DBSCAN)",
        help: "Finds series that no dense group of the others reaches, when there are several kinds of normal.",
        scale: ScaleKind::Ratio,
        // In usual distances between neighbours.
        threshold: ParamSpec::threshold("× usual distance", (1.0, 50.0, 0.1, 5.0)),
        inclusive: false,
        params: &[FRAMES, NEIGHBOURS],
    };
    const TOGETHER: bool = false;
    const TAKES_NEWCOMERS: bool = false;

    fn of(spec: &DetectorSpec) -> Self {
        Self::new(DbscanParams {
            window: spec.integer(&FRAMES),
            neighbours: spec.integer(&NEIGHBOURS),
            ..DbscanParams::default()
        })
    }
}

impl GroupModel for Dbscan {
    fn fit(&mut self, rows: &[f64], dims: usize) -> bool {
        *self = Self::new(self.params);
        if dims == 0 || dims > MOST_MEMBERS {
            return false;
        }
        self.dims = dims as u32;
        // Windows that touch, but do not overlap: each tells as much as the next.
        let mut usual = Vec::new();
        for (index, frame) in rows.chunks_exact(dims).enumerate() {
            self.push(frame);
            if (index + 1) % self.params.window as usize == 0 {
                let cores = core_distances(&self.distances(), dims, self.params.neighbours);
                let finite: Vec<f64> = cores.into_iter().filter(|core| core.is_finite()).collect();
                if !finite.is_empty() {
                    usual.push(median(&finite));
                }
            }
        }
        self.usual = median(&usual);
        true
    }

    fn judge(&mut self, frame: &[f64]) -> Option<FrameReading> {
        let dims = self.dims as usize;
        if dims == 0 || frame.len() != dims {
            return None;
        }
        self.push(frame);
        let there = frame.iter().filter(|value| is_value(**value)).count();
        if there < self.params.min_members as usize {
            return None;
        }
        let distances = self.distances();
        let cores = core_distances(&distances, dims, self.params.neighbours);
        let ways = widest_steps(&distances, &cores);
        let finite: Vec<f64> = cores.iter().copied().filter(|c| c.is_finite()).collect();
        let unit = median(&finite)
            .max(self.usual)
            .max(self.params.min_distance);
        let members: Vec<Member> = frame
            .iter()
            .zip(ways)
            .map(|(&value, way)| {
                if !is_value(value) {
                    return Member::MISSING;
                }
                Member {
                    raw: if unit > 0.0 {
                        (way / unit).min(f64::MAX)
                    } else {
                        0.0
                    },
                    ..Member::MISSING
                }
            })
            .collect();
        let raw = members.iter().fold(0.0_f64, |most, m| most.max(m.raw));
        Some(FrameReading { raw, members })
    }
}

/// Distance of each member to its `neighbours`-th nearest.
fn core_distances(distances: &[f64], dims: usize, neighbours: u32) -> Vec<f64> {
    (0..dims)
        .map(|one| {
            let mut row: Vec<f64> = (0..dims)
                .filter(|&other| other != one)
                .map(|other| distances[one * dims + other])
                .collect();
            row.sort_unstable_by(f64::total_cmp);
            row.get(neighbours as usize - 1)
                .copied()
                .unwrap_or(f64::INFINITY)
        })
        .collect()
}

/// From the densest member to each other one, the widest step of the way whose widest step is smallest (Prim).
fn widest_steps(distances: &[f64], cores: &[f64]) -> Vec<f64> {
    let dims = cores.len();
    let mut widest = vec![f64::INFINITY; dims];
    let mut is_done = vec![false; dims];
    let mut densest = 0;
    for member in 1..dims {
        if cores[member] < cores[densest] {
            densest = member;
        }
    }
    widest[densest] = 0.0;
    for _ in 0..dims {
        let mut next = None;
        for member in 0..dims {
            if !is_done[member] && next.is_none_or(|best: usize| widest[member] < widest[best]) {
                next = Some(member);
            }
        }
        let Some(here) = next else { break };
        is_done[here] = true;
        for member in 0..dims {
            let reach = distances[here * dims + member]
                .max(cores[here])
                .max(cores[member]);
            let way = reach.max(widest[here]);
            if !is_done[member] && way < widest[member] {
                widest[member] = way;
            }
        }
    }
    widest
}
