"""Two runs as a comparison of their own: like things only, each row called by what it is.

Photos, truth, threshold and the version that scored must be the same. Code, packages, settings and
machine may differ, and it is said in what. Seconds of unlike places are shown, not compared.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from evaluate.compare.comparison import ALIKE, Comparison, ordered
from evaluate.compare.find_runs import Side, choose
from evaluate.compare.row import Row
from evaluate.compare.run_differences import Difference, differences, lines
from evaluate.errors import ReportsError
from evaluate.store.atomic import file_name
from evaluate.store.run_folder import Run
from models.segmenter import ELSEWHERE

KEPT_DIGITS = 6  # of an IoU in a baseline
MARK_LENGTH = 40
PLACE = ("system", "cpu", "cores")  # of run.json's machine, what seconds hang on


@dataclass(frozen=True)
class RunPair:
    """The comparison of the rows ``a`` and ``b``; its files go to ``folder``.

    ``runs`` are those of the comparison's rows, fewer where a baseline is among them.
    """

    comparison: Comparison
    a: Row
    b: Row
    runs: tuple[Run, ...]
    folder: Path


def compare_two(folder: Path, names: str, margin_iou: float) -> RunPair:
    """Compare the two that are named ``A,B``; ``folder`` holds the dataset's reports.

    Raises:
        ReportsError: they are not there, or unlike; the text says in what and what to run.
    """
    sides = choose(folder, names)
    if unlike := _unlike(*sides):
        raise ReportsError(f"runs={names}: not comparable, {unlike}; {_remedy(sides)}")
    latest = max(sides, key=lambda side: (side.run is not None, side.scoring.scored))
    runs = [side.run for side in sides if side.run]
    found = differences(*(run.about() for run in runs)) if len(runs) == 2 else []
    places = _places(sides)
    digits = None if len(runs) == 2 else KEPT_DIGITS
    rows = [
        replace(side.row, ious=_ious(side.row, latest.row, digits), place=place)
        for side, place in zip(sides, places, strict=True)
    ]
    a, b = _told_apart(rows[0], rows[1], found)
    comparison = ordered([a, b], latest.scoring, latest.scores, folder, margin_iou)
    return RunPair(
        comparison=replace(comparison, remarks=tuple(_remarks(sides, (a, b), found))),
        a=a,
        b=b,
        runs=tuple(runs if comparison.rows[0] is a else reversed(runs)),
        folder=folder / "ab" / file_name(f"{a.row}..{b.row}"),
    )


def _unlike(a: Side, b: Side) -> str:
    """What keeps the two from one table; empty where nothing does."""
    found = []
    for name in ALIKE:
        ours, theirs = (str(getattr(side.scoring, name)) for side in (a, b))
        if ours != theirs:
            found.append(f"{name} is {ours:.12} in A and {theirs:.12} in B")
    for which, one, other in (("A", a, b), ("B", b, a)):
        if alone := [id_ for id_ in one.row.ious if id_ not in other.row.ious]:
            named = f"{', '.join(alone[:3])}{', …' * (len(alone) > 3)}"
            found.append(
                f"{len(alone)} of {len(one.row.ious)} photos are only in {which} ({named})"
            )
    return "; ".join(found)


def _remedy(sides: Sequence[Side]) -> str:
    runs = sorted((side for side in sides if side.run), key=lambda side: side.scoring.scored)
    if len(runs) == 2:
        return f"the older is {runs[0].path}; run: {runs[0].row.command}"
    renew = "make the older baseline again, with make baseline for its model"
    return f"{renew}, or run: {runs[0].row.command}" if runs else renew


def _ious(row: Row, like: Row, digits: int | None) -> dict[str, float]:
    """By photo in one order, and no more exact than both are."""
    ious = {id_: row.ious[id_] for id_ in like.ious}
    return ious if digits is None else {id_: round(iou, digits) for id_, iou in ious.items()}


def _places(sides: Sequence[Side]) -> tuple[str, str]:
    """Where A and B were timed, if both were and not in the same place; else nothing."""
    rows = [side.row for side in sides]
    if not all(row.times for row in rows):
        return "", ""
    a, b = (r.device if r.device == ELSEWHERE else f"{r.device} ×{r.threads}" for r in rows)
    here = all(row.device != ELSEWHERE for row in rows)
    if here and _machine(sides[0]) != _machine(sides[1]):
        a, b = f"{a}, machine A", f"{b}, machine B"
    return (a, b) if a != b else ("", "")


def _remarks(
    sides: Sequence[Side], rows: Sequence[Row], found: Sequence[Difference]
) -> Iterator[str]:
    """Which is A and which is B, and in what they were made unlike."""
    for letter, side, row in zip("AB", sides, rows, strict=True):
        sessions = side.run.about()["sessions"] if side.run else []
        begun = f", begun {sessions[0]['started'][:16].replace('T', ' ')}" if sessions else ""
        yield f"{letter}: {row.label}, {side.path}{begun}"
    if not all(side.run for side in sides):
        yield "A baseline keeps scores alone: no settings, code or times to compare"
    else:
        yield from lines(found) or ["Nothing that a run records of its making differs"]
    if places := "; ".join(row.place for row in rows if row.place):
        yield f"Timed elsewhere ({places}): seconds are not compared"


def _machine(side: Side) -> list[object]:
    """The computer, as far as seconds hang on it."""
    machine = side.run.about()["identity"].get("machine", {}) if side.run else {}
    return [machine.get(part) for part in PLACE]


def _told_apart(a: Row, b: Row, found: Sequence[Difference]) -> tuple[Row, Row]:
    """Names and labels that differ: by the first thing in which the runs do."""
    if a.row == b.row:
        a, b = replace(a, row=f"{a.row}-A"), replace(b, row=f"{b.row}-B")
    if a.label == b.label:
        marks = [(f"{one.name}={one.a}", f"{one.name}={one.b}") for one in found]
        short = (both for both in marks if max(map(len, both)) <= MARK_LENGTH)
        first, second = next(short, ("A", "B"))
        a = replace(a, label=f"{a.label} ({first})")
        b = replace(b, label=f"{b.label} ({second})")
    return a, b
