"""Whether what is stored of a run is still what was stored: lines, masks, candidates and scores."""

from collections.abc import Iterator
from pathlib import Path

from datasets.decoding.file_part import FilePart
from evaluate.errors import ReportsError
from evaluate.store.formats.pack_place import PACK_SUFFIX
from evaluate.store.masks.stored_masks import (
    candidates_place,
    has_candidates,
    has_mask,
    mask_place,
)
from evaluate.store.paper_scores import read_paper_scores
from evaluate.store.run_folder import OK, PredictionRecord, Run, parse_prediction
from evaluate.store.score_table import read_score_table


def faults_of(run: Run) -> list[str]:
    """What is wrong in a run's folder, a line each; empty if all is whole.

    Files are compared with the hashes that were recorded; runs of older versions have none of
    masks, of which only the end is looked at.
    """
    return [f"{run.folder}: {fault}" for fault in _faults(run)]


def _faults(run: Run) -> Iterator[str]:
    try:
        run.about()
    except ReportsError as error:
        yield str(error)
        return
    records: dict[str, PredictionRecord] = {}
    *lines, torn = run.lines.read_bytes().split(b"\n") if run.lines.is_file() else [b""]
    for number, line in enumerate(lines, 1):
        try:
            record = parse_prediction(line)
        except (TypeError, ValueError) as error:
            yield f"predictions.jsonl: line {number} is damaged ({error})"
        else:
            records[record.id] = record
    if torn:
        yield "predictions.jsonl: the last line is incomplete"
    for record in records.values():
        if record.status == OK and not has_mask(run, record):
            place = _inside(run, mask_place(run, record))
            yield f"{place}: missing, or not the mask that was predicted"
        if record.candidates is not None and not has_candidates(run, record):
            place = _inside(run, candidates_place(run, record))
            yield f"{place}: missing, or not what was proposed"
    known = {f"masks/{run.mask(id_).name}" for id_ in records}
    known |= {f"packs/{record.packed.pack}" for record in records.values() if record.packed}
    for path in (*_listed(run.masks, ""), *_listed(run.packs, PACK_SUFFIX)):
        if (name := f"{path.parent.name}/{path.name}") not in known:
            yield f"{name}: predictions.jsonl has no line for it"
    yield from _faults_of_scores(run)


def _listed(folder: Path, suffix: str) -> list[Path]:
    paths = sorted(folder.iterdir()) if folder.is_dir() else []
    return [p for p in paths if p.name.endswith(suffix) and not p.name.startswith(".")]


def _inside(run: Run, place: Path | FilePart) -> str:
    return str(place).removeprefix(f"{run.folder}/")


def _faults_of_scores(run: Run) -> Iterator[str]:
    try:
        if run.scoring.exists() or run.scores.exists():
            read_score_table(run)
        read_paper_scores(run)
    except ReportsError as error:
        yield str(error)
