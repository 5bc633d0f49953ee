"""Forests of scikit-learn, river, rrcf and krcf, with the parameters of ours."""

import numpy as np
import rrcf
from krcf import RandomCutForest
from river.anomaly import HalfSpaceTrees
from scipy.stats import spearmanr
from sklearn.ensemble import IsolationForest

from measure import check, kept, measure, normals

known = normals(40_000).reshape(-1, 4)
rows = normals(400_000).reshape(-1, 4)


def grow():
    return IsolationForest(n_estimators=100, max_samples=256, random_state=1, n_jobs=1).fit(known)


measure("isolation_forest_fit_10000x4", "scikit-learn", 50, 1, grow)
forest = grow()
measure("isolation_forest_score_100000x4", "scikit-learn", 4, 1, lambda: forest.score_samples(rows))
measure("isolation_forest_score_one_row", "scikit-learn", 1000, 1, lambda: forest.score_samples(rows[:1]))

agreement = spearmanr(-forest.score_samples(rows), kept("isolation_forest_scores")).statistic
check("isolation_forest_spearman", "scikit-learn", agreement, "at-least", 0.95)
dictionaries = [dict(enumerate(row)) for row in known.tolist()]


def half_space():
    limits = {column: (-4, 4) for column in range(4)}
    trees = HalfSpaceTrees(n_trees=25, height=8, window_size=250, limits=limits, seed=1)
    for row in dictionaries:
        trees.score_one(row)
        trees.learn_one(row)


measure("half_space_trees_10000x4", "river", 50, 1, half_space)


class Stream:
    """The streaming example of rrcf: the latest 256 rows in each of 40 trees."""

    def __init__(self):
        self.trees = [rrcf.RCTree() for _ in range(40)]
        self.seen = 0
        for _ in range(256):
            self.step()

    def step(self):
        row = known[self.seen % len(known)]
        score = 0.0
        for tree in self.trees:
            if len(tree.leaves) > 255:
                tree.forget_point(self.seen - 256)
            tree.insert_point(row, index=self.seen)
            score += tree.codisp(self.seen)
        self.seen += 1
        return score


np.random.seed(1)
stream = Stream()


def latest():
    for _ in range(50):
        stream.step()


measure("random_cut_forest_row_every_tree", "rrcf", 200, 50, latest)
measure("random_cut_forest_row", "rrcf", 200, 50, latest)
few = known[:2000].tolist()


def krcf():
    forest = RandomCutForest(
        {"dimensions": 4, "shingle_size": 1, "num_trees": 40, "sample_size": 256, "random_seed": 1, "parallel_execution_enabled": False}
    )
    for row in few:
        forest.score(row)
        forest.update(row)


try:
    krcf()
except Exception as error:
    print("krcf:", error)
else:
    measure("random_cut_forest_row", "krcf", 1.5, len(few), krcf)
