"""The hash of a file, which is computed again only where the file has changed."""

import hashlib
import time
from collections.abc import Iterable
from pathlib import Path

from datasets.caching import cache
from datasets.decoding.file_stamp import stamp

SETTLED_S = 2.0  # the coarsest times of a file system in use (FAT)


def file_hash(path: Path) -> str:
    """sha256 of a file's bytes, in hex; for an unreadable file, the name of the error.

    A file whose size, times and inode have not changed is not read again. One that changed within
    the last ``SETTLED_S`` is, as its times may be too coarse to show the next change.
    """
    try:
        now, before = time.time_ns(), stamp(path)
        place = ascii(str(path.absolute()))  # which may have surrogates
        known = cache.get("file", place)
        if known and known[0] == before:
            return str(known[1])
        with path.open("rb") as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
        settled = now - max(before[1:3]) > SETTLED_S * 1e9
        if settled and stamp(path) == before:
            cache.put("file", place, [before, digest])
    except OSError as error:
        return type(error).__name__
    return digest


def combined_hash(pairs: Iterable[tuple[str, str]]) -> str:
    """sha256 of pairs of texts as ``ascii`` writes a list of them, of which no list is made."""
    sha256, separator = hashlib.sha256(b"["), b""
    for pair in pairs:
        sha256.update(separator + ascii(pair).encode())
        separator = b", "
    sha256.update(b"]")
    return sha256.hexdigest()


def is_digest(found: str) -> bool:
    """Whether ``file_hash`` has given a hash, and not the name of an error."""
    return len(found) == hashlib.sha256().digest_size * 2
