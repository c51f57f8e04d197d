"""An empty folder of precomputed masks."""

from pathlib import Path
from typing import Any

from pytest_httpserver import HTTPServer


def prepare(options: dict[str, Any], folder: Path, server: HTTPServer) -> dict[str, Any]:
    return {**options, "root": str(folder)}
