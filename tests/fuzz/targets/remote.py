"""Answers of remote services, of a model's process and of a page in the browser."""

import json
import socket
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import numpy as np
import requests

from evaluate.doctor.probe import Ended
from evaluate.predict.channel import Channel, InvalidMessage
from models.browser.network_page import NetworkPage
from models.browser.page_server import PageServer, _Handler
from models.fal import Fal
from models.gemini import Gemini
from models.ollama import _read
from models.remote import gemini_errors, http
from models.remote.gemini_protocol import token_counts
from models.remote.http import Endpoint, Exchange
from models.remote.polygon_answer import polygons_in
from models.remote.redact import redact
from models.replicate import Replicate
from models.segmenter import NoMask, TimedOut
from tests.fuzz.target import Ready, Target, only
from tests.fuzz.targets.pictures import encoded

PHOTO = np.zeros((120, 90, 3), np.uint8)
POLYGONS = (
    '{"outlines": [[[1, 2], [900, 5], [500, 900]]], "holes": [[[3, 3], [4, 4], [9, 3]]]}',
    'Sure: ```json\n[{"points": [[1, 2], [3, 4], [5.5, 1]]}]\n``` and {"whole": []}',
    '{"outlines": [[[1, 2], [900, 5], [500, 900]], [[1, 2], [3, 4], [5, 6',
)


def _json(data: bytes) -> Any:
    """A service's answer, which its client has decoded."""
    try:
        return json.loads(data)
    except (ValueError, RecursionError):
        return {"text": data.decode("utf-8", "replace")}


def _polygons(_: Path) -> Ready:
    def read(data: bytes) -> None:
        text = data.decode("utf-8", "replace")
        for long in (text, text * 20):
            found = polygons_in(long)
            if found and found.outlines:
                low, high = found.raw_range
                assert low <= high
                assert found.outside((1000, 1000)) >= 0
                assert found.alpha((1000, 1000), (120, 90)).shape == (120, 90)
        message = SimpleNamespace(content=text, thinking=text[::-1])
        _read(message, {})

    return Ready([text.encode() for text in POLYGONS], only(read, NoMask))


def _gemini(_: Path) -> Ready:
    import base64

    def read(data: bytes) -> None:
        answer = _json(data)
        token_counts(answer)
        found = Gemini.read(cast(Gemini, None), answer, PHOTO)
        assert found.alpha.shape == (120, 90)

    picture = base64.b64encode(encoded()[0]).decode()
    parts = [{"text": "x"}, {"inlineData": {"mimeType": "image/png", "data": picture}}]
    answer = {"candidates": [{"content": {"parts": parts}, "finishReason": "STOP"}]}
    usage = {"usageMetadata": {"promptTokenCount": 3, "candidatesTokenCount": 4}}
    blocked = {"promptFeedback": {"blockReason": "SAFETY"}}
    corpus = [json.dumps(one).encode() for one in ({**answer, **usage}, blocked)]
    return Ready(corpus, only(read, NoMask))


def _gemini_errors(_: Path) -> Ready:
    from google.genai.errors import APIError

    def check(data: bytes) -> None:
        code, _, body = data.partition(b" ")
        content = _json(body)
        header = body.decode("utf-8", "replace")
        response = SimpleNamespace(headers={"retry-after": header}, body_segments=[])
        try:
            number = int(code)
            error = APIError(number, content, cast(Any, response))
        except Exception:
            return
        failure = gemini_errors.classify_error(error, "KEY")
        assert "KEY" not in failure.reason

    details = [{"retryDelay": "3s"}, {"reason": "API_KEY_INVALID"}]
    error = {"error": {"code": 400, "status": "X", "message": "KEY", "details": details}}
    return Ready([b"400 " + json.dumps(error).encode(), b"429 12", b"500 nan"], check)


class _Answers(Exchange):
    """An exchange whose answers are the input, a few times over."""

    def __init__(self, data: bytes) -> None:
        super().__init__(Endpoint("http://127.0.0.1:9", "KEY", "Bearer", "K", 60, 1, 0))
        self._data, self._asked = data, 0

    def remaining_s(self) -> float:
        self._asked += 1
        if self._asked > 3:
            raise TimedOut("no time is left")
        return 1e-9

    def _send(self, method: str, url: str, **options: Any) -> requests.Response:
        self.remaining_s()
        response = requests.Response()
        response.status_code, response._content = 200, self._data
        return response


def _hosted(_: Path) -> Ready:
    import base64

    endpoint = SimpleNamespace(timeout_s=9.0, key="KEY")
    model = cast(Any, SimpleNamespace(endpoint=endpoint, name="a/b:c", resolution="1024x1024"))

    def check(data: bytes) -> None:
        for service in (Fal, Replicate):
            exchange = _Answers(data)
            try:
                address, facts = service.request_mask(model, exchange, "data:,")
                assert isinstance(address, str)
                json.dumps(facts)
                assert isinstance(exchange.picture(address), bytes)
            except NoMask:
                continue

    uri = "data:image/png;base64," + base64.b64encode(encoded()[0]).decode()
    answers = (
        {"image": {"url": uri}},
        {"status": "succeeded", "output": uri, "metrics": {"predict_time": 1.5}, "id": "x"},
        {"status": "processing", "id": "x"},
        {"status": "failed", "error": "KEY"},
    )
    return Ready([json.dumps(answer).encode() for answer in answers], check)


def _waits(_: Path) -> Ready:
    """``Retry-After`` and texts that ask to wait."""

    def check(data: bytes) -> None:
        response = requests.Response()
        text = data.decode("latin-1")
        response._content, response.encoding = data, "latin-1"
        response.headers["Retry-After"] = text
        assert http._retry_after_s(response) >= 0
        del response.headers["Retry-After"]
        assert http._retry_after_s(response) >= 0
        assert "sesame" not in redact(f"{text} sesame {text} https://a:sesame@b/", "sesame")

    return Ready([b"12", b"Wed, 21 Oct 2026 07:28:00 GMT", b"-1", b"resets in ~30s", b"1e9"], check)


def _channel(_: Path) -> Ready:
    def check(data: bytes) -> None:
        ours, theirs = socket.socketpair()
        with ours, theirs:
            theirs.sendall(data[:60_000])
            theirs.shutdown(socket.SHUT_WR)
            channel = Channel(ours)
            try:
                while True:
                    assert isinstance(channel.receive(), dict)
            except (EOFError, InvalidMessage):
                pass

    corpus = [b'{"status": "ok", "number": 1}\n{"fetching": true}\n', b'{"a": [1]}\n']
    return Ready(corpus, check)


def _page_server(_: Path) -> Ready:
    """Requests to the server that shows a network's page."""
    server = PageServer({"index.html": b"x", "ort/a.mjs": b"y"})
    server.close()
    handler = cast(
        Any, type("Handler", (_Handler,), {"page": server, "disable_nagle_algorithm": False})
    )

    def check(data: bytes) -> None:
        server.photos[7] = b"photo"
        ours, theirs = socket.socketpair()
        with ours, theirs:
            theirs.sendall(data[:60_000])
            theirs.shutdown(socket.SHUT_WR)
            ours.settimeout(1)
            handler(ours, ("127.0.0.1", 1), None)

    host = b" HTTP/1.1\r\nHost: x\r\n"
    corpus = [
        b"GET /" + host + b"\r\nGET /photo/7" + host + b"Connection: close\r\n\r\n",
        b"POST /mask/7" + host + b"Content-Length: 3\r\nConnection: close\r\n\r\nabc",
        b"GET /ort/a.mjs" + host + b"Range: bytes=0-3\r\n\r\n",
    ]
    return Ready(corpus, check)


def _browser(_: Path) -> Ready:
    """What the page answers, and the mask that it posts: JSON, a null byte, the mask."""
    page = NetworkPage.__new__(NetworkPage)
    page._has_failed, page._number, page.facts = False, 0, {}
    photo = np.zeros((3, 4, 3), np.uint8)

    def check(data: bytes) -> None:
        answer, _, mask = data.partition(b"\0")

        class Browser:
            def call(self, _: str, photo: dict[str, int]) -> Any:
                page._server.masks[photo["number"]] = mask
                return _json(answer)

        page._browser = cast(Any, Browser())
        page._server = cast(Any, SimpleNamespace(photos={}, masks={}))
        try:
            found = page.predict(photo)
        except RuntimeError:
            return
        assert found.alpha.shape == (3, 4)
        assert all(isinstance(value, str | int | float) for value in found.facts.values())

    answer = {"network_s": 0.1, "page_s": 0.2, "memory_bytes": 2**20}
    return Ready([json.dumps(answer).encode() + b"\0" + bytes(12), b'{"error": "x"}\0'], check)


def _probes(_: Path) -> Ready:
    def check(data: bytes) -> None:
        text = data.decode("utf-8", "replace")
        assert all(isinstance(one, dict) for one in Ended(text, "", "").answers)

    return Ready([b'{"device": "cpu"}\nx\n[1]\n'], check)


TARGETS = (
    Target("polygons in answers", _polygons, guided=True),
    Target("Gemini's answers", _gemini),
    Target("Gemini's errors", _gemini_errors),
    Target("hosted models' answers", _hosted),
    Target("waits and redaction", _waits, guided=True),
    Target("messages of a model's process", _channel, guided=True),
    Target("requests to the page server", _page_server),
    Target("answers of a page", _browser),
    Target("answers of probes", _probes),
)
