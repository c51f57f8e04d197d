"""The first lines of every report: the best row, how sure that is, and the cheapest row beside it.

Terminal, comparison.md and the page show the same two lines; ``comparison.json`` has them as
``sentence``.
"""

from collections.abc import Sequence

from evaluate.compare.analysis import Analysis
from evaluate.compare.comparison import Comparison
from evaluate.compare.decision.decide import Decision
from evaluate.compare.decision.photos_needed import PhotosNeeded
from evaluate.compare.head_to_head import PairResult
from evaluate.compare.rows.row import Row
from evaluate.display.text import count_text, mib_text, p_value_text
from evaluate.report.columns import interval_text, percentile_text
from evaluate.report.markdown import label_in
from models.segmenter import ELSEWHERE

LEVEL_NAMED = 4  # rows that the second line names


def first_lines(analysis: Analysis) -> list[str]:
    """Two lines; none if fewer than two rows have quality."""
    decision = analysis.decision
    if decision is None:
        return []
    return [_outcome(decision), _choice(decision, analysis.comparison)]


def needed_text(needed: PhotosNeeded) -> str:
    """How many more photos, as in "about 60 (20 to more than 10,000)"."""
    if needed.photos is None:
        most = f"more than {needed.most:,}"
        return f"{most} ({_rounded(needed.low, needed.most)} or more)" if needed.low else most
    ends = (_rounded(end, needed.most) for end in (needed.low, needed.high))
    return f"about {_rounded(needed.photos, needed.most)} ({' to '.join(ends)})"


def _outcome(decision: Decision) -> str:
    best, pair = decision.best, decision.pair
    return (
        f"Best by median IoU: {best.label}, {best.median:.3f}. "
        f"{_head_to_head(best, decision.runner_up, pair)} "
        f"They are {'' if decision.told_apart else 'not '}told apart: p {p_value_text(pair.p)}, "
        f"Holm's p {p_value_text(pair.p_holm)}, median difference "
        f"{pair.difference:+.3f}{interval_text(pair.interval, '+.3f')}."
    )


def _head_to_head(best: Row, runner_up: Row, pair: PairResult) -> str:
    """The GitHub issue's sentence. The best row is named first, unless it lost head-to-head."""
    first, second = _short_names(best.label, runner_up.label)
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


def _short_names(first: str, second: str) -> tuple[str, str]:
    """The labels without their parts in parentheses, unless that makes them equal."""
    short = first.partition(" (")[0], second.partition(" (")[0]
    return (first, second) if short[0] == short[1] else short


def _choice(decision: Decision, comparison: Comparison) -> str:
    """What to take, and what would decide the rest."""
    best, cheapest = decision.best, decision.cheapest
    if not decision.testable:
        photos = count_text(len(best.ious), "photo")
        return f"{photos} are too few to tell any two of these rows apart."
    if not decision.level:
        return f"Every other row is told apart from {best.label}{_costs(best)}."
    others = [row for row in decision.level if row is not cheapest]
    if cheapest is None or cheapest is best:
        slower = " and not faster" if cheapest else ""
        parts = [f"Not told apart from {best.label}{_costs(best)}{slower}: {_names(others)}"]
    else:
        parts = [
            f"Cheapest row not told apart from {best.label}{_costs(best)}: "
            f"{label_in(comparison, cheapest)}{_costs(cheapest)}"
        ]
        parts += [f"; also not told apart: {_names(others)}"] if others else []
    if decision.more_photos is not None:
        needed = needed_text(decision.more_photos)
        parts.append(f". More photos that it takes to separate the first two: {needed}")
    return "".join(parts) + "."


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
