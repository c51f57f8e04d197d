"""Two runs as a comparison of their own, with labels that tell them apart.

Photos, ground truth, threshold and scoring version must be equal. Code, packages, settings and
machine may differ; the differences are listed. Seconds from different devices or machines are
shown, but not compared.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from evaluate.compare.comparison import Comparison, comparison_of, unequal
from evaluate.compare.find_runs import Side, find_runs
from evaluate.compare.rows.row import Row
from evaluate.compare.run_differences import Difference, difference_lines, run_differences
from evaluate.display.text import device_text, first_few
from evaluate.errors import ReportsError
from evaluate.store.atomic import file_name
from evaluate.store.run_folder import Run
from models.segmenter import ELSEWHERE

BASELINE_DIGITS = 6  # decimals of an IoU in a baseline
MARK_LENGTH = 40
MACHINE = ("system", "cpu", "cores")  # entries of run.json's machine that affect seconds


@dataclass(frozen=True)
class RunPair:
    """The comparison of the rows ``a`` and ``b``; its files go to ``folder``.

    ``runs`` belong to the comparison's rows, in their order; a baseline has none.
    """

    comparison: Comparison
    a: Row
    b: Row
    runs: tuple[Run, ...]
    folder: Path


def compare_two(folder: Path, names: str, margin_iou: float) -> RunPair:
    """Compare the two runs or baselines named ``A,B``; ``folder`` holds the dataset's reports.

    Raises:
        ReportsError: they do not exist or are not comparable; the text says why and what to run.
    """
    sides = find_runs(folder, names)
    if reasons := _not_comparable(*sides):
        raise ReportsError(f"runs={names}: not comparable, {reasons}; {_remedy(sides)}")
    latest = max(sides, key=lambda side: (side.run is not None, side.scoring.scored))
    runs = [side.run for side in sides if side.run]
    found = run_differences(*(run.about() for run in runs)) if len(runs) == 2 else []
    places = _places(sides)
    digits = None if len(runs) == 2 else BASELINE_DIGITS
    rows = [
        replace(side.row, ious=_ious(side.row, latest.row, digits), place=place)
        for side, place in zip(sides, places, strict=True)
    ]
    a, b = _distinguish(rows[0], rows[1], found)
    comparison = comparison_of([a, b], latest.scoring, latest.scores, folder, margin_iou)
    return RunPair(
        comparison=replace(comparison, remarks=tuple(_remarks(sides, (a, b), found))),
        a=a,
        b=b,
        runs=tuple(runs if comparison.rows[0] is a else reversed(runs)),
        folder=folder / "ab" / file_name(f"{a.row}..{b.row}"),
    )


def _not_comparable(a: Side, b: Side) -> str:
    """Why the two cannot share a table; empty if they can."""
    found = [
        f"{name} is {ours} in A and {theirs} in B"
        for name, ours, theirs in unequal(a.scoring, b.scoring)
    ]
    for letter, side, other in (("A", a, b), ("B", b, a)):
        if alone := [id_ for id_ in side.row.ious if id_ not in other.row.ious]:
            found.append(
                f"{len(alone)} of {len(side.row.ious)} photos are only in {letter} "
                f"({first_few(alone)})"
            )
    return "; ".join(found)


def _remedy(sides: Sequence[Side]) -> str:
    runs = sorted((side for side in sides if side.run), key=lambda side: side.scoring.scored)
    if len(runs) == 2:
        return f"the older is {runs[0].path}; run: {runs[0].row.command}"
    renew = "make the older baseline again, with make baseline for its model"
    return f"{renew}, or run: {runs[0].row.command}" if runs else renew


def _ious(row: Row, like: Row, digits: int | None) -> dict[str, float]:
    """IoUs by photo in the order of ``like``, rounded to ``digits`` decimals if given."""
    ious = {id_: row.ious[id_] for id_ in like.ious}
    return ious if digits is None else {id_: round(iou, digits) for id_, iou in ious.items()}


def _places(sides: Sequence[Side]) -> tuple[str, str]:
    """Device and machine of A and of B, if both were timed and these differ; else empty texts."""
    rows = [side.row for side in sides]
    if not all(row.times for row in rows):
        return "", ""
    a, b = (device_text(row.device, row.threads) for row in rows)
    local = all(row.device != ELSEWHERE for row in rows)
    if local and _machine(sides[0]) != _machine(sides[1]):
        a, b = f"{a}, machine A", f"{b}, machine B"
    return (a, b) if a != b else ("", "")


def _remarks(
    sides: Sequence[Side], rows: Sequence[Row], found: Sequence[Difference]
) -> Iterator[str]:
    """Which run is A and which is B, and how they differ."""
    for letter, side, row in zip("AB", sides, rows, strict=True):
        sessions = side.run.about()["sessions"] if side.run else []
        started = f", started {sessions[0]['started'][:16].replace('T', ' ')}" if sessions else ""
        yield f"{letter}: {row.label}, {side.path}{started}"
    if not all(side.run for side in sides):
        yield "A baseline stores only scores: settings, code and times cannot be compared"
    else:
        yield from difference_lines(found) or ["No recorded setting, code or machine differs"]
    if places := "; ".join(row.place for row in rows if row.place):
        yield f"Timed on different devices or machines ({places}): seconds are not compared"


def _machine(side: Side) -> list[object]:
    """What of the machine affects seconds."""
    machine = side.run.about()["identity"].get("machine", {}) if side.run else {}
    return [machine.get(part) for part in MACHINE]


def _distinguish(a: Row, b: Row, found: Sequence[Difference]) -> tuple[Row, Row]:
    """Make equal names and labels differ; labels by the first short difference of the runs."""
    if a.row == b.row:
        a, b = replace(a, row=f"{a.row}-A"), replace(b, row=f"{b.row}-B")
    if a.label == b.label:
        marks = [(f"{one.name}={one.a}", f"{one.name}={one.b}") for one in found]
        short = (pair for pair in marks if max(map(len, pair)) <= MARK_LENGTH)
        mark_a, mark_b = next(short, ("A", "B"))
        a = replace(a, label=f"{a.label} ({mark_a})")
        b = replace(b, label=f"{b.label} ({mark_b})")
    return a, b
