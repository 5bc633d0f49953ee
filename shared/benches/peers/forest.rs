//! Forests: grow, score, follow a stream.

use hindcast_shared::detector::forest::half_space::{self, HalfSpaceTrees};
use hindcast_shared::detector::forest::isolation::{self, IsolationForest};
use hindcast_shared::detector::forest::random_cut::{self, RandomCutForest};

use crate::measure::{Data, measure};

/// Good parameters, or a line that says which is not.
fn good<T>(made: Result<T, hindcast_shared::error::FieldError>) -> Option<T> {
    made.inspect_err(|error| eprintln!("{error}")).ok()
}

pub(crate) fn run(data: &Data) {
    let known = data.normals(40_000);
    let rows = data.normals(400_000);
    let params = isolation::Params::default();
    let grow = |params| good(IsolationForest::fit(known, 4, params, 1));
    measure("isolation_forest_fit_10000x4", 1, || grow(&params));
    let extended = isolation::Params {
        extended: true,
        ..params
    };
    measure("isolation_forest_extended_fit_10000x4", 1, || {
        grow(&extended)
    });
    if let Some(forest) = grow(&params) {
        data.keep("isolation_forest_scores", &forest.score_all(rows));
        measure("isolation_forest_score_100000x4", 1, || {
            forest.score_all(rows)
        });
        measure("isolation_forest_score_one_row", 1000, || {
            rows[..4000]
                .chunks(4)
                .map(|row| forest.score(row))
                .sum::<f64>()
        });
    }
    measure("half_space_trees_10000x4", 1, || {
        let params = half_space::Params::default();
        let mut trees = good(HalfSpaceTrees::new(&[(-4.0, 4.0); 4], params, 1))?;
        Some(
            known
                .chunks(4)
                .map(|row| trees.score_and_learn(row))
                .sum::<f64>(),
        )
    });
    let follow = |params: random_cut::Params| {
        let mut forest = good(RandomCutForest::new(4, params, 1))?;
        let rows = known[..8_000].chunks(4);
        Some(rows.map(|row| forest.score_and_learn(row)).sum::<f64>())
    };
    let params = random_cut::Params::default();
    measure("random_cut_forest_row", 2_000, || follow(params));
    // Every row enters every tree, as in rrcf's own streaming example.
    let latest = random_cut::Params {
        decay: 100.0,
        ..params
    };
    measure("random_cut_forest_row_every_tree", 2_000, || follow(latest));
    let small = random_cut::Params::forgetting(11, 64);
    measure("random_cut_forest_row_rule_size", 2_000, || follow(small));
}
