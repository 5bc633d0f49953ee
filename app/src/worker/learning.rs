//! Where a series was being learned: no score is drawn there, and a readout says until when.

use hindcast_shared::detector::PointState;
use hindcast_shared::pipeline::Dataset;
use hindcast_shared::replay::{Judged, learns_until_ms};
use hindcast_shared::rule::Rule;
use hindcast_shared::series::SeriesKey;
use hindcast_shared::time::UtcOffsets;

use super::lines::{Lines, Stretches};
use super::pack::Packer;
use super::protocol::Part;
use crate::why;

/// Where a series was being learned, as columns of beginnings and ends; and the instant after the last sample, if
/// it was still learning there.
pub(super) fn learning(
    packer: &mut Packer,
    lines: &mut Lines,
    judged: Option<Judged<'_>>,
    key: SeriesKey,
) -> ([Part; 2], Option<i64>) {
    let Some((start_ms, step_ms, states)) = judged.as_ref().map(Judged::states) else {
        return ([Part::default(); 2], None);
    };
    let (from, to) = lines.learned(key, || intervals(start_ms, step_ms, states));
    let end_ms = start_ms + states.len() as i64 * step_ms;
    let still = to.last().is_some_and(|last| *last >= end_ms as f64);
    (
        [from, to].map(|edges| packer.push(edges.iter().copied())),
        still.then_some(end_ms),
    )
}

/// How long it still takes from `now_ms` on, in words on somebody's wall clock.
pub(super) fn until(
    rule: &Rule,
    data: &Dataset,
    key: SeriesKey,
    now_ms: i64,
    zone: &UtcOffsets,
) -> String {
    let learned_at_ms = learns_until_ms(rule, data, key, now_ms);
    why::learning(learned_at_ms, now_ms, zone)
}

fn intervals(start_ms: i64, step_ms: i64, states: &[PointState]) -> Stretches {
    let (mut from, mut to) = (Vec::new(), Vec::new());
    let mut before = false;
    for (index, state) in states.iter().enumerate() {
        let at_ms = (start_ms + index as i64 * step_ms) as f64;
        // A gap neither begins nor ends it.
        let now = *state == PointState::Learning || before && *state == PointState::Gap;
        if now && !before {
            from.push(at_ms);
        }
        if before && !now {
            to.push(at_ms);
        }
        before = now;
    }
    if before {
        to.push((start_ms + states.len() as i64 * step_ms) as f64);
    }
    (from, to)
}

#[cfg(test)]
mod tests {
    #[cfg(target_arch = "wasm32")]
    use wasm_bindgen_test::wasm_bindgen_test as test;

    use super::*;

    #[test]
    fn learning_when_there_are_gaps_in_it_then_is_one_interval() {
        use PointState::{Gap, Learning, Scored};
        let states = [Gap, Learning, Gap, Learning, Scored, Gap, Learning];
        let (from, to) = intervals(100, 10, &states);
        assert_eq!((from, to), (vec![110.0, 160.0], vec![140.0, 170.0]));
    }
}
