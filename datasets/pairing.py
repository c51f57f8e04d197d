"""Finds images in folders and pairs photos with masks by name. No image is opened."""

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
    """Return ``root/part``, or ``root`` if ``part`` is empty, which must be a folder.

    Raises:
        DatasetError: it is not. The text gives the expected ``layout`` and the actual content.
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
    """Photos and masks by stem; a file without a partner in the other folder is a problem.

    If both are the same folder, as in older public sets, JPEGs are photos and PNGs masks.

    Raises:
        DatasetError: no photo and mask share a stem.
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
    """The error for a ``root`` without a usable pair, after the problems found."""
    return DatasetError("\n".join([*problems, f"{root}: nothing to evaluate ({found})"]))


def first(lines: Sequence[str], place: Path, what: str) -> list[str]:
    """The first ``_SHOWN`` lines, and one that counts the rest."""
    rest = len(lines) - _SHOWN
    return [*lines[:_SHOWN], f"{place}: {rest:,} more {what}"] if rest > 0 else list(lines)


def pictures_by_stem(
    place: Path, problems: list[str], suffixes: Collection[str] = SUFFIXES
) -> tuple[dict[str, Path], set[str]]:
    """Images by stem, and the stems that several images share, which are problems.

    Stems are in NFC: macOS stores names decomposed, other systems composed.
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
    """An id for each path that ``source`` lists: its stem, or if shared the path joined by dashes.

    Raises:
        DatasetError: two paths are equal, or differ only in separators.
    """
    ids = [nfc(PurePath(name).stem) for name in names]
    for keep_suffix in (False, True):
        times = Counter(ids)
        ids = [
            id_ if times[id_] == 1 else _dashed(name, keep_suffix)
            for id_, name in zip(ids, names, strict=True)
        ]
    times = Counter(ids)
    alike = [name for id_, name in zip(ids, names, strict=True) if times[id_] > 1]
    if alike:
        raise DatasetError(f"{source}: {few(alike)} cannot be told apart; keep one or rename")
    return ids


def _dashed(name: str, keep_suffix: bool) -> str:
    path = PurePath(name)
    folders = [part for part in path.parent.parts if part != path.anchor]
    return nfc("-".join([*folders, path.name if keep_suffix else path.stem]))


def placed(folder: Path, name: str) -> Path:
    """``folder/name`` in the Unicode form (NFC or NFD) in which the file exists."""
    forms = [folder / name, folder / nfc(name), folder / unicodedata.normalize("NFD", name)]
    return next((path for path in forms if path.is_file()), forms[0])


def nfc(name: str) -> str:
    """``name`` in Unicode form NFC, the form of ids."""
    return unicodedata.normalize("NFC", name)
