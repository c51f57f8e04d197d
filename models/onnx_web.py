"""Any ONNX network in a browser: ONNX Runtime for the web in headless Chromium, on WASM or WebGPU.

The recipe is that of ``models.onnx``, in JavaScript and in the page's worker. A call's seconds
include handing the photo's pixels to the page and the alpha back; the facts ``page_s`` and
``network_s`` do not. See docs/browser.md.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal

from datasets.arrays import Image
from datasets.listing.typed_path import expanded
from models.browser.network_page import ASSET_FILES, NetworkPage, PerChannel, Recipe
from models.browser.runtime_package import runtime_file
from models.runtime.recipe import check_recipe
from models.segmenter import Prediction
from models.weights.own_file import own_file_hash
from models.weights.weight_file import WeightFile, fetch


class OnnxWeb:
    """``file`` is a user's network; with ``sha256`` it is loaded only if its hash matches.

    ``weights`` describes a network to fetch instead, stored at its ``path`` below the weights
    folder. ``backend`` is wasm or webgpu. ``size`` is the input's side, or height and width.
    ``resample`` is ``bilinear``, Pillow's, which shrinks smoothly; ``linear``, which interpolates
    each pixel from four, as OpenCV does; or ``lanczos``, Pillow's. The other settings are those of
    ``models.onnx``.
    """

    def __init__(
        self,
        *,
        device: str,
        backend: str,
        size: int | list[int],
        resample: Literal["bilinear", "linear", "lanczos"],
        divide_by: float | Literal["max"],
        mean: PerChannel,
        std: PerChannel,
        output: str | None,
        activation: Literal["none", "sigmoid"],
        stretch: bool,
        arithmetic: Literal["plain", "rembg"] = "plain",
        file: str | None = None,
        sha256: str | None = None,
        weights: Mapping[str, Any] | None = None,
    ) -> None:
        import playwright  # noqa: F401 - if it is missing, no weights need be fetched

        check_recipe(resample, activation, arithmetic, divide_by, std)
        height, width = size if isinstance(size, list) else (size, size)
        recipe = Recipe(
            size=(height, width),
            resample=resample,
            divide_by=divide_by,
            mean=mean,
            std=std,
            output=output,
            activation=activation,
            stretch=stretch,
            truncate=arithmetic == "rembg",
            lanczos_back=arithmetic == "rembg",
        )
        if weights:
            (described,) = _described(weights)
            path = fetch(described)
            self.weights = {path.name: described.known_hash}
        else:
            path = expanded(file or "")
            self.weights = {path.name: own_file_hash(path, sha256)}
        runtime = runtime_file()
        self.weights[runtime.name] = runtime.hash
        self._page = NetworkPage(path, recipe, device=device, backend=backend)
        self.device = self._page.device
        self.close = self._page.close

    @classmethod
    def files(cls, config: Mapping[str, object]) -> list[Path]:
        """The page's files, and the user's network, if there is one."""
        own = [expanded(str(config["file"]))] if config.get("file") else []
        return [*ASSET_FILES, *own]

    @classmethod
    def weights_of(cls, options: Mapping[str, Any]) -> list[WeightFile]:
        """ONNX Runtime, and the network to fetch, if ``weights`` describe one."""
        return [*_described(options.get("weights") or {}), runtime_file()]

    def predict(self, image: Image) -> Prediction:
        """The network's map as an Alpha (uint8 H×W).

        Raises:
            RuntimeError: the output is not a single map, contains NaN or inf, or the page failed.
        """
        return self._page.predict(image)


def _described(weights: Mapping[str, Any]) -> list[WeightFile]:
    known = dict(weights)
    return [WeightFile(known.pop("path"), **known)] if known else []
