"""A server on this machine that answers as Gemini does, and what it may answer.

Request and answer have the form of ``models/NAME:generateContent`` of the Gemini API, v1beta
(https://ai.google.dev/api/generate-content); errors that of ``google.rpc.Status``.
"""

import base64
import io
import json
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from PIL import Image as Pillow
from pytest_httpserver import HTTPServer
from werkzeug import Request, Response

from models.gemini import Gemini
from tests.support.commands import run_command
from tests.support.photos import opened, photo

KEY = "AIzaSy-a-key-that-must-never-show"
Mask = npt.NDArray[np.bool_]
Answer = Callable[[Mask], Response]  # to a photo with this mask


class Google:
    """Plays the server: answers each photo, told by its width, with what was prepared for it."""

    def __init__(self, httpserver: HTTPServer, root: Path) -> None:
        self.root = root
        self.requests: list[dict[str, Any]] = []
        self.keys: set[str | None] = set()
        self.times: list[float] = []
        self._photos: dict[int, tuple[str, Mask, list[Answer]]] = {}  # by width
        self.url = httpserver.url_for("").rstrip("/")
        for name in ("gemini-3.1-flash-image", "gemini-2.5-flash-image"):
            httpserver.expect_request(
                f"/v1beta/models/{name}:generateContent", method="POST"
            ).respond_with_handler(self._respond)
        (root / "images").mkdir(parents=True)

    def photo(self, name: str, *answers: Answer) -> Mask:
        """Add a photo and the answers to it, the last for good; its true mask."""
        image, mask = photo(90 + len(self._photos), 120)
        self.add(name, image, mask, *answers)
        return mask

    def add(self, name: str, image: npt.NDArray[np.uint8], mask: Mask, *answers: Answer) -> None:
        """Add any photo. Only widths up to 2048 px arrive as they are."""
        Pillow.fromarray(image).save(self.root / "images" / f"{name}.png")
        self._photos[min(2048, image.shape[1])] = (name, mask, list(answers) or [drawn])

    def truth(self, name: str) -> Mask:
        """A photo's true mask."""
        (mask,) = [m for n, m, _ in self._photos.values() if n == name]
        return mask

    def answers(self, name: str, *answers: Answer) -> None:
        """Change the answers to a photo."""
        (found,) = [a for n, _, a in self._photos.values() if n == name]
        found[:] = answers

    @property
    def asked(self) -> list[str]:
        """The photos asked for, in order."""
        return [request["photo"] for request in self.requests]

    def trace(self, *settings: str) -> subprocess.CompletedProcess[str]:
        return run_command("trace", *self.settings(), *settings)

    def model(self, **options: Any) -> Gemini:
        """The model as the settings would make it, in this process."""
        usual: dict[str, Any] = {
            "name": "gemini-3.1-flash-image",
            "usd_per_photo": 0.067,
            "priced_on": "2026-06-22",
            "requests_per_minute": 100000,
            "timeout_s": 10,
            "attempts": 3,
            "first_wait_s": 0.01,
            "base_url": self.url,
        }
        return Gemini(device="auto", **{**usual, **options})

    def settings(self) -> list[str]:
        return [
            "model=gemini",
            "dataset=folder",
            f"dataset.root={self.root}",
            f"model.base_url={self.url}",
            "model.requests_per_minute=100000",
            "model.first_wait_s=0.01",
            "model.attempts=3",
        ]

    def mask(self, name: str) -> npt.NDArray[np.uint8]:
        return np.asarray(opened(self.root / "masks" / f"{name}.png"))

    def record(self) -> dict[str, Any]:
        content: dict[str, Any] = json.loads((self.root / "traced.json").read_text())
        return content

    def answer(self, name: str) -> dict[str, Any]:
        path = self.root / "traced" / "gemini-3.1-flash-image" / f"{name}.json"
        content: dict[str, Any] = json.loads(path.read_text())
        return content

    def _respond(self, request: Request) -> Response:
        body = request.get_json()
        text, picture = body["contents"][0]["parts"]
        data = base64.urlsafe_b64decode(picture["inlineData"]["data"])
        with Pillow.open(io.BytesIO(data)) as sent:
            size = sent.size
        name, mask, answers = self._photos[size[0]]
        self.keys.add(request.headers.get("x-goog-api-key"))
        self.times.append(time.monotonic())
        self.requests.append({"photo": name, "size": size, "text": text["text"], "body": body})
        return (answers.pop(0) if len(answers) > 1 else answers[0])(mask)


def json_response(content: object, status: int = 200) -> Response:
    return Response(json.dumps(content), status, content_type="application/json; charset=UTF-8")


def answer(*parts: dict[str, Any], reason: str = "STOP", **more: object) -> Response:
    candidate = {
        "content": {"parts": list(parts), "role": "model"},
        "finishReason": reason,
        "index": 0,
    }
    usage = {"promptTokenCount": 1430, "candidatesTokenCount": 1120, "totalTokenCount": 2550}
    return json_response(
        {
            "candidates": [candidate],
            "usageMetadata": usage,
            "modelVersion": "gemini-3.1-flash-image",
            "responseId": "kR4faePcGIuT7M8P",
            **more,
        }
    )


def blob(data: bytes, mime: str = "image/png") -> dict[str, Any]:
    return {"inlineData": {"mimeType": mime, "data": base64.b64encode(data).decode()}}


def encoded(levels: npt.NDArray[np.uint8], kind: str = "PNG") -> bytes:
    file = io.BytesIO()
    picture = Pillow.fromarray(levels)
    (picture if levels.ndim == 3 else picture.convert("RGB")).save(file, kind)
    return file.getvalue()


def silhouette(mask: Mask) -> npt.NDArray[np.uint8]:
    return np.where(mask, 0, 255).astype(np.uint8)


def drawn(mask: Mask, kind: str = "PNG") -> Response:
    """What Gemini answers when all is well: some words, and the mask black on white."""
    return answer({"text": "Here is the mask:"}, blob(encoded(silhouette(mask), kind)))


def error(code: int, status: str, message: str, *details: dict[str, Any]) -> Answer:
    content = {"code": code, "message": message, "status": status, "details": list(details)}
    return lambda _: json_response({"error": content}, code)


def always(response: Callable[[], Response]) -> Answer:
    return lambda _: response()


def retry_info(delay: str) -> dict[str, Any]:
    return {"@type": "type.googleapis.com/google.rpc.RetryInfo", "retryDelay": delay}


def iou(one: Mask, other: Mask) -> float:
    return float(np.sum(one & other) / np.sum(one | other))


INVALID = {
    "@type": "type.googleapis.com/google.rpc.ErrorInfo",
    "reason": "API_KEY_INVALID",
    "domain": "googleapis.com",
    "metadata": {"service": "generativelanguage.googleapis.com"},
}
BAD_KEY = error(400, "INVALID_ARGUMENT", f"{KEY} is not valid.", INVALID)
