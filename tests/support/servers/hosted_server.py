"""fal and Replicate, played by a server on this machine in their wire formats."""

import base64
import io
import socketserver
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
import numpy.typing as npt
from PIL import Image as Pillow
from pytest_httpserver import HTTPServer
from werkzeug import Request, Response

from models.fal import Fal
from models.remote.hosted import HostedModel
from models.replicate import Replicate
from tests.support.photos import photo
from tests.support.servers.ollama_server import json_response

KEY = "a-key-that-must-never-show"
IMAGE, MASK = photo(90, 120)
Answer = Callable[[], Response]


def gray(mask: npt.NDArray[np.bool_] = MASK) -> bytes:
    """A mask as both services draw it: gray levels as PNG."""
    file = io.BytesIO()
    Pillow.fromarray(np.where(mask, 255, 0).astype(np.uint8)).convert("RGB").save(file, "PNG")
    return file.getvalue()


def data_uri(data: bytes) -> str:
    return f"data:image/png;base64,{base64.b64encode(data).decode()}"


class Service:
    """Plays a service: gives the prepared answers, the last for good, and a file at /mask.png."""

    build: type[HostedModel]
    path: str
    options: dict[str, Any]

    def __init__(self, httpserver: HTTPServer) -> None:
        self.url = httpserver.url_for("").rstrip("/")
        self.asked: list[Request] = []
        self.fetched: list[Request] = []
        self.file: Answer = lambda: Response(gray(), content_type="image/png")
        self.answers: list[Answer] = [self.good()]
        httpserver.expect_request(self.path, method="POST").respond_with_handler(self._asked)
        httpserver.expect_request("/mask.png").respond_with_handler(self._fetched)

    def good(self, mask: str | None = None) -> Answer:
        """The answer whose picture is at an address."""
        raise NotImplementedError

    def says(self, *answers: Answer) -> None:
        self.answers = list(answers)

    def model(self, **options: Any) -> HostedModel:
        """The model as its yaml would make it, in this process."""
        usual: dict[str, Any] = {
            **self.options,
            "resolution": "1024x1024",
            "long_side_px": 2048,
            "usd_per_photo": 0.003,
            "timeout_s": 10,
            "attempts": 3,
            "first_wait_s": 0.01,
            "base_url": self.url,
        }
        return self.build(device="auto", **{**usual, **options})

    def _asked(self, request: Request) -> Response:
        request.get_data()
        self.asked.append(request)
        return (self.answers.pop(0) if len(self.answers) > 1 else self.answers[0])()

    def _fetched(self, request: Request) -> Response:
        self.fetched.append(request)
        return self.file()


class PlaysFal(Service):
    """https://fal.ai/models/fal-ai/birefnet/v2/api; errors: https://docs.fal.ai/errors."""

    build = Fal
    path = "/fal-ai/birefnet/v2"
    options = {"name": "fal-ai/birefnet/v2"}  # noqa: RUF012

    def good(self, mask: str | None = None) -> Answer:
        image = {
            "url": mask or data_uri(gray()),
            "content_type": "image/png",
            "file_name": "mask.png",
            "width": 90,
            "height": 120,
        }
        return lambda: json_response({"image": image, "mask_image": None})


class PlaysReplicate(Service):
    """https://replicate.com/docs/reference/http."""

    build = Replicate
    path = "/v1/predictions"
    options = {"name": "men1scus/birefnet:f74986db"}  # noqa: RUF012

    def __init__(self, httpserver: HTTPServer) -> None:
        super().__init__(httpserver)
        self.looks: list[Answer] = []
        httpserver.expect_request("/v1/predictions/gm3qorzd", method="GET").respond_with_handler(
            lambda _: self.looks.pop(0)()
        )

    def good(self, mask: str | None = None) -> Answer:
        output = mask or f"{self.url}/mask.png"
        return self.prediction("succeeded", output=output, metrics={"predict_time": 1.25})

    def prediction(self, status: str, **more: Any) -> Answer:
        content = {
            "id": "gm3qorzd",
            "model": "men1scus/birefnet",
            "version": "f74986db",
            "input": {},
            "logs": "",
            "output": None,
            "error": None,
            "status": status,
            "created_at": "2026-11-20T16:19:34.765994Z",
            "urls": {"get": "http://127.0.0.1:9/elsewhere", "cancel": "http://127.0.0.1:9/cancel"},
            **more,
        }
        return lambda: json_response(content, 201)


@contextmanager
def cutting_off(answer: bytes) -> Iterator[tuple[str, list[bytes]]]:
    """The URL of a server that cuts each connection after ``answer``; the questions it was asked.

    It hears a question out: what had not arrived could not be billed.
    """
    questions: list[bytes] = []

    class CutsOff(socketserver.StreamRequestHandler):
        def handle(self) -> None:
            lines = iter(self.rfile.readline, b"\r\n")
            headers = dict(line.lower().split(b":", 1) for line in lines if b":" in line)
            questions.append(self.rfile.read(int(headers[b"content-length"])))
            self.wfile.write(answer)

    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), CutsOff) as server:
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        yield f"http://127.0.0.1:{server.server_address[1]}", questions
        server.shutdown()


def sent(address: str) -> npt.NDArray[np.uint8]:
    """The photo in a data URI of a question."""
    kind, _, data = address.partition(",")
    assert kind == "data:image/jpeg;base64"
    with Pillow.open(io.BytesIO(base64.b64decode(data))) as picture:
        return np.array(picture)
