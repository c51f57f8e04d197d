"""@imgly/background-removal: IS-Net as IMG.LY ships it to browsers, run by ONNX Runtime.

Recipe of the package 1.4.5: squashed to 1024×1024 bilinearly, (x − 128) / 256, the network's
sigmoid output as it is (no stretching), times 255 and cut to whole numbers, bilinear back.
``small`` is quantised, ``medium`` fp16.

One thing is not the package's: it takes pixel x of the smaller or larger picture from x·scale,
this from (x + ½)·scale − ½, as OpenCV does. Either way leads back to the photo's own pixels, but
the network sees others. With ``medium`` on the 48 built-in photos, theirs against ours: edges
within 0.05 px; IoU 0.999 in the median, at least 0.975; mean IoU with the truth 0.877 and 0.878.
Their way by OpenCV takes 3.4 % of a call on 20 megapixels around the network, ours 1.2 %.
"""

from collections.abc import Mapping
from typing import Any

import cv2
import numpy as np

from datasets.arrays import Alpha, Image, finite
from models.runtime.onnxruntime import onnx_device, onnx_device_of, onnx_providers, onnx_session
from models.segmenter import Unavailable
from models.weights import npm_package
from models.weights.weight_file import WeightFile, fetch

SIDE = 1024


class Imgly:
    """``bundle`` is ``small`` or ``medium``."""

    def __init__(self, *, device: str, bundle: str) -> None:
        providers = onnx_providers(onnx_device(device))
        (file,) = self.weights_of({"bundle": bundle})
        path = fetch(file)
        self.weights = {file.name: file.hash}
        self._session = onnx_session(path, providers)
        self.device = onnx_device_of(self._session, device)

    @classmethod
    def weights_of(cls, options: Mapping[str, Any]) -> list[WeightFile]:
        """The bundle's network."""
        bundle = options["bundle"]
        if bundle not in npm_package.BUNDLES:
            raise Unavailable(f"model.bundle={bundle}: use {' or '.join(npm_package.BUNDLES)}")
        return [npm_package.weight_file(bundle, f"imgly/isnet-{bundle}.onnx")]

    def predict(self, image: Image) -> Alpha:
        """IS-Net's foreground probability."""
        height, width = image.shape[:2]
        small = cv2.resize(image, (SIDE, SIDE), interpolation=cv2.INTER_LINEAR)
        planes = (small.astype(np.float32).transpose(2, 0, 1)[None] - 128) / 256
        (output,) = self._session.run(["output"], {"input": planes})
        alpha = (finite(output[0, 0]) * 255).astype(np.uint8)
        whole = cv2.resize(alpha, (width, height), interpolation=cv2.INTER_LINEAR)
        return whole.astype(np.uint8, copy=False)
