"""The columns of every table of rows: title, meaning, and a row's text and sort value in it.

``ISSUE`` are the columns of the GitHub issue that this project started from: shares of all photos
in whole percent, strictly above a level; the median IoU to three decimals; the median seconds of a
prediction.

``TRACEFINITY`` are tracefinity's: time and memory as in its README, Speed (CPU) and Min RAM;
quality as in its two benchmarks, the mean and the least IoU of issue 21, the rest of issue 13.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass

from evaluate.compare.rows.row import NOWHERE, Row, Times
from evaluate.compare.statistics import CONFIDENCE, Interval
from evaluate.display.text import NA, device_text, mib_text, seconds_text

SLOW_S = 90.0  # above this the issue's table says "90s+"

Value = float | str | None


@dataclass(frozen=True)
class Column:
    """``cell`` gives a row's text and the value it is sorted by; None sorts last.

    ``rising``: the lowest value is best, and comes first when the column is first sorted.
    """

    key: str
    title: str
    meaning: str
    cell: Callable[[Row], tuple[str, Value]]
    rising: bool = False


def percent(count: int, of: int) -> str:
    """A share in whole percent, halves rounded up, as in the issue."""
    return f"{(200 * count + of) // (2 * of)}%"


def issue_speed(times: Times | None) -> str:
    """Median seconds as in the issue: 0.7s, or 90s+ above ``SLOW_S``."""
    if times is None:
        return NA
    if times.median > SLOW_S:
        return f"{SLOW_S:g}s+"
    return percentile_text(times, "median", 1)


def percentile_text(times: Times | None, name: str, digits: int) -> str:
    """The percentile ``name`` in seconds; with a + if a time-out's limit hides the true value."""
    if times is None:
        return NA
    return seconds_text(getattr(times, name), digits) + "+" * (name in times.limited)


def _no_seconds(row: Row) -> str:
    """What stands for the seconds that a row has not; it is sorted last."""
    return row.offline.text if row.offline else NA


def interval_text(interval: Interval | None, form: str = ".3f") -> str:
    """`` [low, high]`` to stand behind a number; empty without an interval."""
    return f" [{interval.low:{form}}, {interval.high:{form}}]" if interval else ""


def _quality(number: Callable[[Row], float]) -> Callable[[Row], tuple[str, Value]]:
    def cell(row: Row) -> tuple[str, Value]:
        return (f"{number(row):.3f}", number(row)) if row.has_quality else (NA, None)

    return cell


def _share(level: float) -> Callable[[Row], tuple[str, Value]]:
    def cell(row: Row) -> tuple[str, Value]:
        if not row.has_quality:
            return NA, None
        n, above = len(row.ious), row.above(level)
        return percent(above, n), above / n

    return cell


def _median_with_interval(row: Row) -> tuple[str, Value]:
    if not row.has_quality:
        return NA, None
    return f"{row.median:.3f}{interval_text(row.interval)}", row.median


def _times(row: Row) -> tuple[str, Value]:
    if row.times is None:
        return _no_seconds(row), None
    median, p90 = (percentile_text(row.times, name, 1) for name in ("median", "p90"))
    return f"{median} ({p90})", row.times.median


def _memory(row: Row) -> tuple[str, Value]:
    size = row.peak_rss_bytes
    return mib_text(size), float(size) if size else None


def _issue_times(row: Row) -> tuple[str, Value]:
    if row.times is None:
        return _no_seconds(row), None
    return issue_speed(row.times), row.times.median


def _cpu_speed(row: Row) -> tuple[str, Value]:
    if row.times is None:
        return _no_seconds(row), None
    elsewhere = "" if row.device == "cpu" else f" ({row.device})"
    return issue_speed(row.times) + elsewhere, row.times.median


def _whole_gib(row: Row) -> tuple[str, Value]:
    size = row.peak_rss_bytes
    return (f"{math.ceil(size / 2**30)}GB", float(size)) if size else (NA, None)


def _device(row: Row) -> tuple[str, Value]:
    if row.device == NOWHERE:
        return NA, None
    name = row.place or device_text(row.device, row.threads)
    return name, name


ABOVE = (
    Column("above90", ">0.9 IoU", "share of photos with an IoU above 0.9", _share(0.9)),
    Column("above70", ">0.7 IoU", "share of photos with an IoU above 0.7", _share(0.7)),
)
FULL = (
    Column("n", "n", "scored photos, including failed ones", lambda r: (str(len(r.ious)),) * 2),
    Column("failed", "Failed", "photos without a mask, counted as IoU 0",
           lambda r: (str(r.failed), float(r.failed)), rising=True),
    *ABOVE,
    Column("median", "Median IoU",
           f"median IoU, and its {CONFIDENCE:.0%} interval from six photos on",
           _median_with_interval),
    Column("mean", "Mean", "mean IoU", _quality(lambda r: r.mean)),
    Column("p10", "p10", "10th percentile of the IoU: a tenth of the photos is at or below",
           _quality(lambda r: r.p10)),
    Column("worst", "Worst", "the lowest IoU", _quality(lambda r: r.worst)),
    Column("speed", "p50 (p90)", "median seconds per photo, and the 90th percentile",
           _times, rising=True),
    Column("load", "Load", "seconds to load the model",
           lambda r: (seconds_text(r.load_s, 1), r.load_s), rising=True),
    Column("memory", "Memory", "peak memory of the model's process", _memory, rising=True),
    Column("device", "Device", "device the model ran on, and its number of threads",
           _device, rising=True),
)  # fmt: skip
ISSUE = (
    *ABOVE,
    Column("median", "Median IoU", "median IoU", _quality(lambda r: r.median)),
    Column("speed", "Speed", "median seconds per photo",
           _issue_times, rising=True),
)  # fmt: skip
TRACEFINITY = (
    Column("speed", "Speed (CPU)", "median seconds per photo; if not on the CPU, the device",
           _cpu_speed, rising=True),
    Column("memory", "Min RAM", "peak memory of the model's process alone, rounded up to whole GiB",
           _whole_gib, rising=True),
    Column("mean", "Avg IoU", "mean IoU", _quality(lambda r: r.mean)),
    Column("worst", "Min IoU", "the lowest IoU", _quality(lambda r: r.worst)),
    Column("median", "Median IoU", "median IoU", _quality(lambda r: r.median)),
    *ABOVE,
)  # fmt: skip
CHOICES = {"full": FULL, "issue": ISSUE, "tracefinity": TRACEFINITY}
