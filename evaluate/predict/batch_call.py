"""Several photos in one call of the model, for ``make time`` and ``make parity``."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from datasets.arrays import Alpha
from evaluate.predict.mask_file import write_mask_png
from evaluate.predict.photo_reader import PhotoReader
from evaluate.predict.pipeline import Pipeline
from evaluate.predict.timing import timed, warmup_image
from models.runtime.batching import check_batches_possible, predict_together
from models.segmenter import Prediction, Segmenter, Unavailable

LEVELS_APART = 2  # by which float noise may change a mask
SHARE_APART = 0.001  # the share of pixels that it may change by more


def check_batches(segmenter: Segmenter) -> None:
    """See whether two images get the masks together that they get alone.

    One shows an object, the other next to nothing: a network that scales the maps of all photos
    together would give the second another mask.

    Raises:
        Unavailable: they do not.
    """
    check_batches_possible()
    bar = warmup_image()
    paper = np.full_like(bar, 230)
    paper[..., 0] -= np.linspace(0, 8, bar.shape[1]).astype(np.uint8)
    try:
        alone = [_alpha(segmenter.predict(image)) for image in (bar, paper)]
        together = predict_together(segmenter.predict, [bar, paper])
    except Unavailable:
        raise
    except Exception as error:  # any error of a library
        reason = " ".join(f"{type(error).__name__}: {error}".split())[:120]
        raise Unavailable(f"it takes one photo a call: two together fail ({reason})") from error
    for own, other in zip(alone, map(_alpha, together), strict=True):
        apart = np.abs(own.astype(np.int16) - other)
        if (apart > LEVELS_APART).mean() > SHARE_APART:
            raise Unavailable(
                "it takes one photo a call: in a call with others, a photo gets another mask "
                f"(by up to {apart.max()} of 255 levels)"
            )


def predict_photos(
    pipeline: Pipeline, photos: Sequence[Mapping[str, Any]], reader: PhotoReader
) -> float:
    """Write the masks of ``photos``, each as a request names it; the model's seconds for all.

    Raises:
        Exception: whatever one of them raises; then there is no mask of any.
    """
    images = {photo["image"]: reader.read(photo)[0] for photo in photos}
    given = [images[photo["image"]] for photo in photos]
    results, seconds = timed(lambda: predict_together(pipeline.predict, given), pipeline.device)
    for photo, result in zip(photos, results, strict=True):
        write_mask_png(Path(photo["mask"]), result.alpha)
    return seconds


def _alpha(answer: Alpha | Prediction) -> Alpha:
    return answer.alpha if isinstance(answer, Prediction) else answer
