"""Any network exported to ONNX, as the settings describe it: a row without code.

Recipe: squashed to ``size`` bilinearly, divided by ``divide_by``, minus ``mean``, over ``std``, RGB
planes in; of the answer the map ``output``, ``activation``, optionally stretched to 0..1 per photo,
in 256 levels as it will be stored, and bilinear back. The licence of the network is its owner's.
"""

import hashlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal, TypeAlias
from urllib.parse import urlsplit

import cv2
import numpy as np
from PIL import Image as Pillow

from datasets.arrays import Alpha, Image, finite
from models.runtime.onnxruntime import onnx_device, onnx_device_of, onnx_providers, onnx_session
from models.segmenter import Unavailable
from models.weights.weight_file import WeightFile, fetch

Numbers: TypeAlias = float | list[float]


class Onnx:
    """``file`` is a network of one's own; with ``sha256`` it is loaded only if that is its hash.

    ``weights`` describes one to fetch instead, under its URL's last part unless it has a ``name``.
    ``size`` is the input's side, or height and width. ``antialias`` shrinks smoothly, as Pillow
    does; without, each pixel comes from four, as with OpenCV and torch. ``divide_by`` is a number,
    or ``max`` for each photo's own maximum. ``mean`` and ``std`` are one number or one a channel.
    ``output`` is a name, null for the first.
    """

    def __init__(
        self,
        *,
        device: str,
        size: int | list[int],
        antialias: bool,
        divide_by: float | Literal["max"],
        mean: Numbers,
        std: Numbers,
        output: str | None,
        activation: Literal["none", "sigmoid"],
        stretch: bool,
        file: str | None = None,
        sha256: str | None = None,
        weights: Mapping[str, Any] | None = None,
    ) -> None:
        providers = onnx_providers(onnx_device(device))
        if weights:
            (wanted,) = self.weights_of({"weights": weights})
            path = fetch(wanted)
            self.weights = {wanted.name: wanted.known_hash}
        else:
            path = Path(file or "").expanduser()
            self.weights = {path.name: f"sha256:{_hash(path, sha256)}"}
        height, width = size if isinstance(size, list) else (size, size)
        self._size = width, height
        self._antialias = antialias
        self._divide_by = divide_by
        self._mean, self._std = np.asarray(mean, np.float32), np.asarray(std, np.float32)
        if activation not in ("none", "sigmoid"):
            raise Unavailable(f"model.activation={activation}: use none or sigmoid")
        if not divide_by or not self._std.all():
            raise Unavailable("model.divide_by and model.std divide; give others than 0")
        self._activation, self._stretch = activation, stretch
        try:
            self._session = onnx_session(path, providers)
        except Exception as error:  # ONNX Runtime has an exception for each way a file is broken
            reason = " ".join(str(error).split())[:200]
            raise Unavailable(f"{path}: no network that ONNX Runtime loads ({reason})") from error
        self.device = onnx_device_of(self._session, device)
        self._input = self._session.get_inputs()[0]
        takes, fed = self._input.shape, [1, 3, height, width]  # where any will do, it takes text
        if len(takes) != 4 or any(
            isinstance(one, int) and one != other for one, other in zip(takes, fed, strict=True)
        ):
            raise Unavailable(
                f"{path}: the network takes {takes} (photos, RGB, height, width), not {fed}; "
                "set model.size, or export it for these"
            )
        names = [one.name for one in self._session.get_outputs()]
        self._output = output or names[0]
        if self._output not in names:
            raise Unavailable(f"model.output={output}: the network has {', '.join(names)}")

    @classmethod
    def files(cls, config: Mapping[str, object]) -> list[Path]:
        """The network, where it is one's own."""
        return [Path(str(config["file"])).expanduser()] if config.get("file") else []

    @classmethod
    def weights_of(cls, options: Mapping[str, Any]) -> list[WeightFile]:
        """The network, where it can be fetched."""
        weights = dict(options.get("weights") or {})
        if not weights:
            return []
        name = weights.pop("name", Path(urlsplit(weights["url"]).path).name)
        return [WeightFile(f"onnx/{name}", **weights)]

    def predict(self, image: Image) -> Alpha:
        """The network's map as an Alpha (uint8 H×W).

        Raises:
            ValueError: its output is no single map of numbers.
        """
        small = self._shrunk(image)
        divisor = max(int(small.max()), 1) if self._divide_by == "max" else self._divide_by
        planes = ((small / np.float32(divisor) - self._mean) / self._std).transpose(2, 0, 1)[None]
        half = self._input.type == "tensor(float16)"
        fed = {self._input.name: planes.astype(np.float16 if half else np.float32)}
        (answer,) = self._session.run([self._output], fed)
        if answer.ndim < 2 or answer.size != answer.shape[-2] * answer.shape[-1]:
            raise ValueError(f"output {self._output} of shape {answer.shape} is no single map")
        level = finite(answer.reshape(answer.shape[-2:]).astype(np.float32))
        if self._activation == "sigmoid":
            level = 1 / (1 + np.exp(-np.maximum(level, -80)))  # below, e to it would overflow
        low, high = (level.min(), level.max()) if self._stretch else (0.0, 1.0)
        shares = (np.clip(level, low, high) - low) / max(high - low, 1e-6)
        alpha = np.rint(shares * 255).astype(np.uint8)
        whole = cv2.resize(alpha, image.shape[1::-1], interpolation=cv2.INTER_LINEAR)
        if self._stretch:  # growing may have passed the extremes by
            least, most = cv2.minMaxLoc(whole)[:2]
            scale = 255 / max(most - least, 1)
            whole = cv2.convertScaleAbs(whole, alpha=scale, beta=-least * scale)
        return np.asarray(whole, np.uint8)

    def _shrunk(self, image: Image) -> Image:
        if self._antialias:
            whole = Pillow.fromarray(image)
            return np.array(whole.resize(self._size, Pillow.Resampling.BILINEAR))
        return cv2.resize(image, self._size, interpolation=cv2.INTER_LINEAR).astype(np.uint8)


def _hash(path: Path, expected: str | None) -> str:
    try:
        with path.open("rb") as file:
            found = hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise Unavailable(f"model.file={path}: {error.strerror}") from error
    if expected and found != expected.lower().removeprefix("sha256:"):
        raise Unavailable(f"{path}: sha256 is {found}, not {expected}; get the file again")
    return found
