"""Deterministic pairs of a predicted and a true alpha matte, easy, random and degenerate."""

import numpy as np

from datasets.arrays import Alpha
from tests.evaluate.metrics.mask_pairs import drawn_truth, pairs, soft

MattingPair = tuple[Alpha, Alpha]


def matting_pairs() -> dict[str, MattingPair]:
    """Named pairs, at most 240×320 px."""
    found = {name: (alpha, soft(mask, 1.5)) for name, (alpha, mask) in pairs().items()}
    rng = np.random.default_rng(3)
    for n, shape in enumerate(((33, 47), (64, 64))):
        truth, noise = rng.integers(0, 256, (2, *shape), dtype=np.uint8)
        noise //= 8
        found[f"noise {n}"] = (np.minimum(truth, 255 - noise) + noise, truth)
    truth = soft(drawn_truth(60, 80), 2)
    hard = np.where(truth >= 128, np.uint8(255), np.uint8(0))
    pixel = hard.copy()
    pixel[20, 30] = 100
    low = truth // 2 + 40
    found["hard truth"] = (truth, hard)
    found["one soft pixel"] = (truth, pixel)
    found["never 0 or 255"] = (low, truth)
    found["gray"] = (np.full_like(truth, 90), truth)
    found["gray truth"] = (truth, np.full_like(truth, 90))
    found["both gray"] = (np.full_like(truth, 90), np.full_like(truth, 200))
    return found
