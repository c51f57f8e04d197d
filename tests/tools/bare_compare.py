"""What a person would write instead of ``make compare``: csv and numpy, with the same statistics.

python -m tests.tools.bare_compare REPORTS/DATASET [--seconds] [--plots]

Medians, shares and mean of each row, wins, ties and losses of all pairs, and the bootstrap interval
of each median difference. ``--seconds`` also reads predictions.jsonl for the median seconds.
``--plots`` imports pandas, if it is installed, and pyplot, and draws the same kinds of plots.
"""

import csv
import json
import sys
from itertools import combinations
from pathlib import Path

import numpy as np


def main(folder: Path, seconds: bool, plots: bool) -> None:
    ious = {}
    for run in sorted((folder / "runs").iterdir()):
        with (run / "scores.csv").open(newline="") as file:
            ious[run.name] = np.array([float(row["iou"] or 0) for row in csv.DictReader(file)])
        speed = ""
        if seconds:
            with (run / "predictions.jsonl").open() as file:
                times = [json.loads(line)["seconds"] for line in file]
            speed = f"{np.median(times):.1f}s"
        own = ious[run.name]
        shares = ((own > level).mean() for level in (0.9, 0.7))
        print(run.name, *(f"{x:.0%}" for x in shares), f"{np.median(own):.3f}", speed)
    n = len(own)
    rng, k = np.random.default_rng(0), (n + 1) // 2
    low = rng.beta(k, n - k + 1, 4999)
    high = low if n % 2 else 1 - (1 - low) * rng.beta(n - k, 1, 4999)
    lower, upper = ((n * u).astype(int) for u in (low, high))
    for first, second in combinations(ious, 2):
        difference = np.sort(ious[first] - ious[second])
        wins, losses = (difference > 0.02).sum(), (difference < -0.02).sum()
        ends = np.quantile((difference[lower] + difference[upper]) / 2, [0.025, 0.975])
        print(first, second, wins, losses, f"{np.median(difference):.3f}", ends.round(3))
    if plots:
        draw(ious)


def draw(ious: dict[str, np.ndarray]) -> None:
    import contextlib
    import io

    import matplotlib

    matplotlib.use("agg")
    from matplotlib import pyplot

    with contextlib.suppress(ImportError):
        import pandas  # type: ignore[import-untyped] # noqa: F401

    names = list(ious)
    pairs = np.array([[(ious[a] - ious[b] > 0.02).mean() for b in names] for a in names])
    for kind in range(8):
        figure, axes = pyplot.subplots(figsize=(7, 4.2), dpi=150, layout="constrained")
        if kind in (0, 1):
            for name in names:
                axes.ecdf(ious[name][:2000], label=name)
        elif kind in (2, 3):
            axes.pcolormesh(pairs)
            for i, j in np.ndindex(*pairs.shape):
                axes.text(j + 0.5, i + 0.5, f"{pairs[i, j]:.2f}", ha="center")
        elif kind in (4, 5):
            axes.vlines(np.arange(len(ious[names[0]][:2000])), 0, ious[names[0]][:2000])
        else:
            axes.barh(names, [np.median(ious[name]) for name in names], label="median")
        axes.legend(loc="best") if kind in (0, 1, 6, 7) else None
        for form in ("png", "svg"):
            figure.savefig(io.BytesIO(), format=form)
        pyplot.close(figure)


if __name__ == "__main__":
    main(Path(sys.argv[1]), "--seconds" in sys.argv, "--plots" in sys.argv)
