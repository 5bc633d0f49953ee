"""Writes drift.json: the drifts that river finds on seeded streams, which the test beside it draws anew.

    pip install river==0.26.1
    python drift.py drift.json
"""

import json
import sys

import river
from river import drift
from river.drift import binary
from river._river_rust.drift import AdaptiveWindowing

from chance import Random


def levels(seed):
    """A level drawn anew after 200 to 1,200 values, plus uniform noise of width 1."""
    random = Random(seed)
    out = []
    while len(out) < 5000:
        level = int(random.unit() * 8) / 4.0
        for _ in range(200 + int(random.unit() * 1000)):
            out.append(level + random.unit())
    return out[:5000]


def errors(seed):
    """Errors at a rate drawn anew after 300 to 1,800 values."""
    random = Random(seed)
    out = []
    while len(out) < 5000:
        rate = 0.02 + random.unit() * 0.4
        for _ in range(300 + int(random.unit() * 1500)):
            out.append(random.unit() < rate)
    return out[:5000]


def found(detector, values):
    at = []
    for index, value in enumerate(values):
        detector.update(value)
        if detector.drift_detected:
            at.append(index)
    return at


def paper(values):
    window = AdaptiveWindowing(
        delta=0.002, clock=32, max_buckets=5, min_window_length=5, grace_period=10
    )
    return [index for index, value in enumerate(values) if window.update(value)]


def case(seed):
    values, wrong = levels(seed), errors(seed)
    return {
        "seed": seed,
        "adwin": found(drift.ADWIN(), values),
        "adwin_fine": found(drift.ADWIN(delta=0.05, clock=1), values),
        "adwin_paper": paper(values),
        "page_hinkley": found(drift.PageHinkley(threshold=20.0), values),
        "ddm": found(binary.DDM(), wrong),
        "eddm": found(binary.EDDM(), wrong),
    }


made = (
    f"river {river.__version__}, by drift.py; default parameters except adwin_fine (delta 0.05, clock 1) and "
    "page_hinkley (threshold 20); adwin is river.drift.ADWIN, which forgets its window after a drift, adwin_paper "
    "the window alone, which keeps its newer part; numbers are positions of detections, from 0"
)
rows = ",\n".join("    " + json.dumps(case(seed)) for seed in range(1, 13))
with open(sys.argv[1], "w") as file:
    file.write('{\n  "made": %s,\n  "cases": [\n%s\n  ]\n}\n' % (json.dumps(made), rows))
