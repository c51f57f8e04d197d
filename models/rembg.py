"""rembg's sessions, called the way its users call them: ``remove(image, only_mask=True)``.

Recipe (rembg 2.0.86): divided by the image's maximum, Lanczos to the network's size, the network's
output stretched to 0..1 per photo, Lanczos back. Code MIT. ``post_process_mask`` is off.

rembg uses any file it finds without a check, so weights are fetched and verified here and put
where rembg looks for them.
"""

import os

import numpy as np
from PIL import Image as Pillow

from datasets.arrays import Alpha, Image
from models import npm
from models.onnx_device import onnx_device, onnx_device_of, onnx_providers
from models.segmenter import Unavailable
from models.weights import fetch, home

NPM_SESSION = "isnet-general-use"  # the one session whose weights the npm package carries


class Rembg:
    """``session`` is rembg's own name for a model; ``weights`` gives its file's url and hash.

    ``source="npm"`` takes IS-Net from the npm package instead, through rembg's ``dis_custom``.
    """

    def __init__(
        self, *, device: str, session: str, weights: dict[str, str], source: str = "release"
    ) -> None:
        import onnxruntime  # noqa: F401 - first: without it rembg ends the process, not the import
        import rembg

        options: dict[str, object] = {"providers": onnx_providers(onnx_device(device))}
        folder = home() / "rembg"
        os.environ["REMBG_HOME"] = str(folder)
        os.environ.pop("U2NET_HOME", None)  # would win over REMBG_HOME
        if source == "npm" and session == NPM_SESSION:
            path = npm.fetch("medium", folder / "models" / "dis_custom" / "isnet-npm.onnx")
            self.weights = {path.name: npm.BUNDLES["medium"]}
            session, options["model_path"] = "dis_custom", str(path)
        elif source == "release":
            path = folder / "models" / session / f"{session}.onnx"
            other = "; or use model.source=npm" if session == NPM_SESSION else ""
            try:
                fetch(weights["url"], weights["hash"], path)
            except Unavailable as error:
                raise Unavailable(f"{error}{other}") from error
            self.weights = {path.name: weights["hash"]}
        else:
            raise Unavailable(f"model.source={source}: use release (npm has {NPM_SESSION} only)")
        self._remove = rembg.remove
        self._session = rembg.new_session(session, **options)
        self.device = onnx_device_of(self._session.inner_session, device)

    def predict(self, image: Image) -> Alpha:
        """rembg's mask."""
        mask = self._remove(Pillow.fromarray(image), session=self._session, only_mask=True)
        return np.asarray(mask)
