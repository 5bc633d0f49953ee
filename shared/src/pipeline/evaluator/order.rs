//! The order in which the transitions of several series are told.

use std::collections::VecDeque;

use crate::pipeline::transition::Transition;

/// Puts what was said in order, and leaves equals as they are. It comes as one run in order for each series, and
/// runs are merged; the standard library's sort would be a fortieth of the Web Worker.
pub(crate) fn in_order(said: Vec<Transition>) -> Vec<Transition> {
    if said.is_sorted_by_key(Transition::order) {
        return said;
    }
    let mut runs: VecDeque<Vec<Transition>> = VecDeque::new();
    for each in said {
        match runs.back_mut() {
            Some(run) if run.last().is_some_and(|last| last.order() <= each.order()) => {
                run.push(each);
            }
            _ => runs.push_back(vec![each]),
        }
    }
    // Neighbours only: what came first stays first.
    while runs.len() > 1 {
        let mut merged = VecDeque::with_capacity(runs.len().div_ceil(2));
        while let Some(left) = runs.pop_front() {
            let right = runs.pop_front().unwrap_or_default();
            merged.push_back(merge(left, right));
        }
        runs = merged;
    }
    runs.pop_front().unwrap_or_default()
}

fn merge(left: Vec<Transition>, right: Vec<Transition>) -> Vec<Transition> {
    let mut merged = Vec::with_capacity(left.len() + right.len());
    let (mut left, mut right) = (left.into_iter().peekable(), right.into_iter().peekable());
    loop {
        let take_left = match (left.peek(), right.peek()) {
            (Some(one), Some(other)) => one.order() <= other.order(),
            (Some(_), None) => true,
            (None, _) => false,
        };
        let next = if take_left { left.next() } else { right.next() };
        match next {
            Some(next) => merged.push(next),
            None => return merged,
        }
    }
}
