"""Several stored runs as one row: the mean, the median or the vote of their alphas, pixel by pixel.

A tie is background in every way: halves are rounded down, so the mean and the median of 0 and 255,
which is 127.5, are stored as 127. So masks of only 0 and 255 give the same in all three ways.

No model runs. The seconds of a photo are the sum of the runs' seconds, as if each ran in turn. All
runs must be of the dataset's photos, and the licences of all apply. A photo without a mask in one
of the runs is a failed photo.
"""

import json
import math
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from datasets.arrays import Alpha, to_levels, to_mask
from datasets.decoding.file_part import FilePart
from datasets.listing.typed_path import expanded
from datasets.pictures import decode_mask_png
from models.segmenter import ELSEWHERE, NoMask, Prediction, Unavailable
from models.stored.run_files import files_of_run, latest_lines, packed_parts

FEWEST_RUNS = 2


def mean_alpha(alphas: Sequence[Alpha]) -> Alpha:
    """The mean of alphas (uint8 H×W) of one size, rounded, halves down."""
    total = np.zeros(alphas[0].shape, np.uint32)
    for alpha in alphas:
        total += alpha
    return np.asarray((2 * total + len(alphas) - 1) // (2 * len(alphas)), np.uint8)


def median_alpha(alphas: Sequence[Alpha]) -> Alpha:
    """The median of alphas (uint8 H×W) of one size; of an even number, the mean of the middle two.

    Halves are rounded down.
    """
    ordered = np.sort(np.stack(alphas), axis=0)
    low, high = ordered[(len(alphas) - 1) // 2], ordered[len(alphas) // 2]
    return np.asarray((low.astype(np.uint16) + high) // 2, np.uint8)


def voted_alpha(alphas: Sequence[Alpha]) -> Alpha:
    """Where more than half of the alphas (uint8 H×W) are foreground at 128: 0 or 255."""
    votes = sum(to_mask(alpha).astype(np.uint16) for alpha in alphas)
    return to_levels(np.asarray(2 * votes > len(alphas)))


WAYS_TO_JOIN: Mapping[str, Callable[[Sequence[Alpha]], Alpha]] = {
    "mean": mean_alpha,
    "median": median_alpha,
    "vote": voted_alpha,
}


class Ensemble:
    """``runs`` are the folders of stored runs, ``how`` one of ``WAYS_TO_JOIN``."""

    def __init__(self, *, device: str, runs: Sequence[str], how: str) -> None:  # noqa: ARG002 - no model runs
        self.device = ELSEWHERE
        if how not in WAYS_TO_JOIN:
            raise Unavailable(f"how={how}: use {', '.join(WAYS_TO_JOIN)}")
        self._join = WAYS_TO_JOIN[how]
        self._runs = _folders(runs)
        if len(self._runs) < FEWEST_RUNS:
            raise Unavailable(f"an ensemble needs at least {FEWEST_RUNS} different runs")
        lines = [latest_lines(run) for run in self._runs]
        self._lines = [{one["id"]: one for one in each} for each in lines]
        self._packed = [
            packed_parts(run, each, "mask") for run, each in zip(self._runs, lines, strict=True)
        ]

    @classmethod
    def files(cls, config: Mapping[str, Any]) -> list[Path]:
        """The runs' masks or packs, and each predictions.jsonl with the times."""
        runs = _folders(config["runs"])
        return [path for run in runs for path in files_of_run(run, "masks", ".png")]

    @classmethod
    def origin(cls, config: Mapping[str, Any]) -> Mapping[str, Any]:
        """What all run.json have in common: the photos, and the licences of all.

        Empty if one cannot be read, or the runs are of different photos.
        """
        try:
            found = [
                json.loads((run / "run.json").read_bytes()) for run in _folders(config["runs"])
            ]
            photos = {one["identity"]["photos"] for one in found}
            licences = [one.get("licences", {}) for one in found]
            names = dict.fromkeys(name for one in licences for name in one)
        except (AttributeError, KeyError, OSError, RecursionError, TypeError, ValueError):
            return {}
        joined = {
            name: " and ".join(sorted({one[name] for one in licences if name in one}))
            for name in names
        }
        return (
            {"identity": {"photos": photos.pop()}, "licences": joined} if len(photos) == 1 else {}
        )

    def recall(self, sample_id: str) -> tuple[Prediction | None, float | None]:
        """The joined alpha (uint8 H×W) and the sum of the runs' seconds, None if one is unknown.

        Both are None for a photo of none of the runs.

        Raises:
            NoMask: a run has no mask of the photo.
            ValueError: the masks are of different sizes.
        """
        stored = [each.get(sample_id, {}) for each in self._lines]
        if not any(stored):
            return None, None
        alphas = []
        for run, packed, line in zip(self._runs, self._packed, stored, strict=True):
            place = packed.get(sample_id, run / "masks" / f"{sample_id}.png")
            alpha = _alpha(place) if line.get("status") == "ok" else None
            if alpha is None:
                raise NoMask(f"{run.name} has no mask of it")
            alphas.append(alpha)
        if len({alpha.shape for alpha in alphas}) > 1:
            raise ValueError("the runs' masks are of different sizes; run their models again")
        seconds = [line.get("seconds") for line in stored]
        known = [each for each in seconds if each is not None]
        total = math.fsum(known) if len(known) == len(seconds) else None
        return Prediction(self._join(alphas)), total


def _folders(runs: Sequence[str]) -> list[Path]:
    names = runs.split(",") if isinstance(runs, str) else runs
    return list(dict.fromkeys(expanded(str(name)) for name in names))


def _alpha(place: Path | FilePart) -> Alpha | None:
    try:
        return decode_mask_png(place.read_bytes())
    except OSError:
        return None
