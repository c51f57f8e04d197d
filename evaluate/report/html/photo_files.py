"""The files that the page shows of a photo, one folder per photo; each file is made once.

``html/<key>/`` holds ``thumb.jpg``, ``photo.jpg``, ``truth.js`` and one ``<run>.js`` per mask. The
key is a hash of the photo, its ground truth and its id: a changed photo or ground truth gets a new
folder, and no user's file name becomes part of an address. A mask's file has its mask's
modification time.

Browsers forbid a page opened from disk to read files, but allow scripts: each ``.js`` is a call
that passes the outlines.
"""

import hashlib
import json
import os
import shutil
from collections.abc import Mapping
from pathlib import Path

import cv2
import numpy as np

from datasets.arrays import Image, Mask, to_mask
from datasets.dataset import Dataset, Sample
from datasets.pictures import PictureError, read_mask_png, shrink_to
from evaluate.errors import ReportsError
from evaluate.report.html.svg_outline import STEPS, outline_path
from evaluate.store.atomic import write_atomic
from evaluate.store.run_folder import Run

MADE_BY = "1"  # part of every name: raise it when the contents of the files change
VIEW_PX, THUMB_PX = 1280, 320  # long sides
VIEW_QUALITY, THUMB_QUALITY = 82, 78
TRUTH = "truth.js"
KEY_LENGTH = 16


def photo_key(dataset: Dataset, sample: Sample, digests: tuple[str, str]) -> str:
    """The name of a photo's folder; ``digests`` are hashes of the photo and its ground truth."""
    reading = filter(None, [dataset.masks.reading.signature])
    parts = (MADE_BY, sample.id, *digests, sample.drop_alpha, dataset.polarity, *reading)
    return hashlib.sha256(ascii(parts).encode()).hexdigest()[:KEY_LENGTH]


def run_name(run: Run) -> str:
    """The name of a run's files, without ``.js``. Two runs may share a key, but not a folder."""
    parts = (MADE_BY, run.about()["key"], str(run.folder))
    return hashlib.sha256(ascii(parts).encode()).hexdigest()[:12]


def make(folder: Path, dataset: Dataset, sample: Sample, masks: Mapping[str, Path]) -> None:
    """Make the missing files in a photo's folder; ``masks`` maps a file's name to its mask.

    Raises:
        ReportsError: a mask is missing or damaged.
    """
    if not (folder / TRUTH).is_file():  # written last: then the images exist too
        try:
            photo, truth = dataset.photo_and_truth(sample)
        except PictureError:
            return  # every row failed on it; the page says that it cannot be read
        view = shrink_to(photo, VIEW_PX)
        write_atomic(folder / "photo.jpg", _jpeg(view, VIEW_QUALITY))
        write_atomic(folder / "thumb.jpg", _jpeg(shrink_to(view, THUMB_PX), THUMB_QUALITY))
        write_atomic(folder / TRUTH, _script(folder.name, TRUTH, truth))
    for name, path in masks.items():
        made = folder / name
        if not path.is_file():
            raise ReportsError(f"{path} is missing; run: make score")
        changed = path.stat().st_mtime_ns
        if not made.is_file() or made.stat().st_mtime_ns != changed:
            write_atomic(made, _script(folder.name, name, _mask(path)))
            os.utime(made, ns=(changed, changed))


def _mask(path: Path) -> Mask:
    alpha = read_mask_png(path)
    if alpha is None:
        raise ReportsError(f"{path} is damaged; run: make score")
    return to_mask(alpha)


def _jpeg(picture: Image, quality: int) -> bytes:
    bgr = cv2.cvtColor(picture, cv2.COLOR_RGB2BGR)
    return cv2.imencode(".jpg", bgr, [cv2.IMWRITE_JPEG_QUALITY, quality])[1].tobytes()


def _script(key: str, name: str, mask: Mask) -> bytes:
    """A call with the outlines at both sizes, each with the width and height of its units."""
    view = shrink_to(np.where(mask, np.uint8(255), np.uint8(0)), VIEW_PX)
    outlines = {
        size: [STEPS * levels.shape[1], STEPS * levels.shape[0], outline_path(levels)]
        for size, levels in (("view", view), ("thumb", shrink_to(view, THUMB_PX)))
    }
    return f'outlined("{key}/{name}",{json.dumps(outlines, separators=(",", ":"))})'.encode()


def tidy(place: Path, keys: set[str], names: set[str]) -> None:
    """Remove folders of photos and files of runs that are no longer shown."""
    kept = {"thumb.jpg", "photo.jpg", TRUTH, *names}
    for folder in place.glob("[0-9a-f]" * KEY_LENGTH):
        if folder.name not in keys:
            shutil.rmtree(folder)
            continue
        for file in folder.iterdir():
            if file.name not in kept:
                file.unlink()
