"""The built-in photographs: the tools are solid, and rendering again gives the stored pictures."""

import inspect
import pkgutil
from collections.abc import Callable
from importlib import import_module

import cv2
import numpy as np
import pytest
from shapely.geometry import box

from datasets.folder import load
from datasets.render import materials, tools
from datasets.render.__main__ import SAMPLE, taken
from datasets.render.photos import PHOTOS
from datasets.render.scene import LONG_SIDE, Lying, Photo, coverage
from datasets.render.solids import Part, Tool, slab
from tests.support.photos import opened

TOOLS = [
    pytest.param(function, id=name)
    for module in pkgutil.iter_modules(tools.__path__)
    for name, function in vars(import_module(f"{tools.__name__}.{module.name}")).items()
    if inspect.isfunction(function)
    and function.__module__.endswith(f"tools.{module.name}")
    and not name.startswith("_")
]


def test_the_set_holds_what_was_described_in_twelve_megabytes() -> None:
    dataset = load(str(SAMPLE), "sample", "white")
    assert not dataset.problems
    described = {photo.id: photo for photo in PHOTOS}
    assert [sample.id for sample in dataset.samples] == sorted(described)
    assert len(described) == 48
    assert len({lying.name for photo in PHOTOS for lying in photo.tools}) >= 14
    for sample in dataset.samples:
        photo = described[sample.id]
        assert sample.mm_per_px == pytest.approx(photo.mm_per_px(LONG_SIDE), abs=1e-5)
        assert sample.tags["stratum"] == photo.stratum
        assert opened(sample.image_path).size == photo.size(LONG_SIDE)
        mask = opened(sample.truth.path)
        assert (mask.mode, mask.size) == ("1", photo.size(LONG_SIDE))
        assert 0.005 < np.mean(np.array(mask)) < 0.5
    size = sum(path.stat().st_size for path in SAMPLE.rglob("*") if path.is_file())
    assert size < 12e6


@pytest.mark.parametrize("make_tool", TOOLS)
def test_a_tool_is_solid_and_lies_on_the_sheet(make_tool: Callable[[], Tool]) -> None:
    parts = make_tool()
    low = np.min([part.mesh.bounds[0] for part in parts], axis=0)
    high = np.max([part.mesh.bounds[1] for part in parts], axis=0)
    assert low[2] == pytest.approx(0, abs=0.35)
    assert 20 < high[0] - low[0] < 600
    assert 2 < high[1] - low[1] < 250
    assert high[2] < 60
    for part in parts:
        name = "print_" if part.material == "print" else part.material
        assert inspect.isfunction(getattr(materials, name))
        welded = part.mesh.copy()
        welded.merge_vertices(merge_norm=True, merge_tex=True, digits_vertex=4)
        assert welded.is_watertight
        assert welded.is_winding_consistent
        assert welded.volume > 0


def test_rendering_again_gives_the_stored_photograph() -> None:
    pytest.importorskip("pyoidn", reason="the denoiser has no wheel for this platform")
    photo = next(photo for photo in PHOTOS if photo.id == "holes-1")
    image, mask = taken(photo, long_side=280, samples=16)
    size = (image.shape[1], image.shape[0])
    stored = np.array(opened(SAMPLE / "images" / f"{photo.id}.jpg"))
    truth = np.array(opened(SAMPLE / "masks" / f"{photo.id}.png")).astype(np.float32)

    def soft(picture: np.ndarray) -> np.ndarray:
        return cv2.GaussianBlur(picture.astype(np.float32), (0, 0), 2)

    small = cv2.resize(stored, size, interpolation=cv2.INTER_AREA)
    assert np.abs(soft(image) - soft(small)).mean() < 3
    covered = cv2.resize(truth, size, interpolation=cv2.INTER_AREA) >= 0.5
    assert (mask & covered).sum() / (mask | covered).sum() > 0.97


def test_a_millimetre_on_the_sheet_is_as_long_as_it_is_said_to_be() -> None:
    plate = box(-50, -20, 50, 20)
    lying = Lying(lambda: [Part(slab(plate, 0.1, 0), "steel")], x=20, y=-60)
    photo = Photo("scale", "none", (lying,))
    share = coverage(photo, long_side=536)
    scale = photo.mm_per_px(536)
    height, width = share.shape
    y, x = np.mgrid[:height, :width] + 0.5
    assert share.sum() * scale**2 == pytest.approx(plate.area, rel=0.01)
    assert ((x * share).sum() / share.sum() - width / 2) * scale == pytest.approx(20, abs=0.2)
    assert ((y * share).sum() / share.sum() - height / 2) * scale == pytest.approx(60, abs=0.2)
