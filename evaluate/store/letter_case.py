"""Names that differ only in upper and lower case, which share a file on disks of macOS and Windows.

There, a run called Gemini would be written into the folder of gemini. Disks that tell the two apart
are left alone: the names in a listing say which kind a disk is, ``exists`` does not.
"""

import unicodedata
from collections import defaultdict
from collections.abc import Iterable
from pathlib import Path

from evaluate.errors import ReportsError

PROBE = ".case-probe"


def check_row(folder: Path, name: str, row: str) -> None:
    """Refuse the file or folder ``name`` of ``row`` where it exists by another case of its letters.

    Raises:
        ReportsError: it does; the text names the other.
    """
    if not (folder / name).exists():
        return
    names = [path.name for path in folder.iterdir()]
    if _nfc(name) in map(_nfc, names):
        return
    other = next((n for n in names if _nfc(n).casefold() == _nfc(name).casefold()), None)
    if other is not None:
        raise ReportsError(
            f"{folder / name}: this disk ignores case, so it is {other}, of another row; give the "
            f"row another name than {row}: model.label=…"
        )


def check_ids(folder: Path, ids: Iterable[str]) -> None:
    """Refuse photos whose masks would share a file in ``folder``.

    Raises:
        ReportsError: two would; the text names them.
    """
    alike: dict[str, list[str]] = defaultdict(list)
    for id_ in ids:
        alike[id_.casefold()].append(id_)
    shared = [" and ".join(group) for group in alike.values() if len(group) > 1]
    if shared and ignores_case(folder):
        raise ReportsError(
            f"{folder}: this disk ignores case, so the masks of photos {shared[0]} would be one "
            "file; rename one, or give another folder by reports="
        )


def ignores_case(folder: Path) -> bool:
    """Whether the disk of ``folder``, which must exist, takes a and A for one name."""
    probe = folder / PROBE
    probe.touch()
    try:
        return (folder / PROBE.upper()).exists()
    finally:
        probe.unlink(missing_ok=True)


def _nfc(name: str) -> str:
    return unicodedata.normalize("NFC", name)
