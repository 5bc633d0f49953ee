"""Writes group.json: what pyod and scikit-learn say of seeded rows, which the test beside it draws anew.

    pip install pyod==3.6.7 scikit-learn==1.9.1
    python group.py group.json
"""

import json
import sys

import numpy as np
import pyod
import sklearn
from pyod.models.copod import COPOD
from pyod.models.ecod import ECOD
from pyod.models.hbos import HBOS
from sklearn.covariance import ledoit_wolf

from chance import Random


def rows(seed, count):
    """A column with a short right tail, one with a long right tail, one of few different values, one with a long left tail."""
    random = Random(seed)
    out = []
    for _ in range(count):
        u = [random.unit() for _ in range(4)]
        right = u[1] * u[1] * u[1]
        left = -(u[3] + u[0]) * (u[3] + u[0])
        out.append([u[0] + u[0] * u[0], right, float(int(6.0 * u[2] * u[2])), left])
    return np.array(out)


def one_by_one(model, new):
    return [float(model.decision_function(row.reshape(1, -1))[0]) for row in new]


def case(seed):
    known, new = rows(seed, 150), 1.3 * rows(seed + 1000, 40) - 0.1
    ecod, copod, hbos = ECOD().fit(known), COPOD().fit(known), HBOS().fit(known)
    ecod_known, copod_known = ecod.decision_scores_.tolist(), copod.decision_scores_.tolist()
    centred = known - known.mean(axis=0)
    covariance, shrinkage = ledoit_wolf(centred, assume_centered=True)
    apart = new - known.mean(axis=0)
    return {
        "seed": seed,
        "ecod_known": ecod_known,
        "ecod": one_by_one(ecod, new),
        "copod_known": copod_known,
        "copod": one_by_one(copod, new),
        "hbos": hbos.decision_function(new).tolist(),
        "shrinkage": float(shrinkage),
        "mahalanobis": np.einsum("ij,ij->i", apart @ np.linalg.inv(covariance), apart).tolist(),
    }


made = f"pyod {pyod.__version__} and scikit-learn {sklearn.__version__}, by group.py; default parameters"
cases = ",\n".join("    " + json.dumps(case(seed)) for seed in range(1, 4))
with open(sys.argv[1], "w") as file:
    file.write('{\n  "made": %s,\n  "cases": [\n%s\n  ]\n}\n' % (json.dumps(made), cases))
