"""Download one file over HTTP, resuming a partial file.

A cut connection is resumed a few times, and a busy server is retried as often. The partial file
stays on disk, so a later call resumes it too. The caller verifies the content.
"""

import logging
import math
import time
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from models.remote.redact import without_credentials

log = logging.getLogger(__name__)

WAITS_S = (0, 1, 2, 4, 8)  # before each retry, once the first bytes have arrived
LONGEST_RETRY_AFTER_S = 60.0  # the limit on a Retry-After
CONNECTION_TIMEOUTS_S = (5, 60)  # to connect, and between bytes
CHUNK_BYTES = 1 << 16
_LONGEST_LENGTH = 18  # digits of a Content-Length


class DownloadError(OSError):
    """The file is missing on the server, or arrived incomplete; the text says which."""


def megabytes(size_bytes: int | None) -> str:
    """A file size as text."""
    return "size unknown" if size_bytes is None else f"{size_bytes / 1e6:.1f} MB"


def download(url: str, part: Path, size_bytes: int | None) -> None:
    """Download ``url`` to ``part``, resuming what ``part`` already holds.

    ``size_bytes`` is the expected length; None accepts the length that the server states.

    Raises:
        DownloadError: the file is missing, has another length, is a web page, or the connection
            was cut too often.
        OSError: ``part`` cannot be written.
    """
    import requests

    started = False
    for wait_s in (*WAITS_S, None):
        retry_after_s, why = 0.0, ""
        try:
            size_bytes = _receive(url, part, size_bytes)
            started = True
        except requests.HTTPError as error:
            answer: Any = error.response
            retry_after_s = _retry_after_s(answer)
            busy = answer.status_code == 429 or answer.status_code >= 500
            if not busy or not (started or retry_after_s):
                raise DownloadError(str(error)) from error
            why = f" ({without_credentials(str(error))})"
        except requests.RequestException as error:
            if not started:  # no retry without a first connection
                plain = type(error) in (requests.ConnectionError, requests.ConnectTimeout)
                raise DownloadError("no connection" if plain else str(error)) from error
        have = _length(part)
        if have == size_bytes:
            return
        progress = f"{megabytes(have)} of {megabytes(size_bytes)}{why}"
        if wait_s is not None:
            log.warning("%s: connection cut at %s; resuming", without_credentials(url), progress)
            time.sleep(max(wait_s, retry_after_s))
    cuts = len(WAITS_S) + 1
    raise DownloadError(
        f"connection cut {cuts} times, last at {progress}; the next run resumes there"
    )


def _receive(url: str, part: Path, size_bytes: int | None) -> int:
    """Append what arrives to ``part``; return the length the whole file should have.

    A cut connection raises nothing: ``part`` is then shorter than that.
    """
    import requests
    from tqdm import tqdm

    have = _length(part)
    if have == size_bytes:
        return have
    # A compressed transfer could not be resumed.
    headers = {"Accept-Encoding": "identity"}
    if 0 < have < (size_bytes or math.inf):
        headers["Range"] = f"bytes={have}-"
    with requests.get(url, headers=headers, stream=True, timeout=CONNECTION_TIMEOUTS_S) as response:
        if have and response.status_code == requests.codes.requested_range_not_satisfiable:
            part.unlink()  # it may be complete, but its expected length is unknown
            return _receive(url, part, size_bytes)
        response.raise_for_status()
        if response.status_code != requests.codes.partial_content:
            have = 0  # the server ignored the range and sends everything
        size_bytes = _full_length(response.headers, have, size_bytes)
        with (
            part.open("ab" if have else "wb") as file,
            tqdm(
                desc=url.rpartition("/")[2],
                initial=have,
                total=size_bytes,
                unit="B",
                unit_scale=True,
            ) as progress,
            suppress(requests.RequestException),
        ):
            for chunk in response.iter_content(CHUNK_BYTES):
                have += len(chunk)
                if have > size_bytes:
                    part.unlink()
                    raise DownloadError(f"more than the expected {size_bytes} bytes arrived")
                file.write(chunk)
                progress.update(len(chunk))
    return size_bytes


def _full_length(headers: Mapping[str, str], have: int, size_bytes: int | None) -> int:
    """The length of the whole file, from what is known of it and the response headers.

    Raises:
        DownloadError: the length is unknown or wrong, or the response is a web page.
    """
    kind = headers.get("Content-Type", "")
    if kind.startswith("text/html"):
        raise DownloadError(f"the server sent a web page ({kind}) instead of the file")
    rest = headers.get("Content-Length")
    if rest is None:
        if size_bytes is None:
            raise DownloadError("the file's length is unknown, and the server does not state it")
        return size_bytes
    if not (rest.isascii() and rest.isdigit() and len(rest) <= _LONGEST_LENGTH):
        raise DownloadError(f"the server states {rest[:40]!r} as the length of the file")
    if size_bytes not in (None, have + int(rest)):
        raise DownloadError(f"the length is {have + int(rest)} bytes, expected {size_bytes}")
    return have + int(rest)


def _retry_after_s(response: Any) -> float:
    """The wait that a busy server asks for, at most a minute; 0 where it names none."""
    try:
        wait_s = float(response.headers.get("Retry-After", 0))
    except ValueError:  # a date
        return 0
    return min(wait_s, LONGEST_RETRY_AFTER_S) if wait_s > 0 else 0  # NaN is not above 0


def _length(path: Path) -> int:
    return path.stat().st_size if path.exists() else 0
