"""RMBG-1.4 from a tiny repository."""

from pathlib import Path
from typing import Any

from pytest_httpserver import HTTPServer

from tests.support.servers.hub_repository import prepared, rmbg_repository


def prepare(options: dict[str, Any], folder: Path, server: HTTPServer) -> dict[str, Any]:
    return prepared(options, rmbg_repository())
