//! The NAB score of the default detector's onsets, beside what others published.

use hindcast_shared::evaluate::nab::{Best, Corpus, Profile, probation};
use hindcast_shared::evaluate::onset::onsets;

use crate::data::Stream;
use crate::method::Method;
use crate::work::in_parallel;

/// The same 28 series, rescored from the rivals' own outputs, each at its best threshold.
const RIVALS: &[(&str, [f64; 3])] = &[
    ("CAD OSE", [73.8, 71.1, 76.6]),
    ("ARTime", [73.6, 64.5, 78.9]),
    ("HTM", [73.0, 67.7, 76.6]),
    ("htm.java", [70.2, 64.9, 73.6]),
    ("KNN-CAD", [62.7, 51.0, 68.6]),
    ("random cut forest", [57.7, 46.2, 64.6]),
    ("relative entropy", [51.6, 46.2, 55.2]),
    ("windowed Gaussian", [46.1, 24.7, 56.8]),
    ("8-bin novelty alone", [43.6, 29.1, 54.6]),
];

/// What the default detector reached.
pub(crate) struct Reached {
    pub(crate) best: [Best; 3],
    /// At the threshold that pages.
    pub(crate) as_shipped: [f64; 3],
}

pub(crate) fn measure(method: &Method, streams: &[Stream]) -> Reached {
    let all = in_parallel(streams, |stream| {
        let train_rows = probation(stream.values.len());
        let scores = method.score(&stream.values, train_rows, 300_000);
        onsets(method.kind, &stream.values, train_rows, &scores)
    });
    let mut corpus = Corpus::new();
    for (stream, onsets) in streams.iter().zip(&all) {
        corpus.push(&stream.windows, onsets);
    }
    let reached = Reached {
        best: Profile::ALL.map(|profile| corpus.best(profile)),
        as_shipped: Profile::ALL.map(|profile| corpus.at(profile, 1.0)),
    };
    // One threshold for all three: the one that is best for the standard profile.
    let threshold = reached.best[0].threshold;
    let together = Profile::ALL.map(|profile| corpus.at(profile, threshold));
    println!(
        "\n{:<40}{:>9}{:>9}{:>9}",
        "NAB", "standard", "low FP", "low FN"
    );
    let name = method.kind.as_str();
    line(
        &format!("{name}, best for each"),
        reached.best.map(|best| best.score),
    );
    line(&format!("{name}, one threshold ({threshold:.3})"), together);
    line(&format!("{name}, as it pages (1.0)"), reached.as_shipped);
    println!("  for comparison, each at its best threshold:");
    for (name, figures) in RIVALS {
        line(name, *figures);
    }
    reached
}

fn line(name: &str, figures: [f64; 3]) {
    let [standard, fewer_false, fewer_missed] = figures;
    println!("{name:<40}{standard:>9.1}{fewer_false:>9.1}{fewer_missed:>9.1}");
}
