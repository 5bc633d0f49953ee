"""Holds the deep models against their twins in PyTorch: how well both find what is labelled, and how long they learn.

    python tests/peers/deep.py --hindcast target/release/hindcast --data FOLDER [--kinds vae,...] [--series PART]

Needs torch, numpy and scikit-learn. The program is used as anybody would use it: it trains by a command from a table,
and its scores are asked for over HTTP. Prints a line for each series and kind: AUC-PR of both, seconds a round of
both. `--times` measures only the latter, on 10,000 windows of 98 columns.
"""

import argparse
import csv
import json
import pathlib
import socket
import subprocess
import tempfile
import time
import urllib.parse
import urllib.request

import networks
import numpy as np
from sklearn.metrics import average_precision_score

STEP_MS = 60_000
START_MS = 1_700_000_040_000 // STEP_MS * STEP_MS
SEED = 7


def labelled(path):
    with open(path, newline="") as file:
        rows = list(csv.reader(file))[1:]
    table = np.array([[float(cell) for cell in row] for row in rows])
    training = int(path.name.split("_tr_")[1].split("_")[0].split(".")[0])
    return table[:, :-1], table[:, -1] > 0, training


def synthetic(columns=6, rows=8_000, training=4_000):
    """Columns that hang together; in the odd stretches one goes its own way, within its usual bounds."""
    chance = np.random.default_rng(5)
    minutes = np.arange(rows)
    hidden = np.stack([np.sin(minutes / 9.0), np.sin(minutes / 23.0 + 1.0)], axis=1)
    mixing = chance.normal(size=(2, columns))
    table = hidden @ mixing + 0.15 * chance.normal(size=(rows, columns))
    label = np.zeros(rows, dtype=bool)
    for start in range(training + 200, rows - 100, 400):
        column = chance.integers(columns)
        stretch = slice(start, start + 30)
        table[stretch, column] = -table[stretch, column]
        label[stretch] = True
    return table, label, training


def write_table(path, table):
    with open(path, "w", newline="") as file:
        out = csv.writer(file)
        out.writerow(["time", *(f"c{at:03}" for at in range(table.shape[1]))])
        for row, values in enumerate(table):
            out.writerow([START_MS + row * STEP_MS, *values])


class Program:
    def __init__(self, binary, home, table):
        self.binary, self.home = binary, pathlib.Path(home)
        write_table(self.home / "table.csv", table)
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        config = {
            "http": {"bind": f"127.0.0.1:{self.port}"},
            "store": {"path": str(self.home / "hindcast.db")},
            "models": {"memory_mib": 4096},
            "sources": [
                {"name": "table", "kind": "csv", "path": str(self.home / "table.csv")},
                {"name": "models", "kind": "model"},
            ],
            "rules": [],
        }
        (self.home / "hindcast.yaml").write_text(json.dumps(config))

    def words(self, *words):
        return [self.binary, words[0], "--config", str(self.home / "hindcast.yaml"), *words[1:]]

    def train(self, kind, rows):
        spec = {
            "name": "twin", "kind": kind, "source": "table", "query": '{__name__=~"c.+"}',
            "layout": "joint", "window_samples": networks.WINDOW, "seed": SEED,
            "history": f"{rows}m",
        }  # fmt: skip
        (self.home / "spec.json").write_text(json.dumps(spec))
        subprocess.run(
            self.words(
                "train", "--spec", str(self.home / "spec.json"), "--promote",
                "--to", str(START_MS + rows * STEP_MS),
            ),
            check=True, stdout=subprocess.DEVNULL,
        )  # fmt: skip
        newest = max((self.home / "models" / "twin").iterdir(), key=lambda it: int(it.name))
        told = json.loads((newest / "model_metadata.json").read_text())
        return len(told["metrics"]["losses"]), told["training_seconds"]

    def scores(self, rows):
        server = subprocess.Popen(self.words("serve"), stdout=subprocess.DEVNULL)
        try:
            self.wait()
            found = np.full(rows, np.nan)
            for first in range(0, rows, 5_000):
                self.ask(first, min(rows, first + 5_000), found)
            return found
        finally:
            server.terminate()
            server.wait()

    def url(self, path, **query):
        return f"http://127.0.0.1:{self.port}{path}?{urllib.parse.urlencode(query)}"

    def wait(self):
        until = time.monotonic() + 60
        while True:
            try:
                urllib.request.urlopen(self.url("/health"), timeout=5).read()
                return
            except OSError:
                if time.monotonic() > until:
                    raise
                time.sleep(0.1)

    def ask(self, first, last, found):
        asked = self.url(
            "/api/v1/series", source="models", query="model_score", step="1m",
            **{"from": START_MS + first * STEP_MS, "to": START_MS + last * STEP_MS},
        )  # fmt: skip
        told = json.load(urllib.request.urlopen(asked, timeout=600))
        for series in told["series"]:
            start = (series["start_ms"] - START_MS) // STEP_MS
            for at, value in enumerate(series["values"]):
                if value is not None and start + at < len(found):
                    found[start + at] = value


def compare(binary, name, kind, table, label, training):
    network, split, rounds, seconds = networks.train(kind, table[:training], SEED)
    data = networks.scaled(table, split)
    theirs = networks.scores(network, networks.windows_of(data))
    with tempfile.TemporaryDirectory() as home:
        program = Program(binary, home, table)
        our_rounds, our_seconds = program.train(kind, training)
        ours = program.scores(len(table))[networks.WINDOW - 1 :]
    label = label[networks.WINDOW - 1 :]
    known = np.isfinite(ours)
    peer, own = (average_precision_score(label[known], it[known]) for it in (theirs, ours))
    print(
        f"{name} {kind}: auc_pr {own:.4f}, twin {peer:.4f}, difference {own - peer:+.4f}; "
        f"rounds {our_rounds}, twin {rounds}; "
        f"seconds a round {our_seconds / our_rounds:.3f}, twin {seconds / rounds:.3f}",
        flush=True,
    )
    return own, peer


def times(binary, kinds):
    chance = np.random.default_rng(5)
    # So many rows that 10,000 windows are learned, and two more that set the thresholds for each eight.
    rows = round((networks.MOST_WINDOWS + networks.WINDOW) / (1.0 - networks.VALIDATION))
    minutes = np.arange(rows)[:, None]
    table = np.sin(minutes / chance.uniform(5, 50, size=98)) + 0.2 * chance.normal(size=(rows, 98))
    for kind in kinds:
        _, _, rounds, seconds = networks.train(kind, table, SEED)
        with tempfile.TemporaryDirectory() as home:
            our_rounds, our_seconds = Program(binary, home, table).train(kind, rows)
        own, peer = our_seconds / our_rounds, seconds / rounds
        print(
            f"{kind}: {our_rounds} rounds, {own:.3f} s each; twin {rounds} rounds, {peer:.3f} s each; "
            f"ratio {own / peer:.2f}",
            flush=True,
        )


def main():
    asked = argparse.ArgumentParser()
    asked.add_argument("--hindcast", required=True)
    asked.add_argument("--data", type=pathlib.Path)
    asked.add_argument("--kinds", default=",".join(networks.KINDS))
    asked.add_argument("--series", default="")
    asked.add_argument("--times", action="store_true")
    asked = asked.parse_args()
    kinds = asked.kinds.split(",")
    if asked.times:
        return times(asked.hindcast, kinds)
    found = {"synthetic": synthetic()}
    if asked.data:
        for folder in ("multivariate", "univariate"):
            for path in sorted((asked.data / folder).glob("*.csv")):
                found[path.stem] = labelled(path)
    found = {name: it for name, it in found.items() if asked.series in name}
    for kind in kinds:
        reached = [compare(asked.hindcast, name, kind, *it) for name, it in found.items()]
        own, peer = np.mean(reached, axis=0)
        print(f"mean of {len(reached)} {kind}: auc_pr {own:.4f}, twin {peer:.4f}, difference {own - peer:+.4f}")


if __name__ == "__main__":
    main()
