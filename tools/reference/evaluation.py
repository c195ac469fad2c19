#!/usr/bin/env python3
"""Makes the small data set that HindcastEvaluationTests evaluates, and scikit-learn's figures for it.

    python3 -m venv /tmp/reference && /tmp/reference/bin/pip install scikit-learn numpy
    /tmp/reference/bin/python tools/reference/evaluation.py

writes Tests/HindcastEvaluationTests/Resources/{predictions,actuals,expected}.csv. The seed is fixed: the same version of
numpy gives the same files. Scores have two digits, so that many are equal, and reach 0 and 1, so that log loss has to
clip; some times are equal; some predictions have no actual.
"""

import csv
import pathlib
import warnings

import numpy
import sklearn
from sklearn import metrics

SEED = 20261123
ROWS = 650
WINDOW_ROWS = 200
START_MICROSECONDS = 1_767_225_600_000_000  # 2026-01-01T00:00:00Z

FOLDER = pathlib.Path(__file__).resolve().parents[2] / "Tests/HindcastEvaluationTests/Resources"


def log_loss(truth, score):
    """Under its newer and its older name of the argument."""
    try:
        return metrics.log_loss(truth, y_proba=score, labels=[0, 1])
    except TypeError:
        return metrics.log_loss(truth, score, labels=[0, 1])


def brier(truth, score):
    return metrics.brier_score_loss(truth, score, pos_label=1)


def main():
    random = numpy.random.default_rng(SEED)
    truth = (random.random(ROWS) < 0.35).astype(int)
    # The classes drift together over time, so that the windows differ.
    distance = numpy.linspace(2.5, 0.8, ROWS)
    logit = (truth - 0.5) * distance * 2 + random.normal(0, 1.3, ROWS) - 0.3
    score = numpy.round(1 / (1 + numpy.exp(-logit)), 2)
    # Certain and wrong: what clipping is for.
    score[numpy.flatnonzero(truth == 1)[[5, 60]]] = 0.0
    score[numpy.flatnonzero(truth == 0)[[9, 200]]] = 1.0
    label = (score >= 0.45).astype(int)
    time = START_MICROSECONDS + numpy.cumsum(random.integers(0, 4, ROWS)) * 60_000_000
    labelled = random.random(ROWS) < 0.93

    FOLDER.mkdir(parents=True, exist_ok=True)
    with open(FOLDER / "predictions.csv", "w", newline="") as file:
        out = csv.writer(file, lineterminator="\n")
        out.writerow(["id", "time", "label", "score"])
        for row in range(ROWS):
            out.writerow([f"p-{row:04}", time[row], label[row], repr(float(score[row]))])
    with open(FOLDER / "actuals.csv", "w", newline="") as file:
        out = csv.writer(file, lineterminator="\n")
        out.writerow(["id", "label"])
        for row in random.permutation(ROWS):
            if labelled[row]:
                out.writerow([f"p-{row:04}", truth[row]])

    names = ["roc_auc", "f1", "precision", "recall", "specificity", "accuracy", "average_precision", "log_loss", "brier"]
    with open(FOLDER / "expected.csv", "w", newline="") as file:
        out = csv.writer(file, lineterminator="\n")
        out.writerow(["rows", "labelled", "tp", "fp", "tn", "fn", *names])
        for first in range(0, ROWS, WINDOW_ROWS):
            window = slice(first, min(ROWS, first + WINDOW_ROWS))
            chosen = labelled[window]
            y, p, s = truth[window][chosen], label[window][chosen], score[window][chosen]
            tn, fp, fn, tp = metrics.confusion_matrix(y, p, labels=[0, 1]).ravel()
            values = [
                metrics.roc_auc_score(y, s),
                metrics.f1_score(y, p),
                metrics.precision_score(y, p),
                metrics.recall_score(y, p),
                metrics.recall_score(y, p, pos_label=0),
                metrics.accuracy_score(y, p),
                metrics.average_precision_score(y, s),
                log_loss(y, s),
                brier(y, s),
            ]
            out.writerow([len(chosen), int(chosen.sum()), tp, fp, tn, fn, *(repr(float(value)) for value in values)])
    print(f"scikit-learn {sklearn.__version__}, numpy {numpy.__version__}: wrote {FOLDER}")


if __name__ == "__main__":
    warnings.simplefilter("error")
    main()
