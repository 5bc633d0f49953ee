"""Makes isolation_forest.json: `python isolation_forest.py` beside it, with scikit-learn installed."""

import json

import numpy
import sklearn
from sklearn.ensemble import IsolationForest

random = numpy.random.default_rng(20261120)
rows = numpy.round(
    numpy.vstack(
        [
            random.normal(size=(260, 3)) * [1, 2, 0.5],
            random.normal(size=(120, 3)) * [0.3, 0.3, 0.3] + [6, -4, 2],
            random.uniform(-12, 12, size=(20, 3)),
        ]
    ),
    4,
)
scores = numpy.mean(
    [
        -IsolationForest(n_estimators=100, max_samples=256, random_state=seed).fit(rows).score_samples(rows)
        for seed in range(20)
    ],
    axis=0,
)
with open("isolation_forest.json", "w") as file:
    made_by = f"scikit-learn {sklearn.__version__}, mean of -score_samples over random_state 0 to 19"
    json.dump(
        {"made_by": made_by, "rows": rows.tolist(), "scores": numpy.round(scores, 6).tolist()},
        file,
        separators=(",", ":"),
    )
