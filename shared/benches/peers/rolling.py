"""Rolling statistics of pandas over a million points, window 100.

Pandas has no rolling MAD of its own. Measured is the cheapest thing that users write instead, the rolling median
of the distances from the rolling median; the real one through `rolling.apply` takes many times as long.
"""

import pandas as pd

from measure import measure, normals

values = pd.Series(normals(1_000_000))


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


measure("rolling_zscore", "pandas", 6, 1, zscore)
measure("ewma_zscore", "pandas", 5, 1, ewma_zscore)
measure("rolling_median", "pandas", 4, 1, lambda: values.rolling(100).median())
measure("rolling_mad", "pandas", 4, 1, mad)
measure("rolling_iqr", "pandas", 4, 1, iqr)
