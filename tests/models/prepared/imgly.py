"""A random network in IS-Net's npm format; test_models runs the real one, which takes seconds."""

import hashlib
from pathlib import Path
from typing import Any

from pytest_httpserver import HTTPServer

from models.imgly import SIDE, Imgly
from models.weights import npm_package
from tests.support.networks import random_network

NETWORK = random_network(SIDE, gives=("output", "1890"))


def arrange() -> None:
    npm_package.BUNDLES["random"] = len(NETWORK), f"sha256:{hashlib.sha256(NETWORK).hexdigest()}"


def prepare(options: dict[str, Any], folder: Path, server: HTTPServer) -> dict[str, Any]:
    arrange()
    (file,) = Imgly.weights_of({"bundle": "random"})
    file.path.parent.mkdir(parents=True, exist_ok=True)
    file.path.write_bytes(NETWORK)
    return {**options, "bundle": "random"}
