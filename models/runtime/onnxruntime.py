"""Runs ONNX networks: chooses the engine, converts the network's precision, checks what runs.

A session is ONNX Runtime's ``InferenceSession``, or ``OpenVinoSession``, which has the same methods
as far as they are used here.
"""

import os
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, redirect_stdout
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from datasets.arrays import Image
from models.runtime.batching import batches_expected, gather_session
from models.runtime.convert import FOR_BATCHES, FOR_TORCH
from models.runtime.device import pinned_threads
from models.runtime.openvino import Node, OpenVinoSession
from models.runtime.precision import PRECISIONS, converted
from models.runtime.providers import AUTO, OWN_KERNELS, PROVIDERS, TORCH, pick_provider
from models.runtime.pytorch import check_precision, torch_device
from models.segmenter import Unavailable

# From 1.29 on ONNX Runtime sends model names and other data to its maker, and stores a device id in
# the user's cache folder. It reads this variable on import: docs/Privacy.md in its package.
os.environ.setdefault("ORT_DISABLE_TELEMETRY", "1")

NetworkInput = npt.NDArray[np.floating[Any]]
REMBG_ORDER = ("cuda", "rocm", "openvino", "cpu")  # rembg 2.0.86, sessions/base.py


class OnnxRuntime:
    """The engine and the precision that an ONNX network runs with.

    ``provider`` is a name in ``PROVIDERS``; ``auto`` is the first of ``order`` that is available.
    ``precision`` is one of ``PRECISIONS``, None takes the file as it is; torch takes files in fp16
    as fp32.

    ``device`` is the device in use. ``facts`` says what else runs, and is empty if that is ONNX
    Runtime itself with the file as it is. Both are complete once ``open`` has returned.

    Raises:
        Unavailable: the engine, device or precision is not available.
    """

    def __init__(
        self,
        device: str,
        provider: str = AUTO,
        precision: str | None = None,
        order: Sequence[str] = ("cuda", "cpu"),
    ) -> None:
        import onnxruntime

        built_in = onnxruntime.get_available_providers()
        version = onnxruntime.__version__
        self.provider = pick_provider(device, provider, order, built_in, version)
        self._engine = PROVIDERS[self.provider]
        # OpenVINO from its own package, or torch
        self._direct = self._engine.name not in built_in
        self.device = torch_device(device) if self.provider == TORCH else self._engine.device
        self.facts: dict[str, str] = {}
        self._precision = precision
        self._takes_batches = False
        if precision not in (None, *PRECISIONS):
            raise Unavailable(f"model.precision={precision}: use {', '.join(PRECISIONS)}")
        if self.provider == TORCH:
            check_precision(self.device, precision)
        if precision == "bf16" and not self._direct:
            raise Unavailable(
                "model.precision=bf16: of the engines for ONNX only the package openvino computes "
                "in bf16; run: make install extra=openvino, and add model.provider=openvino"
            )
        if self.device == "cuda" and not self._direct:
            with redirect_stdout(sys.stderr):  # it prints which libraries it does not find
                onnxruntime.preload_dlls()  # CUDA's libraries, from PyTorch's packages

    @property
    def is_plain(self) -> bool:
        """Whether ONNX Runtime's own kernels run the file as it is."""
        as_it_is = self._precision is None and not batches_expected()
        return self.provider in OWN_KERNELS and as_it_is

    @property
    def providers(self) -> list[str]:
        """ONNX Runtime's names of the engine and its fallbacks."""
        cuda = [PROVIDERS["cuda"].name] if self.provider == "tensorrt" else []
        return list(dict.fromkeys([self._engine.name, *cuda, PROVIDERS["cpu"].name]))

    def convert(self, path: Path, planes: Callable[[Image], NetworkInput]) -> Path:
        """The network at ``path`` in the chosen precision, converted once and kept.

        ``planes`` gives the network's input (1×3×H×W) for a photo (uint8 H×W×3); int8 needs it.

        Raises:
            Unavailable: it cannot be converted.
        """
        by_the_engine = self._direct and self._precision != "int8"
        kinds = [] if self._precision is None or by_the_engine else [self._precision]
        kinds += [FOR_BATCHES] if batches_expected() else []
        kinds += [FOR_TORCH] if self.provider == TORCH else []
        for kind in kinds:
            path, facts = converted(path, kind, planes)
            self.facts |= facts
        self._takes_batches = FOR_BATCHES in kinds
        return path

    def open(self, path: Path) -> Any:
        """A session of the network at ``path``, with this process's number of threads.

        Raises:
            Unavailable: the network runs on another engine, or in another precision, than asked.
        """
        session = self._opened(path)
        if self._takes_batches and self.provider != TORCH:  # torch joins the calls of its network
            gather_session(session)
        return session

    def _opened(self, path: Path) -> Any:
        if self.provider == TORCH:
            from models.runtime.torch_graph import TorchSession

            graph = TorchSession(path, self.device, self._precision)
            self.facts |= graph.facts
            return graph
        if self._direct:
            computed = "fp32" if self._precision in (None, "int8") else self._precision
            direct = OpenVinoSession(path, pinned_threads(), computed)
            self.facts |= direct.facts
            return direct
        import onnxruntime

        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = pinned_threads()
        session = onnxruntime.InferenceSession(str(path), options, providers=self.providers)
        self.check(session)
        return session

    def check(self, session: Any) -> None:
        """Check which engine ``session`` uses: ONNX Runtime may fall back with only a warning.

        Raises:
            Unavailable: it is another than the chosen one.
        """
        active = session.get_providers()
        if self._engine.name not in active:
            raise Unavailable(
                f"{self._engine.title}: ONNX Runtime fell back to {active[0]}; check the libraries "
                f"of {self._engine.title}, or use device=cpu"
            )
        if not self.is_plain:
            import onnxruntime

            self.facts |= (
                {"provider": self._engine.title} if self.provider not in OWN_KERNELS else {}
            )
            self.facts["library"] = f"onnxruntime {onnxruntime.__version__}"


@contextmanager
def replaced_session(build: Callable[[], Any]) -> Iterator[None]:
    """A context in which a library that creates an ``InferenceSession`` gets ``build()``."""
    import onnxruntime

    original = onnxruntime.InferenceSession
    onnxruntime.InferenceSession = lambda *_args, **_options: build()
    try:
        yield
    finally:
        onnxruntime.InferenceSession = original


class PlanesRecorder:
    """A session that runs nothing: it raises ``Recorded`` with the input it is given."""

    def get_inputs(self) -> list[Node]:
        """One input, of any name."""
        return [Node("input", [], "tensor(float)")]

    def get_providers(self) -> list[str]:
        """The names of all engines, so that nobody warns of a fallback."""
        return [provider.name for provider in PROVIDERS.values()]

    def run(self, _names: Any, feed: Mapping[str, NetworkInput]) -> Any:
        """Raise ``Recorded``."""
        raise Recorded(next(iter(feed.values())))


class Recorded(Exception):
    """Carries a network's input out of the library that made it."""


def recorded_planes(predict: Callable[[], Any]) -> NetworkInput:
    """The input that ``predict`` gives to its ``PlanesRecorder``."""
    try:
        predict()
    except Recorded as record:
        planes: NetworkInput = record.args[0]
        return planes
    raise AssertionError("predict ran no network")
