"""Scores of many rows of four columns by pyod and scikit-learn, with models of ten thousand others."""

from pyod.models.copod import COPOD
from pyod.models.ecod import ECOD
from pyod.models.hbos import HBOS
from sklearn.covariance import LedoitWolf

from measure import measure, normals

known = normals(40_000).reshape(-1, 4)
rows = normals(400_000).reshape(-1, 4)
for name, model in [("ecod", ECOD()), ("copod", COPOD()), ("hbos", HBOS())]:
    model.fit(known)
    measure(f"{name}_score_100000x4", "pyod", 5, 1, lambda: model.decision_function(rows))
model = LedoitWolf().fit(known)
measure("mahalanobis_score_100000x4", "scikit-learn", 1, 1, lambda: model.mahalanobis(rows))
measure("ecod_fit_10000x4", "pyod", 1, 1, lambda: ECOD().fit(known))
measure("hbos_fit_10000x4", "pyod", 1, 1, lambda: HBOS().fit(known))
