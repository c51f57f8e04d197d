"""rembg as its users call it."""

from collections.abc import Callable

import rembg
from PIL import Image as Pillow

from datasets.arrays import Image
from models.rembg import Rembg


def bare(segmenter: Rembg, image: Image) -> Callable[[], object]:
    """``rembg.remove(photo, session=…, only_mask=True)``, the photo a Pillow image."""
    photo = Pillow.fromarray(image)
    return lambda: rembg.remove(photo, session=segmenter._session, only_mask=True)
