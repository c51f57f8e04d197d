"""The contact sheet of a comparison: what to look at first, a few photos of each kind.

worst     where the table's first row has its lowest IoU
disputed  where the rows' IoUs lie furthest apart; a row whose median is 0 disputes nothing
median    next to the first row's median: what it usually does

Each photo stands once, beside it two rows' masks: the first row's and the runner-up's, on a
disputed photo those of the best and of the worst row there.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from textwrap import shorten

import numpy as np

from datasets.arrays import Mask, to_mask
from datasets.dataset import Dataset, Sample
from datasets.pictures import PictureError
from evaluate.compare.comparison import Comparison
from evaluate.compare.row import Row
from evaluate.display.contact_sheet import BLUE, RED, Card, sheet, tile, window
from evaluate.errors import ReportsError
from evaluate.metrics.working_scale import View, shrunk_mask, view
from evaluate.report.markdown import signature
from evaluate.store.run_folder import OK, PredictionRecord, Run, stored_alpha

SHEET = "contact.jpg"
LEGEND = "Red: the truth, and what a mask lacks of it. Blue: a row's mask, and what is too much."
SECTION = f"""\
### Photos

![The first row's worst photos, the most disputed ones and those next to its median]({SHEET})

<sub>{LEGEND} Worst and median are those of the table's first row, beside it the runner-up; \
disputed: where the rows' IoUs lie furthest apart, with the best and the worst row there.</sub>
"""
FEW = {"worst": 3, "disputed": 3, "median": 2}  # of an even number of photos two are the median
TILES, FONT_PX = 3, 26  # so that letters are legible on a phone
LABEL_LENGTH, REASON_LENGTH = 21, 200  # a label as wide as a tile
TINT = 0.35


@dataclass(frozen=True)
class Pick:
    """A photo to show, why, and the rows whose masks go with it."""

    id: str
    kind: str
    rows: tuple[Row, ...]


def picks(comparison: Comparison) -> list[Pick]:
    """Which photos are shown, by kind; of equals the first in the dataset's order.

    The kinds take turns, so that of few photos each kind still has one.
    """
    ranked = [row for row in comparison.rows if row.has_quality]
    if not ranked:
        return []
    first = ranked[0].ious
    disputing = [row for row in ranked if row.median > 0] or ranked[:1]
    extremes = {id_: _extremes(disputing, id_) for id_ in first}
    spread = {id_: high.ious[id_] - low.ious[id_] for id_, (high, low) in extremes.items()}
    worst = sorted(first, key=lambda id_: first[id_])
    middle = (len(worst) - 1) / 2
    queues = {
        "worst": worst,
        "disputed": [id_ for id_ in sorted(first, key=lambda id_: -spread[id_]) if spread[id_]],
        "median": [id_ for _, id_ in sorted(enumerate(worst), key=lambda at: abs(at[0] - middle))],
    }
    taken: dict[str, str] = {}
    for turn in range(max(FEW.values())):
        for kind, queue in queues.items():
            left = [id_ for id_ in queue if id_ not in taken]
            if left and turn < FEW[kind]:
                taken[left[0]] = kind
    return [
        Pick(id_, kind, extremes[id_] if kind == "disputed" else tuple(ranked[:2]))
        for kind in queues
        for id_, of in taken.items()
        if of == kind
    ]


def _extremes(rows: Sequence[Row], id_: str) -> tuple[Row, Row]:
    """The best and the worst row of a photo."""
    ordered = sorted(rows, key=lambda row: -row.ious[id_])
    return ordered[0], ordered[-1]


def contact(comparison: Comparison, dataset: Dataset, runs: Sequence[Run]) -> bytes | None:
    """The sheet as a JPEG; None where no row has any quality. ``runs`` are the rows'."""
    found = cards(comparison, dataset, runs)
    heading = Card(comparison.scoring.dataset, [signature(comparison), LEGEND], [])
    return sheet([heading, *found], TILES, FONT_PX) if found else None


def cards(comparison: Comparison, dataset: Dataset, runs: Sequence[Run]) -> list[Card]:
    """The picked photos with the outlines; where there is nothing to outline, words say why."""
    from evaluate.display.text import shown

    labels = shown([row.label for row in comparison.rows], LABEL_LENGTH)
    answers = {
        row.row: _Answers(row, label, run)
        for row, label, run in zip(comparison.rows, labels, runs, strict=True)
    }
    samples = {sample.id: sample for sample in dataset.samples}
    return [
        _card(pick, dataset, samples[pick.id], [answers[row.row] for row in pick.rows])
        for pick in picks(comparison)
    ]


@dataclass(frozen=True)
class _Answers:
    """What a row has of each photo."""

    row: Row
    label: str
    run: Run

    @cached_property
    def predictions(self) -> dict[str, PredictionRecord]:
        return self.run.predictions()

    def mask(self, id_: str, size: tuple[int, int]) -> tuple[Mask, str, str]:
        """The mask at working scale, a word to stand over it, and what is wrong with it.

        Where there is none, it is empty.
        """
        none = shrunk_mask(np.zeros(size, np.bool_))
        prediction = self.predictions.get(id_)
        if prediction and prediction.status != OK:
            return none, prediction.status, prediction.error or "no mask"
        try:
            alpha = stored_alpha(self.run, id_)
        except (OSError, ReportsError) as error:
            return none, "no mask", str(error)
        if alpha.shape != size:
            return none, "no mask", "the stored mask has another size than its photo"
        return shrunk_mask(to_mask(alpha)), f"IoU {self.row.ious[id_]:.3f}", ""


def _card(pick: Pick, dataset: Dataset, sample: Sample, answers: Sequence[_Answers]) -> Card:
    title = f"{pick.kind}: {pick.id}"
    try:
        photo, truth = dataset.photo_and_truth(sample)
    except PictureError as error:
        return Card(title, [str(error)], [])
    seen = view(photo, truth)
    found = [(one.label, *one.mask(pick.id, (truth.shape[0], truth.shape[1]))) for one in answers]
    part = window([seen.truth, *(mask for _, mask, _, _ in found)])
    tiles = [("photo", tile(seen, part))]
    tiles += [
        (f"{label}\n{word}", tile(_tinted(seen, mask), part, (seen.truth, RED), (mask, BLUE)))
        for label, mask, word, _ in found
    ]
    wrong = [shorten(f"{label}: {why}", REASON_LENGTH) for label, _, _, why in found if why]
    return Card(title, wrong, tiles)


def _tinted(seen: View, mask: Mask) -> View:
    """Red where the mask lacks something of the truth, blue where it has too much."""
    image = seen.image.astype(np.float32)
    for wrong, colour in ((seen.truth & ~mask, RED), (mask & ~seen.truth, BLUE)):
        image[wrong] += TINT * (np.array(colour, np.float32) - image[wrong])
    return replace(seen, image=image.astype(np.uint8))
