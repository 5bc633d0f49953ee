"""Drift detectors of river, one update after another, and change points of ruptures."""

import math

import ruptures
from river import drift
from river.drift import binary

from measure import measure, normals


def updates(make, values):
    def work():
        detector = make()
        for value in values:
            detector.update(value)

    return work


values = normals(100_000).tolist()
errors = [value > 1.0 for value in values]
measure("adwin_100000_updates", "river", 6, 1, updates(drift.ADWIN, values))
measure("page_hinkley_update", "river", 20, 100_000, updates(drift.PageHinkley, values))
measure("ddm_update", "river", 20, 100_000, updates(binary.DDM, errors))
measure("eddm_update", "river", 20, 100_000, updates(binary.EDDM, errors))
measure("kswin_update", "river", 50, 5_000, updates(lambda: drift.KSWIN(seed=1), values[:5_000]))

levels = normals(5_000)
for index in range(5_000):
    levels[index] += index // 500 % 3 * 3.0
measure(
    "pelt_5000",
    "ruptures",
    1,
    1,
    lambda: ruptures.KernelCPD(kernel="linear", min_size=2).fit_predict(levels, pen=3 * math.log(5_000)),
)
