"""Windows of a table as the full models take them: the same scaling, the same split, the same windows."""

import csv
import math

import numpy as np

# As many samples as a window has, and the share of the newest data that sets the thresholds.
WINDOW = 24
VALIDATION = 0.2
MOST_WINDOWS = 10_000


def read(path):
    """The columns of a labelled table, without its labels."""
    with open(path, newline="") as file:
        rows = list(csv.reader(file))[1:]
    return np.array([[float(cell) for cell in row[:-1]] for row in rows])


def split_of(rows):
    """The first row that is not learned."""
    return rows - math.floor(rows * VALIDATION)


def scaled(table, training):
    """By median and interquartile range of the training rows, as a standard deviation."""
    known = table[:training]
    low, middle, high = np.quantile(known, [0.25, 0.5, 0.75], axis=0)
    spread = (high - low) / 1.3489795003921635
    deviation = known.std(axis=0, ddof=1)
    spread = np.where(spread > 0, spread, np.where(deviation > 0, deviation, 1.0))
    return np.clip((table - middle) / spread, -1e6, 1e6)


def windows_of(table):
    """A view of all windows, each with its samples in their order."""
    return np.lib.stride_tricks.sliding_window_view(table, WINDOW, axis=0).transpose(0, 2, 1)


def thinned(windows, most=MOST_WINDOWS):
    """At most so many, evenly."""
    if len(windows) <= most:
        return windows
    return windows[np.arange(most) * len(windows) // most]


def parts(data, split):
    """What is learned, and what sets the thresholds; no window lies across."""
    every = windows_of(data)
    rows = len(data)
    return thinned(every[: split - WINDOW + 1]), thinned(every[split : rows - WINDOW + 1])
