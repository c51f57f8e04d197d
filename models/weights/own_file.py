"""A network that a user names by its path."""

import hashlib
from pathlib import Path

from datasets.listing.regular_file import expect_regular
from models.segmenter import Unavailable


def own_file_hash(path: Path, expected: str | None) -> str:
    """The hash of the file of ``model.file``, as ``sha256:…``.

    Raises:
        Unavailable: it cannot be read, or ``expected``, a sha256, is another.
    """
    try:
        expect_regular(path)
        with path.open("rb") as file:
            found = hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise Unavailable(f"model.file={path}: {error.strerror}") from error
    if expected and found != expected.lower().removeprefix("sha256:"):
        raise Unavailable(f"{path}: sha256 is {found}, not {expected}; download the file again")
    return f"sha256:{found}"
