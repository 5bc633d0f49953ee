//! The matrix profile gives stumpy's distances.

use hindcast_shared::detector::shape::left_profile::LeftProfile;
use hindcast_shared::detector::shape::matrix_profile::{Neighbours, distances};
use serde::Deserialize;

#[derive(Deserialize)]
struct Peer {
    series: Vec<f64>,
    window: u32,
    all: Vec<f64>,
    earlier: Vec<f64>,
}

fn peer() -> Peer {
    serde_json::from_str(include_str!("matrix_profile.json")).expect("a stored profile")
}

fn assert_near(ours: &[f64], theirs: &[f64]) {
    assert_eq!(ours.len(), theirs.len());
    for (at, (ours, theirs)) in ours.iter().zip(theirs).enumerate() {
        assert!((ours - theirs).abs() < 1e-6, "{at}: {ours} and {theirs}");
    }
}

#[test]
fn profile_when_all_neighbours_count_then_equals_stumpy() {
    let peer = peer();
    let ours = distances(&peer.series, peer.window, Neighbours::All).expect("a window that fits");
    assert_near(&ours, &peer.all);
}

#[test]
fn profile_when_only_earlier_neighbours_count_then_equals_stumpy() {
    let peer = peer();
    let ours =
        distances(&peer.series, peer.window, Neighbours::Earlier).expect("a window that fits");
    assert_near(&ours, &peer.earlier);
}

#[test]
fn profile_when_it_follows_the_stream_then_equals_stumpy() {
    let peer = peer();
    let mut stream = LeftProfile::new(peer.window, 600).expect("good parameters");
    let ours: Vec<f64> = peer
        .series
        .iter()
        .map(|value| stream.push(*value).unwrap_or(0.0))
        .skip(peer.window as usize - 1)
        .collect();
    assert_near(&ours, &peer.earlier);
}
