//! What all models of frames promise.

use proptest::prelude::*;

use super::*;
use crate::math::random::Random;

const KINDS: [MultivariateKind; 5] = [
    MultivariateKind::Mahalanobis,
    MultivariateKind::Ecod,
    MultivariateKind::Copod,
    MultivariateKind::Hbos,
    MultivariateKind::IsolationForest,
];

/// Frames of members that move together, each with noise and a level of its own.
fn frames(seed: u64, count: usize, dims: usize) -> Vec<f64> {
    let mut random = Random::new(seed);
    let mut rows = Vec::new();
    for _ in 0..count {
        let common = random.normal();
        for member in 0..dims {
            rows.push(100.0 * member as f64 + common + 0.3 * random.normal());
        }
    }
    rows
}

fn bytes<T: Serialize>(value: &T) -> Vec<u8> {
    postcard::to_allocvec(value).expect("a plain structure")
}

fn restored<T: Serialize + serde::de::DeserializeOwned>(model: &T) -> T {
    postcard::from_bytes(&bytes(model)).expect("its own bytes")
}

fn assert_odd_input_is_harmless(model: &(impl GroupModel + Clone)) {
    for rows in [
        vec![],
        vec![1.0],
        vec![f64::NAN; 200],
        vec![5.0; 200],
        vec![f64::INFINITY; 200],
        vec![1e308; 200],
        vec![1e150; 200],
        frames(1, 50, 4),
    ] {
        for dims in [0, 1, 4, 1_000] {
            let mut model = model.clone();
            model.fit(&rows, dims);
            for value in [0.0, f64::NAN, f64::INFINITY, -1e308, 1e150, 5.0] {
                for frame in [vec![value; dims], vec![value; 3], vec![]] {
                    let Some(reading) = model.judge(&frame) else {
                        continue;
                    };
                    assert!(reading.raw.is_finite());
                    assert_eq!(reading.members.len(), frame.len());
                    assert!(reading.members.iter().all(|member| member.raw.is_finite()));
                }
            }
        }
    }
}

#[test]
fn judge_when_input_is_odd_then_neither_panics_nor_yields_nan() {
    for kind in KINDS {
        assert_odd_input_is_harmless(&Multivariate::new(kind));
    }
    assert_odd_input_is_harmless(&Peers::default());
    assert_odd_input_is_harmless(&Dbscan::default());
}

#[test]
fn judge_when_one_member_leaves_the_rest_then_it_has_the_largest_part() {
    for kind in KINDS {
        let mut model = Multivariate::new(kind);
        assert!(model.fit(&frames(2, 500, 4), 4));
        let usual = model
            .judge(&[0.2, 100.1, 200.3, 300.2])
            .expect("it is taught");
        assert!(usual.raw < 3.0, "{kind:?} {usual:?}");
        let odd = model
            .judge(&[0.2, 100.1, 206.0, 300.2])
            .expect("it is taught");
        assert!(odd.raw > usual.raw + 1.0, "{kind:?} {odd:?}");
        for (index, member) in odd.members.iter().enumerate() {
            assert!(
                index == 2 || member.raw < odd.members[2].raw,
                "{kind:?} {odd:?}"
            );
        }
    }
}

#[test]
fn judge_when_members_only_stop_moving_together_then_mahalanobis_sees_it() {
    let mut model = Multivariate::new(MultivariateKind::Mahalanobis);
    assert!(model.fit(&frames(3, 500, 4), 4));
    // Each value is usual on its own; together they never were.
    let odd = model
        .judge(&[1.5, 98.5, 201.5, 298.5])
        .expect("it is taught");
    assert!(odd.raw > 5.0, "{odd:?}");
    let high = model
        .judge(&[1.5, 101.5, 201.5, 301.5])
        .expect("it is taught");
    assert!(high.raw < 3.0, "{high:?}");
    assert!((high.members[2].expected - 201.4).abs() < 0.5, "{high:?}");
}

#[test]
fn judge_when_a_member_is_missing_then_the_others_are_judged() {
    for kind in KINDS {
        let mut model = Multivariate::new(kind);
        let mut rows = frames(4, 300, 4);
        for row in rows.chunks_exact_mut(4).step_by(7) {
            row[1] = f64::NAN;
        }
        assert!(model.fit(&rows, 4));
        let usual = model
            .judge(&[0.1, f64::NAN, 200.2, 300.1])
            .expect("three are there");
        assert!(usual.raw < 3.0, "{kind:?} {usual:?}");
        assert_eq!(usual.members[1].raw.to_bits(), 0.0_f64.to_bits());
        assert_eq!(model.judge(&[0.1, f64::NAN, f64::NAN, f64::NAN]), None);
    }
}

#[test]
fn peers_when_one_is_apart_then_says_by_how_much() {
    let mut peers = Peers::default();
    let reading = peers
        .judge(&[10.0, 11.0, 9.0, 10.5, 9.5, 30.0])
        .expect("six are a population");
    let odd = reading.members[5];
    assert!((odd.expected - 10.25).abs() < 1e-12);
    assert!(odd.raw > 10.0 && (reading.raw - odd.raw).abs() < 1e-12);
    assert!(reading.members[..5].iter().all(|member| member.raw < 1.5));
    assert_eq!(peers.judge(&[1.0, 2.0, f64::NAN, f64::NAN]), None);
}

#[test]
fn peers_when_all_agree_for_once_then_a_small_step_is_not_odd() {
    let mut peers = Peers::default();
    let rows: Vec<f64> = (0..50).flat_map(|_| [9.0, 10.0, 11.0, 10.5, 9.5]).collect();
    peers.fit(&rows, 5);
    let reading = peers.judge(&[10.0, 10.0, 10.0, 10.0, 10.8]).expect("five");
    assert!(reading.raw < 2.0, "{reading:?}");
}

#[test]
fn dbscan_when_two_groups_then_the_smaller_one_is_out_of_reach() {
    let mut model = Dbscan::default();
    let mut random = Random::new(9);
    let mut frame = || {
        let mut frame: Vec<f64> = (0..8).map(|_| 50.0 + random.normal()).collect();
        frame.extend((0..3).map(|_| 90.0 + random.normal()));
        frame
    };
    let rows: Vec<f64> = (0..20).flat_map(|_| frame()).collect();
    assert!(model.fit(&rows, 11));
    let reading = model.judge(&frame()).expect("eleven are a population");
    assert!(
        reading.members[..8].iter().all(|m| m.raw < 3.0),
        "{reading:?}"
    );
    assert!(
        reading.members[8..].iter().all(|m| m.raw > 8.0),
        "{reading:?}"
    );
}

/// The textbook algorithm without border points, by growing clusters from core points.
fn textbook(values: &[f64], reach: f64, neighbours: usize) -> Vec<Option<usize>> {
    let near = |one: usize, other: usize| (values[one] - values[other]).abs() <= reach;
    let is_core = |one: usize| {
        let others = (0..values.len()).filter(|&other| other != one && near(one, other));
        others.count() >= neighbours
    };
    let mut clusters = vec![None; values.len()];
    for start in 0..values.len() {
        if clusters[start].is_some() || !is_core(start) {
            continue;
        }
        let mut open = vec![start];
        while let Some(here) = open.pop() {
            clusters[here] = Some(start);
            open.extend(
                (0..values.len()).filter(|&other| {
                    clusters[other].is_none() && is_core(other) && near(here, other)
                }),
            );
        }
    }
    clusters
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn dbscan_when_the_reach_is_given_then_clusters_are_those_of_the_textbook(
        values in proptest::collection::vec(0.0..20.0_f64, 6..20),
        reach in 0.5..8.0_f64,
    ) {
        let mut model = Dbscan::new(dbscan::DbscanParams { window: 1, ..Default::default() });
        model.fit(&[], values.len());
        let reading = model.judge(&values).expect("they are a population");
        // In units of the median distance to the second neighbour.
        let cores: Vec<f64> = (0..values.len())
            .map(|one| {
                let mut row: Vec<f64> = values.iter().map(|v| (v - values[one]).abs()).collect();
                row.sort_by(f64::total_cmp);
                row[2]
            })
            .collect();
        let unit = crate::math::stats::median(&cores);
        let mut densest = 0;
        for index in 0..cores.len() {
            if cores[index] < cores[densest] {
                densest = index;
            }
        }
        let clusters = textbook(&values, reach * unit, 2);
        prop_assume!(clusters[densest].is_some());
        for (member, cluster) in reading.members.iter().zip(&clusters) {
            // Exactly at the reach rounding decides.
            if (member.raw - reach).abs() > 1e-9 {
                prop_assert_eq!(member.raw < reach, *cluster == clusters[densest]);
            }
        }
    }

    #[test]
    fn judge_when_restored_then_goes_on_bit_for_bit(seed in any::<u64>()) {
        let rows = frames(seed, 60, 5);
        let next = frames(seed ^ 1, 30, 5);
        for kind in KINDS {
            let mut model = Multivariate::new(kind);
            prop_assert!(model.fit(&rows, 5));
            for frame in next.chunks_exact(5) {
                let mut other = restored(&model);
                prop_assert_eq!(bytes(&model.judge(frame)), bytes(&other.judge(frame)));
            }
        }
        let mut dbscan = Dbscan::default();
        dbscan.fit(&rows, 5);
        let mut peers = Peers::default();
        peers.fit(&rows, 5);
        for frame in next.chunks_exact(5) {
            let mut other = restored(&dbscan);
            prop_assert_eq!(bytes(&dbscan.judge(frame)), bytes(&other.judge(frame)));
            prop_assert_eq!(bytes(&dbscan), bytes(&other));
            let mut other = restored(&peers);
            prop_assert_eq!(bytes(&peers.judge(frame)), bytes(&other.judge(frame)));
        }
    }
}
