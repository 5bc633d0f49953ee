"""The Python twins of benches/rolling.rs: prints `name seconds`, the median of a few runs on one thread.

Pandas has no rolling MAD of its own. `mad` is the cheapest thing that users write, the rolling median of the
distances from the rolling median; the real one (`rolling.apply`) takes more than ten times as long.
"""

import time

import numpy as np
import pandas as pd


def series(n):
    i = np.arange(n, dtype=np.uint64)
    season = (i % 1440) * (1440 - i % 1440) // 2592
    noise = (i * 2654435761 % 4294967296) >> 16
    spike = np.where(i % 997 == 50, 1500, 0)
    return pd.Series((season + spike) / 100 + noise / 65536)


def timed(name, work, runs=5):
    times = []
    for _ in range(runs):
        start = time.process_time()
        work()
        times.append(time.process_time() - start)
    print(name, sorted(times)[runs // 2], flush=True)


def zscore():
    window = values.rolling(100)
    return (values - window.mean()) / window.std()


def ewma_zscore():
    window = values.ewm(span=100)
    return (values - window.mean()) / window.std()


def mad():
    return (values - values.rolling(100).median()).abs().rolling(100).median()


def iqr():
    window = values.rolling(100)
    return window.quantile(0.75) - window.quantile(0.25)


values = series(1_000_000)
timed("zscore", zscore)
timed("ewma_zscore", ewma_zscore)
timed("median", lambda: values.rolling(100).median())
timed("mad", mad)
timed("iqr", iqr)
