"""fal, simulated by a server on this machine."""

import os
from pathlib import Path
from typing import Any

from pytest_httpserver import HTTPServer

from tests.support.servers.hosted_server import KEY, PlaysFal


def arrange() -> None:
    os.environ["FAL_KEY"] = KEY


def prepare(options: dict[str, Any], folder: Path, server: HTTPServer) -> dict[str, Any]:
    return {**options, "base_url": PlaysFal(server).url}
