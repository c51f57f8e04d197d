"""InSPyReNet by transparent-background: ``Remover(…).process(photo, type="map")``.

Recipe (transparent-background 1.3.4): Pillow's bilinear resize, divided by 255, ImageNet mean and
std, sigmoid, stretched to 0..1 per photo, bilinear back, times 255 and truncated to whole numbers.
Code and weights MIT.

The network's input size, ``resize`` and ``size``:

static   a square of ``size`` px; upstream's default is the one the checkpoint was trained for
dynamic  the photo's own shape, its short side at most ``size`` px; upstream's default is 1280

A size is a multiple of 32, or ``adaptive``: 1024 for a photo at most that long, 1536 up to 2048,
else 2048. A preset stands for a pair of both.

Upstream's own download never runs: it neither verifies a file nor replaces a damaged one.
"""

import io
import os
import tempfile
import warnings
from collections.abc import Iterator, Mapping
from contextlib import redirect_stdout
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image as Pillow

from datasets.arrays import Alpha, Image
from models.runtime.nan_guard import guard_network
from models.runtime.out_of_memory import out_of_memory
from models.runtime.pytorch import (
    check_precision,
    free_cached_memory,
    prepare_network,
    torch_device,
)
from models.segmenter import Prediction, Unavailable, one_line
from models.weights.checkpoint import load_state
from models.weights.weight_file import WeightFile, fetch_single, home

SQUARE_PX = {"base": 1024, "fast": 384, "base-nightly": 1024}
DYNAMIC_PX = 1280
GRID_PX = 32  # the network's stages divide its input by this
STEPS_PX = (2048, 1536, 1024)  # where memory does not suffice, the next smaller one is used
PRESETS = {"standard": ("static", 1024), "high": ("dynamic", 1536), "maximum": ("dynamic", 2048)}


@dataclass(frozen=True)
class Sizes:
    """The network's input sizes: ``dynamic`` or static, and ``px``; ``px`` None is adaptive."""

    dynamic: bool
    px: int | None

    @classmethod
    def from_settings(
        cls, mode: str, preset: str | None, resize: str | None, size: int | str | None
    ) -> "Sizes":
        """The sizes that a yaml's settings describe.

        Raises:
            Unavailable: the settings are unknown, or contradict each other.
        """
        if mode not in SQUARE_PX:
            raise Unavailable(f"model.mode={mode}: use {', '.join(SQUARE_PX)}")
        if preset is not None:
            if preset not in PRESETS:
                raise Unavailable(f"model.preset={preset}: use {', '.join(PRESETS)}")
            if resize is not None or size is not None:
                raise Unavailable(f"model.preset={preset} sets resize and size; leave those out")
            resize, size = PRESETS[preset]
        if resize not in (None, "static", "dynamic"):
            raise Unavailable(f"model.resize={resize}: use static or dynamic")
        dynamic = resize == "dynamic"
        if mode == "fast" and (preset or dynamic or size == "adaptive"):
            raise Unavailable("mode fast has no preset, dynamic or adaptive; use model=inspyrenet")
        if size is None:
            return cls(dynamic, DYNAMIC_PX if dynamic else SQUARE_PX[mode])
        if size == "adaptive":
            return cls(dynamic, None)
        if type(size) is not int or size < GRID_PX or size % GRID_PX:
            raise Unavailable(f"model.size={size}: use a multiple of {GRID_PX}, or adaptive")
        return cls(dynamic, size)

    def tries(self, width: int, height: int) -> Iterator[tuple[int, tuple[int, int]]]:
        """The size for a photo, then smaller ones: px, and the input's width and height."""
        longest = max(width, height)
        first = self.px or (1024 if longest <= 1024 else 1536 if longest <= 2048 else 2048)
        seen = set()
        for px in (first, *(step for step in STEPS_PX if step < first)):
            sides = self._sides(width, height, px)
            if sides not in seen:  # below both limits a photo has the same input size
                yield px, sides
            seen.add(sides)

    def _sides(self, width: int, height: int, px: int) -> tuple[int, int]:
        if not self.dynamic:
            return px, px
        shrink = max(min(width, height) / px, 1)
        grid = [max(round(side / shrink / GRID_PX), 1) for side in (width, height)]  # never 0
        return grid[0] * GRID_PX, grid[1] * GRID_PX


class InSPyReNet:
    """``mode`` is upstream's: base, fast or base-nightly.

    ``precision``: ``prepare_network``. ``jit`` is upstream's TorchScript, traced anew at every
    load: upstream caches the trace in a file named by the device alone, which goes stale when the
    size or the weights change.
    """

    def __init__(
        self,
        *,
        device: str,
        mode: str,
        preset: str | None,
        resize: str | None,
        size: int | str | None,
        jit: bool,
        weights: Mapping[str, Any],
        precision: str | None = None,
    ) -> None:
        self._sizes = Sizes.from_settings(mode, preset, resize, size)
        px = self._sizes.px
        if jit and (self._sizes.dynamic or px is None):
            raise Unavailable(
                "model.jit=true needs one static size; leave out dynamic and adaptive"
            )
        if jit and precision not in (None, "fp32"):
            raise Unavailable(f"model.jit=true is traced in fp32; leave out precision={precision}")
        self.device = torch_device(device)
        check_precision(self.device, precision)
        path, self.weights = fetch_single(self.weights_of({"weights": weights}))
        self._remover = _load(mode, path, self.device)
        self._resizer = self._remover.transform.transforms[0]  # its target is set for each photo
        self._network = self._remover.model
        self._traced = {px: _trace(self._network, px, self.device)} if jit and px else {}
        for network in (self._network, *self._traced.values()):
            guard_network(network)
        self.runtime = {}
        if not jit:  # ``forward`` stretches the maps of all photos of a batch together
            method = "forward_inspyre"
            self.runtime = prepare_network(self._network, self.device, precision, method)

    @classmethod
    def weights_of(cls, options: Mapping[str, Any]) -> list[WeightFile]:
        """The checkpoint, under its upstream name."""
        return [WeightFile.from_settings("transparent-background", options["weights"])]

    def predict(self, image: Image) -> Alpha | Prediction:
        """Upstream's map (uint8 H×W); ``fell_back_to_px`` is a smaller size that memory required.

        Raises:
            MemoryError: the smallest size does not fit either.
        """
        height, width = image.shape[:2]
        for axis in (0, 1):
            if image.shape[axis] == 1:  # upstream drops a side of 1 px
                image = image.repeat(2, axis)
        photo = Pillow.fromarray(image)
        reason = ""
        for px, sides in self._sizes.tries(width, height):
            try:
                alpha = self._map(photo, px, sides)[:height, :width]
            except (RuntimeError, MemoryError) as error:
                if not out_of_memory(error):
                    raise
                reason = f"{type(error).__name__}: {error}"
            else:
                return Prediction(alpha, {"fell_back_to_px": px}) if reason else alpha
            free_cached_memory(self.device)  # here the traceback no longer keeps the tensors
        raise MemoryError(reason)

    def _map(self, photo: Pillow.Image, px: int, sides: tuple[int, int]) -> Alpha:
        self._resizer.size = sides
        self._remover.model = self._traced.get(px, self._network)
        return np.asarray(self._remover.process(photo, type="map").getchannel(0))


def _load(mode: str, path: Path, device: str) -> Any:
    """Upstream's ``Remover`` with the checkpoint at ``path``, loaded without printing.

    Raises:
        Unavailable: the file is not this network's checkpoint.
    """
    load_state(path)  # upstream refuses pickled code too, but without naming the file
    os.environ["NO_ALBUMENTATIONS_UPDATE"] = "1"  # else it looks up its latest version online
    os.environ.setdefault("NUMBA_DISABLE_JIT", "1")  # for pymatting, as in models.rembg
    with (
        tempfile.TemporaryDirectory(dir=home()) as scratch,
        redirect_stdout(io.StringIO()),
        warnings.catch_warnings(),
    ):
        warnings.simplefilter("ignore")  # a missing GUI library, deprecations of PyTorch
        os.environ["TRANSPARENT_BACKGROUND_FILE_PATH"] = scratch  # it writes a config.yaml there
        from transparent_background import Remover

        try:
            return Remover(mode=mode, device=device, ckpt=str(path))
        except RuntimeError as error:
            if "state_dict" not in str(error):
                raise
            raise Unavailable(
                f"{path}: not this network's checkpoint ({one_line(error)})"
            ) from error


def _trace(network: Any, px: int, device: str) -> Any:
    """``network`` as TorchScript for squares of ``px``."""
    import torch

    with warnings.catch_warnings(), torch.no_grad():
        warnings.simplefilter("ignore")  # the trace depends on the size, TorchScript is deprecated
        example = torch.rand(1, 3, px, px, device=device)
        return torch.jit.trace(network, example, check_trace=False)  # type: ignore[no-untyped-call]
