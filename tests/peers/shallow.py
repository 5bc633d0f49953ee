"""Full models that learn at once, by scikit-learn on the same windows."""

import numpy as np
from sklearn.ensemble import IsolationForest
from sklearn.svm import OneClassSVM


def isolation_forest(windows, seed):
    return IsolationForest(n_estimators=100, max_samples=256, random_state=seed).fit(windows)


def one_class_svm(windows, seed):
    # `scale` is one over the numbers of a window times their variance.
    return OneClassSVM(kernel="rbf", gamma="scale", nu=0.05).fit(windows)


KINDS = {"isolation_forest": isolation_forest, "one_class_svm": one_class_svm}


def scores(model, windows):
    """How odd each window is."""
    parts = np.array_split(windows, max(1, len(windows) // 4096))
    return np.concatenate([-model.score_samples(part.reshape(len(part), -1)) for part in parts])
