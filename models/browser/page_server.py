"""A web server on 127.0.0.1 for one page: static files, photos out, masks in.

Its headers make the page cross-origin isolated: without that, browsers give a page no shared
memory, so WebAssembly gets one thread. It ends with its process.
"""

import threading
from collections.abc import Mapping
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

HEADERS = {
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Embedder-Policy": "require-corp",
    "Cross-Origin-Resource-Policy": "same-origin",
}
CONTENT_TYPES = {
    "html": "text/html; charset=utf-8",
    "js": "text/javascript; charset=utf-8",
    "mjs": "text/javascript; charset=utf-8",
    "json": "application/json",
    "wasm": "application/wasm",
}
MOST_DIGITS = 18  # of a length, or of a photo's number
CACHED = "public, max-age=31536000, immutable"  # as sites serve files whose names have a version


class PageServer:
    """Serves ``files``, by their path below ``url``; counts the bytes of those it has sent."""

    def __init__(self, files: Mapping[str, bytes | Path]) -> None:
        self.files = files
        self.photos: dict[int, bytes] = {}
        self.masks: dict[int, bytes] = {}
        self.sent_bytes = 0
        handler = type("Handler", (_Handler,), {"page": self})
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_port}/"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def close(self) -> None:
        """Stop serving."""
        self._server.shutdown()
        self._server.server_close()


class _Handler(BaseHTTPRequestHandler):
    page: PageServer
    protocol_version = "HTTP/1.1"  # connections stay open
    disable_nagle_algorithm = True

    def do_GET(self) -> None:
        path = self.path.lstrip("/") or "index.html"
        folder, _, number = path.partition("/")
        if folder == "photo" and (place := _whole(number)) is not None:
            self._answer(self.page.photos.get(place), "application/octet-stream", "no-store")
            return
        file = self.page.files.get(path)
        found = file.read_bytes() if isinstance(file, Path) else file
        self.page.sent_bytes += len(found or b"")
        self._answer(
            found, CONTENT_TYPES.get(path.rpartition(".")[2], "application/octet-stream"), CACHED
        )

    def do_POST(self) -> None:
        folder, _, number = self.path.lstrip("/").partition("/")
        length = _whole(self.headers.get("Content-Length", "0"))
        if length is None:
            self.send_error(HTTPStatus.BAD_REQUEST)
            self.close_connection = True  # where the next request begins is unknown
            return
        body = self.rfile.read(length)
        if folder == "mask" and (place := _whole(number)) is not None:
            self.page.masks[place] = body
            self._answer(b"", "text/plain", "no-store")
        else:
            self._answer(None, "", "")

    def _answer(self, body: bytes | None, kind: str, kept: str) -> None:
        self.send_response(HTTPStatus.NOT_FOUND if body is None else HTTPStatus.OK)
        for name, value in HEADERS.items():
            self.send_header(name, value)
        if body is not None:
            self.send_header("Content-Type", kind)
            self.send_header("Cache-Control", kept)
        self.send_header("Content-Length", str(len(body or b"")))
        self.end_headers()
        self.wfile.write(body or b"")

    def log_message(self, *_: object) -> None:
        """Print nothing."""


def _whole(text: str) -> int | None:
    """A whole number from 0; None for other texts, and for more digits than any length has."""
    return int(text) if text.isascii() and text.isdecimal() and len(text) <= MOST_DIGITS else None
