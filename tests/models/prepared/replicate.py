"""Replicate, simulated by a server on this machine."""

import os
from pathlib import Path
from typing import Any

from pytest_httpserver import HTTPServer

from tests.support.servers.hosted_server import KEY, PlaysReplicate


def arrange() -> None:
    os.environ["REPLICATE_API_TOKEN"] = KEY


def prepare(options: dict[str, Any], folder: Path, server: HTTPServer) -> dict[str, Any]:
    return {**options, "base_url": PlaysReplicate(server).url}
