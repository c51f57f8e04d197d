"""One file over HTTP, into a file that may hold the beginning of it already.

A cut connection is taken up where it stopped, a few times, and a server that is too busy to go on
is asked again as often; what had come stays on disk, so that a later call goes on from there too.
Whether the bytes are the right ones is for the caller to say.
"""

import logging
import math
import time
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from models.remote.retry import public

log = logging.getLogger(__name__)

WAITS_S = (0, 1, 2, 4, 8)  # before each further try once the file has begun to come
LONGEST_WAIT_S = 60.0  # that a server may ask for
TIMEOUT_S = (10, 60)  # for a connection, and of silence
CHUNK_BYTES = 1 << 16


class DownloadError(OSError):
    """The server does not have the file, or it does not come whole; the text says which."""


def megabytes(size_bytes: int | None) -> str:
    """A size for reading."""
    return "size unknown" if size_bytes is None else f"{size_bytes / 1e6:.1f} MB"


def download(url: str, part: Path, size_bytes: int | None) -> None:
    """Bring ``part`` to ``size_bytes`` bytes from ``url``, or to what the server says it has.

    Raises:
        DownloadError: it is not there, has another length, is a web page, or was cut too often.
        OSError: ``part`` cannot be written.
    """
    import requests

    begun = False
    for wait_s in (*WAITS_S, None):
        asked_s, why = 0.0, ""
        try:
            size_bytes = _receive(url, part, size_bytes)
            begun = True
        except requests.HTTPError as error:
            answer: Any = error.response
            asked_s = _asked_s(answer)
            busy = answer.status_code == 429 or answer.status_code >= 500
            if not busy or not (begun or asked_s):
                raise DownloadError(str(error)) from error
            why = f" ({public(str(error))})"
        except requests.RequestException as error:
            if not begun:  # a connection that was never there is not waited for
                plain = type(error) in (requests.ConnectionError, requests.ConnectTimeout)
                raise DownloadError("no connection" if plain else str(error)) from error
        have = _length(part)
        if have == size_bytes:
            return
        at = f"{megabytes(have)} of {megabytes(size_bytes)}{why}"
        if wait_s is not None:
            log.warning("%s: cut at %s; going on from there", public(url), at)
            time.sleep(max(wait_s, asked_s))
    cuts = len(WAITS_S) + 1
    raise DownloadError(f"cut {cuts} times, last at {at}, from where the next run goes on")


def _receive(url: str, part: Path, size_bytes: int | None) -> int:
    """Add to ``part`` what comes; a cut is no error here, it shows in the length.

    Returns the length it should have.
    """
    import requests
    from tqdm import tqdm

    have = _length(part)
    if have == size_bytes:
        return have
    # Content that is compressed on its way could not be gone on with.
    headers = {"Accept-Encoding": "identity"}
    if 0 < have < (size_bytes or math.inf):
        headers["Range"] = f"bytes={have}-"
    with requests.get(url, headers=headers, stream=True, timeout=TIMEOUT_S) as response:
        if have and response.status_code == requests.codes.requested_range_not_satisfiable:
            part.unlink()  # it may be whole; of what length it should be nobody has told us
            return _receive(url, part, size_bytes)
        response.raise_for_status()
        if response.status_code != requests.codes.partial_content:
            have = 0  # the server sends all of it, whatever it was asked for
        size_bytes = _checked(response.headers, have, size_bytes)
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
                    raise DownloadError(f"its length is above the {size_bytes} bytes it should be")
                file.write(chunk)
                progress.update(len(chunk))
    return size_bytes


def _checked(headers: Mapping[str, str], have: int, size_bytes: int | None) -> int:
    """The length the whole file has by what is known of it and these headers."""
    kind = headers.get("Content-Type", "")
    if kind.startswith("text/html"):
        raise DownloadError(f"a web page ({kind}) came instead of the file")
    rest = headers.get("Content-Length")
    if rest is None:
        if size_bytes is None:
            raise DownloadError("neither we nor the server know its length")
        return size_bytes
    if size_bytes not in (None, have + int(rest)):
        raise DownloadError(f"its length is {have + int(rest)} bytes and should be {size_bytes}")
    return have + int(rest)


def _asked_s(response: Any) -> float:
    """How long a busy server wants to be left alone, up to a minute; 0 where it does not say."""
    try:
        return min(float(response.headers.get("Retry-After", 0)), LONGEST_WAIT_S)
    except ValueError:  # a date
        return 0


def _length(path: Path) -> int:
    return path.stat().st_size if path.exists() else 0
