"""@imgly/background-removal where it is meant to run: IMG.LY's IS-Net in a browser.

The recipe is that of ``models.imgly``, in JavaScript. The runtime is the present release of
``onnxruntime-web``, not the one that IMG.LY's package is built with; none of that package's code is
run.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from datasets.arrays import Image
from models.browser.network_page import ASSET_FILES, NetworkPage, Recipe
from models.browser.runtime_package import runtime_file
from models.imgly import SIDE, Imgly
from models.segmenter import Prediction
from models.weights.weight_file import WeightFile, fetch_single

RECIPE = Recipe(
    size=(SIDE, SIDE),
    resample="linear",
    divide_by=256,
    mean=0.5,
    std=1,
    output="output",
    activation="none",
    stretch=False,
    truncate=True,
)


class ImglyWeb:
    """``bundle`` is ``small`` or ``medium``, ``backend`` wasm or webgpu."""

    def __init__(self, *, device: str, bundle: str, backend: str) -> None:
        import playwright  # noqa: F401 - if it is missing, no weights need be fetched

        path, weights = fetch_single(Imgly.weights_of({"bundle": bundle}))
        runtime = runtime_file()
        self.weights = {**weights, runtime.name: runtime.hash}
        self._page = NetworkPage(path, RECIPE, device=device, backend=backend)
        self.device = self._page.device
        self.close = self._page.close

    @classmethod
    def files(cls, _: Mapping[str, object]) -> list[Path]:
        """The page's files."""
        return ASSET_FILES

    @classmethod
    def weights_of(cls, options: Mapping[str, Any]) -> list[WeightFile]:
        """The bundle's network, and ONNX Runtime."""
        return [*Imgly.weights_of(options), runtime_file()]

    def predict(self, image: Image) -> Prediction:
        """IS-Net's foreground probability as an Alpha (uint8 H×W).

        Raises:
            RuntimeError: the page failed.
        """
        return self._page.predict(image)
