"""Reads one object from its server, if it is not the one that is known: HTTP, S3 and others.

HTTP servers are asked by requests, everything else by fsspec and the package of its protocol, which
take endpoints and credentials from their own variables and files. Nothing is ever listed.
"""

import errno
import os
import threading
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any

import requests

from datasets.by_url.locations import BUCKETS, WEB, scheme_of, shown
from datasets.errors import DatasetError

LARGEST_OBJECT_BYTES = 1 << 30  # of one object
LONGEST_SIZE = 18  # digits of a Content-Length
WRITTEN_BYTES = 1 << 20
ANSWER_TIMEOUTS_S = (5.0, 15.0)  # to connect, and for each part of an answer
LATER = frozenset({408, 425, 429})  # besides 5xx: the same request may succeed later
STATUS_REMEDIES = {
    401: "the server wants credentials; set those of its protocol",
    403: "no permission to read it; check credentials and the bucket's policy",
    404: "no such object; upload it or correct the manifest",
    410: "no such object; upload it or correct the manifest",
}
NO_CREDENTIALS = ("NoCredentialsError", "PartialCredentialsError", "DefaultCredentialsError")
NOT_THE_SERVERS = {errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EMFILE, errno.ENFILE}
# s3fs's numbers for requests that are wrong; EREMCHG is a bucket in another region.
WRONG = {errno.EINVAL, errno.EPERM, errno.ENAMETOOLONG, errno.ENOSYS, getattr(errno, "EREMCHG", 0)}
NO_ANSWER = ("EndpointConnectionError", "ConnectTimeoutError", "ConnectionClosedError")

_of_thread = threading.local()


class Refused(Exception):
    """The object cannot be read, and trying again would not help; the text says why and what to do.

    ``kind`` stands for it where a hash of the object would.
    """

    def __init__(self, kind: str, text: str) -> None:
        super().__init__(text)
        self.kind = kind


class Failed(Exception):
    """Reading failed in a way that may pass. ``unanswered``: the server was not reached."""

    def __init__(self, text: str, *, unanswered: bool) -> None:
        super().__init__(text)
        self.unanswered = unanswered


@dataclass(frozen=True)
class Transfer:
    """``version`` is what the server says that changes with the object (ETag, times, size).

    ``written`` is False where it is the known version, of which nothing was read.
    """

    version: str
    written: bool


def expect_packages(schemes: set[str]) -> None:
    """Import what reads these protocols.

    Raises:
        DatasetError: a package is missing; the text says how to install it.
    """
    for scheme in sorted(schemes & BUCKETS.keys()):
        try:
            import_module("fsspec")
            import_module(BUCKETS[scheme])
        except ModuleNotFoundError as error:
            install = "make install extra=url"
            if BUCKETS[scheme] == "gcsfs":
                install += " and .venv/bin/pip install gcsfs"
            raise DatasetError(
                f"{scheme}:// needs the package '{error.name}', which is not installed; "
                f"run: {install}"
            ) from error


def transfer(url: str, known: str | None, target: Path) -> Transfer:
    """Read an object into the file ``target``, unless its version is still the ``known`` one.

    ``expect_packages`` has found the packages of its protocol.

    Raises:
        Refused: it is not there, may not be read, or is too large.
        Failed: the server was not reached, or failed.
        DatasetError: there are no credentials at all.
    """
    scheme = scheme_of(url)
    if scheme in WEB:
        return _by_http(url, known, target)
    if scheme in BUCKETS:
        return _by_fsspec(url, known, target)
    raise Refused(
        "UnknownProtocol",
        f"{scheme}:// is not read; use a path, file://, https://, s3:// or gs://",
    )


def _by_http(url: str, known: str | None, target: Path) -> Transfer:
    session = getattr(_of_thread, "session", None)
    if session is None:
        session = _of_thread.session = requests.Session()
    headers = {"Accept-Encoding": "identity"}
    kind, _, value = (known or "").partition(" ")
    if kind in ("etag", "time"):
        headers["If-None-Match" if kind == "etag" else "If-Modified-Since"] = value
    try:
        with session.get(url, headers=headers, stream=True, timeout=ANSWER_TIMEOUTS_S) as answer:
            if known and answer.status_code == 304:
                return Transfer(known, written=False)
            _expect_http_ok(answer.status_code)
            version = _http_version(answer.headers)
            if known and version == known and kind != "size":
                return Transfer(known, written=False)
            size = _stated_size(answer.headers)
            _expect_small(size)
            with target.open("wb") as file:
                for chunk in answer.iter_content(WRITTEN_BYTES):
                    file.write(chunk)
                    _expect_small(file.tell())
                if size and file.tell() != size:
                    raise Failed("the connection ended early", unanswered=False)
            return Transfer(version, written=True)
    except requests.exceptions.InvalidURL as error:
        raise Refused("InvalidURL", "no valid URL; correct the manifest") from error
    except requests.RequestException as error:  # its text may hold the URL with its signature
        unanswered = isinstance(error, requests.ConnectionError | requests.ConnectTimeout)
        raise Failed(type(error).__name__, unanswered=unanswered) from None


def _stated_size(headers: Any) -> int:
    """The size of an object that an answer states; 0 where it states none."""
    if "Content-Encoding" in headers or not (stated := headers.get("Content-Length")):
        return 0
    if not (stated.isascii() and stated.isdigit() and len(stated) <= LONGEST_SIZE):
        raise Refused("Length", f"the server states {stated[:40]!r} as its length")
    return int(stated)


def _http_version(headers: Any) -> str:
    if etag := headers.get("ETag"):
        return f"etag {etag}"
    if changed := headers.get("Last-Modified"):
        return f"time {changed}"
    return f"size {headers.get('Content-Length', '')}"  # says too little: it is read each time


def _expect_http_ok(status: int) -> None:
    if status < 300:
        return
    if status >= 500 or status in LATER:
        raise Failed(f"the server answers {status}", unanswered=False)
    remedy = STATUS_REMEDIES.get(status, "correct the manifest")
    raise Refused(f"Status{status}", f"the server answers {status}: {remedy}")


def _expect_small(size: int) -> None:
    if size > LARGEST_OBJECT_BYTES:
        raise Refused(
            "TooLarge", f"more than {LARGEST_OBJECT_BYTES >> 30} GiB; no photo is as large"
        )


def _by_fsspec(url: str, known: str | None, target: Path) -> Transfer:
    from fsspec.core import url_to_fs

    try:
        system, path = url_to_fs(url)
        if hasattr(system, "retries"):  # of s3fs: whoever calls this tries again
            system.retries = 1
        about = system.info(path)
        if about.get("type") == "directory":
            raise Refused("IsADirectory", STATUS_REMEDIES[404])
        version = _fsspec_version(about)
        if version == known:
            return Transfer(version, written=False)
        _expect_small(int(about.get("size") or 0))
        system.get_file(path, str(target))
    except (Refused, Failed):
        raise
    except Exception as error:  # fsspec's packages raise what their protocols' libraries do
        raise _explained(error, url) from error
    if about.get("size") not in (None, target.stat().st_size):
        raise Failed("it changes while it is read", unanswered=False)
    return Transfer(version, written=True)


def _fsspec_version(about: dict[str, Any]) -> str:
    names = ("ETag", "etag", "md5Hash", "generation", "VersionId", "LastModified", "mtime")
    found = [f"{name}={about[name]}" for name in names if about.get(name)]
    return f"{found[0] if found else ''} size={about.get('size')}"


def _explained(error: Exception, url: str) -> Exception:
    name = type(error).__name__
    if name in NO_CREDENTIALS:
        return DatasetError(
            f"{shown(url)}: no credentials are set; set those of its protocol, such as "
            "AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY or AWS_PROFILE, or FSSPEC_S3_ANON=true "
            "for a public bucket; finished photos are kept"
        )
    if isinstance(error, FileNotFoundError):
        return Refused("NotFound", STATUS_REMEDIES[404])
    if isinstance(error, PermissionError):
        return Refused("Forbidden", STATUS_REMEDIES[403])
    if isinstance(error, OSError) and error.errno in NOT_THE_SERVERS:
        return error
    if isinstance(error, OSError) and error.errno in WRONG:
        reason = os.strerror(error.errno or 0)
        return Refused("Invalid", f"the server refuses the request ({reason}); check the URL")
    if isinstance(error, ValueError | NotImplementedError | IsADirectoryError):
        return Refused(name, f"it cannot be read ({name}); correct the manifest")
    unanswered = isinstance(error, ConnectionError | TimeoutError) or name in NO_ANSWER
    return Failed(name, unanswered=unanswered)
