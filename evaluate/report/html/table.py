"""The little histogram beside each row of the page's table; its columns are everybody's."""

import numpy as np

from evaluate.compare.row import Row

BINS = 20


def histogram(row: Row) -> list[float]:
    """How many photos fall into each twentieth of the IoU, 1 for the fullest."""
    counts, _ = np.histogram(list(row.ious.values()), bins=BINS, range=(0, 1))
    return [float(count) / max(*counts, 1) for count in counts]
