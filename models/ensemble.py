"""Several stored runs as one row: the mean, the median or the vote of their alphas, pixel by pixel.

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
from datasets.pictures import read_mask_png
from models.segmenter import ELSEWHERE, NoMask, Prediction, Unavailable

FEWEST_RUNS = 2


def mean_alpha(alphas: Sequence[Alpha]) -> Alpha:
    """The mean of alphas (uint8 H×W) of one size, rounded."""
    total = np.zeros(alphas[0].shape, np.uint32)
    for alpha in alphas:
        total += alpha
    return np.asarray((2 * total + len(alphas)) // (2 * len(alphas)), np.uint8)


def median_alpha(alphas: Sequence[Alpha]) -> Alpha:
    """The median of alphas (uint8 H×W) of one size; of an even number, the mean of the middle two.

    Halves are rounded up.
    """
    ordered = np.sort(np.stack(alphas), axis=0)
    low, high = ordered[(len(alphas) - 1) // 2], ordered[len(alphas) // 2]
    return np.asarray((low.astype(np.uint16) + high + 1) // 2, np.uint8)


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
        self._seconds = [_seconds(run / "predictions.jsonl") for run in self._runs]

    @classmethod
    def files(cls, config: Mapping[str, Any]) -> list[Path]:
        """The runs' masks, and each predictions.jsonl with the times."""
        return [
            path
            for run in _folders(config["runs"])
            for path in (*sorted((run / "masks").glob("*.png")), run / "predictions.jsonl")
            if path.is_file()
        ]

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

    def recall(self, sample_id: str) -> tuple[Prediction, float | None]:
        """The joined alpha (uint8 H×W) and the sum of the runs' seconds; None if one is unknown.

        Raises:
            NoMask: a run has no mask of the photo.
            ValueError: the masks are of different sizes.
        """
        alphas = []
        for run in self._runs:
            alpha = read_mask_png(run / "masks" / f"{sample_id}.png")
            if alpha is None:
                raise NoMask(f"{run.name} has no mask of it")
            alphas.append(alpha)
        if len({alpha.shape for alpha in alphas}) > 1:
            raise ValueError("the runs' masks are of different sizes; run their models again")
        seconds = [each.get(sample_id) for each in self._seconds]
        known = [each for each in seconds if each is not None]
        total = math.fsum(known) if len(known) == len(seconds) else None
        return Prediction(self._join(alphas)), total


def _folders(runs: Sequence[str]) -> list[Path]:
    names = runs.split(",") if isinstance(runs, str) else runs
    return list(dict.fromkeys(Path(str(name)).expanduser() for name in names))


def _seconds(path: Path) -> dict[str, float | None]:
    """Seconds by photo id, from its latest line; an incomplete last line is ignored.

    Raises:
        Unavailable: the file is missing or damaged.
    """
    try:
        lines = [json.loads(line) for line in path.read_bytes().split(b"\n")[:-1]]
        times = {line["id"]: line["seconds"] for line in lines}
        if not all(each is None or 0 <= each < math.inf for each in times.values()):
            raise ValueError("seconds are not a number")
        return times
    except (OSError, ValueError, KeyError, RecursionError, TypeError) as error:
        raise Unavailable(f"{path}: missing or damaged ({error!r}); run its model again") from error
