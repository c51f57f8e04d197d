"""Paths as a person types them."""

from pathlib import Path


def expanded(text: str) -> Path:
    """``text`` as a path, ``~`` or ``~NAME`` in front replaced by that home folder.

    Of a user whom the system does not know nothing is replaced, as shells do: there is no such
    folder then, which whoever reads it says.
    """
    path = Path(text)
    try:
        return path.expanduser()
    except (RuntimeError, ValueError):  # the latter from a null byte
        return path
