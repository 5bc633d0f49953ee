"""Works the features of devices out by numpy and scipy, and writes them beside the module that does the same.

    python tests/peers/features.py > server/src/models/features/values.json

Needs numpy and scipy. Chance is seeded: it writes the same again, but for the last digits of other versions.
"""

import json
import math
import sys

import numpy as np
from scipy import stats

SAMPLES = 24
EARTH_KM = 6371.0088
CHANNELS = ["events", "signal", "latitude", "longitude", "wifi", "bluetooth", "cellular", "vendors"]


def bridged(samples):
    series = np.array(samples, dtype=float)
    known = np.flatnonzero(np.isfinite(series))
    if len(known) == 0:
        return series
    at = np.maximum.accumulate(np.where(np.isfinite(series), np.arange(SAMPLES), -1))
    return series[np.where(at < 0, known[0], at)]


def flat(x):
    return np.max(x) == np.min(x)


def unless_flat(x, value):
    return 0.0 if flat(x) else value()


def share(part, whole):
    return 0.0 if whole == 0 else part / whole


def evenness(parts):
    return 0.0 if np.sum(parts) == 0 else stats.entropy(parts) / math.log(len(parts))


def distance(lat1, lon1, lat2, lon2):
    lat1, lon1, lat2, lon2 = map(np.radians, (lat1, lon1, lat2, lon2))
    half = np.sin((lat2 - lat1) / 2) ** 2 + np.cos(lat1) * np.cos(lat2) * np.sin((lon2 - lon1) / 2) ** 2
    return 2 * EARTH_KM * np.arcsin(np.sqrt(half))


def autocorrelation(x, lag):
    off = x - x.mean()
    return unless_flat(x, lambda: np.dot(off[:-lag], off[lag:]) / np.dot(off, off))


def correlation(x, y):
    return 0.0 if flat(x) or flat(y) else stats.pearsonr(x, y).statistic


def slope(x):
    return stats.linregress(np.arange(len(x)), x).slope


def longest_pause(x):
    longest = run = 0
    for value in x:
        run = run + 1 if value <= 0 else 0
        longest = max(longest, run)
    return longest


def features(case):
    known = {name: bridged(row) for name, row in zip(CHANNELS, case["samples"])}
    e, s, k = known["events"], known["signal"], known["vendors"]
    networks = np.array([known["wifi"], known["bluetooth"], known["cellular"]])
    if np.isfinite(networks).any():
        networks = np.nan_to_num(networks)
    has = {name: bool(np.isfinite(row).all()) for name, row in known.items()}
    has["networks"] = bool(np.isfinite(networks).all())
    hours = np.array(case["hours"])
    lat, lon = known["latitude"], known["longitude"]
    d = distance(lat[:-1], lon[:-1], lat[1:], lon[1:])
    v = d / case["step_hours"]
    has["places"] = has["latitude"] and has["longitude"]
    sums = networks.sum(axis=1)
    shares = [share(part, sums.sum()) for part in sums]
    newest = networks[:, -1]
    found = {}

    def put(name, needs, value):
        found[name] = float(value()) if all(has[need] for need in needs) else None

    put("events", ["events"], lambda: e[-1])
    put("events_mean", ["events"], lambda: np.mean(e))
    put("events_change", ["events"], lambda: e[-1] - e[-2])
    put("signal", ["signal"], lambda: s[-1])
    put("signal_mean", ["signal"], lambda: np.mean(s))
    put("signal_std", ["signal"], lambda: np.std(s))
    put("signal_min", ["signal"], lambda: np.min(s))
    put("signal_max", ["signal"], lambda: np.max(s))
    put("distance", ["places"], lambda: d[-1])
    put("distance_sum", ["places"], lambda: np.sum(d))
    put("radius", ["places"],
        lambda: np.sqrt(np.mean(distance(np.mean(lat), np.mean(lon), lat, lon) ** 2)))
    put("speed", ["places"], lambda: v[-1])
    put("speed_mean", ["places"], lambda: np.mean(v))
    put("speed_max", ["places"], lambda: np.max(v))
    put("hour_sine", [], lambda: np.sin(2 * np.pi * hours[-1] / 24))
    put("hour_cosine", [], lambda: np.cos(2 * np.pi * hours[-1] / 24))
    put("is_night", [], lambda: hours[-1] < 6)
    for at, kind in enumerate(["wifi", "bluetooth", "cellular"]):
        put(f"{kind}_share", ["networks"], lambda at=at: shares[at])
    for name, x in (("events", e), ("signal", s)):
        put(f"{name}_median", [name], lambda: np.median(x))
        put(f"{name}_q25", [name], lambda: np.quantile(x, 0.25))
        put(f"{name}_q75", [name], lambda: np.quantile(x, 0.75))
        put(f"{name}_iqr", [name], lambda: stats.iqr(x))
        put(f"{name}_skewness", [name], lambda: unless_flat(x, lambda: stats.skew(x)))
        put(f"{name}_kurtosis", [name], lambda: unless_flat(x, lambda: stats.kurtosis(x)))
        put(f"{name}_mad", [name], lambda: stats.median_abs_deviation(x))
        put(f"{name}_range", [name], lambda: np.ptp(x))
        put(f"{name}_rms", [name], lambda: np.sqrt(np.mean(x**2)))
    for name, x, end, of in (("events", e, "max", np.max), ("signal", s, "min", np.min)):
        for rows in (3, 6, 12):
            put(f"{name}_mean_{rows}", [name], lambda: np.mean(x[-rows:]))
            put(f"{name}_std_{rows}", [name], lambda: np.std(x[-rows:]))
            put(f"{name}_{end}_{rows}", [name], lambda: of(x[-rows:]))
    for name, x in (("events", e), ("signal", s)):
        for lag in (1, 2, 6, 12):
            put(f"{name}_autocorrelation_{lag}", [name], lambda: autocorrelation(x, lag))
    put("active_share", ["events"], lambda: np.mean(e > 0))
    put("longest_pause", ["events"], lambda: longest_pause(e))
    put("burst", ["events"], lambda: share(np.max(e), np.mean(e)))
    put("events_evenness", ["events"], lambda: evenness(e))
    put("night_share", ["events"], lambda: share(np.sum(e[hours < 6]), np.sum(e)))
    put("still_share", ["places"], lambda: np.mean(d < 0.05))
    ds = np.diff(s)
    put("signal_slope", ["signal"], lambda: slope(s))
    put("signal_change", ["signal"], lambda: ds[-1])
    put("signal_change_mean", ["signal"], lambda: np.mean(np.abs(ds)))
    put("signal_change_std", ["signal"], lambda: np.std(ds))
    put("signal_change_max", ["signal"], lambda: np.max(np.abs(ds)))
    put("signal_turns", ["signal"], lambda: np.mean(ds[1:] * ds[:-1] < 0))
    put("signal_curvature", ["signal"], lambda: np.mean(np.abs(np.diff(s, 2))))
    put("signal_standing", ["signal"], lambda: unless_flat(s, lambda: stats.zscore(s)[-1]))
    put("network_evenness", ["networks"], lambda: evenness(sums))
    most_used = np.argmax(networks, axis=0)
    put("network_switches", ["networks"], lambda: np.mean(most_used[1:] != most_used[:-1]))
    put("network_dominance", ["networks"], lambda: max(shares))
    for at, kind in enumerate(["wifi", "bluetooth", "cellular"]):
        put(f"{kind}_change", ["networks"], lambda at=at: share(newest[at], newest.sum()) - shares[at])
    put("networks_used", ["networks"], lambda: np.count_nonzero(sums > 0))
    put("vendors", ["vendors"], lambda: k[-1])
    put("vendors_mean", ["vendors"], lambda: np.mean(k))
    put("vendors_std", ["vendors"], lambda: np.std(k))
    put("vendors_max", ["vendors"], lambda: np.max(k))
    put("vendors_change", ["vendors"], lambda: k[-1] - k[-2])
    put("vendors_slope", ["vendors"], lambda: slope(k))
    put("events_signal_correlation", ["events", "signal"], lambda: correlation(e, s))
    put("events_speed_correlation", ["events", "places"], lambda: correlation(e[1:], v))
    put("signal_speed_correlation", ["signal", "places"], lambda: correlation(s[1:], v))
    put("events_vendors_correlation", ["events", "vendors"], lambda: correlation(e, k))
    put("signal_vendors_correlation", ["signal", "vendors"], lambda: correlation(s, k))
    put("events_per_vendor", ["events", "vendors"], lambda: share(np.sum(e), np.sum(k)))
    put("events_per_km", ["events", "places"], lambda: np.sum(e) / (1 + np.sum(d)))
    return found


def day(chance, what, begins=14.0, step_hours=1.0):
    hours = (begins + step_hours * np.arange(SAMPLES)) % 24
    wifi, bluetooth, cellular = chance.poisson([[6.0], [2.0], [3.0]], (3, SAMPLES))
    samples = [
        wifi + bluetooth + cellular,
        -70 + 6 * chance.normal(size=SAMPLES),
        55.75 + np.cumsum(0.01 * chance.normal(size=SAMPLES)),
        37.61 + np.cumsum(0.01 * chance.normal(size=SAMPLES)),
        wifi,
        bluetooth,
        cellular,
        chance.integers(1, 9, SAMPLES),
    ]
    samples = [[float(value) for value in row] for row in samples]
    return {"what": what, "step_hours": step_hours, "hours": hours.tolist(), "samples": samples}


def cases():
    chance = np.random.default_rng(11)
    yield day(chance, "an ordinary day")
    yield day(chance, "minutes", begins=5.8, step_hours=1 / 60)
    still = day(chance, "nothing moves")
    still["samples"] = [[row[0]] * SAMPLES for row in still["samples"]]
    yield still
    silent = day(chance, "no events")
    for row in (0, 4, 5, 6, 7):
        silent["samples"][row] = [0.0] * SAMPLES
    yield silent
    gaps = day(chance, "gaps, one at the beginning")
    for row, place in ((0, 0), (0, 1), (0, 9), (1, 23), (2, 5), (3, 6), (7, 0)):
        gaps["samples"][row][place] = None
    yield gaps
    events = day(chance, "only events")
    for row in range(1, 8):
        events["samples"][row] = [None] * SAMPLES
    yield events
    wifi = day(chance, "only one kind of network, and no vendors")
    for row in (5, 6, 7):
        wifi["samples"][row] = [None] * SAMPLES
    yield wifi
    burst = day(chance, "a burst after a long pause, far away", begins=0.5)
    burst["samples"][0] = [0.0] * 20 + [1.0, 400.0, 2.0, 0.0]
    burst["samples"][2][22:] = [-33.9, -33.9]
    burst["samples"][3][22:] = [151.2, 151.3]
    yield burst


def main():
    stored = []
    for case in cases():
        found = features(case)
        assert len(found) == 98, len(found)
        stored.append({**case, "features": list(found.values())})
    json.dump({"names": list(found), "cases": stored}, sys.stdout)
    print()


main()
