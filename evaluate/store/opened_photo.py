"""One photo with its ground truth and one row's mask; each file is read when first needed, once.

Photo and ground truth raise a DatasetError where a file is not the one that was loaded any more:
what is made of it would be stored as if it were.
"""

from functools import cached_property

import numpy as np

from datasets.arrays import THRESHOLD, Alpha, Image, Mask, to_mask
from datasets.dataset import Dataset, Sample
from datasets.pictures import PictureError
from evaluate.metrics.working_scale import WORKING_PX
from evaluate.store.masks.stored_masks import stored_alpha
from evaluate.store.run_folder import OK, PredictionRecord, Run


class OpenedPhoto:
    """A photo as one run has it; ``run`` and ``prediction`` are None for the photo alone.

    ``threshold`` is the level of the Alpha (1..255) from which it is foreground.
    """

    def __init__(
        self,
        dataset: Dataset,
        sample: Sample,
        run: Run | None = None,
        prediction: PredictionRecord | None = None,
        threshold: int = THRESHOLD,
    ) -> None:
        self.dataset = dataset
        self.sample = sample
        self.run = run
        self.prediction = prediction
        self.threshold = threshold

    @property
    def predicted(self) -> bool:
        """Whether the run has a mask of it."""
        return self.prediction is not None and self.prediction.status == OK

    @cached_property
    def photo(self) -> Image:
        """The photo (uint8 H×W×3).

        Raises:
            PictureError: it is unreadable.
        """
        with self.dataset.unchanged(self.sample):
            return self.sample.photo()

    @cached_property
    def small_photo(self) -> Image:
        """The photo (uint8 H×W×3) for traits and views, no smaller than twice the working scale.

        Raises:
            PictureError: it is unreadable.
        """
        with self.dataset.unchanged(self.sample):
            return self.sample.photo(least_px=2 * WORKING_PX)

    @cached_property
    def size(self) -> tuple[int, int] | None:
        """The photo's (height, width), None where it is unreadable. A prediction has stored it."""
        if self.prediction is not None and self.prediction.size is not None:
            return self.prediction.size
        try:
            return self.photo.shape[0], self.photo.shape[1]
        except PictureError:
            return None

    @cached_property
    def truth_and_tags(self) -> tuple[Mask, tuple[str, ...]]:
        """The truth (bool H×W) and the tags that ``Dataset.truth`` adds.

        Raises:
            PictureError: photo or truth is unreadable, or their aspects differ.
        """
        size = self.size or self.photo.shape[:2]
        with self.dataset.unchanged(self.sample):
            return self.dataset.truth(self.sample, (size[0], size[1]))

    @property
    def truth(self) -> Mask:
        """The truth (bool H×W); raises as ``truth_and_tags`` does."""
        return self.truth_and_tags[0]

    @cached_property
    def void(self) -> Mask | None:
        """The pixels that are not scored (bool H×W), None without; raises as the truth does."""
        size = self.truth.shape
        with self.dataset.unchanged(self.sample):
            return self.dataset.void_of(self.sample, (size[0], size[1]))

    @cached_property
    def alpha(self) -> Alpha | None:
        """The stored Alpha (uint8 H×W); None where the run has none.

        Raises:
            ReportsError: it is missing or damaged.
        """
        if self.run is None or self.prediction is None or not self.predicted:
            return None
        return stored_alpha(self.run, self.prediction)

    @property
    def mask(self) -> Mask | None:
        """The stored Alpha, cut at ``threshold`` (bool H×W); None and raises as ``alpha`` does."""
        return None if self.alpha is None else to_mask(self.alpha, self.threshold)

    @property
    def scored_alpha(self) -> Alpha | None:
        """The Alpha with background where pixels are not scored; raises as its parts do."""
        if self.alpha is None or self.void is None:
            return self.alpha
        return np.where(self.void, np.uint8(0), self.alpha)
