"""ultralytics' predictor as its users call it."""

from collections.abc import Callable

from datasets.arrays import Image
from models.fastsam import FastSam
from models.prompts import prompted
from models.ultralytics_calls import bgr


def bare(segmenter: FastSam, image: Image) -> Callable[[], object]:
    """``FastSAMPredictor`` on the photo in BGR, its prompt set."""
    photo = bgr(image)
    segmenter._predictor.set_prompts(prompted(segmenter._prompt, image))
    return lambda: segmenter._predictor(source=photo)
