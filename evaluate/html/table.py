"""The page's table: a column is a title, what it means, and how a row shows and sorts in it."""

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from evaluate.columns import NA, speed
from evaluate.rows import NOWHERE, Row
from models.segmenter import ELSEWHERE

BINS = 20  # of the little histogram of IoU

Value = float | str | None


@dataclass(frozen=True)
class Column:
    """``cell`` gives what is read and what is sorted by; None there: nothing, always last.

    ``rising``: the least is the best, and comes first when the column is first sorted.
    """

    key: str
    title: str
    meaning: str
    cell: Callable[[Row], tuple[str, Value]]
    rising: bool = False


def _quality(number: Callable[[Row], float], form: str) -> Callable[[Row], tuple[str, Value]]:
    def cell(row: Row) -> tuple[str, Value]:
        if not row.has_quality:
            return NA, None
        return format(number(row), form), number(row)

    return cell


def _mean(row: Row) -> float:
    return math.fsum(row.ious.values()) / len(row.ious)


def _percentile(row: Row, share: float) -> float:
    return float(np.percentile(list(row.ious.values()), share))


def _share(level: float) -> Callable[[Row], tuple[str, Value]]:
    def cell(row: Row) -> tuple[str, Value]:
        if not row.has_quality:
            return NA, None
        n, above = len(row.ious), row.above(level)
        return f"{(200 * above + n) // (2 * n)}%", above / n

    return cell


def _seconds(value: float | None) -> tuple[str, Value]:
    if value is None:
        return NA, None
    if value < 0.001:
        return "<0.001 s", value
    return f"{value:.{3 if value < 0.1 else 2 if value < 10 else 1}f} s", value


def _median_time(row: Row) -> tuple[str, Value]:
    if row.times and row.times.limited:
        return speed(row.times), row.times.median
    return _seconds(row.times.median if row.times else None)


def _memory(row: Row) -> tuple[str, Value]:
    size = row.peak_rss_bytes
    return (f"{size / 2**20:.0f} MiB", float(size)) if size else (NA, None)


def _device(row: Row) -> tuple[str, Value]:
    if row.device == NOWHERE:
        return NA, None
    bare = row.device == ELSEWHERE
    name = row.device if bare else f"{row.device} ×{row.threads}"
    return name, name


COLUMNS = (
    Column("n", "n", "photos scored, failed ones among them", lambda r: (str(len(r.ious)),) * 2),
    Column("failed", "Failed", "photos without a mask, counted as IoU 0",
           lambda r: (str(r.failed), float(r.failed)), rising=True),
    Column("above90", ">0.9", "share of photos with an IoU above 0.9", _share(0.9)),
    Column("above70", ">0.7", "share of photos with an IoU above 0.7", _share(0.7)),
    Column("median", "Median", "median IoU", _quality(lambda r: r.median, ".3f")),
    Column("mean", "Mean", "mean IoU", _quality(_mean, ".3f")),
    Column("p10", "p10", "a tenth of the photos have an IoU at or below this",
           _quality(lambda r: _percentile(r, 10), ".3f")),
    Column("worst", "Worst", "the lowest IoU", _quality(lambda r: min(r.ious.values()), ".3f")),
    Column("p50", "p50", "median seconds a photo", _median_time, rising=True),
    Column("p90", "p90", "nine tenths of the photos took at most this",
           lambda r: _seconds(r.times.p90 if r.times else None), rising=True),
    Column("load", "Load", "seconds to load the model", lambda r: _seconds(r.load_s), rising=True),
    Column("memory", "Memory", "peak memory of the model's process", _memory, rising=True),
    Column("device", "Device", "where it ran, and on how many threads", _device, rising=True),
)  # fmt: skip


def histogram(row: Row) -> list[float]:
    """How many photos fall into each twentieth of the IoU, 1 for the fullest."""
    counts, _ = np.histogram(list(row.ious.values()), bins=BINS, range=(0, 1))
    return [float(count) / max(*counts, 1) for count in counts]
