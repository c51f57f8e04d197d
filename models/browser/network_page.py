"""A network in a page of a real browser, as a visitor of a site would run it.

The page is visited twice. The first visit finds an empty browser; the second finds the network in
Cache Storage and ONNX Runtime in the HTTP cache. A visit lasts from the navigation to the first
mask. The server is on this machine, so a visit contains no transfer over a network: the bytes are
reported instead. Photos are predicted in the second visit's page.
"""

import json
import sys
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal, TypeAlias

import numpy as np

from datasets.arrays import Alpha, Image
from models.browser.chromium import Chromium, PageFailed, memory_bytes
from models.browser.page_server import PageServer
from models.browser.runtime_package import RUNTIME_MODULES, runtime_modules
from models.runtime.device import pick_device, pinned_threads
from models.segmenter import Prediction, Unavailable

PerChannel: TypeAlias = float | list[float]

_ASSETS = Path(__file__).parent / "assets"
ASSET_FILES = sorted(_ASSETS.iterdir())
SOFTWARE = ("swiftshader", "llvmpipe", "lavapipe")  # WebGPU adapters that run on the CPU
_MIB = 2**20


@dataclass(frozen=True)
class Recipe:
    """The work around a network; ``recipe.js`` does it, and ``models.onnx_web`` describes it.

    ``size`` is height and width. ``truncate``: levels of the mask are cut to whole numbers instead
    of rounded. ``lanczos_back``: the mask is enlarged by Lanczos instead of bilinearly.
    """

    size: tuple[int, int]
    resample: Literal["bilinear", "linear", "lanczos"]
    divide_by: float | Literal["max"]
    mean: PerChannel
    std: PerChannel
    output: str | None
    activation: Literal["none", "sigmoid"]
    stretch: bool
    truncate: bool = False
    lanczos_back: bool = False


class NetworkPage:
    """A browser whose page runs ``network`` on ``backend``: wasm or webgpu.

    ``facts`` are about the two visits; every prediction has them too.

    Raises:
        Unavailable: the device, npm, Chromium or a WebGPU adapter is missing, or the browser cannot
            load the network.
    """

    def __init__(self, network: Path, recipe: Recipe, *, device: str, backend: str) -> None:
        if backend not in RUNTIME_MODULES:
            raise Unavailable(f"model.backend={backend}: use {' or '.join(RUNTIME_MODULES)}")
        self.device = pick_device(device, ["cpu"])
        modules = runtime_modules(backend)
        sample = _sample()
        settings: dict[str, Any] = {
            **asdict(recipe),
            "backend": backend,
            "runtime": f"./ort/{next(iter(modules))}",
            "threads": pinned_threads(),
            "first_photo": {"number": 0, "width": sample.shape[1], "height": sample.shape[0]},
        }
        self._browser = Chromium(webgpu=backend == "webgpu")
        self._server = PageServer(
            {
                **{path.name: path for path in ASSET_FILES},
                **{f"ort/{name}": content for name, content in modules.items()},
                "network.onnx": network,
                "settings.json": json.dumps(settings).encode(),
            }
        )
        self._server.photos[0] = sample.tobytes()
        self._network, self._backend = network, backend
        self._has_failed = False
        try:
            self.facts = self._visit_twice()
        except Unavailable:
            self.close()
            raise
        self._number = 0

    def _visit_twice(self) -> Mapping[str, str | int | float]:
        first = self._visit()
        sent_bytes, self._server.sent_bytes = self._server.sent_bytes, 0
        second = self._visit()
        self._browser.call("window.measureMemory()")
        adapter = str(first["adapter"])
        if adapter and not any(name in adapter.lower() for name in SOFTWARE):
            self.device = "webgpu"
        threads = f"{first['threads']} threads" if first["isolated"] else "1 thread, not isolated"
        return {
            "first_visit_s": first["visit_s"],
            "second_visit_s": second["visit_s"],
            "first_visit_mib": sent_bytes / _MIB,
            "second_visit_mib": self._server.sent_bytes / _MIB,
            "backend": f"{self._backend}: {adapter or threads}",
            "browser": self._browser.version,
        }

    def _visit(self) -> dict[str, Any]:
        self._browser.visit(self._server.url)
        visit: dict[str, Any] = self._browser.call("window.visited")
        if "error" in visit:
            raise Unavailable(
                f"{self._network}: the browser cannot run it with model.backend={self._backend} "
                f"({' '.join(str(visit['error']).split())[:300]})"
            )
        return visit

    def predict(self, image: Image) -> Prediction:
        """The Alpha (uint8 H×W) of ``image``, and the seconds in the page and in the network.

        Raises:
            RuntimeError: the page failed, or its output is not a single map of finite numbers.
        """
        if self._has_failed:
            self._browser.close()  # closing a crashed page alone may wait for ever
            self._browser = Chromium(webgpu=self._backend == "webgpu")
            self._visit()
            self._has_failed = False
        height, width = image.shape[:2]
        self._number += 1
        number = self._number
        self._server.photos[number] = image.tobytes()
        try:
            photo = {"number": number, "width": width, "height": height}
            answer = self._browser.call("photo => window.predict(photo)", photo)
        except PageFailed:
            self._has_failed = True
            raise
        finally:
            del self._server.photos[number]
        mask = self._server.masks.pop(number, b"")
        facts = {**_facts(answer), **self.facts}
        if len(mask) != height * width:
            raise RuntimeError(f"the page's mask has {len(mask)} bytes, not {height}×{width}")
        if memory := memory_bytes():
            facts["browser_memory_mib"] = memory / _MIB
        alpha: Alpha = np.frombuffer(mask, np.uint8).reshape(height, width)
        return Prediction(alpha, facts)

    def close(self) -> None:
        """End the browser and the server."""
        self._browser.close()
        self._server.close()


def _facts(answer: object) -> dict[str, float]:
    """The seconds, and the memory, in the page's answer about a photo.

    Raises:
        RuntimeError: it is an error, or no such answer.
    """
    if not isinstance(answer, dict) or "error" in answer:
        reason = answer["error"] if isinstance(answer, dict) else repr(answer)
        raise RuntimeError(f"in the browser: {str(reason)[:2000]}")
    wanted = {name: answer.get(name) for name in ("network_s", "page_s")}
    if "memory_bytes" in answer:
        wanted["page_memory_mib"] = answer["memory_bytes"]
    numbers = {name: n for name, n in wanted.items() if isinstance(n, int | float)}
    facts = {name: float(n) for name, n in numbers.items() if abs(n) <= sys.float_info.max}
    if len(facts) < len(wanted):
        raise RuntimeError(f"in the browser: an answer without its numbers, {str(answer)[:200]}")
    if "page_memory_mib" in facts:
        facts["page_memory_mib"] /= _MIB
    return facts


def _sample() -> Image:
    """A dark bar on light paper (uint8 1024×768×3), of which a visit makes its first mask."""
    image = np.full((1024, 768, 3), 230, np.uint8)
    image[200:820, 340:430] = 60
    return image
