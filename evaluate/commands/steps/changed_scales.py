"""Whether the photos' scales, ``mm_per_px``, are still those that were scored."""

import math
from collections.abc import Sequence

import numpy as np

from datasets.dataset import Dataset
from datasets.messages import counted, few
from evaluate.display.text import say
from evaluate.store.run_folder import Run
from evaluate.store.score_table import read_score_table

_MOST_PHOTOS = 20_000  # of more, reading the scores once more would take seconds


def say_changed_scales(dataset: Dataset, runs: Sequence[Run], line: str) -> None:
    """Say so where they are others; ``line`` are the settings of the command that scores.

    The scores' hash of the dataset holds photos and ground truth, no scales.
    """
    if not runs or len(dataset.samples) > _MOST_PHOTOS:
        return
    table = read_score_table(runs[0]).counted
    scored = table.measures.get("mm_per_px", np.full(len(table), math.nan))
    known = {sample.id: sample.mm_per_px or math.nan for sample in dataset.samples}
    now = np.array([known.get(id_, math.nan) for id_ in table.ids])
    differ = ~np.isclose(scored, now, equal_nan=True)
    changed = [id_ for id_, is_other in zip(table.ids, differ, strict=True) if is_other]
    if changed:
        remedy = " ".join(["make score", *[line] * bool(line)])
        say(
            f"{counted(len(changed), 'photo')} had another mm_per_px when scored ({few(changed)}), "
            f"which the distances in mm go by; run: {remedy}"
        )
