"""withoutBG: the router's category chooses the network, and masks are those of the recipe."""

from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime
import pytest
import torch
from PIL import Image as Pillow
from torch.nn.functional import interpolate

from models.segmenter import Unavailable
from models.withoutbg import CATEGORIES, FEATURES, WithoutBg
from tests.models.prepared.withoutbg import with_networks
from tests.support.model_yamls import model_options
from tests.support.photos import photo

pytestmark = pytest.mark.usefixtures("empty_home")


def reference(options: dict[str, Any], image: Any, matting: bool) -> Any:
    """The recipe with torch's interpolation, which withoutBG names as its own reference."""
    files = {file.name: file.path for file in WithoutBg.weights_of(options)}

    def run(name: str, feeds: dict[str, Any], gives: list[str]) -> Any:
        session = onnxruntime.InferenceSession(files[f"withoutbg-{name}.onnx"])
        return session.run(gives, {key: value.numpy() for key, value in feeds.items()})

    planes = torch.tensor(image / np.float32(255)).permute(2, 0, 1)[None]
    seen = interpolate(planes, (448, 448), mode="bilinear")
    _, *features = run("router", {"rgb_matting": seen}, ["route_logits", *FEATURES])
    if matting:
        depth = interpolate(planes, (518, 518), mode="bicubic", antialias=True)
        feeds = {"rgb_matting": seen, "rgb_depth": depth}
        feeds |= {n: torch.tensor(f) for n, f in zip(FEATURES, features, strict=True)}
        (answer,) = run("matting", feeds, ["coarse_alpha"])
    else:
        (answer,) = run("birefnet", {"rgb": interpolate(planes, (1024, 1024), mode="bilinear")},
                        ["alpha"])  # fmt: skip
    whole = interpolate(torch.tensor(answer), image.shape[:2], mode="bilinear")[0, 0]
    return (whole.clamp(0, 1) * 255).round().numpy()


@pytest.mark.parametrize("category", CATEGORIES)
def test_the_category_chooses_the_network(category: str) -> None:
    options = with_networks(model_options("withoutbg"), category)
    image = np.random.default_rng(0).integers(0, 256, (300, 200, 3), np.uint8)
    answer = WithoutBg(device="cpu", **options).predict(image)
    assert answer.facts == {"category": category}
    expected = reference(options, image, matting=category in CATEGORIES[:3])
    assert len(np.unique(expected)) > 5
    differences = np.abs(answer.alpha.astype(float) - expected)
    assert differences.max() <= 1  # where rounding errors cross a half
    assert (differences > 0).mean() < 0.001


def test_huge_photos_are_shrunk_first() -> None:
    options = with_networks(model_options("withoutbg"), "vehicle")
    image, _ = photo(512, 8192)
    answer = WithoutBg(device="cpu", **options).predict(image)
    small = np.asarray(Pillow.fromarray(image).resize((256, 4096)))
    expected = Pillow.fromarray(reference(options, small, matting=False).astype(np.uint8))
    enlarged = np.asarray(expected.resize((512, 8192), Pillow.Resampling.BILINEAR), float)
    assert np.abs(answer.alpha - enlarged).max() <= 1


def test_a_damaged_network_is_one_line(tmp_path: Path) -> None:
    options = with_networks(model_options("withoutbg"), "vehicle")
    options["weights"]["matting"] = options["weights"]["router"]
    with pytest.raises(Unavailable, match=r"withoutbg-matting\.onnx could not be fetched"):
        WithoutBg(device="cpu", **options)
