"""``vote.html``: two masks of a photo side by side, and which of them is better. docs/votes.md.

The page knows masks by names that show no row, and contains their outlines: no address that it asks
for tells which row is on the screen.
"""

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from datasets.arrays import Mask
from datasets.caching import cache
from datasets.dataset import Dataset, Sample
from evaluate.compare.analysis import Analysis
from evaluate.compare.comparison import Comparison
from evaluate.compare.rows.known import Known
from evaluate.compare.rows.photo_values import photos_of, values_at
from evaluate.compare.rows.row import Row
from evaluate.compare.statistics import wins_and_losses
from evaluate.display.text import printable
from evaluate.report.html.one_file import one_file_page
from evaluate.report.html.photo_files import PHOTO, PHOTO_FILES, TRUTH, run_name
from evaluate.report.html.shown_photos import STRATUM
from evaluate.report.html.svg_outline import filled_outline
from evaluate.report.picture_names import VOTE_PAGE
from evaluate.store.atomic import file_name, write_atomic
from evaluate.store.run_folder import OK, Run
from evaluate.votes.mask_names import mask_name, truth_name
from evaluate.votes.results import VoteResults
from evaluate.votes.schedule import Match, Showing, prior_chance, schedule, voting_photos
from evaluate.votes.strength import win_chance

VOTING = Path(__file__).parent / "voting"
MOST_ROWS = 8  # of the table's first ones: more would leave few votes for each
TRUTH_PLACE = 0  # of the contenders; the rows follow
TRUTH_CHANCE = 0.75  # that the ground truth is preferred, before any vote
LOOKS_SAME = 0.98  # IoU of two masks at the size of a thumbnail
_MARGIN = 0.06  # around the masks, of the photo's long side
_LEAST_VIEW = 0.2  # of the photo's long side, however small the part
_DENSE = 0.06  # of the photo's long side: the window in which a difference is large


@dataclass(frozen=True)
class _Shown:
    """A mask on the page: name, outline in the units of ``size`` (width, height), and area."""

    name: str
    path: str
    size: tuple[int, int]
    area: Mask


def write_vote_page(
    analysis: Analysis,
    results: VoteResults,
    dataset: Dataset,
    folder: Path,
    runs: Sequence[Run],
    samples: Sequence[Sample],
    keys: Mapping[str, str],
) -> bool:
    """Write ``folder/vote.html``; remove it and return False where there is nothing to vote on.

    ``runs`` belong to the comparison's rows; ``keys`` maps the ids of ``samples`` to their folders
    in ``folder/html``.
    """
    comparison = analysis.comparison
    rows = comparison.ranked[:MOST_ROWS]
    by_row = {run.row: run for run in runs}
    strata = _strata(comparison, [s.id for s in samples if s.id in keys])
    chosen = set(voting_photos(strata))
    masks = _masks(dataset, folder, [by_row[row.row] for row in rows], samples, keys, chosen)
    can_show = {id_: _matches(shown) for id_, shown in masks.items()}
    order = schedule(can_show, _chances(rows, comparison, results), strata)
    if not order:
        (folder / VOTE_PAGE).unlink(missing_ok=True)
        return False
    data = {
        "dataset": printable(comparison.scoring.dataset),
        "file": file_name(comparison.scoring.dataset),
        "pairs": [_pair(masks[one.photo], one, keys[one.photo]) for one in order],
    }
    page = one_file_page(VOTING, "vote.html.j2", data)
    write_atomic(folder / VOTE_PAGE, page.encode(), disposable=True)
    return True


def _strata(comparison: Comparison, ids: Sequence[str]) -> dict[str, object]:
    known = Known.of(comparison.known).by_photo(STRATUM)
    return {id_: known.get(id_) for id_ in ids}


def _masks(
    dataset: Dataset,
    folder: Path,
    runs: Sequence[Run],
    samples: Sequence[Sample],
    keys: Mapping[str, str],
    chosen: Collection[str],
) -> dict[str, dict[int, _Shown]]:
    """The masks of each chosen photo, by the place of their contender."""
    names = [run_name(run, run.scored_threshold) for run in runs]
    predicted = [run.predictions() for run in runs]
    found: dict[str, dict[int, _Shown]] = {id_: {} for id_ in chosen}
    for sample in samples:
        if sample.id not in chosen:
            continue
        place = folder / PHOTO_FILES / keys[sample.id]
        shown = found[sample.id]
        shown[TRUTH_PLACE] = _read(place / TRUTH, truth_name(dataset, sample))
        for i, (run, name, records) in enumerate(zip(runs, names, predicted, strict=True), 1):
            record = records.get(sample.id)
            if record is not None and record.status == OK:
                known = mask_name(record, run, run.scored_threshold)
                shown[i] = _read(place / f"{name}.js", known)
    return found


def _read(script: Path, name: str) -> _Shown:
    """A mask as ``photo_files`` stored it."""
    text = script.read_text("ascii")
    outlines = json.loads(text[text.index("{") : -1])
    width, height, path = outlines["view"]
    units_x, units_y, small = outlines["thumb"]
    area = filled_outline(small, (units_y // 4, units_x // 4), (units_y, units_x))
    return _Shown(name, path, (width, height), area)


def _matches(shown: Mapping[int, _Shown]) -> list[Match]:
    """The pairs of masks that look different. One without foreground needs no judge."""
    with_foreground = [place for place in sorted(shown) if shown[place].area.any()]
    return [
        (a, b)
        for a, b in combinations(with_foreground, 2)
        if shown[a].name != shown[b].name and not _look_same(shown[a].area, shown[b].area)
    ]


def _look_same(a: Mask, b: Mask) -> bool:
    both, either = np.count_nonzero(a & b), np.count_nonzero(a | b)
    return int(both) >= LOOKS_SAME * int(either)


def _chances(
    rows: Sequence[Row], comparison: Comparison, results: VoteResults
) -> dict[Match, float]:
    """The chance that the first of each match wins: by votes once all have some, else by IoU."""
    strengths = {one.row: one.strength for one in results.contenders}
    places = [None, *(row.row for row in rows)]
    if strengths.keys() >= {*places}:
        chance = win_chance(np.array([strengths[row] for row in places]))
        return {(a, b): float(chance[a, b]) for a, b in combinations(range(len(places)), 2)}
    found = dict.fromkeys(((TRUTH_PLACE, i) for i in range(1, len(places))), TRUTH_CHANCE)
    photos = photos_of(rows[0].ious) if rows else ()
    for (a, first), (b, second) in combinations(enumerate(rows, 1), 2):
        gained = values_at(first.ious, photos) - values_at(second.ious, photos)
        wins, losses = wins_and_losses(gained, comparison.margin_iou)
        found[a, b] = prior_chance(wins, len(gained) - wins - losses, losses)
    return found


def _pair(shown: Mapping[int, _Shown], one: Showing, key: str) -> dict[str, Any]:
    """A pair as the page has it. The masks are in the order of their names, which is random."""
    first, second = sorted((shown[place] for place in one.match), key=lambda mask: mask.name)
    width, height = first.size
    return {
        "pair": cache.key_of(first.name, second.name)[: len(first.name)],
        "photo": f"{PHOTO_FILES}/{key}/{PHOTO}",
        "size": [width, height],
        "object": _around(first.area | second.area, first.size),
        "difference": _densest(first.area ^ second.area, first.size),
        "masks": [{"name": mask.name, "path": mask.path} for mask in (first, second)],
    }


def _around(area: Mask, size: tuple[int, int]) -> list[int]:
    """x, y, width and height around an area with a margin, in the units of ``size``."""
    x, y, width, height = cv2.boundingRect(area.astype(np.uint8))
    return _box((x + width / 2, y + height / 2), (width, height), area.shape, size)


def _densest(area: Mask, size: tuple[int, int]) -> list[int]:
    """The same around where an area is densest: not at a thin line along an outline."""
    window = max(3, round(_DENSE * max(area.shape)))
    density = cv2.blur(area.astype(np.float32), (window, window), borderType=cv2.BORDER_CONSTANT)
    y, x = np.unravel_index(int(density.argmax()), area.shape)
    return _box((x + 0.5, y + 0.5), (0, 0), area.shape, size)


def _box(
    middle: tuple[float, float],
    sides: tuple[float, float],
    shape: tuple[int, ...],
    size: tuple[int, int],
) -> list[int]:
    """A box around a part of a picture of this ``shape`` (height, width), inside the picture."""
    whole = np.array(size)
    scale = whole / np.array([shape[1], shape[0]])
    half = np.array(sides) * scale / 2 + _MARGIN * max(size)
    half = np.minimum(np.maximum(half, _LEAST_VIEW * max(size) / 2), whole / 2)
    corner = np.clip(np.array(middle) * scale, half, whole - half) - half
    return [int(value) for value in np.rint([*corner, *(2 * half)])]
