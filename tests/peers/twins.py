"""Twins of the full models in PyTorch and scikit-learn, for `cargo xtask bench models`.

Each line on standard input asks for one: `{"kind", "path", "rows", "epochs", "seed"}`. It learns the first `rows` rows
of the table and scores the whole of it; the answer is a line with the scores of all windows in their order, the
rounds, and the seconds of the processor that training and scoring took.
"""

import json
import sys
import time

import networks
import numpy as np
import shallow
import windows


def learned(asked, table):
    """How windows are scored, and the rounds it took."""
    rows = asked["rows"]
    split = windows.split_of(rows)
    data = windows.scaled(table, split)
    training, validation = windows.parts(data[:rows], split)
    if asked["kind"] in shallow.KINDS:
        model = shallow.KINDS[asked["kind"]](training.reshape(len(training), -1), asked["seed"])
        scored, rounds = (lambda part: shallow.scores(model, part)), 0
    else:
        model, rounds = networks.train(
            asked["kind"], training, validation, asked["epochs"], asked["seed"]
        )
        scored = lambda part: networks.scores(model, part)  # noqa: E731
    # What the thresholds are set by.
    scored(training)
    scored(validation)
    return scored, rounds, data


def answer(asked):
    table = windows.read(asked["path"])
    begun = time.process_time()
    scored, rounds, data = learned(asked, table)
    trained = time.process_time()
    found = scored(windows.windows_of(data))
    done = time.process_time()
    return {
        "scores": [float(score) for score in found],
        "rounds": rounds,
        "training_s": trained - begun,
        "scoring_s": done - trained,
    }


def main():
    for line in sys.stdin:
        told = answer(json.loads(line))
        if not np.all(np.isfinite(told["scores"])):
            sys.exit("a score is not a number")
        print(json.dumps(told), flush=True)


if __name__ == "__main__":
    main()
