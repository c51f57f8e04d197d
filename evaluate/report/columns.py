"""The columns of every table of rows: a title, what it means, how a row shows and sorts in it.

``ISSUE`` are those of the GitHub issue that began this: shares of all photos in whole percent,
strictly above; the median IoU to three decimals; the median seconds of a prediction.
"""

from collections.abc import Callable
from dataclasses import dataclass

from evaluate.compare.row import NOWHERE, Row, Times
from evaluate.compare.statistics import CONFIDENCE, median_interval
from models.segmenter import ELSEWHERE

NA = "N/A"
SLOW_S = 90.0  # past this the issue's table says "90s+"

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


def percent(count: int, of: int) -> str:
    """A share as the issue writes it: whole percent, half a percent upwards."""
    return f"{(200 * count + of) // (2 * of)}%"


def speed(times: Times | None) -> str:
    """Median seconds as the issue writes them: 0.7s, and 90s+ past a limit."""
    if times is None:
        return NA
    if times.median > SLOW_S:
        return f"{SLOW_S:g}s+"
    return _bounded(times, "median")


def seconds(value: float | None) -> str:
    """A time to the tenth, short ones to the millisecond."""
    if value is None:
        return NA
    if value >= 0.1:
        return f"{value:.1f}s"
    return f"{value:.3f}s" if value >= 0.001 else "<0.001s"


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


def _sure_median(row: Row) -> tuple[str, Value]:
    if not row.has_quality:
        return NA, None
    found = median_interval(list(row.ious.values()))
    between = f" [{found.low:.3f}, {found.high:.3f}]" if found else ""
    return f"{row.median:.3f}{between}", row.median


def _times(row: Row) -> tuple[str, Value]:
    if row.times is None:
        return NA, None
    median, p90 = (_bounded(row.times, name) for name in ("median", "p90"))
    return f"{median} ({p90})", row.times.median


def _bounded(times: Times, name: str) -> str:
    """A percentile; with a + where the truth lies above it."""
    return seconds(getattr(times, name)) + "+" * (name in times.limited)


def _memory(row: Row) -> tuple[str, Value]:
    size = row.peak_rss_bytes
    return (f"{size / 2**20:.0f} MiB", float(size)) if size else (NA, None)


def _device(row: Row) -> tuple[str, Value]:
    if row.device == NOWHERE:
        return NA, None
    bare = row.device == ELSEWHERE
    name = row.place or (row.device if bare else f"{row.device} ×{row.threads}")
    return name, name


ABOVE = (
    Column("above90", ">0.9 IoU", "share of photos with an IoU above 0.9", _share(0.9)),
    Column("above70", ">0.7 IoU", "share of photos with an IoU above 0.7", _share(0.7)),
)
FULL = (
    Column("n", "n", "photos scored, failed ones among them", lambda r: (str(len(r.ious)),) * 2),
    Column("failed", "Failed", "photos without a mask, counted as IoU 0",
           lambda r: (str(r.failed), float(r.failed)), rising=True),
    *ABOVE,
    Column("median", "Median IoU",
           f"median IoU, and its {CONFIDENCE:.0%} interval from six photos on", _sure_median),
    Column("mean", "Mean", "mean IoU", _quality(lambda r: r.mean)),
    Column("p10", "p10", "a tenth of the photos have an IoU at or below this",
           _quality(lambda r: r.p10)),
    Column("worst", "Worst", "the lowest IoU", _quality(lambda r: r.worst)),
    Column("speed", "p50 (p90)", "median seconds a photo, and what nine tenths took at most",
           _times, rising=True),
    Column("load", "Load", "seconds to load the model",
           lambda r: (seconds(r.load_s), r.load_s), rising=True),
    Column("memory", "Memory", "peak memory of the model's process", _memory, rising=True),
    Column("device", "Device", "where it ran, and on how many threads", _device, rising=True),
)  # fmt: skip
ISSUE = (
    *ABOVE,
    Column("median", "Median IoU", "median IoU", _quality(lambda r: r.median)),
    Column("speed", "Speed", "median seconds a photo",
           lambda r: (speed(r.times), r.times.median if r.times else None), rising=True),
)  # fmt: skip
CHOICES = {"full": FULL, "issue": ISSUE}
