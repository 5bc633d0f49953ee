"""Decompositions of statsmodels with equal settings, over two weeks of minutes."""

import time

import numpy as np
from statsmodels.tsa.seasonal import STL

from measure import farthest, kept, measure, normals

index = np.arange(20_160)
values = 5 * np.sin(2 * np.pi * index / 1440) + 5 * np.sin(2 * np.pi * index / 288) + normals(20_160)


def jumps(period, seasonal, trend, low_pass):
    """Every tenth of each span, rounded up, as our `with_jumps` has it."""
    spans = [("seasonal", seasonal), ("trend", trend), ("low_pass", low_pass)]
    return {"period": period, "seasonal": seasonal, **{f"{name}_jump": -(-span // 10) for name, span in spans}}


def mstl():
    """What MSTL does; its own class takes one jump for all periods."""
    settings = [jumps(288, 11, 501, 289), jumps(1440, 15, 2401, 1441)]
    seasons, rest = [0, 0], values
    for _ in range(2):
        for at, setting in enumerate(settings):
            rest = rest + seasons[at]
            seasons[at] = STL(rest, **setting).fit().seasonal
            rest = rest - seasons[at]


daily = jumps(1440, 7, 2751, 1441)
measure("stl_jumps", "statsmodels", 12, 1, lambda: STL(values, **daily).fit())
measure("stl_robust_jumps", "statsmodels", 12, 1, lambda: STL(values, robust=True, **daily).fit())
# A run takes long enough to be counted once.
start = time.process_time()
theirs = STL(values, period=1440).fit()
print("stl_every_point", "statsmodels", time.process_time() - start, 12, flush=True)
measure("mstl_jumps", "statsmodels", 12, 1, mstl)
ours = kept("stl_every_point").reshape(2, -1)
farthest("stl_seasonal_difference", "statsmodels", ours[0], theirs.seasonal, 1e-6)
farthest("stl_trend_difference", "statsmodels", ours[1], theirs.trend, 1e-6)
theirs = STL(values, **daily).fit()
ours = kept("stl_jumps").reshape(2, -1)
farthest("stl_jumps_seasonal_difference", "statsmodels", ours[0], theirs.seasonal, 1e-6)
farthest("stl_jumps_trend_difference", "statsmodels", ours[1], theirs.trend, 1e-6)
