"""A server on this machine that answers as Ollama does, and what a model may say there.

``/api/tags``, ``/api/show`` and ``/api/chat`` have the form of Ollama's API
(https://docs.ollama.com/api).
"""

import base64
import io
import json
from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt
from PIL import Image as Pillow
from pytest_httpserver import HTTPServer
from werkzeug import Request, Response

from models.ollama import OllamaPolygons

DIGEST = "901cae73216286b0b0b7c5a5b3a3a5a4b2f4e5c1d7a1b2c3d4e5f60718293a4b"


class Ollama:
    """Plays the server: has one model, and gives the prepared answers, the last for good."""

    def __init__(self, httpserver: HTTPServer) -> None:
        self.url = httpserver.url_for("").rstrip("/")
        self.asked: list[dict[str, Any]] = []
        self.answers: list[Callable[[], Response]] = []
        self.can = ["completion", "vision", "thinking"]
        for path, handler in (
            ("/api/tags", self._tags),
            ("/api/show", self._show),
            ("/api/chat", self._chat),
        ):
            httpserver.expect_request(path).respond_with_handler(handler)

    def model(self, **options: Any) -> OllamaPolygons:
        """The model as its yaml would make it, in this process."""
        usual: dict[str, Any] = {
            "name": "qwen3-vl:8b",
            "coordinates": "relative-1000",
            "long_side_px": 1024,
            "think": None,
            "num_ctx": 16384,
            "num_predict": 8192,
            "seed": 0,
            "timeout_s": 10,
            "attempts": 2,
            "base_url": self.url,
        }
        return OllamaPolygons(device="auto", **{**usual, **options})

    def says(self, *answers: Callable[[], Response]) -> None:
        self.answers = list(answers)

    def sent(self) -> Pillow.Image:
        """The picture of the latest question."""
        data = base64.b64decode(self.asked[-1]["messages"][0]["images"][0])
        return Pillow.open(io.BytesIO(data))

    def _tags(self, _: Request) -> Response:
        model = {
            "name": "qwen3-vl:8b",
            "model": "qwen3-vl:8b",
            "modified_at": "2026-10-29T16:26:56.153723659Z",
            "size": 6137951232,
            "digest": DIGEST,
            "details": {"format": "gguf", "family": "qwen3vl", "quantization_level": "Q4_K_M"},
        }
        return json_response({"models": [model]})

    def _show(self, request: Request) -> Response:
        name = request.get_json()["model"]
        if name != "qwen3-vl:8b":
            return json_response({"error": f"model '{name}' not found"}, 404)
        return json_response(
            {
                "details": {"format": "gguf", "family": "qwen3vl"},
                "model_info": {"general.architecture": "qwen3vl"},
                "capabilities": self.can,
            }
        )

    def _chat(self, request: Request) -> Response:
        self.asked.append(request.get_json())
        return (self.answers.pop(0) if len(self.answers) > 1 else self.answers[0])()


def json_response(content: object, status: int = 200) -> Response:
    return Response(json.dumps(content), status, content_type="application/json; charset=utf-8")


def said(
    content: str = "", thinking: str | None = None, reason: str = "stop"
) -> Callable[[], Response]:
    """A whole answer of ``/api/chat``."""
    message = {"role": "assistant", "content": content}
    if thinking is not None:
        message["thinking"] = thinking
    answer = {
        "model": "qwen3-vl:8b",
        "created_at": "2026-11-20T16:26:56.153723659Z",
        "message": message,
        "done": True,
        "done_reason": reason,
        "total_duration": 4660047301,
        "load_duration": 2957224161,
        "prompt_eval_count": 812,
        "prompt_eval_duration": 15234404,
        "eval_count": 161,
        "eval_duration": 1161572136,
    }
    return lambda: json_response(answer)


def failed(status: int, content: object) -> Callable[[], Response]:
    return lambda: json_response(content, status)


def box(mask: npt.NDArray[np.bool_], width: float, height: float) -> list[list[int]]:
    """The corners of a mask's bounding box, on a scale of ``width`` by ``height``."""
    rows, columns = np.nonzero(mask.any(axis=1))[0], np.nonzero(mask.any(axis=0))[0]
    left, right = (round(x / mask.shape[1] * width) for x in (columns[0], columns[-1] + 1))
    top, bottom = (round(y / mask.shape[0] * height) for y in (rows[0], rows[-1] + 1))
    return [[left, top], [right, top], [right, bottom], [left, bottom]]
