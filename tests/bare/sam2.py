"""ultralytics' predictor as its users call it."""

from collections.abc import Callable

from datasets.arrays import Image
from models.prompts import prompted
from models.sam2 import Sam2
from models.ultralytics_calls import bgr


def bare(segmenter: Sam2, image: Image) -> Callable[[], object]:
    """``SAM2Predictor`` on the photo in BGR, its prompt ready."""
    photo, asked = bgr(image), prompted(segmenter._prompt, image)
    return lambda: segmenter._predictor(source=photo, **asked, **segmenter._how)
