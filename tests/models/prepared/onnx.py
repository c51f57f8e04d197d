"""Networks of any make: one's own from a file, others from where their yaml says."""

from pathlib import Path
from typing import Any

from pytest_httpserver import HTTPServer

from tests.support.networks import about, random_network, served


def prepare(options: dict[str, Any], folder: Path, server: HTTPServer) -> dict[str, Any]:
    network = random_network(options["size"])
    if "weights" in options:
        return {**options, "weights": {"url": served(server, network), **about(network)}}
    path = folder / "network.onnx"
    path.write_bytes(network)
    return {**options, "file": str(path)}
