"""FIFOs, devices and broken links in a dataset's folders are named, and never opened.

Opening a FIFO waits for ever, so each of these tests would hang.
"""

import json
import os
import socket
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image as Pillow

from datasets import coco, cutouts, folder, imagefolder, sod, tracefinity, yolo
from datasets.caching.file_hash import file_hash
from datasets.dataset import Dataset
from datasets.errors import DatasetError
from datasets.listing.regular_file import expect_regular, is_regular, not_a_file
from datasets.pictures import PictureError, read_levels, read_mask_png, read_photo
from models.precomputed import Precomputed
from models.segmenter import Unavailable
from models.weights.own_file import own_file_hash
from tests.support.photos import make_folder, photo


def loop(path: Path) -> None:
    path.symlink_to(path.name)


def dangling(path: Path) -> None:
    path.symlink_to("nowhere")


def device(path: Path) -> None:
    path.symlink_to("/dev/zero")


KINDS: dict[str, Callable[[Path], object]] = {
    "a FIFO": os.mkfifo,
    "a device": device,
    "a folder": Path.mkdir,
    "a link in a circle": loop,
    "a link to a file that is not there": dangling,
}
kinds = pytest.mark.parametrize("kind", KINDS)


@pytest.fixture
def place(tmp_path: Path) -> Path:
    return make_folder(tmp_path / "set", ["a", "b"])


def replace(path: Path, kind: str) -> None:
    path.unlink()
    KINDS[kind](path)


@kinds
def test_what_is_at_a_path_is_told(tmp_path: Path, kind: str) -> None:
    path = tmp_path / "x.png"
    KINDS[kind](path)
    assert not_a_file(path) == kind
    assert not is_regular(path)
    with pytest.raises(OSError, match=f"is {kind}, not a file"):
        expect_regular(path)
    with pytest.raises(PictureError, match=f"is {kind}, not a file; replace or remove it"):
        read_photo(path)
    with pytest.raises(PictureError, match="not a file"):
        read_levels(path)
    assert read_mask_png(path) is None
    assert file_hash(path).endswith("Error")


def test_sockets_files_links_and_impossible_names(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)  # a socket's path may have 100 characters
    with socket.socket(socket.AF_UNIX) as server:
        server.bind("s.png")
    assert not_a_file(tmp_path / "s.png") == "a socket"
    (tmp_path / "file").touch()
    (tmp_path / "link").symlink_to("file")
    for name in ("file", "link"):
        assert not_a_file(tmp_path / name) is None
        assert is_regular(tmp_path / name)
    for name in ("nothing", "x" * 5000, "null\0byte"):
        assert not_a_file(tmp_path / name) is None
        assert not is_regular(tmp_path / name)


@kinds
@pytest.mark.parametrize("part", ["images", "masks"])
def test_a_folder_names_them_and_keeps_the_others(place: Path, kind: str, part: str) -> None:
    replace(place / part / "a.png", kind)
    (place / part / "b.png").rename(place / "b.png")
    (place / part / "b.png").symlink_to(place / "b.png")  # a link to a file is a file
    dataset = folder.load(str(place), "set", "auto")
    assert [sample.id for sample in dataset.samples] == ["b"]
    assert f"{place / part / 'a.png'}: is {kind}, not a file" in dataset.problems[0]
    assert dataset.content_hash


@kinds
def test_other_layouts_name_them(tmp_path: Path, kind: str) -> None:
    sets = tmp_path / "DUTS-TE"
    make_folder(sets, ["a", "b"])
    replace(sets / "images" / "a.png", kind)
    dataset = sod.load(str(sets), "set", None)
    assert f"a.png: is {kind}, not a file" in dataset.problems[0]

    flat = tmp_path / "cutouts"
    flat.mkdir()
    Pillow.fromarray(np.dstack([photo()[0], np.uint8(255) * photo()[1]])).save(flat / "a.png")
    KINDS[kind](flat / "b.png")
    assert f"b.png: is {kind}, not a file" in cutouts.load(str(flat), "set").problems[0]

    texts = make_folder(tmp_path / "yolo", ["a", "b"])
    (texts / "labels").mkdir()
    (texts / "labels" / "a.txt").write_text("0 0 0 0.5 0 0.5 1\n")
    KINDS[kind](texts / "labels" / "b.txt")
    replaced = yolo.load(str(texts), "set", None, None)
    if kind != "a link to a file that is not there":  # as without label file: nothing is shown
        with pytest.raises(PictureError, match=f"b.txt: cannot be read .*is {kind}"):
            replaced.truth(replaced.samples[1], (120, 90))


@pytest.mark.parametrize("name", ["metadata.csv", "traced.json"])
def test_tables_beside_the_photos(place: Path, name: str) -> None:
    os.mkfifo(place / name)
    with pytest.raises(DatasetError, match=f"{name}: is a FIFO, not a file; replace or remove it"):
        folder.load(str(place), "set", "auto")


@kinds
def test_listed_files_and_tables_of_the_other_layouts(tmp_path: Path, kind: str) -> None:
    place = make_folder(tmp_path / "set", ["a", "b"])

    def load_coco() -> Dataset:
        return coco.load(str(place), "set", str(place / "all.json"), None)

    images = [
        {"id": n, "file_name": f"images/{name}.png", "width": 90, "height": 120}
        for n, name in enumerate("ab")
    ]
    mask = {"id": 1, "image_id": 1, "category_id": 1, "segmentation": [[0, 0, 9, 0, 9, 9]]}
    content = {"images": images, "annotations": [mask], "categories": []}
    (place / "all.json").write_text(json.dumps(content))
    (place / "metadata.csv").write_text(
        "file_name,mask_file_name\n" + "".join(f"images/{n}.png,masks/{n}.png\n" for n in "ab")
    )
    replace(place / "images" / "a.png", kind)
    for dataset in (load_coco(), imagefolder.load(str(place), "set", None, None, "auto")):
        assert [sample.id for sample in dataset.samples] == ["b"]
        assert "a.png" in dataset.problems[0]
    replace(place / "all.json", kind)
    with pytest.raises(DatasetError, match=r"all\.json: is .*; correct dataset\.annotations"):
        load_coco()
    user = tmp_path / "storage" / "me"
    user.mkdir(parents=True)
    KINDS[kind](user / "sessions.json")
    with pytest.raises(DatasetError, match=r"sessions\.json"):
        tracefinity.load(str(tmp_path / "storage"), "set", "masks")


@kinds
def test_precomputed_masks_times_and_networks(tmp_path: Path, kind: str) -> None:
    made = tmp_path / "made"
    made.mkdir()
    KINDS[kind](made / "a.png")
    with pytest.raises(Unavailable, match=rf"a\.png: is {kind}, not a file; replace or remove it"):
        Precomputed(device="cpu", root=str(made))
    with pytest.raises(Unavailable, match=rf"a\.png: is {kind}, not a file"):
        own_file_hash(made / "a.png", None)
    (made / "a.png").rename(made / "times.csv")
    if kind != "a link in a circle":  # it now leads nowhere
        with pytest.raises(Unavailable, match=rf"times\.csv: is {kind}, not a file"):
            Precomputed(device="cpu", root=str(made))
