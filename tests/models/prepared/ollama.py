"""Ollama, simulated by a server on this machine that gives every photo the same outline."""

import json
from pathlib import Path
from typing import Any

from pytest_httpserver import HTTPServer

from tests.support.servers.ollama_server import Ollama, said


def prepare(options: dict[str, Any], folder: Path, server: HTTPServer) -> dict[str, Any]:
    ollama = Ollama(server)
    outline = [[200, 300], [700, 300], [700, 800]]
    ollama.says(said(json.dumps({"outlines": [outline], "holes": []})))
    return {**options, "base_url": ollama.url}
