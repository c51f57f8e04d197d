"""Copies masks and candidates out of a run, as the files that they would be without packs."""

from collections.abc import Iterable
from pathlib import Path

from evaluate.errors import ReportsError
from evaluate.store.atomic import write_atomic
from evaluate.store.masks.stored_masks import candidates_place, has_candidates, has_mask, mask_place
from evaluate.store.run_folder import OK, PredictionRecord, Run


def copy_out(run: Run, ids: Iterable[str] | None, to: Path) -> int:
    """Write ``to/masks/<id>.png`` and ``to/candidates/<id>.json``; the number of masks.

    ``ids`` None: of all photos. Files that are there are replaced.

    Raises:
        ReportsError: a photo is not in the run, or what was stored of it is damaged or missing.
    """
    records = run.predictions()
    chosen = list(records) if ids is None else list(ids)
    if unknown := [id_ for id_ in chosen if id_ not in records]:
        raise ReportsError(f"{run.folder}: there is no photo {unknown[0]} in it")
    return sum(_copy(run, records[id_], Run(to)) for id_ in chosen)


def _copy(run: Run, record: PredictionRecord, to: Run) -> bool:
    if record.candidates is not None:
        if not has_candidates(run, record):
            raise ReportsError(f"{candidates_place(run, record)} is missing or damaged")
        write_atomic(to.candidates(record.id), candidates_place(run, record).read_bytes())
    if record.status != OK:
        return False
    if not has_mask(run, record):
        raise ReportsError(f"{mask_place(run, record)} is missing or damaged")
    write_atomic(to.mask(record.id), mask_place(run, record).read_bytes())
    return True
