"""Servers that lie, stall and cut, and kills while weights are downloaded."""

import hashlib
import os
import threading
import time
from collections.abc import Mapping
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from random import Random

from tests.faults.kills import SIGNALS, codes_of
from tests.faults.stages import Bench, Prepared, Stage
from tests.faults.trial import Outcome, Trial, Trials, disturb, finish, how_it_ended

DATA = b"".join(hashlib.sha256(bytes([n % 256, n // 256])).digest() for n in range(10_000))
FLAWS = (
    "wrong bytes", "wrong length", "shorter than stated", "more than stated", "web page", "404",
    "500", "503", "redirects for ever", "no answer", "Content-Length: abc", "half a header",
    "cut once", "cut twice", "ignores the range",
)  # fmt: skip
STALL_S = 300.0


class Server(ThreadingHTTPServer):
    """Serves DATA, with the flaw that a trial has set."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.flaw = ""
        self.requests = 0
        self.stalled = threading.Event()
        threading.Thread(target=self.serve_forever, args=(0.05,), daemon=True).start()

    def handle_error(self, *_: object) -> None:
        """A client that was killed is no error."""


class Handler(BaseHTTPRequestHandler):
    """One request."""

    server: Server

    def log_message(self, *_: object) -> None:
        """Say nothing."""

    def do_GET(self) -> None:
        """Answer as the flaw wants it."""
        flaw, server = self.server.flaw, self.server
        server.requests += 1
        begin = int(self.headers.get("Range", "bytes=0-").removeprefix("bytes=").rstrip("-"))
        begin = 0 if flaw == "ignores the range" else begin
        rest = DATA[begin:]
        cuts = {"cut once": 1, "cut twice": 2, "ignores the range": 1, "stalls": 1}.get(flaw, 0)
        if flaw == "no answer":
            return
        if flaw == "half a header":
            self.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Le")
            return
        if flaw == "redirects for ever":
            self.send_response(302)
            self.send_header("Location", self.path)
            self.end_headers()
            return
        if flaw.isdigit():
            self.send_error(int(flaw))
            return
        sent = rest[: len(rest) // 2] if server.requests <= cuts else rest
        length, kind = str(len(rest)), "application/octet-stream"
        if flaw == "wrong bytes":
            sent = bytes(len(rest))
        elif flaw == "wrong length":
            sent, length = rest[:1000], "1000"
        elif flaw == "shorter than stated":
            sent = rest[:-1] if begin == 0 else b""
        elif flaw == "more than stated":
            sent, length = rest + b"more", str(len(rest) + 4)
        elif flaw == "web page":
            sent, length, kind = b"<html>", "6", "text/html"
        elif flaw.startswith("Content-Length"):
            length = "abc"
        self.send_response(206 if begin else 200)
        self.send_header("Content-Length", length)
        self.send_header("Content-Type", kind)
        self.end_headers()
        self.wfile.write(sent)
        if flaw == "stalls":
            self.wfile.flush()
            server.stalled.set()
            time.sleep(STALL_S)


class DownloadBench(Bench):
    """A bench whose command fetches weights from its own server into its own folder."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder, env={"CUTOUTBENCH_HOME": str(folder / "work" / "home")})
        self.server = Server()
        digest = hashlib.md5(DATA, usedforsecurity=False).hexdigest()
        url = f"http://127.0.0.1:{self.server.server_address[1]}/silueta.onnx"
        self.stage = Stage(
            "weights",
            ("weights", "model=silueta", f"model.weights.url={url}",
             f"model.weights.size_bytes={len(DATA)}", f"model.weights.hash=md5:{digest}"),
            shows=(), masks=False,
        )  # fmt: skip

    def words(self, stage: Stage, more: tuple[str, ...] = ()) -> tuple[str, ...]:
        """The command line; it needs no photos."""
        return (*stage.words, *more)

    def serve(self, flaw: str) -> None:
        """Begin to serve so."""
        self.server.flaw, self.server.requests = flaw, 0
        self.server.stalled.clear()

    def close(self) -> None:
        """End the server too."""
        self.server.shutdown()
        self.server.server_close()
        super().close()


def flawed_servers(bench: DownloadBench, random: Random) -> Trials:
    """Every flaw; then the server is as it should be."""
    flaws = list(FLAWS)
    random.shuffle(flaws)
    for flaw in flaws:
        yield Trial("a server that lies or cuts", flaw, partial(_flawed, bench, flaw))


def _flawed(bench: DownloadBench, flaw: str) -> Outcome:
    stage = bench.prepare_stage(bench.stage)
    bench.restore(stage.template)
    bench.serve(flaw)
    ended = bench.run(bench.words(stage.stage))
    bench.serve("")
    if bad := how_it_ended(ended, (0, 2)):
        return bad
    stored = bench.work / "home"
    if ended.code and any(path.name == "silueta.onnx" for path in stored.rglob("*")):
        return Outcome("wrong", "what the server sent is kept")
    if ended.code and "silueta.onnx could not be fetched" not in ended.text:
        return Outcome("unclear", ended.text[-600:])
    return finish(bench, stage) or Outcome("clear error" if ended.code else "same result")


def killed_downloads(bench: DownloadBench, random: Random) -> Trials:
    """At every point of a download, and while its server stalls."""
    stage = bench.prepare_stage(bench.stage)
    orders: list[Mapping[str, int]] = [
        {"at": at, "signal": number} for at in range(len(stage.points) + 1) for number in SIGNALS
    ]  # fmt: skip
    order = list(orders)
    random.shuffle(order)
    for each in order:
        yield Trial(
            "a download is killed", f"signal {each['signal']} at point {each['at']}",
            partial(_killed, bench, stage, each["at"], each["signal"]), kills=1,
        )  # fmt: skip


def _killed(bench: DownloadBench, stage: Prepared, at: int, number: int) -> Outcome:
    """At point 0: while the server stalls."""
    bench.serve("" if at else "stalls")
    if at:
        order = {"role": "command", "at": at, "signal": number}
        return disturb(bench, stage, order, codes=codes_of(number))

    def meanwhile(pid: int) -> None:
        bench.server.stalled.wait(STALL_S)
        os.kill(pid, number)

    bench.restore(stage.template)
    ended = bench.run(bench.words(stage.stage), {}, meanwhile=meanwhile)
    bench.serve("")
    if bad := how_it_ended(ended, codes_of(number)):
        return bad
    return finish(bench, stage) or Outcome("same result")
