"""Any ONNX network, described by settings only: a new row needs no code.

Recipe: squashed to ``size`` as ``resample`` says, divided by ``divide_by``, minus ``mean``, over
``std``, as RGB planes; of the outputs the map ``output``, then ``activation``, optionally stretched
to 0..1 per photo, rounded to 256 levels, bilinear back. With ``arithmetic=rembg`` the input is
computed in float64, levels are truncated instead of rounded and enlarged by Lanczos: together with
``resample=lanczos`` and ``divide_by=max`` every step is rembg's, to the bit. The network's licence
is its owner's.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal, TypeAlias

import cv2
import numpy as np
import numpy.typing as npt
from PIL import Image as Pillow

from datasets.arrays import Alpha, Image, finite
from datasets.listing.typed_path import expanded
from models.runtime.onnxruntime import NetworkInput, OnnxRuntime
from models.runtime.recipe import check_recipe
from models.segmenter import Unavailable, one_line
from models.weights.own_file import own_file_hash
from models.weights.weight_file import WeightFile, fetch_single

Numbers: TypeAlias = float | list[float]


class Onnx:
    """``file`` is a user's network; with ``sha256`` it is loaded only if its hash matches.

    ``weights`` describes a network to fetch instead; it is stored as its ``name``, by default the
    URL's last part. ``size`` is the input's side, or height and width. ``resample`` is
    ``bilinear``, Pillow's, which shrinks smoothly; ``linear``, which interpolates each pixel from
    four, as OpenCV and torch do; or ``lanczos``, Pillow's. ``divide_by`` is a number, or ``max``
    for each photo's own maximum. ``mean`` and ``std`` are one number, or one per channel.
    ``output`` is a name; None means the first output. ``arithmetic`` is ``plain`` or ``rembg``.
    ``provider`` and ``precision``: ``OnnxRuntime``.
    """

    def __init__(
        self,
        *,
        device: str,
        size: int | list[int],
        resample: Literal["bilinear", "linear", "lanczos"],
        divide_by: float | Literal["max"],
        mean: Numbers,
        std: Numbers,
        output: str | None,
        activation: Literal["none", "sigmoid"],
        stretch: bool,
        arithmetic: Literal["plain", "rembg"] = "plain",
        file: str | None = None,
        sha256: str | None = None,
        weights: Mapping[str, Any] | None = None,
        provider: str = "auto",
        precision: str | None = None,
    ) -> None:
        runtime = OnnxRuntime(device, provider, precision)
        if weights:
            path, self.weights = fetch_single(self.weights_of({"weights": weights}))
        else:
            path = expanded(file or "")
            self.weights = {path.name: own_file_hash(path, sha256)}
        height, width = size if isinstance(size, list) else (size, size)
        self._size = width, height
        self._resample = resample
        self._divide_by = divide_by
        self._is_rembg = arithmetic == "rembg"
        dtype: type[np.floating[Any]] = np.float64 if self._is_rembg else np.float32
        self._mean, self._std = np.asarray(mean, dtype), np.asarray(std, dtype)
        check_recipe(resample, activation, arithmetic, divide_by, std)
        self._activation, self._stretch = activation, stretch
        path = runtime.convert(path, self._planes)
        try:
            self._session = runtime.open(path)
        except Unavailable:
            raise
        except Exception as error:  # ONNX Runtime has an exception for each way a file is broken
            raise Unavailable(f"{path}: ONNX Runtime cannot load it ({one_line(error)})") from error
        self.device, self.runtime = runtime.device, runtime.facts
        self._input = self._session.get_inputs()[0]
        self._check_input(path, [1, 3, height, width])
        names = [node.name for node in self._session.get_outputs()]
        self._output = output or names[0]
        if self._output not in names:
            raise Unavailable(f"model.output={output}: the network has {', '.join(names)}")

    def _check_input(self, path: Path, shape: list[int]) -> None:
        """Raise Unavailable unless the network's input takes ``shape``."""
        expected = self._input.shape  # text where any length fits
        if len(expected) != 4 or any(
            isinstance(length, int) and length != given
            for length, given in zip(expected, shape, strict=True)
        ):
            raise Unavailable(
                f"{path}: the network takes {expected} (photos, RGB, height, width), not {shape}; "
                "set model.size, or export it for this shape"
            )

    @classmethod
    def files(cls, config: Mapping[str, object]) -> list[Path]:
        """The user's network, if there is one."""
        return [expanded(str(config["file"]))] if config.get("file") else []

    @classmethod
    def weights_of(cls, options: Mapping[str, Any]) -> list[WeightFile]:
        """The network to fetch, if ``weights`` describe one."""
        weights = dict(options.get("weights") or {})
        if not weights:
            return []
        if name := weights.pop("name", None):
            return [WeightFile(f"onnx/{name}", **weights)]
        return [WeightFile.from_settings("onnx", weights)]

    def predict(self, image: Image) -> Alpha:
        """The network's map as an Alpha (uint8 H×W).

        Raises:
            ValueError: the output is not a single map, or contains NaN or inf.
        """
        is_half = self._input.type == "tensor(float16)"
        planes = self._planes(image).astype(np.float16 if is_half else np.float32, copy=False)
        (answer,) = self._session.run([self._output], {self._input.name: planes})
        if answer.ndim < 2 or answer.size != answer.shape[-2] * answer.shape[-1]:
            raise ValueError(
                f"output {self._output} has shape {answer.shape}, which is not a single map"
            )
        level = finite(answer.reshape(answer.shape[-2:]).astype(np.float32))
        if self._activation == "sigmoid":
            level = 1 / (1 + np.exp(-np.maximum(level, -80)))  # exp would overflow below
        return (
            self._enlarged_as_rembg(level, image)
            if self._is_rembg
            else self._enlarged(level, image)
        )

    def _planes(self, image: Image) -> NetworkInput:
        """The network's input, float32 1×3×H×W."""
        small = self._shrunk(image)
        divisor = max(int(small.max()), 1) if self._divide_by == "max" else self._divide_by
        scaled = small / np.asarray(divisor, self._mean.dtype)
        planes: NetworkInput = ((scaled - self._mean) / self._std).transpose(2, 0, 1)[None]
        return planes.astype(np.float32)

    def _shrunk(self, image: Image) -> Image:
        if self._resample == "linear":
            return cv2.resize(image, self._size, interpolation=cv2.INTER_LINEAR).astype(np.uint8)
        method = Pillow.Resampling[self._resample.upper()]
        return np.array(Pillow.fromarray(image).resize(self._size, method))

    def _enlarged(self, level: npt.NDArray[np.float32], image: Image) -> Alpha:
        low, high = (level.min(), level.max()) if self._stretch else (0.0, 1.0)
        shares = (np.clip(level, low, high) - low) / max(high - low, 1e-6)
        alpha = np.rint(shares * 255).astype(np.uint8)
        whole = cv2.resize(alpha, image.shape[1::-1], interpolation=cv2.INTER_LINEAR)
        if self._stretch:  # interpolation can lose the extremes
            lowest, highest = cv2.minMaxLoc(whole)[:2]
            scale = 255 / max(highest - lowest, 1)
            whole = cv2.convertScaleAbs(whole, alpha=scale, beta=-lowest * scale)
        return np.asarray(whole, np.uint8)

    def _enlarged_as_rembg(self, level: npt.NDArray[np.float32], image: Image) -> Alpha:
        if self._stretch:
            span = level.max() - level.min()
            level = (level - level.min()) / (span or np.float32(1))
        alpha = (np.clip(level, 0, 1) * 255).astype(np.uint8)
        whole = Pillow.fromarray(alpha).resize(image.shape[1::-1], Pillow.Resampling.LANCZOS)
        return np.array(whole)
