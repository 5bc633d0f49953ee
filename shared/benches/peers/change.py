"""Drift detectors of river, one update after another, and change points of ruptures."""

import math

import numpy as np
import ruptures
from river import drift
from river.drift import binary

from measure import check, kept, measure, normals


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


def found(detector, stream):
    at = []
    for index, value in enumerate(stream):
        detector.update(value)
        if detector.drift_detected:
            at.append(index)
    return at


def share(name, theirs):
    """Of all points that either side finds, how many both do; 1 is all."""
    ours, theirs = set(kept(name).astype(int).tolist()), set(theirs)
    check(name, "river", len(ours & theirs) / max(1, len(ours | theirs)), "at-least", 1)


# The level and the rate of errors change every thousand values.
steps = np.arange(100_000) // 1000 % 3
moving = normals(100_000) + steps * 3.0
moving_errors = [bool(value) for value in normals(100_000) > 1.5 - steps * 0.5]
share("adwin_points", found(drift.ADWIN(), moving.tolist()))
share("ddm_points", found(binary.DDM(), moving_errors))
