"""What a person would write with pandas instead of ``make compare table=…``.

python -m tests.scale.pandas_compare FILE [--group-by]

``--group-by``: only the summary of each model and the medians of each slice. Without it, also wins
and losses of all pairs with the interval of their median difference, ranks, and the wins in each
slice: the numbers that ``compare`` computes. Intervals are drawn as there, without whole resamples.
"""

import sys
from itertools import combinations

import numpy as np
import pandas as pd  # type: ignore[import-untyped]


def main(path: str, group_by_only: bool) -> None:
    texts = [f"tag_{name}" for name in ("light", "paper", "stratum")]
    numbers = [f"trait_{name}" for name in ("brightness", "contrast", "glare", "width", "size")]
    counts = ["trait_parts", "trait_holes"]
    columns = ["row", "id", "iou", "seconds", "peak_rss_bytes", *texts, *counts, *numbers]
    photos = pd.read_parquet(path, columns=columns)
    for name in numbers:
        photos[name] = pd.qcut(photos[name], 3, labels=["low", "middle", "high"])
    by_row = photos.groupby("row", observed=True)
    print(by_row.iou.describe([0.1, 0.5]), by_row.seconds.quantile([0.5, 0.9, 0.99]))
    print(by_row.iou.agg(lambda ious: (ious > 0.9).mean()), by_row.peak_rss_bytes.max())
    slices = [*texts, *counts, *numbers]
    for name in slices:
        print(photos.groupby(["row", name], observed=True).iou.median().unstack())
    if group_by_only:
        return
    table = photos.pivot(index="id", columns="row", values="iou")
    known = photos[photos.row == photos.row.iloc[0]].set_index("id")[slices]
    print(table.rank(axis=1, ascending=False).mean())
    n = len(table)
    rng, k = np.random.default_rng(0), (n + 1) // 2
    low = rng.beta(k, n - k + 1, 4999)
    high = low if n % 2 else 1 - (1 - low) * rng.beta(n - k, 1, 4999)
    lower, upper = ((n * u).astype(int) for u in (low, high))
    for first, second in combinations(table, 2):
        difference = (table[first] - table[second]).sort_values().to_numpy()
        wins, losses = (difference > 0.02).sum(), (difference < -0.02).sum()
        ends = np.quantile((difference[lower] + difference[upper]) / 2, [0.025, 0.975])
        print(first, second, wins, losses, ends)
    best = table.median().idxmax()
    for other in table.columns.drop(best):
        lead = table[other] - table[best]
        for name in slices:
            print((lead > 0.02).groupby(known[name], observed=True).sum())


if __name__ == "__main__":
    main(sys.argv[1], "--group-by" in sys.argv)
