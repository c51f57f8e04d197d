"""Finding pictures in folders by name. Nothing is opened."""

import unicodedata
from collections import Counter, defaultdict
from collections.abc import Sequence
from pathlib import Path, PurePath

from datasets.dataset import DatasetError
from datasets.pictures import SUFFIXES


def expect_folder(root: Path, part: str, layout: str) -> Path:
    """``root/part``, which must be a folder; ``layout`` tells a user what is expected.

    Raises:
        DatasetError: it is not; the text says what was expected and what is there instead.
    """
    place = root / part
    if place.is_dir():
        return place
    if not root.is_dir():
        what = "is a file" if root.exists() else "does not exist"
        raise DatasetError(f"{root} {what}; {layout}")
    raise DatasetError(f"{place} is not a folder; {layout}; {root} holds {contents(root)}")


def contents(place: Path) -> str:
    """The first few names in a folder, for a message."""
    return few(sorted(path.name + "/" * path.is_dir() for path in place.iterdir())) or "nothing"


def few(names: Sequence[str]) -> str:
    """The first five names and how many more there are, for a message."""
    more = f" and {len(names) - 5} more" if len(names) > 5 else ""
    return ", ".join(names[:5]) + more


def pictures_by_stem(place: Path, problems: list[str]) -> tuple[dict[str, Path], set[str]]:
    """Pictures by stem, and the stems that more than one picture has, which are problems.

    Stems are NFC: macOS writes names decomposed, everyone else composed.
    """
    found: dict[str, list[Path]] = defaultdict(list)
    for path in sorted(place.iterdir()):
        if path.suffix.lower() in SUFFIXES and not path.name.startswith("."):
            found[nfc(path.stem)].append(path)
    doubles = {stem for stem, paths in found.items() if len(paths) > 1}
    for stem in sorted(doubles):
        names = " and ".join(path.name for path in found[stem])
        problems.append(f"{place}: {names} share the stem '{stem}'; rename one, all are out")
    return {stem: paths[0] for stem, paths in found.items() if stem not in doubles}, doubles


def ids_of(names: Sequence[str], source: Path) -> list[str]:
    """An id for each path in ``source``: its stem, NFC; where others share it, the path by dashes.

    Raises:
        DatasetError: two paths are one, or differ in nothing but separators.
    """
    ids = [nfc(PurePath(name).stem) for name in names]
    for keep_suffix in (False, True):
        times = Counter(ids)
        ids = [
            one if times[one] == 1 else _dashed(name, keep_suffix)
            for one, name in zip(ids, names, strict=True)
        ]
    times = Counter(ids)
    alike = [name for one, name in zip(ids, names, strict=True) if times[one] > 1]
    if alike:
        raise DatasetError(f"{source}: {few(alike)} cannot be told apart; keep one or rename")
    return ids


def _dashed(name: str, keep_suffix: bool) -> str:
    path = PurePath(name)
    folders = [part for part in path.parent.parts if part != path.anchor]
    return nfc("-".join([*folders, path.name if keep_suffix else path.stem]))


def nfc(name: str) -> str:
    """A name as ids are written."""
    return unicodedata.normalize("NFC", name)
