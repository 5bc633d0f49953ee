"""Time and data for the peers' side of `cargo xtask bench peers`; see run.rs.

A family's script is called with the folder of the data and prints `name library seconds goal` for each work:
the goal is how many times faster we want to be. Time is that of the processor, as on our side.
It also prints `check name library value at-least|at-most goal` for what must be alike, from the results that our
side left beside the data.
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
    begin = time.process_time()
    runs = 0
    while runs < 3 or time.process_time() - begin < AT_LEAST:
        start = time.process_time()
        work()
        best = min(best, time.process_time() - start)
        runs += 1
    print(name, library, best / times, goal, flush=True)


def kept(name):
    """What our side found."""
    return np.fromfile(f"{sys.argv[1]}/{name}.f64", dtype="<f8")


def check(name, library, value, limit, goal):
    print("check", name, library, value, limit, goal, flush=True)


def farthest(name, library, ours, theirs, goal):
    """Both the same but for `goal`, where both have a number."""
    both = np.isfinite(ours) & np.isfinite(theirs)
    alike = len(ours) == len(theirs) and both.sum() > 0.9 * len(ours)
    check(name, library, float(np.abs(ours - theirs)[both].max()) if alike else float("inf"), "at-most", goal)
