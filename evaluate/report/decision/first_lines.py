"""The first lines of every report: the best row, how sure that is, and the cheapest row beside it.

Terminal, comparison.md and the page show the same two lines; ``comparison.json`` has them as
``sentence``.
"""

from collections.abc import Collection, Sequence

from evaluate.compare.analysis import Analysis
from evaluate.compare.comparison import Comparison
from evaluate.compare.decision.decide import Decision
from evaluate.compare.decision.photos_needed import PhotosNeeded
from evaluate.compare.head_to_head import PairResult
from evaluate.compare.rows.fits import CLEARANCE_PX
from evaluate.compare.rows.row import Row
from evaluate.compare.statistics import TIE_SLACK
from evaluate.display.text import count_text, mib_text, p_value_text
from evaluate.report.columns import interval_text, percentile_text
from evaluate.report.markdown import label_in
from models.segmenter import ELSEWHERE

LEVEL_NAMED = 4  # rows that the second line names
# Endings of labels that tell who runs the network; the GitHub issue's sentence leaves them out.
_ENGINES = ("rembg", "imgly", "hub", "ONNX", "browser", "carvekit", "torchvision", "fal")


def first_lines(analysis: Analysis) -> list[str]:
    """Two lines; none if fewer than two rows have quality."""
    decision = analysis.decision
    if decision is None:
        return []
    return [_outcome(decision, analysis.comparison), _choice(decision, analysis)]


def needed_text(needed: PhotosNeeded) -> str:
    """How many more photos, as in "about 60 (20 to more than 10,000)"."""
    if needed.photos is None:
        most = f"more than {needed.most:,}"
        return f"{most} ({_rounded(needed.low, needed.most)} or more)" if needed.low else most
    ends = (_rounded(end, needed.most) for end in (needed.low, needed.high))
    return f"about {_rounded(needed.photos, needed.most)} ({' to '.join(ends)})"


def _outcome(decision: Decision, comparison: Comparison) -> str:
    best, pair = decision.best, decision.pair
    fit = fit_text(best, comparison.scoring.clearance_mm)
    return (
        f"Best by median IoU: {best.label}, {best.median:.3f}{f' ({fit})' if fit else ''}. "
        f"{_head_to_head(best, decision.runner_up, pair, comparison)} "
        f"They are {'' if decision.told_apart else 'not '}told apart: p {p_value_text(pair.p)}, "
        f"Holm's p {p_value_text(pair.p_holm)}, median difference "
        f"{_difference(pair)}."
    )


def fit_text(row: Row, clearance_mm: float) -> str:
    """The share of tools that fit at the report's clearance; empty where it is not known."""
    fits = row.outlines.fits if row.outlines else None
    if fits is None:
        return ""
    gap = clearance_mm if fits.unit == "mm" else CLEARANCE_PX
    found = fits.at(gap)
    low, high = 100 * found.interval.low, 100 * found.interval.high
    share = f"{found.share:.0%} [{low:.0f}, {high:.0f}]"
    return f"{share} of the tools fit their pockets at {gap:g} {fits.unit}"


def _difference(pair: PairResult) -> str:
    return f"{pair.difference:+z.3f}{interval_text(pair.interval, '+z.3f')}"


def _head_to_head(best: Row, runner_up: Row, pair: PairResult, comparison: Comparison) -> str:
    """The GitHub issue's sentence. The best row is named first, unless it lost head-to-head."""
    labels = [row.label for row in (*comparison.rows, *comparison.apart)]
    first, second = (short_name(row.label, labels) for row in (best, runner_up))
    second = f"{second} (the runner-up)"
    if pair.wins == pair.losses:
        outcome = f"{first} drew head-to-head against {second}"
    elif pair.wins > pair.losses:
        outcome = f"{first} won head-to-head against {second}"
    else:
        outcome = f"{second} won head-to-head against {first}"
    count = f"{max(pair.wins, pair.losses)} to {min(pair.wins, pair.losses)}"
    images = count_text(len(best.ious), "image")
    return f"{outcome} {count} across {images}, with {count_text(pair.ties, 'tie')}."


def short_name(label: str, labels: Collection[str]) -> str:
    """The label without an engine at its end, unless another of the ``labels`` begins alike."""
    short, _, ending = label.rpartition(" (")
    if not short or ending.removesuffix(")") not in _ENGINES:
        return label
    alike = [one for one in labels if one == short or one.startswith(f"{short} (")]
    return label if set(alike) - {label} else short


def _choice(decision: Decision, analysis: Analysis) -> str:
    """What to take, what would decide the rest, and what to do next."""
    best, cheapest, comparison = decision.best, decision.cheapest, analysis.comparison
    if not decision.testable:
        photos = count_text(len(best.ious), "photo")
        return f"Too few photos to decide: {photos} cannot tell any two of these rows apart."
    if not decision.level:
        return f"Every other row is told apart from {best.label}{_costs(best)}."
    others = [row for row in decision.level if row is not cheapest]
    also = f"; also not told apart: {_names(others)}" if others else ""
    take = ""
    if cheapest is None or cheapest is best:
        slower = " and not faster" if cheapest else ""
        text = f"Not told apart from {best.label}{_costs(best)}{slower}: {_names(others)}."
        take = f"take {best.label}" if cheapest else ""
    elif (pair := _pair_of(analysis, cheapest)).difference > comparison.margin_iou + TIE_SLACK:
        photos = count_text(len(best.ious), "photo")
        text = (
            f"Too few photos to decide: {label_in(comparison, cheapest)}{_costs(cheapest)} is the "
            f"cheapest row that {photos} do not tell apart from {best.label}{_costs(best)}, but "
            f"its IoU is lower, with a median difference of {_difference(pair)}{also}."
        )
    else:
        fit = fit_text(cheapest, comparison.scoring.clearance_mm)
        text = (
            f"Cheapest row not told apart from {best.label}{_costs(best)}: "
            f"{label_in(comparison, cheapest)}{_costs(cheapest)}{f', {fit}' if fit else ''}"
            f"{also}."
        )
        take = "take the cheapest"
    return f"{text}{_timing_doubt(decision)}{_next(decision, take)}"


def _pair_of(analysis: Analysis, other: Row) -> PairResult:
    """The best row against another."""
    best = next(iter(analysis.rows))
    found = (pair for pair in analysis.pairs if (pair.first, pair.second) == (best, other.label))
    return next(found)


def _timing_doubt(decision: Decision) -> str:
    """A sentence where unstable times decide which row is called the cheapest."""
    rows = (decision.best, *decision.level)
    unstable = [row for row in rows if row.times and row.unstable]
    if not unstable or decision.cheapest is None:
        return ""
    return f" The cheapest may be another, as timing was unstable: {_names(unstable)}."


def _next(decision: Decision, take: str) -> str:
    """What to do next: take a row, or trace more photos."""
    steps = [take] if take else []
    if decision.more_photos is not None:
        needed = needed_text(decision.more_photos)
        steps.append(f"trace {needed} more photos to tell the first two apart")
    return f" Next: {', or '.join(steps)}." if steps else ""


def _costs(row: Row) -> str:
    """Seconds per photo and memory, as they are known, in parentheses."""
    speed = f"{percentile_text(row.times, 'median', 2)} per photo" if row.times else ""
    known = row.peak_rss_bytes if row.device != ELSEWHERE else None  # else of reading the masks
    memory = mib_text(known) if known else ""
    costs = ", ".join(filter(None, (speed, memory)))
    return f" ({costs})" if costs else ""


def _names(rows: Sequence[Row]) -> str:
    names = [row.label for row in rows[:LEVEL_NAMED]]
    more = len(rows) - len(names)
    return ", ".join(names) + (f" and {more} more" if more else "")


def _rounded(photos: int | None, most: int) -> str:
    """A number of photos to two digits, as it is known no better."""
    if photos is None:
        return f"more than {most:,}"
    digits = max(0, len(str(photos)) - 2)
    return f"{round(photos, -digits):,}"
