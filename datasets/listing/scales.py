"""Faults of the photos' scales, ``mm_per_px``, that lose no photo but all distances in mm."""

import difflib
import math
import statistics
from collections.abc import Mapping, Sequence
from pathlib import Path

from datasets.errors import DatasetError
from datasets.messages import few

SCALE = "mm_per_px"
FAR_OFF = 10  # times the median


def misnamed_scale(path: Path, columns: Sequence[str]) -> list[str]:
    """A line for a column that is probably meant as the scale, where none has its name."""
    if SCALE in columns:
        return []
    lowered = {column.lower(): column for column in columns if "mm" in column.lower()}
    return [
        f"{path}: the column '{lowered[name]}' is a tag and no scale; if it is meant as one, "
        f"call it {SCALE}"
        for name in difflib.get_close_matches(SCALE, lowered, n=1, cutoff=0.55)
    ]


def scale_faults(path: Path, scales: Mapping[str, float | None]) -> list[str]:
    """Lines about the scales of a dataset's photos by id: missing ones, and those far off."""
    known = {id_: scale for id_, scale in scales.items() if scale is not None}
    if not known:
        return []
    lines = []
    if lacking := [id_ for id_ in scales if id_ not in known]:
        lines.append(lacking_line(path, len(known), len(scales), few(lacking)))
    median = statistics.median(known.values())
    for id_, scale in known.items():
        if not median / FAR_OFF <= scale <= median * FAR_OFF:
            lines.append(far_off_line(path, id_, scale, median))
    return lines


def lacking_line(path: Path, known: int, photos: int, names: str) -> str:
    """That only ``known`` of the photos have a scale, not those of these names."""
    return (
        f"{path}: {known:,} of {photos:,} photos have {SCALE}; distances stay in px "
        f"until these have it too: {names}"
    )


def far_off_line(path: Path, id_: str, scale: float, median: float) -> str:
    """That the scale of a photo is probably wrong."""
    return (
        f"{path}: {SCALE} of '{id_}', {scale:g}, is more than {FAR_OFF} times off the "
        f"median, {median:g}; correct it if it is wrong"
    )


def common_scale(value: object) -> float | None:
    """The setting ``dataset.mm_per_px``, of photos that no table has a scale for.

    Raises:
        DatasetError: it is no length.
    """
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 < value < math.inf:
        raise DatasetError(f"dataset.{SCALE}={value}: give mm above 0, such as 0.15")
    return float(value)
