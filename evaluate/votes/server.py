"""Serve a dataset's page to a browser of this machine, and store the votes that it sends.

The server listens on 127.0.0.1 alone. Every address begins with a token that is only printed, so
that no other page or user can read or vote. A request under another host name is refused, as a
foreign page could have its name resolve to this machine.

GET   /<token>/<file>           a file of the report: pages, pictures, outlines
GET   /<token>/votes?voter=V    the votes of a voter, as JSON
POST  /<token>/votes            one vote, as JSON: ``evaluate.votes.store``
"""

import hmac
import json
import secrets
from collections.abc import Callable
from dataclasses import asdict
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Lock
from urllib.parse import parse_qs, unquote, urlsplit

from evaluate.votes.store import VOTES, append_vote, parse_vote, read_votes

ADDRESS = "127.0.0.1"
LONGEST_BODY = 4096  # bytes of a vote
TYPES = {
    ".html": "text/html; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".jpg": "image/jpeg",
    ".png": "image/png",
    ".svg": "image/svg+xml",
}
_JSON = "application/json"
_POLICY = (
    "default-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; base-uri 'none'; "
    "frame-ancestors 'none'"
)


class VoteServer(ThreadingHTTPServer):
    """Serves ``folder``, the reports of a dataset. It listens from its construction on."""

    daemon_threads = True

    def __init__(self, folder: Path) -> None:
        self.folder = folder.resolve()
        self.token = secrets.token_urlsafe(16)
        self.writing = Lock()
        super().__init__((ADDRESS, 0), _Handler)

    def url(self, page: str) -> str:
        """The address of a page, with the token."""
        return f"http://{ADDRESS}:{self.server_port}/{self.token}/{page}"


class _Refused(Exception):
    def __init__(self, status: HTTPStatus, reason: str) -> None:
        super().__init__(reason)
        self.status = status


class _Handler(BaseHTTPRequestHandler):
    server: VoteServer
    protocol_version = "HTTP/1.1"
    timeout = 30  # seconds that a connection may be silent
    server_version = "cutoutbench"
    sys_version = ""

    def do_GET(self) -> None:
        self._answer(self._read)

    def do_HEAD(self) -> None:
        self._answer(self._read)

    def do_POST(self) -> None:
        self._answer(self._store)

    def _answer(self, act: Callable[[str, str], tuple[str, bytes]]) -> None:
        try:
            status, (kind, body) = HTTPStatus.OK, act(*self._checked())
        except _Refused as refused:
            status, kind, body = refused.status, "text/plain; charset=utf-8", str(refused).encode()
            self.close_connection = True  # a body may be unread
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Cache-Control", "no-store")
        self.send_header("Content-Security-Policy", _POLICY)
        self.send_header("Referrer-Policy", "no-referrer")
        self.send_header("X-Content-Type-Options", "nosniff")
        if self.close_connection:
            self.send_header("Connection", "close")
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def _checked(self) -> tuple[str, str]:
        """What stands behind the token, and the query.

        Raises:
            _Refused: host, origin or token is another.
        """
        port = self.server.server_port
        hosts = (f"{ADDRESS}:{port}", f"localhost:{port}")
        if self.headers.get("Host") not in hosts:
            raise _Refused(HTTPStatus.FORBIDDEN, "another host")
        origin = self.headers.get("Origin")
        if origin is not None and origin not in [f"http://{host}" for host in hosts]:
            raise _Refused(HTTPStatus.FORBIDDEN, "another origin")
        parts = urlsplit(self.path)
        token, _, rest = unquote(parts.path).lstrip("/").partition("/")
        if not hmac.compare_digest(token.encode(), self.server.token.encode()):
            raise _Refused(HTTPStatus.FORBIDDEN, "another token: use the address that was printed")
        return rest, parts.query

    def _read(self, name: str, query: str) -> tuple[str, bytes]:
        folder = self.server.folder
        if name == VOTES:
            voter = parse_qs(query).get("voter", [""])[0]
            votes = read_votes(folder / VOTES).votes
            return _JSON, json.dumps([asdict(one) for one in votes if one.voter == voter]).encode()
        path = Path(name)
        hidden = any(part.startswith(".") for part in path.parts)
        if path.is_absolute() or hidden or path.suffix not in TYPES or "\0" in name:
            raise _Refused(HTTPStatus.NOT_FOUND, "no such file")
        found = (folder / path).resolve()
        if not (found.is_relative_to(folder) and found.is_file()):
            raise _Refused(HTTPStatus.NOT_FOUND, "no such file")
        return TYPES[path.suffix], found.read_bytes()

    def _store(self, name: str, query: str) -> tuple[str, bytes]:
        if name != VOTES or query:
            raise _Refused(HTTPStatus.NOT_FOUND, "votes go to votes")
        if self.headers.get_content_type() != _JSON:  # which other pages may not send
            raise _Refused(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, f"a vote is {_JSON}")
        length = self.headers.get("Content-Length", "")
        if not (length.isascii() and length.isdigit() and int(length) <= LONGEST_BODY):
            raise _Refused(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "too long for a vote")
        try:
            vote = parse_vote(json.loads(self.rfile.read(int(length))))
        except (ValueError, RecursionError) as error:
            raise _Refused(HTTPStatus.BAD_REQUEST, f"not a vote: {error}") from error
        try:
            with self.server.writing:
                append_vote(self.server.folder / VOTES, vote)
        except OSError as error:
            raise _Refused(HTTPStatus.INSUFFICIENT_STORAGE, f"not stored: {error}") from error
        return _JSON, b"{}"

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - as its base calls it
        """Nothing is printed of each request."""
