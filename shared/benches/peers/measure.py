"""Time and data for the peers' side of `cargo xtask bench peers`; see run.rs.

A family's script is called with the folder of the data and prints `name library seconds goal` for each work:
the goal is how many times faster we want to be.
"""

import sys
import time
import warnings

import numpy as np

warnings.filterwarnings("ignore")

AT_LEAST = 0.8


def normals(count):
    """The first so many of a million seeded draws of the standard normal distribution."""
    return np.fromfile(sys.argv[1] + "/normals.f64", dtype="<f8", count=count)


def measure(name, library, goal, times, work):
    """Runs a work several times and prints its best time, divided by `times` where a run does it so often.

    One run before the first counted one: compilers that compile at first use are not what is compared.
    """
    work()
    best = float("inf")
    begin = time.perf_counter()
    runs = 0
    while runs < 3 or time.perf_counter() - begin < AT_LEAST:
        start = time.perf_counter()
        work()
        best = min(best, time.perf_counter() - start)
        runs += 1
    print(name, library, best / times, goal, flush=True)
