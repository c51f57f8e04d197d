"""Find the two runs or baselines named by ``runs=A,B``.

``isnet+source=npm``   a row: its run, else its superseded run, else its baseline
``otsu.json``          the baseline of a row
``old/runs/otsu``      a path, since it has a slash: to a run's folder or to a baseline
"""

from collections import Counter
from dataclasses import dataclass, replace
from pathlib import Path

from datasets.listing.typed_path import expanded
from evaluate.compare.rows.photo_values import values_at
from evaluate.compare.rows.row import NOWHERE, Row, row_of
from evaluate.errors import ReportsError, did_you_mean
from evaluate.store.baseline import read_baseline
from evaluate.store.run_folder import OK, Run, all_runs
from evaluate.store.score_table import ScoreTable, read_score_table, read_scoring
from evaluate.store.scores import Scoring
from evaluate.store.shard_folders import unmerged_shards

UNKNOWN = "unknown"  # when a baseline was scored is not stored


@dataclass(frozen=True)
class Side:
    """One of the two and its path; ``run`` is None for a baseline, which has only scores."""

    path: Path
    run: Run | None
    row: Row
    scoring: Scoring
    scores: ScoreTable


def find_runs(folder: Path, names: str) -> tuple[Side, Side]:
    """Read the two runs or baselines named ``A,B``; ``folder`` holds the dataset's reports.

    Raises:
        ReportsError: ``names`` are not exactly two, or one is unknown, damaged or not scored.
    """
    words = [word.strip() for word in names.split(",")]
    # A row's name may itself hold commas: onnx+mean=0.5,0.5. So every comma may be the separator.
    splits = [(",".join(words[:i]), ",".join(words[i:])) for i in range(1, len(words))]
    paths = [(_find(folder, first), _find(folder, second)) for first, second in splits]
    found = [(first, second) for first, second in paths if first and second]
    if len(found) != 1:
        unknown = [name for name in words if not _find(folder, name)]
        unmerged = unmerged_shards(folder)
        if first_unmerged := next(filter(None, map(unmerged.get, unknown)), None):
            raise ReportsError(first_unmerged)
        two = len(words) == 2 and all(words)
        why = f"no run or baseline is called {unknown[0]}" if two else "name two, as runs=A,B"
        raise ReportsError(f"runs={names}: {why}; there are: {_available(folder)}")
    first, second = found[0]
    if first.resolve() == second.resolve():
        raise ReportsError(f"runs={names}: both are one run; there are: {_available(folder)}")
    return _side(folder, first), _side(folder, second)


def choose_rows(runs: Path, names: str) -> list[str]:
    """The rows under ``runs`` that ``A,B,C`` names, each once; a row's own name may hold commas.

    Raises:
        ReportsError: one is not there; the text lists those that are.
    """
    there = [run.row for run in all_runs(runs)]
    words = [word.strip() for word in names.split(",")]
    rows: list[str] = []
    while words:
        ends = range(len(words), 0, -1)
        end = next((end for end in ends if ",".join(words[:end]) in there), None)
        if end is None:
            if line := unmerged_shards(runs.parent).get(words[0]):
                raise ReportsError(line)
            hint = did_you_mean(words[0], there)
            listed = ", ".join(there) or "none yet; run: make eval model=NAME"
            raise ReportsError(
                f"rows={names}: no row is called {words[0] or 'nothing'}; there are: {listed}{hint}"
            )
        rows.append(",".join(words[:end]))
        words = words[end:]
    return list(dict.fromkeys(rows))


def _find(folder: Path, name: str) -> Path | None:
    runs, baselines = folder / "runs", folder / "baselines"
    places = [runs / name, runs / ".superseded" / name]
    places += [baselines / f"{name}.json", baselines / name]
    if "/" in name:
        places = [expanded(name)]
    return next((p for p in places if (p / "run.json").is_file() or _is_baseline(p)), None)


def _is_baseline(path: Path) -> bool:
    return path.suffix == ".json" and path.is_file()


def _available(folder: Path) -> str:
    runs = folder / "runs"
    names = [run.row for place in (runs, runs / ".superseded") for run in all_runs(place)]
    names += [path.name for path in sorted((folder / "baselines").glob("*.json"))]
    return ", ".join(names) or f"none yet in {folder}; run: make eval model=NAME"


def _side(folder: Path, path: Path) -> Side:
    if _is_baseline(path):
        return _of_baseline(path)
    run = Run(path)
    scoring, scores = read_scoring(run), read_score_table(run)
    row = row_of(run, scores, scoring.clearance_mm)
    if path.resolve().parent != (folder / "runs").resolve() and "@" not in row.row:
        # Named as superseded runs are, so that it is not confused with the current run.
        about = run.about()
        row = replace(row, row=f"{about.get('row', row.row)}@{about['key'][:12]}")
    return Side(path, run, row, scoring, scores)


def _of_baseline(path: Path) -> Side:
    stored = read_baseline(path, "make baseline, for its model")
    name = f"{stored.row}@baseline"
    row = Row(
        row=name,
        label=f"Baseline of {stored.row}",
        ious=stored.ious,
        failures=Counter(stored.failed.values()),
        reason="a baseline does not store the reason" if stored.failed else "",
        times=None,
        load_s=None,
        first_call_s=None,
        peak_rss_bytes=None,
        growth=None,
        device=NOWHERE,
        threads=0,
        command="",
        model=name,
        crop=next((p[5:] for p in stored.row.split("+") if p.startswith("crop=")), "full"),
        overhanging=0,
        uncropped=0,
        licences="",
    )
    ids, none = list(stored.ious), [""] * len(stored.ious)
    status = [stored.failed.get(id_, OK) for id_ in ids]
    scores = ScoreTable(ids, status, values_at(stored.ious, ids), {}, none, none)
    scoring = Scoring(
        stored.version, stored.dataset, stored.dataset_hash, stored.threshold, UNKNOWN
    )
    return Side(path, None, row, scoring, scores)
