"""The Python twins of benches/seasonal.rs: prints `name seconds`, the median of a few runs on one thread."""

import sys
import time

import numpy as np
from statsmodels.tsa.seasonal import MSTL, STL


def series(n):
    i = np.arange(n, dtype=np.int64)
    season = lambda p: (i % p) * (p - i % p) * 800 // (p * p)
    noise = (i * i * 7 + i * 13) % 101
    spike = np.where(i % 997 == 50, 1500, 0)
    return (season(1440) + season(288) + noise + spike + i // 50) / 100


def timed(name, work, runs):
    times = []
    for _ in range(runs):
        start = time.process_time()
        work()
        times.append(time.process_time() - start)
    print(name, sorted(times)[runs // 2], flush=True)


values = series(20160)
jumps = dict(seasonal_jump=1, trend_jump=275, low_pass_jump=145)
timed("stl_jumps", lambda: STL(values, period=1440, **jumps).fit(), 5)
timed("stl_robust_jumps", lambda: STL(values, period=1440, robust=True, **jumps).fit(), 3)
timed("stl_every_point", lambda: STL(values, period=1440).fit(), 1)
if "--all" in sys.argv:
    timed("stl_robust_every_point", lambda: STL(values, period=1440, robust=True).fit(), 1)
    timed("mstl_every_point", lambda: MSTL(values, periods=(288, 1440)).fit(), 1)
