"""Pictures that are drawn once: the same data has drawn them before, and they are still there."""

import hashlib
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, TypeAlias

from datasets.caching import cache
from datasets.caching.file_hash import file_hash
from evaluate.store.atomic import write_atomic

Drawn: TypeAlias = tuple[Any, Mapping[str, bytes]]


def draw_once(
    kind: str, key: Callable[[], str], folder: Path, draw: Callable[[], Drawn]
) -> tuple[Any, list[str]]:
    """What is to be said of some files in ``folder``, and their names.

    ``draw`` returns both, with the files' bytes. It is called only if nothing is known under
    ``key()``, which is of all that it depends on, or if a file is missing or changed. What it drew
    is known from then on, unless the key is another one by then.
    """
    before = key()
    known = cache.get(kind, before)
    if known is not None:
        said, hashes = known
        if all(file_hash(folder / name) == digest for name, digest in hashes.items()):
            return said, list(hashes)
    said, files = draw()
    for name, data in files.items():
        write_atomic(folder / name, data, disposable=True)
    hashes = {name: hashlib.sha256(data).hexdigest() for name, data in files.items()}
    if key() == before:
        cache.put(kind, before, [said, hashes])
    return said, list(files)
