"""Writing files so that no reader ever sees half of one, and naming them."""

import hashlib
import json
import os
import re
import tempfile
from pathlib import Path

_LONGEST = 120  # bytes of a name of ours
UNFINISHED = ".new-"  # how the name of a file begins until it is whole


def write_atomic(path: Path, data: bytes) -> None:
    """Write ``data`` beside ``path`` and move it there; on an error nothing is left behind."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=UNFINISHED)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        os.chmod(name, 0o644)  # noqa: PTH101 - mkstemp's is private; reports are for reading
        Path(name).replace(path)
    except BaseException as error:
        Path(name).unlink(missing_ok=True)
        if isinstance(error, OSError):
            error.filename = str(path)  # a full disk does not say where
        raise


def write_json(path: Path, data: object) -> None:
    """Write JSON, indented and ASCII-only, so that any file name survives."""
    write_atomic(path, (json.dumps(data, indent=1) + "\n").encode())


def file_name(text: str) -> str:
    """``text`` as one path component, readable: letters, digits and ``. _ = + , -``.

    A long one is cut, and told from others that begin alike by the hash of all of it.
    """
    name = re.sub(r"[^\w.=+,-]+", "-", text).strip("-.")
    if len(name.encode()) <= _LONGEST:
        return name or "unnamed"
    digest = hashlib.sha256(text.encode(errors="surrogatepass")).hexdigest()[:8]
    return f"{name.encode()[: _LONGEST - 9].decode(errors='ignore')}-{digest}"
