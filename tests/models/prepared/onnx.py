"""ONNX networks: the user's from a file, others from the server."""

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
