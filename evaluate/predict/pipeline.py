"""A model with its optional steps: photo -> [crop] -> [enhance] -> model -> [refine] -> Alpha.

The model gets the cropped, enhanced photo. Its Alpha is pasted into one of the photo's size, with
background outside the crop. ``refine`` gets that Alpha and the original photo. A row's masks and
times are those of the whole pipeline.
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
    """What a pipeline returns for one photo.

    ``alpha`` is uint8 H×W of the photo's size, ``box`` the part of the photo that the model got
    (None: all of it), ``model_seconds`` the time of the model without the steps. ``candidates`` are
    of the photo's size too; each is pasted only when it is iterated over, which keeps that work out
    of the measured time.
    """

    alpha: Alpha
    box: Box | None
    model_seconds: float
    facts: Facts
    candidates: Iterable[Candidate] | None


class Pipeline:
    """A segmenter and its steps. ``steps`` maps crop, enhance and refine to a target and options.

    Raises:
        Unavailable: a step fails with its options.
    """

    def __init__(self, segmenter: Segmenter, steps: Mapping[str, Mapping[str, Any]]) -> None:
        image = warmup_image()[:64, :64]
        self.device = segmenter.device
        self._segmenter = segmenter
        self._crop = _step(steps, "crop", image)
        self._enhance = _step(steps, "enhance", image)
        self._refine = _step(steps, "refine", image[:, :, 0], image)

    def predict(self, image: Image) -> PipelineResult:
        """Predict ``image`` (uint8 H×W×3).

        Raises:
            NoMask: the model found no mask; the error's candidates are of the photo's size.
            ValueError: the model returned no Alpha of the size of its input.
        """
        box = self._crop(image) if self._crop else None
        x, y, width, height = box or (0, 0, image.shape[1], image.shape[0])
        inside = slice(y, y + height), slice(x, x + width)
        model_input = np.ascontiguousarray(image[inside])
        if self._enhance:
            model_input = self._enhance(model_input)
        try:
            answer, seconds = timed(lambda: self._segmenter.predict(model_input), self.device)
        except NoMask as error:
            error.candidates = _paste_all(error.candidates, image, inside)
            raise
        if not isinstance(answer, Prediction):
            answer = Prediction(answer)
        alpha = as_alpha(answer.alpha, model_input)
        if box:
            alpha = _pasted(alpha, image, inside)
        if self._refine:
            alpha = self._refine(alpha, image)
        candidates = _paste_all(answer.candidates, image, inside)
        return PipelineResult(alpha, box, seconds, answer.facts, candidates)


def _pasted(part: AlphaOrMask, image: Image, inside: tuple[slice, slice]) -> AlphaOrMask:
    whole = np.zeros(image.shape[:2], part.dtype)
    whole[inside] = part
    return whole


def _paste_all(
    candidates: Iterable[Candidate] | None, image: Image, inside: tuple[slice, slice]
) -> Iterable[Candidate] | None:
    if candidates is None:
        return None
    return (Candidate(_pasted(c.mask, image, inside), c.score) for c in candidates)


def _step(
    steps: Mapping[str, Mapping[str, Any]], group: str, *trial: Image | Alpha
) -> Callable[..., Any] | None:
    """Load a step and try it once, so that a wrong option stops the run at its start."""
    if group not in steps:
        return None
    step = partial(load_class(steps[group]["target"]), **steps[group]["options"])
    try:
        step(*trial)
    except Exception as error:  # OpenCV raises various errors for a wrong option
        raise Unavailable(f"{group}={steps[group]['choice']}: {error}") from error
    return step
