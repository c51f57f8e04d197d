"""Finding pictures in folders by name. Nothing is opened."""

import unicodedata
from collections import defaultdict
from pathlib import Path

from datasets.dataset import DatasetError
from datasets.pictures import SUFFIXES


def expect_folder(root: Path, part: str, layout: str) -> Path:
    """``root/part``, which must be a folder; ``layout`` tells a user what ``root`` should hold.

    Raises:
        DatasetError: it is not; the text says what was expected and what is there instead.
    """
    place = root / part
    if place.is_dir():
        return place
    if not root.is_dir():
        what = "is a file" if root.exists() else "does not exist"
        raise DatasetError(f"{root} {what}; {layout}")
    found = sorted(path.name + "/" * path.is_dir() for path in root.iterdir())
    some = ", ".join(found[:5]) + (f" and {len(found) - 5} more" if len(found) > 5 else "")
    raise DatasetError(f"{place} is not a folder; {layout}; it holds {some or 'nothing'}")


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


def nfc(name: str) -> str:
    """A name as ids are written."""
    return unicodedata.normalize("NFC", name)
