"""IMG.LY's IS-Net: masks match their package's, whose resizing differs from OpenCV's."""

from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt
import onnxruntime
import pytest
from pytest_httpserver import HTTPServer

from datasets.arrays import Alpha, Image, to_mask
from models.imgly import SIDE, Imgly
from tests.models.prepared.imgly import NETWORK, prepare
from tests.support.networks import constant

Levels = npt.NDArray[np.uint8]


@pytest.fixture
def model(empty_home: Path, httpserver: HTTPServer, tmp_path: Path) -> Imgly:
    return Imgly(device="cpu", **prepare({}, tmp_path, httpserver))


def resized(levels: Levels, width: int, height: int) -> Levels:
    """Bilinear as in the package: pixel x of the result is sampled at x·scale."""
    found = levels.astype(np.float64)
    for axis, length in enumerate((height, width)):
        places = np.arange(length) * (levels.shape[axis] / length)
        before = np.floor(places).astype(int)
        after = np.minimum(np.ceil(places).astype(int), levels.shape[axis] - 1)
        share = np.expand_dims(places - before, [a for a in range(levels.ndim) if a != axis])
        found = found.take(before, axis) * (1 - share) + found.take(after, axis) * share
    return np.floor(found + 0.5).astype(np.uint8)


def by_hand(image: Image) -> Alpha:
    """The package's mask of a photo; it truncates the network's levels to whole numbers."""
    planes = (np.moveaxis(resized(image, SIDE, SIDE), 2, 0)[None].astype(np.float32) - 128) / 256
    session = onnxruntime.InferenceSession(NETWORK, providers=["CPUExecutionProvider"])
    (answer,) = session.run(["output"], {"input": planes})
    return resized((answer[0, 0] * 255).astype(np.uint8), image.shape[1], image.shape[0])


def test_without_resizing_masks_equal_the_packages(model: Imgly) -> None:
    image = np.random.default_rng(0).integers(0, 256, (SIDE, SIDE, 3), np.uint8)
    expected = by_hand(image)
    assert np.ptp(expected) > 100
    assert (model.predict(image) == expected).all()


@pytest.mark.parametrize(("width", "height"), [(2100, 1500), (500, 700)])
def test_with_resizing_edges_match_the_packages(model: Imgly, width: int, height: int) -> None:
    """A half-pixel shift in one direction only would move edges by 0.5 px of the photo."""
    image = np.full((height, width, 3), 240, np.uint8)
    cv2.circle(image, (width // 2, height // 2), height // 4, (20, 20, 20), -1)
    image = cv2.blur(image, (9, 9)).astype(np.uint8)
    ours, theirs = to_mask(model.predict(image)), to_mask(by_hand(image))
    assert 0.1 < theirs.mean() < 0.9
    middles = [np.array([np.mean(places) for places in np.nonzero(m)]) for m in (ours, theirs)]
    assert np.abs(middles[0] - middles[1]).max() < 0.1
    assert (ours & theirs).sum() / (ours | theirs).sum() > 0.99


def test_nan_outputs_raise(
    empty_home: Path, httpserver: HTTPServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tests.models.prepared.imgly.NETWORK", constant(NETWORK, float("nan")))
    model = Imgly(device="cpu", **prepare({}, tmp_path, httpserver))
    with pytest.raises(ValueError, match="contains NaN or inf"):
        model.predict(np.zeros((40, 60, 3), np.uint8))
