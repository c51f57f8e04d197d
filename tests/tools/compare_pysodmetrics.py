"""Compare the paper metrics with PySODMetrics 1.6.2, in an environment of its own.

    python3 -m venv ORACLE && ORACLE/bin/pip install pysodmetrics==1.6.2
    python -m tests.tools.compare_pysodmetrics ORACLE/bin/python [--write] [PREDICTIONS TRUTHS]

Without folders the pairs of ``tests/evaluate/metrics/mask_pairs.py`` are compared, and ``--write``
stores the values as the tests' golden numbers. With two folders, files of one name are compared:
PySODMetrics' own examples/test_data gives the values that it publishes, which are printed. The exit
code is 1 if a value differs by more than 1e-9, or an HCE at all.
"""

import argparse
import json
import sys
from pathlib import Path
from typing import Any

import numpy as np

from datasets.arrays import Alpha
from datasets.pictures import read_mask_png
from evaluate.metrics.paper.hce import hce
from evaluate.metrics.paper.level_counts import level_counts
from evaluate.metrics.paper.overlap import iou_curve
from evaluate.metrics.paper.saliency import saliency
from evaluate.metrics.paper.weighted_f import truth_field, weighted_f
from tests.evaluate.metrics.mask_pairs import Pair, pairs
from tests.tools.pysod import PySODMetrics

GOLDEN = Path(__file__).parents[1] / "evaluate/metrics/paper/pysodmetrics_1_6_2.json"
BOTH_EMPTY = "both empty"  # here IoU 1, there 0
CURVES = ("e_curve", "f_curve", "precision_curve", "recall_curve")


def ours(pair: Pair, *, stretched: bool) -> dict[str, Any]:
    """This project's values of a pair."""
    alpha, truth = pair
    counts = level_counts(alpha, truth)
    found = dict(vars(saliency(counts, stretched=stretched)))
    found["weighted_f"] = weighted_f(alpha, counts, truth_field(truth), stretched=stretched)
    found["hce"] = hce(_cut(alpha, stretched), truth)
    if not stretched:
        found["iou_curve"] = iou_curve(counts)
    return found


def theirs(oracle: PySODMetrics, name: str, *, stretched: bool) -> dict[str, Any]:
    """PySODMetrics' values of a pair."""
    found: dict[str, Any] = oracle.ask("saliency", name, stretched=stretched)[0]
    for metric in ("weighted_f", "hce"):
        found[metric] = oracle.ask(metric, name, stretched=stretched)[0]
    if not stretched and not name.startswith(BOTH_EMPTY):
        found["iou_curve"] = oracle.ask("iou", name, stretched=stretched)[0][::-1]
    return found


def _cut(alpha: Alpha, stretched: bool) -> Any:
    low, high = (int(alpha.min()), int(alpha.max())) if stretched else (0, 255)
    return alpha >= 128 if low == high else (alpha - low) / (high - low) > 0.5


def _folders(predictions: Path, truths: Path) -> dict[str, Pair]:
    files = {file.stem: file for file in sorted(truths.glob("*.png"))}
    found = {file.stem: file for file in sorted(predictions.glob("*.png"))}
    both = sorted(files.keys() & found.keys())
    every = dict[str, Pair]()
    for name in both:
        alpha, truth = read_mask_png(found[name]), read_mask_png(files[name])
        if alpha is None or truth is None or alpha.shape != truth.shape:
            print(f"{name}: left out, not two 8-bit masks of one size")
            continue
        empty = f"{BOTH_EMPTY}: " if not (alpha.any() and (truth > 128).any()) else ""
        every[empty + name] = alpha, truth > 128  # where PySODMetrics cuts truth
    return every


def main() -> int:
    """Compare, print what differs and the average over the pairs."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("python")
    parser.add_argument("--write", action="store_true")
    parser.add_argument("folders", nargs="*", type=Path)
    given = parser.parse_args()
    every = _folders(*given.folders) if given.folders else pairs()
    golden: dict[str, Any] = {}
    worst, averages = 0.0, list[dict[str, Any]]()
    with PySODMetrics(given.python, every) as oracle:
        print(oracle.versions)
        for name, pair in every.items():
            for stretched in (False, True):
                here = ours(pair, stretched=stretched)
                there = theirs(oracle, name, stretched=stretched)
                golden[f"{name}, {'stretched' if stretched else 'stored'}"] = there
                for metric, value in there.items():
                    apart = float(np.abs(np.asarray(here[metric]) - np.asarray(value)).max())
                    worst = max(worst, apart)
                    if not apart <= 1e-9:
                        print(f"{name}, stretched={stretched}: {metric} differs by {apart:.3g}")
            averages.append(here)
    print(f"{len(every)} pairs, stored and stretched: largest difference {worst:.3g}")
    for metric in averages[0]:
        values = [average[metric] for average in averages]
        if metric in CURVES:
            curve = np.mean(values, axis=0)
            print(f"{metric:16} maximum {curve.max():.10g}, mean {curve.mean():.10g}")
        else:
            print(f"{metric:16} {np.mean(values):.10g}")
    if given.write:
        GOLDEN.write_text(json.dumps({k: _short(v) for k, v in golden.items()}, indent=1) + "\n")
    return int(worst > 1e-9)


def _short(values: dict[str, Any]) -> dict[str, float]:
    """Numbers as they are; of a curve its mean and its maximum."""
    numbers = {k: float(v) for k, v in values.items() if not isinstance(v, list)}
    for name, curve in values.items():
        if isinstance(curve, list):
            numbers |= {f"{name} mean": float(np.mean(curve)), f"{name} max": max(curve)}
    return numbers


if __name__ == "__main__":
    sys.exit(main())
