"""Writes stl.json: what statsmodels' STL and MSTL make of a few series, for the tests of detector::seasonal.

Run with statsmodels installed: python stl.py > stl.json
"""

import json

import numpy as np
from statsmodels.tsa.seasonal import MSTL, STL


def series(n, periods):
    """The series of the tests, in whole numbers and one division, so that both sides have equal bits."""
    values = []
    for i in range(n):
        season = sum((i % p) * (p - i % p) * 800 // (p * p) for p in periods)
        noise = (i * i * 7 + i * 13) % 101
        spike = 1500 if i % 97 == 50 else 0
        values.append((season + noise + spike + i) / 100)
    return np.array(values)


def sampled(values, step):
    return [float(v) for v in np.asarray(values)[::step]]


def case(n, period, robust=False, inner=None, outer=None, **options):
    result = STL(series(n, [period]), period=period, robust=robust, **options).fit(inner, outer)
    step = max(1, n // 60)
    return {
        "n": n, "period": period, "step": step,
        "seasonal_span": options.get("seasonal", 7),
        "seasonal_slope": options.get("seasonal_deg", 1) == 1,
        "trend_slope": options.get("trend_deg", 1) == 1,
        "low_pass_slope": options.get("low_pass_deg", 1) == 1,
        "jumps": [options.get(f"{name}_jump", 1) for name in ("seasonal", "trend", "low_pass")],
        "inner": inner or (2 if robust else 5), "outer": outer if outer is not None else (15 if robust else 0),
        "seasonal": sampled(result.seasonal, step), "trend": sampled(result.trend, step),
        "weights": sampled(result.weights, step),
    }


def several(n, periods, robust=False, **options):
    result = MSTL(series(n, periods), periods=periods, stl_kwargs={"robust": robust, **options}).fit()
    step = max(1, n // 60)
    return {
        "n": n, "periods": periods, "step": step, "robust": robust,
        "seasonal": [sampled(column, step) for column in np.atleast_2d(np.asarray(result.seasonal).T)],
        "trend": sampled(result.trend, step),
    }


print(json.dumps({
    "stl": [
        case(200, 12),
        case(205, 12, robust=True),
        case(301, 24, trend_jump=5, low_pass_jump=3),
        case(1000, 7, seasonal=35, robust=True, inner=1, outer=3, seasonal_deg=0, seasonal_jump=4, trend_jump=2),
        case(60, 24, robust=True),
        case(49, 24, seasonal=13, seasonal_jump=2, trend_jump=7, low_pass_jump=7),
        case(4000, 96),
        case(4003, 96, robust=True, outer=4, inner=2),
        case(500, 2, trend_deg=0, low_pass_deg=0),
    ],
    "mstl": [several(1000, [24, 168]), several(1000, [24, 168], robust=True)],
}))
