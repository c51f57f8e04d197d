"""Writes a mask to the place that a request names."""

import hashlib
from pathlib import Path

import numpy as np

from datasets.arrays import Alpha
from datasets.decoding.mask_png import encode_mask


def write_mask_png(path: Path, alpha: Alpha) -> str:
    """Write an Alpha (uint8 H×W); its file's sha256. The parent makes sure it is on the disk."""
    encoded = encode_mask(np.ascontiguousarray(alpha))
    path.write_bytes(encoded)
    return hashlib.sha256(encoded).hexdigest()
