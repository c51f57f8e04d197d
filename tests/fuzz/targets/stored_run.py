"""A scored run with the masks that its lines name, so that nothing of it is at fault."""

import hashlib
from dataclasses import replace
from pathlib import Path

import numpy as np

from datasets.decoding.mask_png import encode_mask
from evaluate.store.run_folder import PredictionRecord, Run
from tests.evaluate.store.test_damage import scored
from tests.support.photos import photo


def run_with_masks(scratch: Path) -> tuple[Run, PredictionRecord]:
    """The run, and the record of its first photo."""
    run = scored(scratch / "run", 0.5)
    records = list(run.predictions().values())
    run.lines.unlink()
    run.masks.mkdir()
    for number, record in enumerate(records):
        encoded = encode_mask(photo(shift=number)[1].astype(np.uint8) * np.uint8(255))
        run.mask(record.id).write_bytes(encoded)
        digest = hashlib.sha256(encoded).hexdigest()
        run.append(replace(record, candidates=None, mask_sha256=digest))
    return run, run.predictions()[records[0].id]
