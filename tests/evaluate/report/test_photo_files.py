"""The page's files of a photo: made again where they are not whole, whoever else writes there."""

import os
import time
from pathlib import Path

import cv2
import numpy as np
import pytest

from datasets.errors import DatasetError
from datasets.folder import load
from datasets.pictures import shrink_to
from evaluate.metrics.iou import iou
from evaluate.report.html import photo_files
from evaluate.report.html.photo_files import folder_name, make, stored_view, tidy
from evaluate.store.atomic import ABANDONED_S, UNFINISHED
from evaluate.store.opened_photo import OpenedPhoto
from evaluate.store.run_folder import OK, PredictionRecord, Run
from tests.support.photos import make_folder

SIZE = (120, 90)


class Place:
    """A photo whose mask is its truth."""

    def __init__(self, root: Path) -> None:
        self.photos = make_folder(root / "photos", ["a"])
        self.dataset = load(str(self.photos), "photos", "auto")
        self.run = Run(root / "run")
        self.run.masks.mkdir(parents=True)
        self.run.mask("a").write_bytes((self.photos / "masks" / "a.png").read_bytes())
        (sample,) = self.dataset.samples
        self.html = root / "html"
        self.folder = self.html / folder_name(self.dataset, sample)

    def make(self) -> dict[str, bytes]:
        (sample,) = self.dataset.samples
        record = PredictionRecord("a", OK, size=SIZE)
        make(self.folder, "run", OpenedPhoto(self.dataset, sample, self.run, record))
        return {path.name: path.read_bytes() for path in self.folder.iterdir()}


@pytest.mark.parametrize("name", ["photo.jpg", "thumb.jpg", "truth.js", "run.js"])
@pytest.mark.parametrize("left", [None, 0, 0.9], ids=["missing", "empty", "cut"])
def test_a_file_that_is_not_whole_is_made_again(
    tmp_path: Path, name: str, left: float | None
) -> None:
    place = Place(tmp_path)
    whole = place.make()
    path, about = place.folder / name, (place.folder / name).stat()
    if left is None:
        path.unlink()
    else:
        path.write_bytes(whole[name][: int(left * len(whole[name]))])
        os.utime(path, ns=(about.st_atime_ns, about.st_mtime_ns))
    if name in ("photo.jpg", "truth.js"):
        assert stored_view(place.folder, SIZE) is None
    assert place.make() == whole
    assert stored_view(place.folder, SIZE) is not None


def test_nothing_is_made_of_a_truth_that_was_replaced(tmp_path: Path) -> None:
    place = Place(tmp_path)
    assert place.dataset.content_hash
    (place.photos / "masks" / "a.png").write_bytes(b"another")
    with pytest.raises(DatasetError, match="has changed while"):
        place.make()
    assert not place.folder.exists()


def test_what_another_command_writes_is_not_tidied_away(tmp_path: Path) -> None:
    place = Place(tmp_path)
    place.make()
    young, old = (place.folder / f"{UNFINISHED}{name}" for name in ("young", "old"))
    for path in (young, old):
        path.write_bytes(b"")
    long_ago = time.time() - 2 * ABANDONED_S
    os.utime(old, (long_ago, long_ago))
    tidy(place.html, {place.folder.name}, set())
    found = {path.name for path in place.folder.iterdir()}
    assert found == {"photo.jpg", "thumb.jpg", "truth.js", young.name}


def test_outlines_of_a_large_mask_lie_where_they_do_when_it_is_shrunk_at_once() -> None:
    levels = np.zeros((5185, 3871), np.uint8)
    cv2.circle(levels, (1900, 2600), 1500, 255, -1)
    small, at_once = photo_files._view(levels), shrink_to(levels, photo_files.VIEW_PX)
    assert small.shape == at_once.shape
    assert iou(small >= 128, at_once >= 128) > 0.998
