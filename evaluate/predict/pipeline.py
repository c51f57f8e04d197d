"""A model with what surrounds it: photo -> [crop] -> [enhance] -> model -> [refine] -> Alpha.

The model sees the crop, enhanced; what it answers is laid back into the photo, background outside
the crop; refining sees that and the photo as it was. All of it is the row, and its seconds.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any, TypeVar

import numpy as np

from datasets.arrays import Alpha, Box, Image, Mask, as_alpha
from evaluate.predict.timing import timed, warmup_image
from models.segmenter import (
    Candidate,
    Facts,
    NoMask,
    Prediction,
    Segmenter,
    Unavailable,
    load_class,
)

AlphaOrMask = TypeVar("AlphaOrMask", Alpha, Mask)


@dataclass(frozen=True)
class PipelineResult:
    """An Alpha of the photo's size, the box of it that the model saw (None: all), the seconds of
    the model alone, its facts, and its candidates of the photo's size, laid back one by one as they
    are gone through: keeping them is not part of the model's time.
    """

    alpha: Alpha
    box: Box | None
    model_seconds: float
    facts: Facts
    candidates: Iterable[Candidate] | None


class Pipeline:
    """``steps`` maps crop, enhance and refine, as far as they are wanted, to a target and options.

    Raises:
        Unavailable: a step does not work with its options.
    """

    def __init__(self, segmenter: Segmenter, steps: Mapping[str, Mapping[str, Any]]) -> None:
        image = warmup_image()[:64, :64]
        self.device = segmenter.device
        self._segmenter = segmenter
        self._crop = _step(steps, "crop", image)
        self._enhance = _step(steps, "enhance", image)
        self._refine = _step(steps, "refine", image[:, :, 0], image)

    def predict(self, image: Image) -> PipelineResult:
        """PipelineResult for ``image`` (uint8 H×W×3).

        Raises:
            NoMask: the model has none; its candidates are of the photo's size.
            ValueError: the model's answer is no Alpha.
        """
        box = self._crop(image) if self._crop else None
        x, y, width, height = box or (0, 0, image.shape[1], image.shape[0])
        inside = slice(y, y + height), slice(x, x + width)
        seen = np.ascontiguousarray(image[inside])
        if self._enhance:
            seen = self._enhance(seen)
        try:
            answer, seconds = timed(lambda: self._segmenter.predict(seen), self.device)
        except NoMask as error:
            error.candidates = _all_laid_back(error.candidates, image, inside)
            raise
        if not isinstance(answer, Prediction):
            answer = Prediction(answer)
        alpha = as_alpha(answer.alpha, seen)
        if box:
            alpha = _laid_back(alpha, image, inside)
        if self._refine:
            alpha = self._refine(alpha, image)
        candidates = _all_laid_back(answer.candidates, image, inside)
        return PipelineResult(alpha, box, seconds, answer.facts, candidates)


def _laid_back(part: AlphaOrMask, image: Image, inside: tuple[slice, slice]) -> AlphaOrMask:
    whole = np.zeros(image.shape[:2], part.dtype)
    whole[inside] = part
    return whole


def _all_laid_back(
    candidates: Iterable[Candidate] | None, image: Image, inside: tuple[slice, slice]
) -> Iterable[Candidate] | None:
    if candidates is None:
        return None
    return (Candidate(_laid_back(one.mask, image, inside), one.score) for one in candidates)


def _step(
    steps: Mapping[str, Mapping[str, Any]], group: str, *trial: Image | Alpha
) -> Callable[..., Any] | None:
    """The step, tried once: so that a wrong option stops the run and not every photo."""
    if group not in steps:
        return None
    step = partial(load_class(steps[group]["target"]), **steps[group]["options"])
    try:
        step(*trial)
    except Exception as error:  # whatever OpenCV makes of the option
        raise Unavailable(f"{group}={steps[group]['choice']}: {error}") from error
    return step
