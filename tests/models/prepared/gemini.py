"""Gemini, simulated by a server on this machine that draws the same mask for every photo."""

import os
import re
from pathlib import Path
from typing import Any

from pytest_httpserver import HTTPServer

from tests.support.photos import photo
from tests.support.servers.gemini_server import KEY, drawn


def arrange() -> None:
    os.environ["GOOGLE_API_KEY"] = KEY


def prepare(options: dict[str, Any], folder: Path, server: HTTPServer) -> dict[str, Any]:
    asked = re.compile(r"/v1beta/models/[\w.-]+:generateContent")
    server.expect_request(asked).respond_with_handler(lambda _: drawn(photo()[1]))
    return {**options, "base_url": server.url_for(""), "requests_per_minute": 100_000}
