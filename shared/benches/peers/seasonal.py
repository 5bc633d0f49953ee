"""Decompositions of statsmodels with equal settings, over two weeks of minutes."""

import time

import numpy as np
from statsmodels.tsa.seasonal import STL

from measure import measure, normals

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


daily = jumps(1440, 7, 2749, 1441)
measure("stl_jumps", "statsmodels", 12, 1, lambda: STL(values, **daily).fit())
measure("stl_robust_jumps", "statsmodels", 12, 1, lambda: STL(values, robust=True, **daily).fit())
# A run takes long enough to be counted once.
start = time.perf_counter()
STL(values, period=1440).fit()
print("stl_every_point", "statsmodels", time.perf_counter() - start, 12, flush=True)
measure("mstl_jumps", "statsmodels", 12, 1, mstl)
