"""The contact sheet of a comparison: the photos to look at first, a few of each kind.

worst     the lowest IoUs of the table's first row
disputed  the largest differences between the rows' IoUs; rows with a median of 0 are ignored
median    closest to the first row's median: a typical result

Each photo appears once, with the masks of two rows: the first row and the runner-up, or on a
disputed photo the best and the worst row there.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from textwrap import shorten, wrap

import numpy as np

from datasets.arrays import Mask, to_mask
from datasets.dataset import Dataset, Sample
from datasets.parallel import in_parallel
from datasets.pictures import PictureError
from evaluate.compare.comparison import Comparison
from evaluate.compare.rows.row import Row
from evaluate.display.contact_sheet import Card, sheet, tile, window
from evaluate.display.palette import MASK, MISSED_AREA, TRUTH
from evaluate.display.text import short_labels
from evaluate.errors import ReportsError
from evaluate.metrics.working_scale import View, shrunk_mask
from evaluate.report.html.photo_files import folder_name, shown_view
from evaluate.report.markdown import signature
from evaluate.report.picture_names import LEGEND
from evaluate.store.masks.stored_masks import stored_alpha
from evaluate.store.opened_photo import OpenedPhoto
from evaluate.store.run_folder import OK, PredictionRecord, Run

FEW = {"worst": 3, "disputed": 3, "median": 2}  # an even number of photos has two middle ones
TILES, FONT_PX = 3, 26  # so that letters are legible on a phone
TILE_LABEL_LENGTH, REASON_LENGTH = 44, 200
LINE_LENGTH = 24  # characters that fit the width of a tile
TINT = 0.35  # opacity


@dataclass(frozen=True)
class Pick:
    """A photo to show, its kind, and the rows whose masks stand beside it."""

    id: str
    kind: str
    rows: tuple[Row, ...]


def picks(comparison: Comparison) -> list[Pick]:
    """The photos to show, by kind; ties go to the first in the dataset's order.

    The kinds take turns, so that every kind has a photo even if there are few.
    """
    ranked = comparison.ranked
    if not ranked:
        return []
    first = ranked[0].ious
    disputing = [row for row in ranked if row.median > 0] or [ranked[0]]
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
        Pick(id_, kind, extremes[id_] if kind == "disputed" else ranked[:2])
        for kind in queues
        for id_, of in taken.items()
        if of == kind
    ]


def _extremes(rows: Sequence[Row], id_: str) -> tuple[Row, Row]:
    """The best and the worst row on a photo."""
    ordered = sorted(rows, key=lambda row: -row.ious[id_])
    return ordered[0], ordered[-1]


def photo_sheet(
    comparison: Comparison, dataset: Dataset, runs: Sequence[Run], files: Path
) -> bytes | None:
    """The sheet as a JPEG; None if no row has quality. ``runs`` belong to the rows.

    ``files`` is the folder of ``evaluate.report.html.photo_files``, whose photos are drawn.
    """
    found = cards(comparison, dataset, runs, files)
    heading = Card(comparison.scoring.dataset, [signature(comparison), LEGEND], [])
    return sheet([heading, *found], TILES, FONT_PX) if found else None


def cards(comparison: Comparison, dataset: Dataset, runs: Sequence[Run], files: Path) -> list[Card]:
    """The picked photos with their outlines; a text says why if a mask is missing."""
    labels = short_labels([row.label for row in comparison.rows], TILE_LABEL_LENGTH)
    masks = {
        row.row: _RowMasks(row, label, run)
        for row, label, run in zip(comparison.rows, labels, runs, strict=True)
    }
    samples = {sample.id: sample for sample in dataset.samples}

    def card(pick: Pick) -> Card:
        shown = [masks[row.row] for row in pick.rows]
        return _card(pick, dataset, samples[pick.id], shown, files)

    return in_parallel(card, picks(comparison), "contact sheet")


@dataclass(frozen=True)
class _RowMasks:
    """A row's mask of each photo."""

    row: Row
    label: str
    run: Run

    @cached_property
    def predictions(self) -> dict[str, PredictionRecord]:
        return self.run.predictions()

    def mask(self, id_: str, size: tuple[int, int]) -> tuple[Mask, str, str]:
        """The mask at working scale, a caption, and a reason if it is missing.

        A missing mask is empty.
        """
        empty = shrunk_mask(np.zeros(size, np.bool_))
        prediction = self.predictions.get(id_)
        if prediction is None:
            return empty, "no mask", "not predicted"
        if prediction.status != OK:
            return empty, prediction.status, prediction.error or "no mask"
        try:
            alpha = stored_alpha(self.run, prediction)
        except (OSError, ReportsError) as error:
            return empty, "no mask", str(error)
        if alpha.shape != size:
            return empty, "no mask", "the stored mask has another size than its photo"
        return (
            shrunk_mask(to_mask(alpha, self.run.scored_threshold)),
            f"IoU {self.row.ious[id_]:.3f}",
            "",
        )


def _card(
    pick: Pick, dataset: Dataset, sample: Sample, row_masks: Sequence[_RowMasks], files: Path
) -> Card:
    title = f"{pick.kind}: {pick.id}"
    known = [one.predictions.get(pick.id) for one in row_masks]
    size = next((one.size for one in known if one and one.size), None)
    opened = OpenedPhoto(dataset, sample)
    try:
        size = size or (opened.truth.shape[0], opened.truth.shape[1])
        seen = shown_view(files / folder_name(dataset, sample), opened, size)
    except PictureError as error:
        return Card(title, [str(error)], [])
    found = [(one.label, *one.mask(pick.id, size)) for one in row_masks]
    part = window([seen.truth, *(mask for _, mask, _, _ in found)])
    tiles = [("photo", tile(seen, part))]
    tiles += [
        (
            "\n".join([*wrap(label, LINE_LENGTH), caption]),
            tile(_tinted(seen, mask), part, (seen.truth, TRUTH), (mask, MASK)),
        )
        for label, mask, caption, _ in found
    ]
    reasons = [shorten(f"{label}: {why}", REASON_LENGTH) for label, _, _, why in found if why]
    return Card(title, reasons, tiles)


def _tinted(seen: View, mask: Mask) -> View:
    """The photo tinted orange where the mask misses ground truth, blue where it exceeds it."""
    image = seen.image.astype(np.float32)
    for wrong, colour in ((seen.truth & ~mask, MISSED_AREA), (mask & ~seen.truth, MASK)):
        image[wrong] += TINT * (np.array(colour, np.float32) - image[wrong])
    return replace(seen, image=image.astype(np.uint8))
