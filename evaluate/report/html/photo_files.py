"""The files that the page shows of a photo, one folder per photo; each file is made once.

``html/<key>/`` holds ``thumb.jpg``, ``photo.jpg``, ``truth.js`` and one ``<run>.js`` per mask. The
key is a hash of the photo, its ground truth and its id: a changed photo or ground truth gets a new
folder, and no user's file name becomes part of an address. A mask's file has its mask's
``mask_version`` as time of modification.

Browsers forbid a page opened from disk to read files, but allow scripts: each ``.js`` is a call
that passes the outlines.
"""

import json
import os
import shutil
import time
from contextlib import suppress
from pathlib import Path
from tempfile import TemporaryDirectory

import cv2
import numpy as np

from datasets.arrays import Alpha, Image, Mask, to_levels
from datasets.caching import cache
from datasets.dataset import Dataset, Sample
from datasets.pictures import PictureError, resize_by_area, shrink_to, shrunk_size
from evaluate.errors import ReportsError
from evaluate.metrics.working_scale import WORKING_PX, View
from evaluate.report.html.svg_outline import STEPS, filled_outline, outline_path
from evaluate.store.atomic import ABANDONED_S, UNFINISHED, ends_with, write_atomic
from evaluate.store.masks.stored_masks import mask_place, mask_version, place_exists
from evaluate.store.opened_photo import OpenedPhoto
from evaluate.store.run_folder import Run

PHOTO_FILES = "html"  # in the folder of a dataset's reports
PAGE_CODE = ("datasets", "evaluate/report/html")  # folders whose sources are part of every name
VIEW_PX, THUMB_PX = 1280, 320  # long sides
VIEW_QUALITY, THUMB_QUALITY = 82, 78
PHOTO, THUMB, TRUTH = "photo.jpg", "thumb.jpg", "truth.js"
KEY_LENGTH = 16
ENDS = {".js": b"]})", ".jpg": b"\xff\xd9"}  # by which a whole file is known


def folder_name(dataset: Dataset, sample: Sample) -> str:
    """The name of a photo's folder."""
    keys = dataset.photo_key(sample), dataset.truth_key(sample)
    return cache.key_of(cache.code_key(*PAGE_CODE), sample.id, *keys)[:KEY_LENGTH]


def run_name(run: Run, threshold: int) -> str:
    """The name of a run's files, without ``.js``, of masks that are cut at ``threshold``.

    Two runs may share a key, but not a folder.
    """
    parts = run.about()["key"], str(run.folder), threshold
    return cache.key_of(cache.code_key(*PAGE_CODE), *parts)[:12]


def make(folder: Path, name: str, opened: OpenedPhoto) -> None:
    """Make what is missing in a photo's folder: photo and truth, and the run's mask as ``name``.

    Nothing is made of an unreadable photo or truth, and no mask where the run has none.

    Raises:
        ReportsError: the mask is missing or damaged.
    """
    known = all(_is_whole(folder / part) for part in (PHOTO, THUMB, TRUTH))
    if not known:
        try:
            _make_photo(folder, opened)
        except PictureError:  # as the page then says
            return
    if opened.run is None or opened.prediction is None or not opened.predicted:
        return
    made, place = folder / f"{name}.js", mask_place(opened.run, opened.prediction)
    if not place_exists(place):
        raise ReportsError(f"{place} is missing; run: make score")
    changed = mask_version(opened.run, opened.prediction)
    if _is_whole(made) and made.stat().st_mtime_ns == changed:
        return
    mask = opened.mask
    assert mask is not None  # noqa: S101 - the run has one
    write_atomic(made, _script(folder.name, made.name, mask), disposable=True)
    with suppress(FileNotFoundError):  # another command that does not show this run tidied up
        os.utime(made, ns=(changed, changed))


def _make_photo(folder: Path, opened: OpenedPhoto) -> None:
    photo, truth = opened.small_photo, opened.truth
    view = resize_by_area(photo, shrunk_size((truth.shape[0], truth.shape[1]), VIEW_PX))
    thumb = shrink_to(view, THUMB_PX)
    write_atomic(folder / PHOTO, _jpeg(view, VIEW_QUALITY), disposable=True)
    write_atomic(folder / THUMB, _jpeg(thumb, THUMB_QUALITY), disposable=True)
    write_atomic(folder / TRUTH, _script(folder.name, TRUTH, truth), disposable=True)


def _is_whole(path: Path) -> bool:
    """Whether a file is there to its end, of which a power cut may have taken some."""
    return ends_with(path, ENDS[path.suffix])


def _jpeg(picture: Image, quality: int) -> bytes:
    bgr = cv2.cvtColor(picture, cv2.COLOR_RGB2BGR)
    return cv2.imencode(".jpg", bgr, [cv2.IMWRITE_JPEG_QUALITY, quality])[1].tobytes()


def shown_view(folder: Path, opened: OpenedPhoto, size: tuple[int, int]) -> View:
    """As ``stored_view``; the same where the files are not made, so that pictures do not differ.

    Raises:
        PictureError: photo or truth is unreadable.
    """
    if (stored := stored_view(folder, size)) is not None:
        return stored
    with TemporaryDirectory() as made:
        _make_photo(Path(made), opened)
        view = stored_view(Path(made), size)
    assert view is not None  # noqa: S101 - its files were just made
    return view


def stored_view(folder: Path, size: tuple[int, int]) -> View | None:
    """Photo and truth at working scale, as the page shows them; None if they are not made.

    ``size`` is the photo's (height, width). Good for pictures, not for measures: the photo was
    stored with loss, and the outline is simplified.
    """
    if not (_is_whole(folder / TRUTH) and _is_whole(folder / PHOTO)):
        return None
    script = (folder / TRUTH).read_text("ascii")
    picture = cv2.imdecode(np.fromfile(folder / PHOTO, np.uint8), cv2.IMREAD_COLOR_RGB)
    if picture is None:
        return None
    width, height, path = json.loads(script[script.index("{") : -1])["view"]
    scale = min(1.0, WORKING_PX / max(size))
    shape = max(1, round(size[0] * scale)), max(1, round(size[1] * scale))
    image = cv2.resize(picture, shape[::-1], interpolation=cv2.INTER_AREA)
    return View(
        image.astype(np.uint8, copy=False), filled_outline(path, shape, (height, width)), scale
    )


def _script(key: str, name: str, mask: Mask) -> bytes:
    """A call with the outlines at both sizes, each with the width and height of its units."""
    view = _view(to_levels(mask))
    outlines = {
        size: [STEPS * levels.shape[1], STEPS * levels.shape[0], outline_path(levels)]
        for size, levels in (("view", view), ("thumb", shrink_to(view, THUMB_PX)))
    }
    return f'outlined("{key}/{name}",{json.dumps(outlines, separators=(",", ":"))})'.encode()


def _view(levels: Alpha) -> Alpha:
    """Levels (uint8 H×W) at the page's size, halved first, which is four times as fast.

    An odd side loses its last pixel in that, a fraction of one on the page.
    """
    size = shrunk_size((levels.shape[0], levels.shape[1]), VIEW_PX)
    while min(levels.shape[0] // size[0], levels.shape[1] // size[1]) >= 2:
        height, width = levels.shape[0] // 2, levels.shape[1] // 2
        levels = resize_by_area(levels[: 2 * height, : 2 * width], (height, width))
    return resize_by_area(levels, size)


def tidy(place: Path, keys: set[str], names: set[str]) -> None:
    """Remove folders of photos and files of runs that are no longer shown.

    Another command may do the same, or write files of its own run.
    """
    kept = {PHOTO, THUMB, TRUTH, *(f"{name}.js" for name in names)}
    for folder in place.glob("[0-9a-f]" * KEY_LENGTH):
        if folder.name not in keys:
            shutil.rmtree(folder, ignore_errors=True)
            continue
        for file in folder.iterdir():
            if file.name not in kept and not _is_being_written(file):
                file.unlink(missing_ok=True)


def _is_being_written(path: Path) -> bool:
    try:
        young = time.time() - path.stat().st_mtime < ABANDONED_S
    except FileNotFoundError:
        return False
    return young and path.name.startswith(UNFINISHED)
