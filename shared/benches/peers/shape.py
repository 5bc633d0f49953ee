"""Windows against windows by stumpy and numpy."""

import os

# One thread on both sides; both libraries read this when they are loaded.
os.environ.update(NUMBA_NUM_THREADS="1", OPENBLAS_NUM_THREADS="1", OMP_NUM_THREADS="1")

import numpy as np
import stumpy

from measure import farthest, kept, measure, normals

values = normals(20_000)
series = values + np.cumsum(values * 0.1)
measure("matrix_profile_20000_m100", "stumpy", 4, 1, lambda: stumpy.stump(series, 100))


def knn(window=64, bank=1500, nearest=3):
    """Centred and normed distances from one product, as ours."""
    parts = np.lib.stride_tricks.sliding_window_view(series, window)
    parts = parts - parts.mean(1, keepdims=True)
    starts = np.linspace(0, len(parts) - 1, bank).astype(int)
    learned = parts[starts]
    squares = (learned**2).sum(1)
    lengths = np.sqrt(squares)
    centred, normed = [], []
    for first in range(0, len(parts), 2000):
        own = parts[first : first + 2000]
        square = (own**2).sum(1)[:, None]
        products = own @ learned.T
        near = np.abs(np.arange(first, first + len(own))[:, None] - starts[None]) < window
        distance = square + squares - 2 * products
        distance[near] = np.inf
        distance = np.partition(distance, nearest, axis=1)[:, :nearest]
        centred.append(np.sqrt(np.maximum(distance, 0)).mean(1))
        unlike = 1 - products / (np.sqrt(square) * lengths)
        unlike[near] = np.inf
        unlike = np.partition(unlike, nearest, axis=1)[:, :nearest]
        normed.append(np.sqrt(2 * window * np.maximum(unlike, 0)).mean(1))
    return np.concatenate(centred), np.concatenate(normed)


measure("window_knn_20000_m64_bank_1500", "numpy", 2, 1, knn)
theirs = stumpy.stump(series, 100)[:, 0].astype(float)
farthest("matrix_profile_difference", "stumpy", kept("matrix_profile"), theirs, 1e-6)
