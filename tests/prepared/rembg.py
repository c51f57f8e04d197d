"""rembg's sessions, each on a small network with the inputs and outputs of the real one."""

from pathlib import Path
from typing import Any

from pytest_httpserver import HTTPServer

from tests.networks import ABOUT_NETWORK, served


def prepare(options: dict[str, Any], folder: Path, server: HTTPServer) -> dict[str, Any]:
    return {**options, "weights": {"url": served(server), **ABOUT_NETWORK}}
