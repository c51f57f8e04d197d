"""@imgly/background-removal: IS-Net as IMG.LY ships it to browsers, run by ONNX Runtime.

Recipe of the package 1.4.5: squashed to 1024×1024 bilinearly, (x − 128) / 256, the network's
sigmoid output as it is (no stretching), bilinear back. ``small`` is quantised, ``medium`` fp16.
"""

import cv2
import numpy as np

from datasets.arrays import Alpha, Image
from models import npm, weights
from models.device import pinned_threads
from models.onnx_device import onnx_device, onnx_device_of, onnx_providers
from models.segmenter import Unavailable

SIDE = 1024


class Imgly:
    """``bundle`` is ``small`` or ``medium``."""

    def __init__(self, *, device: str, bundle: str) -> None:
        import onnxruntime

        if bundle not in npm.BUNDLES:
            raise Unavailable(f"model.bundle={bundle}: use {' or '.join(npm.BUNDLES)}")
        path = npm.fetch(bundle, weights.home() / "imgly" / f"isnet-{bundle}.onnx")
        self.weights = {path.name: npm.BUNDLES[bundle]}
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = pinned_threads()
        self._session = onnxruntime.InferenceSession(
            str(path), options, providers=onnx_providers(onnx_device(device))
        )
        self.device = onnx_device_of(self._session, device)

    def predict(self, image: Image) -> Alpha:
        """IS-Net's foreground probability."""
        height, width = image.shape[:2]
        small = cv2.resize(image, (SIDE, SIDE), interpolation=cv2.INTER_LINEAR)
        planes = (small.astype(np.float32).transpose(2, 0, 1)[None] - 128) / 256
        (output,) = self._session.run(["output"], {"input": planes})
        alpha: Alpha = np.clip(np.rint(output[0, 0] * 255), 0, 255).astype(np.uint8)
        return cv2.resize(alpha, (width, height), interpolation=cv2.INTER_LINEAR).astype(np.uint8)
