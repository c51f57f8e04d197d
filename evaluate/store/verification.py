"""Whether what is stored of a run is still what was stored: lines, masks, candidates and scores."""

from collections.abc import Iterator

from evaluate.errors import ReportsError
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
        if record.status == OK and not run.has_mask(record):
            yield f"masks/{record.id}.png: missing, or not the mask that was predicted"
        if record.candidates is not None and not run.has_candidates(record):
            yield f"candidates/{record.id}.json: missing, or not what was proposed"
    known = {run.mask(id_).name for id_ in records}
    for path in sorted(run.masks.iterdir()) if run.masks.is_dir() else []:
        if path.name not in known and not path.name.startswith("."):
            yield f"masks/{path.name}: predictions.jsonl has no line for it"
    yield from _faults_of_scores(run)


def _faults_of_scores(run: Run) -> Iterator[str]:
    try:
        if run.scoring.exists() or run.scores.exists():
            read_score_table(run)
        read_paper_scores(run)
    except ReportsError as error:
        yield str(error)
