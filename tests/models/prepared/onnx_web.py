"""ONNX networks in a browser, and the real ONNX Runtime for it from npm."""

from pathlib import Path
from typing import Any

from pytest_httpserver import HTTPServer

from tests.models.browser.runtime import provide_runtime
from tests.models.prepared import onnx


def prepare(options: dict[str, Any], folder: Path, server: HTTPServer) -> dict[str, Any]:
    provide_runtime()
    options = {**options, "size": 64}
    prepared = onnx.prepare(options, folder, server)
    if "weights" in options:
        prepared["weights"]["path"] = f"{folder.name}/network.onnx"
    return prepared
