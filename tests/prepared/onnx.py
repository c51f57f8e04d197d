"""A network of one's own."""

from pathlib import Path
from typing import Any

from pytest_httpserver import HTTPServer

from tests.networks import NETWORK


def prepare(options: dict[str, Any], folder: Path, server: HTTPServer) -> dict[str, Any]:
    path = folder / "network.onnx"
    path.write_bytes(NETWORK)
    return {**options, "file": str(path)}
