"""Lines of JSON that end with a check of their own bytes: damage changes no value in silence."""

import json
import zlib
from collections.abc import Mapping

_MARK = b', "check": "'
_NEWER = b'"mask_sha256"'  # lines with this key have always had a check


def checked_line(content: Mapping[str, object]) -> bytes:
    """``content`` as a line, whose last key is ``check``: the CRC-32 of what stands before it."""
    return sealed(json.dumps(content).encode()[:-1])


def sealed(body: bytes) -> bytes:
    """A line of an object's JSON without its last brace."""
    return body + _check(body) + b"\n"


def unchecked(line: bytes) -> bytes:
    """The JSON of a line without its check; lines of older versions have none.

    Raises:
        ValueError: the check is that of another line, or is gone.
    """
    body, mark, _ = line.rpartition(_MARK)
    if not mark:
        if _NEWER in line:
            raise ValueError("its check is missing")
        return line
    if line != body + _check(body):
        raise ValueError("its check differs")
    return body + b"}"


def _check(body: bytes) -> bytes:
    return _MARK + b'%08x"}' % zlib.crc32(body)
