"""InSPyReNet: masks equal upstream's at every size, and fall back when memory is short.

The network is the real one with random weights, so masks say nothing about quality.
"""

import io
import os
import pickle
import resource
import socket
import sys
import warnings
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
import yaml
from PIL import Image as Pillow

from datasets.arrays import Alpha, Image, as_alpha
from models import inspyrenet
from models.inspyrenet import SQUARE_PX, InSPyReNet, Sizes
from models.runtime.out_of_memory import out_of_memory
from models.segmenter import Prediction, Unavailable
from tests.models.prepared.inspyrenet import checkpoint, upstream, weights
from tests.support.checkpoints import left_in_home
from tests.support.model_yamls import model_options
from tests.support.networks import kept

PHOTO = np.random.default_rng(0).integers(0, 256, (120, 90, 3), np.uint8)
PHOTO[30:90, 30:60] = 30


@pytest.fixture(autouse=True)
def own_home(empty_home: Path) -> Path:
    return empty_home


def settings(choice: str, data: bytes | None = None, **changes: Any) -> dict[str, Any]:
    """A yaml's settings with some changed; its weights are random, or ``data``."""
    given = model_options(choice) | changes
    return {**given, "weights": weights(given, data or checkpoint())}


def ours(choice: str, data: bytes | None = None, **changes: Any) -> InSPyReNet:
    return InSPyReNet(device="cpu", **settings(choice, data, **changes))


def by_hand(folder: Path, mode: str, resize: str = "static", target: object = None) -> Alpha:
    """The mask of ``PHOTO`` by upstream's documented call; ``target`` replaces its resizing."""
    path = folder / "theirs.pth"
    path.write_bytes(checkpoint())
    os.environ["TRANSPARENT_BACKGROUND_FILE_PATH"] = str(folder)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        remover = upstream().Remover(mode=mode, device="cpu", ckpt=str(path), resize=resize)
    if target is not None:
        remover.transform.transforms[0] = target
    return np.asarray(remover.process(Pillow.fromarray(PHOTO), type="map"))[..., 0]


def grey(alpha: Alpha) -> bool:
    """Whether a mask has so many levels that two equal ones are no coincidence."""
    return len(np.unique(alpha)) > 100


def equal_but_for_rounding(found: Alpha, expected: Alpha) -> bool:
    """At most one pixel in a thousand differs, by one level.

    On one thread PyTorch takes other kernels, and 2 of 10,800 pixels then round the other way.
    """
    difference = np.abs(found.astype(int) - expected)
    return bool(difference.max() <= 1 and np.mean(difference > 0) <= 0.001)


def mask(model: InSPyReNet, image: Image = PHOTO) -> Alpha:
    return as_alpha(model.predict(image), image)


@pytest.mark.parametrize(
    ("choice", "mode"), [("inspyrenet-fast", "fast"), ("inspyrenet-nightly", "base-nightly")]
)
def test_static_masks_equal_upstreams(tmp_path: Path, choice: str, mode: str) -> None:
    size, target = None, None
    if mode != "fast":  # its own size would take minutes
        size, target = 96, upstream().utils.static_resize([96, 96])
    expected = by_hand(tmp_path, mode, target=target)
    assert grey(expected)
    assert equal_but_for_rounding(mask(ours(choice, size=size)), expected)


@pytest.mark.parametrize("size", [None, 64])
def test_dynamic_masks_equal_upstreams(tmp_path: Path, size: int | None) -> None:
    target = size and upstream().utils.dynamic_resize(L=size)
    expected = by_hand(tmp_path, "base", "dynamic", target)
    assert grey(expected)
    model = ours("inspyrenet", resize="dynamic", size=size)
    assert equal_but_for_rounding(mask(model), expected)


def test_torchscript_is_traced_at_its_size_and_gives_the_same_mask(
    own_home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    traced, trace = [], torch.jit.trace

    def spy(network: object, example: torch.Tensor, **more: Any) -> object:
        traced.append(tuple(example.shape))
        return trace(network, example, **more)  # type: ignore[no-untyped-call]

    monkeypatch.setattr(torch.jit, "trace", spy)
    eager = mask(ours("inspyrenet-fast", size=96))
    model = ours("inspyrenet-fast", size=96, jit=True)
    assert traced == [(1, 3, 96, 96)]
    assert np.abs(mask(model).astype(int) - eager).max() <= 1
    assert [path.name for path in kept(own_home)] == ["ckpt_fast.pth"]  # no cached trace


@pytest.mark.parametrize("jit", [False, True])
def test_constant_maps_give_no_foreground_and_nan_raises(jit: bool) -> None:
    def mask_of(weight: float) -> Alpha:
        state = torch.load(io.BytesIO(checkpoint()), weights_only=True)
        for part in state.values():
            if part.is_floating_point():
                part.fill_(weight)
        file = io.BytesIO()
        torch.save(state, file)
        return mask(ours("inspyrenet-fast", file.getvalue(), size=32, jit=jit))

    assert not mask_of(0).any()
    with pytest.raises(ValueError, match="contains NaN or inf"):
        mask_of(float("nan"))


def test_loading_prints_nothing_and_opens_no_connection(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    def no_network(*_: object, **__: object) -> None:
        raise AssertionError("loading opened a connection")

    monkeypatch.setattr(socket.socket, "connect", no_network)
    capfd.readouterr()
    ours("inspyrenet-fast")
    assert capfd.readouterr() == ("", "")


def test_loading_stores_only_the_weights(own_home: Path, tmp_path: Path) -> None:
    given = settings("inspyrenet-fast", size=32)
    assert left_in_home("models.inspyrenet.InSPyReNet", given, tmp_path / "user") == []
    assert [path.name for path in kept(own_home)] == ["ckpt_fast.pth"]


@pytest.mark.parametrize("shape", [(1, 1), (300, 1), (1, 300), (16, 40)])
def test_photos_that_upstream_cannot_take_get_a_mask(shape: tuple[int, int]) -> None:
    """Upstream drops a side of 1 px, and its dynamic resize turns 16 px or less into 0."""
    mask(ours("inspyrenet", resize="dynamic"), np.zeros((*shape, 3), np.uint8))


def test_dynamic_sizes_equal_upstreams() -> None:
    resize, sizes = upstream().utils.dynamic_resize(L=320), Sizes(dynamic=True, px=320)
    for width, height in np.random.default_rng(0).integers(17, 900, (200, 2)).tolist():
        _, sides = next(sizes.tries(width, height))
        assert sides == resize(Pillow.new("L", (width, height))).size


def test_static_sizes_equal_upstreams() -> None:
    text = (Path(upstream().__file__).parent / "config.yaml").read_text()
    theirs = {mode: about["base_size"] for mode, about in yaml.safe_load(text).items()}
    assert theirs == {mode: [px, px] for mode, px in SQUARE_PX.items()}


@pytest.mark.parametrize(
    ("sizes", "photo", "tries"),
    [
        (Sizes(dynamic=False, px=2048), (90, 60), [2048, 1536, 1024]),
        (Sizes(dynamic=False, px=1600), (90, 60), [1600, 1536, 1024]),
        (Sizes(dynamic=False, px=384), (90, 60), [384]),
        (Sizes(dynamic=False, px=None), (1024, 700), [1024]),
        (Sizes(dynamic=False, px=None), (700, 1025), [1536, 1024]),
        (Sizes(dynamic=False, px=None), (2048, 700), [1536, 1024]),
        (Sizes(dynamic=False, px=None), (2049, 700), [2048, 1536, 1024]),
        (Sizes(dynamic=True, px=2048), (4000, 1800), [2048, 1536, 1024]),
        (Sizes(dynamic=True, px=2048), (4000, 1200), [2048, 1024]),
        (Sizes(dynamic=True, px=1280), (4000, 900), [1280]),
    ],
)
def test_smaller_sizes_are_tried_in_order(
    sizes: Sizes, photo: tuple[int, int], tries: list[int]
) -> None:
    assert [px for px, _ in sizes.tries(*photo)] == tries


@pytest.mark.parametrize(
    ("preset", "resize", "size"),
    [("standard", "static", 1024), ("high", "dynamic", 1536), ("maximum", "dynamic", 2048)],
)
def test_a_preset_is_a_resize_and_a_size(preset: str, resize: str, size: int) -> None:
    expected = Sizes.from_settings("base", None, resize, size)
    assert Sizes.from_settings("base", preset, None, None) == expected


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere no limit on memory is kept")
def test_out_of_memory_falls_back_to_a_smaller_size(monkeypatch: pytest.MonkeyPatch) -> None:
    """The allocator really fails: the process may not grow by what 2048 px need."""
    monkeypatch.setattr(inspyrenet, "STEPS_PX", (64,))
    small, large = (ours("inspyrenet-fast", size=size) for size in (64, 2048))
    expected = mask(small)
    before = resource.getrlimit(resource.RLIMIT_AS)
    pages = int(Path("/proc/self/statm").read_text().split()[0])
    in_use_bytes = pages * resource.getpagesize()
    resource.setrlimit(resource.RLIMIT_AS, (in_use_bytes + 500_000_000, before[1]))
    try:
        answer = large.predict(PHOTO)
        monkeypatch.setattr(inspyrenet, "STEPS_PX", ())
        with pytest.raises(MemoryError, match="allocate"):
            large.predict(PHOTO)
    finally:
        resource.setrlimit(resource.RLIMIT_AS, before)
    assert isinstance(answer, Prediction)
    assert answer.facts == {"fell_back_to_px": 64}
    assert (answer.alpha == expected).all()


def test_out_of_memory_errors_are_recognised() -> None:
    assert out_of_memory(torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2 GiB"))
    assert out_of_memory(RuntimeError("MPS backend out of memory (MPS allocated: 17 GB)"))
    assert out_of_memory(RuntimeError("CUBLAS_STATUS_ALLOC_FAILED when calling cublasCreate"))
    assert out_of_memory(RuntimeError("Invalid buffer size: 19.45 GB"))
    assert not out_of_memory(RuntimeError("Sizes of tensors must match"))


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"preset": "best"}, "model.preset=best: use standard, high, maximum"),
        ({"preset": "high", "size": 1024}, "model.preset=high sets resize and size"),
        ({"preset": "high", "resize": "static"}, "model.preset=high sets resize and size"),
        ({"resize": "squash"}, "model.resize=squash: use static or dynamic"),
        ({"size": 1000}, "model.size=1000: use a multiple of 32, or adaptive"),
        ({"size": "large"}, "model.size=large: use a multiple of 32, or adaptive"),
        ({"size": 0}, "model.size=0: use a multiple of 32, or adaptive"),
        ({"mode": "ultra"}, "model.mode=ultra: use base, fast, base-nightly"),
        ({"mode": "fast", "resize": "dynamic"}, "use model=inspyrenet"),
        ({"mode": "fast", "preset": "standard"}, "use model=inspyrenet"),
        ({"jit": True, "preset": "high"}, "model.jit=true needs one static size"),
        ({"jit": True, "size": "adaptive"}, "model.jit=true needs one static size"),
    ],
)
def test_invalid_settings_are_refused(changes: dict[str, Any], reason: str) -> None:
    with pytest.raises(Unavailable, match=reason):
        ours("inspyrenet", **changes)


class Code:
    """A pickle that runs code when it is loaded."""

    def __reduce__(self) -> tuple[object, tuple[str]]:
        return (os.mkdir, ("ran",))


@pytest.mark.parametrize("wrong", ["Missing", "Unexpected"])
def test_missing_or_unexpected_keys_are_refused(wrong: str) -> None:
    state = torch.load(io.BytesIO(checkpoint()), weights_only=True)
    if wrong == "Missing":
        del state["decoder.conv5.conv.weight"]
    else:
        state["more"] = torch.zeros(1)
    file = io.BytesIO()
    torch.save(state, file)
    reason = rf"ckpt_fast\.pth: not this network's checkpoint .*{wrong}"
    with pytest.raises(Unavailable, match=reason):
        ours("inspyrenet-fast", file.getvalue())


def test_a_checkpoint_that_runs_code_is_not_loaded(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(Unavailable, match="not a tensors-only checkpoint"):
        ours("inspyrenet-fast", pickle.dumps(Code()))
    assert not (tmp_path / "ran").exists()
