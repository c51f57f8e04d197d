"""Finding pictures in folders by name, and pairing them. Nothing is opened."""

import unicodedata
from collections import Counter, defaultdict
from collections.abc import Collection, Sequence
from pathlib import Path, PurePath

from datasets.errors import DatasetError
from datasets.pictures import SUFFIXES

JPEGS = frozenset({".jpg", ".jpeg"})
PNGS = frozenset({".png"})
_SHOWN = 5  # of a kind of problem; the rest are counted


def expect_folder(root: Path, part: str, layout: str) -> Path:
    """``root/part``, which must be a folder; ``layout`` tells a user what is expected.

    ``part`` may be empty: ``root`` itself.

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
    """The first names and how many more there are, for a message."""
    more = f" and {len(names) - _SHOWN:,} more" if len(names) > _SHOWN else ""
    return ", ".join(names[:_SHOWN]) + more


def paired(
    photos_at: Path, masks_at: Path, problems: list[str]
) -> tuple[dict[str, Path], dict[str, Path]]:
    """Photos and masks by stem; what has no partner in the other folder is a problem.

    In one folder for both, as the older public sets have it, JPEGs are photos and PNGs masks.

    Raises:
        DatasetError: no stem is in both.
    """
    shared = photos_at == masks_at
    photos, photos_twice = pictures_by_stem(photos_at, problems, JPEGS if shared else SUFFIXES)
    masks, masks_twice = pictures_by_stem(masks_at, problems, PNGS if shared else SUFFIXES)
    lines = [
        f"{path}: photo without mask; add {masks_at.name}/{path.stem}.png or remove it"
        for stem, path in photos.items()
        if stem not in masks and stem not in masks_twice
    ]
    problems += first(lines, photos_at, "photos without mask")
    lines = [
        f"{path}: mask without photo; add the photo to {photos_at.name}/ or remove it"
        for stem, path in masks.items()
        if stem not in photos and stem not in photos_twice
    ]
    problems += first(lines, masks_at, "masks without photo")
    if photos.keys().isdisjoint(masks):
        found = f"{len(photos)} photos, {len(masks)} masks, no stem in common"
        root = photos_at if shared else photos_at.parent
        raise nothing_to_evaluate(root, found, problems)
    return photos, masks


def nothing_to_evaluate(root: Path, found: str, problems: Sequence[str]) -> DatasetError:
    """The error for a ``root`` that holds no usable pair, with what was wrong on the way."""
    return DatasetError("\n".join([*problems, f"{root}: nothing to evaluate ({found})"]))


def first(lines: Sequence[str], place: Path, what: str) -> list[str]:
    """The first few ``lines``, and one that counts the others: thousands help nobody."""
    rest = len(lines) - _SHOWN
    return [*lines[:_SHOWN], f"{place}: {rest:,} more {what}"] if rest > 0 else list(lines)


def pictures_by_stem(
    place: Path, problems: list[str], suffixes: Collection[str] = SUFFIXES
) -> tuple[dict[str, Path], set[str]]:
    """Pictures by stem, and the stems that more than one picture has, which are problems.

    Stems are NFC: macOS writes names decomposed, everyone else composed.
    """
    found: dict[str, list[Path]] = defaultdict(list)
    for path in sorted(place.iterdir()):
        if path.suffix.lower() in suffixes and not path.name.startswith("."):
            found[nfc(path.stem)].append(path)
    doubles = sorted(stem for stem, paths in found.items() if len(paths) > 1)
    lines = [
        f"{place}: {' and '.join(path.name for path in found[stem])} share the stem '{stem}'; "
        "rename one, all are out"
        for stem in doubles
    ]
    problems += first(lines, place, "stems that several pictures share")
    return {stem: paths[0] for stem, paths in found.items() if len(paths) == 1}, set(doubles)


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


def placed(folder: Path, name: str) -> Path:
    """``folder/name``, in whichever form of Unicode its name is on disk: macOS differs."""
    forms = [folder / name, folder / nfc(name), folder / unicodedata.normalize("NFD", name)]
    return next((path for path in forms if path.is_file()), forms[0])


def nfc(name: str) -> str:
    """A name as ids are written."""
    return unicodedata.normalize("NFC", name)
