"""How alike a one-class SVM of many windows is ranked by what stands in for it where its matrix would be too large.

    python tests/peers/committee.py

Needs numpy, scipy and scikit-learn. Of 10,000 windows one machine learns all (the measure); a committee learns parts,
as `server/src/models/one_class_svm.rs` has it; and a Nyström map of some landmarks stands before a linear machine,
solved exactly or by gradient descent. Prints Spearman's correlation of the scores of ordinary and odd windows with
those of the measure, over all and over the oddest tenth, and the seconds that learning and scoring took.
"""

import time

import numpy as np
from scipy.stats import spearmanr
from sklearn.kernel_approximation import Nystroem
from sklearn.linear_model import SGDOneClassSVM
from sklearn.svm import OneClassSVM

WINDOWS = 10_000
OUTSIDE = 0.05
MOST = 2_000


def tables():
    chance = np.random.default_rng(1)
    t = np.arange(WINDOWS + 23)
    wave = np.sin(t * 0.1257) + 0.1 * chance.normal(size=len(t))
    yield "a wave, 24 samples", np.lib.stride_tricks.sliding_window_view(wave, 24)
    day = 0.3 * np.sign(np.sin(t / 1_440 * 2 * np.pi))
    mixed = np.sin(t / 9) + np.sin(t / 230) + day + 0.2 * chance.standard_t(3, size=len(t))
    yield "waves with heavy tails, 24 samples", np.lib.stride_tricks.sliding_window_view(mixed, 24)
    hidden = np.stack([np.sin(t / 9), np.sin(t / 23 + 1)], 1) @ chance.normal(size=(2, 6))
    joint = hidden + 0.15 * chance.normal(size=(len(t), 6))
    yield "six series, 8 samples", np.concatenate([joint[at : at + WINDOWS] for at in range(8)], 1)


def committee(windows, asked, gamma, machines):
    count = len(windows)
    rows = min(MOST, -(-count // machines))
    density = 0.0
    for number in range(machines):
        places = [(at * machines + number) * count // (rows * machines) for at in range(rows)]
        machine = OneClassSVM(nu=OUTSIDE, gamma=gamma).fit(windows[np.minimum(places, count - 1)])
        density = density + machine.score_samples(asked) / machine.offset_
    return -density


def nystroem(windows, asked, gamma, landmarks, machine):
    front = Nystroem(gamma=gamma, n_components=landmarks, random_state=0).fit(windows)
    return -machine.fit(front.transform(windows)).score_samples(front.transform(asked))


def main():
    for name, table in tables():
        windows = np.array(table[:WINDOWS])
        gamma = 1 / (windows.shape[1] * windows.var())
        chance = np.random.default_rng(2)
        noise = chance.normal(size=windows[::50].shape) * windows.std() * 0.7
        asked = np.vstack([windows[::5], windows[::50] + noise])
        measure = -OneClassSVM(nu=OUTSIDE, gamma=gamma).fit(windows).score_samples(asked)
        oddest = measure >= np.quantile(measure, 0.9)

        def report(what, scored):
            begun = time.perf_counter()
            scores = scored()
            spent = time.perf_counter() - begun
            whole = spearmanr(scores, measure).statistic
            top = spearmanr(scores[oddest], measure[oddest]).statistic
            print(f"{name}, {what}: {whole:.4f}, oddest tenth {top:.4f}, {spent:.1f} s", flush=True)

        for machines in (2, 5):
            report(f"committee of {machines}", lambda: committee(windows, asked, gamma, machines))
        for landmarks in (100, 300, 500):
            exact = OneClassSVM(nu=OUTSIDE, kernel="linear")
            report(f"{landmarks} landmarks", lambda: nystroem(windows, asked, gamma, landmarks, exact))
            descent = SGDOneClassSVM(nu=OUTSIDE, random_state=0, max_iter=200, tol=1e-6)
            report(
                f"{landmarks} landmarks, by descent",
                lambda: nystroem(windows, asked, gamma, landmarks, descent),
            )


main()
