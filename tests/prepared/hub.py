"""A tiny repository in the place of the real one."""

from pathlib import Path
from typing import Any

from pytest_httpserver import HTTPServer

from models.hub import Hub
from tests.checkpoints import put
from tests.hub_repository import repository


def prepare(options: dict[str, Any], folder: Path, server: HTTPServer) -> dict[str, Any]:
    data = repository()
    files = [
        {"name": named["name"], **put(file, data[named["name"]])}
        for named, file in zip(options["weights"]["files"], Hub.weights_of(options), strict=True)
    ]
    weights = {**options["weights"], "files": files}
    return {**options, "trust_remote_code": True, "size": 32, "weights": weights}
