"""Makes matrix_profile.json: `python matrix_profile.py` beside it, with stumpy installed."""

import json

import numpy
import stumpy

WINDOW = 32
random = numpy.random.default_rng(20261120)
at = numpy.arange(600)
series = 10 + 3 * numpy.sin(at * 2 * numpy.pi / 47) + 0.4 * random.normal(size=600) + 0.002 * at
series[300:312] += 2.5
series[420:460] = 11.5
series = numpy.round(series, 4)


def normed(start):
    part = series[start : start + WINDOW]
    return (part - part.mean()) / part.std() if numpy.ptp(part) > 0 else None


def distance(left, right):
    left, right = normed(left), normed(right)
    if left is None or right is None:
        return 0.0 if left is right else WINDOW**0.5
    return float(numpy.linalg.norm(left - right))


profile = stumpy.stump(series, WINDOW)
with open("matrix_profile.json", "w") as file:
    json.dump(
        {
            "made_by": f"stumpy {stumpy.__version__}, `stump(series, 32)`; earlier: the distance to the left neighbour, 0 without one",
            "series": series.tolist(),
            "window": WINDOW,
            "all": [float(f"{value:.12g}") for value in profile[:, 0]],
            "earlier": [
                float(f"{distance(start, left):.12g}") if left >= 0 else 0.0
                for start, left in enumerate(profile[:, 2])
            ],
        },
        file,
        separators=(",", ":"),
    )
