"""Masks that are kept in memory are those that were decoded, and not of files that changed."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image as Pillow

from datasets.pictures import PictureError
from datasets.reading import kept_pixels as kept
from datasets.reading.mask_pixels import read_pixels


@pytest.fixture(autouse=True)
def nothing_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kept, "_kept", kept._Kept())


def drawn(low: int, high: int, size: tuple[int, int] = (7, 13)) -> np.ndarray:
    return np.where(np.random.default_rng(1).random(size) < 0.5, low, high).astype(np.uint8)


@pytest.mark.parametrize("pair", [(0, 255), (38, 39), (255, 255), (0, 0), (0, 1)])
def test_what_is_kept_is_what_was_decoded(tmp_path: Path, pair: tuple[int, int]) -> None:
    path = tmp_path / "a.png"
    Pillow.fromarray(drawn(*pair)).save(path)
    first, again, decoded = kept.kept_pixels(path), kept.kept_pixels(path), read_pixels(path)
    assert len(kept._kept) == 1
    for one in (first, again):
        assert one.pixels.dtype == np.uint8
        assert (one.pixels == decoded.pixels).all()
        assert (one.alpha, one.loss, one.palette) == (decoded.alpha, decoded.loss, decoded.palette)


@pytest.mark.parametrize(
    "pixels",
    [
        np.arange(91, dtype=np.uint8).reshape(7, 13),
        drawn(0, 255).astype(np.uint16) * 100,
        np.dstack([drawn(0, 255), drawn(0, 9), drawn(0, 1)]),
    ],
    ids=["soft", "16 bits", "colours"],
)
def test_others_are_decoded_again(tmp_path: Path, pixels: np.ndarray) -> None:
    path = tmp_path / "a.png"
    Pillow.fromarray(pixels).save(path)
    for _ in range(2):
        assert (kept.kept_pixels(path).pixels == read_pixels(path).pixels).all()
    assert not kept._kept


def test_a_replaced_file_is_read_again(tmp_path: Path) -> None:
    path = tmp_path / "a.png"
    Pillow.fromarray(drawn(0, 255)).save(path)
    kept.kept_pixels(path)
    Pillow.fromarray(drawn(255, 0)).save(path)
    assert (kept.kept_pixels(path).pixels == drawn(255, 0)).all()


def test_memory_is_bounded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kept, "MOST_BYTES", 1)
    for number in range(5):
        path = tmp_path / f"{number}.png"
        Pillow.fromarray(drawn(number, 255)).save(path)
        assert (kept.kept_pixels(path).pixels == drawn(number, 255)).all()
    assert len(kept._kept) == 1


def test_unreadable_files_are_not_kept(tmp_path: Path) -> None:
    for name in ("a.png", "b.png"):
        with pytest.raises(PictureError):
            kept.kept_pixels(tmp_path / name)
    assert not kept._kept
