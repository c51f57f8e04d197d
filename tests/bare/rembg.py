"""rembg as its users call it.

It takes arrays, and then makes the Pillow image itself that it works on, which takes some 0.1 s of
20 megapixels: a caller who has a Pillow image already is spared that.
"""

from collections.abc import Callable

from datasets.arrays import Image
from models.rembg import Rembg


def bare(segmenter: Rembg, image: Image) -> Callable[[], object]:
    """``rembg.remove(array, session=…, only_mask=True)``."""
    import rembg

    return lambda: rembg.remove(image, session=segmenter._session, only_mask=True)
