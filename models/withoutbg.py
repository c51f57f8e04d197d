"""withoutBG's open weights: a router chooses, for each photo, one of two networks.

Recipe (package withoutbg 1.3.0, model 10.8.0): photos above 4096 px shrunk to fit, by Pillow's
bicubic; divided by 255, mean and std being part of the networks. The router sees the photo squashed
to 448×448 and gives the logits of six categories, and features. Categories of hard outlines go to
BiRefNet at 1024×1024; hair, soft and transparent things to a matting network, which takes the
router's input and features again, and the photo at 518×518. The answer is resized to the photo
bilinearly, clipped to 0..1 and rounded. Not stretched.

Squashed bilinearly without antialiasing, except to 518×518: bicubic, with antialiasing. On noise,
masks differ from the package's by 1 of 255 levels, on at most 7 pixels in a million.
"""

from collections.abc import Mapping
from typing import Any, TypeAlias

import cv2
import numpy as np
import numpy.typing as npt
from PIL import Image as Pillow

from datasets.arrays import Image, finite
from models.runtime.onnxruntime import OnnxRuntime
from models.segmenter import Prediction, Unavailable, one_line
from models.weights.weight_file import WeightFile, fetch

ROUTED = ("router", "matting", "birefnet")
CATEGORIES = (
    "fine_strand", "soft_detail", "transparency", "hard_opaque", "flat_scene", "vehicle"
)  # fmt: skip
TO_BIREFNET = CATEGORIES[3:]
FEATURES = ("f0", "f1", "f2", "f3")
LONGEST_PX = 4096
ROUTER_PX, DEPTH_PX, BIREFNET_PX = 448, 518, 1024

Planes: TypeAlias = npt.NDArray[np.float32]  # 1×3×side×side, 0..1


class WithoutBg:
    """``weights`` describes the three networks by name, and their licence."""

    def __init__(self, *, device: str, weights: Mapping[str, Any]) -> None:
        runtime = OnnxRuntime(device)
        files = self.weights_of({"weights": weights})
        paths = [fetch(file) for file in files]
        self.weights = {file.name: file.known_hash for file in files}
        self._sessions = {}
        for name, path in zip(ROUTED, paths, strict=True):
            try:
                self._sessions[name] = runtime.open(path)
            except Unavailable:
                raise
            except Exception as error:  # ONNX Runtime has an exception for each way to be broken
                raise Unavailable(
                    f"{path}: ONNX Runtime cannot load it ({one_line(error)})"
                ) from error
        self.device = runtime.device

    @classmethod
    def weights_of(cls, options: Mapping[str, Any]) -> list[WeightFile]:
        """The router, the matting network and BiRefNet."""
        weights = options["weights"]
        return [
            WeightFile(f"withoutbg/withoutbg-{name}.onnx", licence=weights["licence"],
                       **weights[name])
            for name in ROUTED
        ]  # fmt: skip

    def predict(self, image: Image) -> Prediction:
        """The chosen network's Alpha (uint8 H×W); the fact ``category`` is the router's answer."""
        photo = _within(image, LONGEST_PX)
        level = photo.astype(np.float32) / np.float32(255)
        seen = _squashed(level, ROUTER_PX)
        logits, *features = self._run("router", ["route_logits", *FEATURES], {"rgb_matting": seen})
        category = CATEGORIES[int(np.argmax(finite(logits)))]
        if category in TO_BIREFNET:
            given = {"rgb": _squashed(level, BIREFNET_PX)}
            (answer,) = self._run("birefnet", ["alpha"], given)
        else:
            given = {"rgb_matting": seen, "rgb_depth": _smoothly_squashed(level, DEPTH_PX)}
            given |= dict(zip(FEATURES, features, strict=True))
            (answer,) = self._run("matting", ["coarse_alpha"], given)
        size = level.shape[1::-1]
        whole = cv2.resize(finite(answer[0, 0]), size, interpolation=cv2.INTER_LINEAR)
        alpha = (np.clip(whole, 0, 1) * 255 + 0.5).astype(np.uint8)
        if size != image.shape[1::-1]:
            enlarged = Pillow.fromarray(alpha).resize(
                image.shape[1::-1], Pillow.Resampling.BILINEAR
            )
            alpha = np.asarray(enlarged)
        return Prediction(alpha, {"category": category})

    def _run(self, network: str, outputs: list[str], given: Mapping[str, Planes]) -> list[Planes]:
        answers: list[Planes] = self._sessions[network].run(outputs, given)
        return answers


def _within(image: Image, longest_px: int) -> Image:
    """``image``, shrunk in proportion if a side is longer; lengths are cut to whole px."""
    height, width = image.shape[:2]
    if max(height, width) <= longest_px:
        return image
    shares = width / height
    if width > longest_px:
        width, height = longest_px, int(longest_px / shares)
    if height > longest_px:
        width, height = int(longest_px * shares), longest_px
    return np.asarray(Pillow.fromarray(image).resize((max(width, 1), max(height, 1))))


def _squashed(level: npt.NDArray[np.float32], side: int) -> Planes:
    small = cv2.resize(level, (side, side), interpolation=cv2.INTER_LINEAR)
    return np.ascontiguousarray(small.transpose(2, 0, 1)[None], np.float32)


def _smoothly_squashed(level: npt.NDArray[np.float32], side: int) -> Planes:
    channels = [Pillow.fromarray(np.ascontiguousarray(level[..., i])) for i in range(3)]
    size = side, side
    small = [np.asarray(one.resize(size, Pillow.Resampling.BICUBIC)) for one in channels]
    return np.stack(small)[None]
