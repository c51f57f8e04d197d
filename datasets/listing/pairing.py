"""Finds images in folders and pairs photos with masks by name. No image is opened.

What lies in these folders and is not read is counted in a notice, so that none of it is missing
without a word: files of other types, and subfolders.
"""

import unicodedata
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Sequence
from pathlib import Path, PurePath

from datasets.errors import DatasetError
from datasets.listing.names import nfc, pairs
from datasets.listing.regular_file import is_regular, not_a_file
from datasets.messages import SHOWN, counted, few
from datasets.pictures import SUFFIXES

JPEGS = frozenset({".jpg", ".jpeg", ".jpe", ".jfif"})
PNGS = frozenset({".png"})
CLUTTER = {"thumbs.db", "desktop.ini", "ehthumbs.db"}  # files that systems write by themselves


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


def paired(
    photos_at: Path, masks_at: Path, problems: list[str], notices: list[str]
) -> tuple[dict[str, Path], dict[str, Path]]:
    """Photos and masks by the photo's stem; what has no partner in the other folder is a problem.

    Masks whose names are not equal are found as ``datasets.listing.names`` has it. In one folder
    for both, as the older public sets have it, JPEGS are photos and PNGS masks. Raises:
    DatasetError: nothing pairs up.
    """
    shared = photos_at == masks_at
    photos, photos_twice = pictures_by_stem(photos_at, problems, JPEGS if shared else SUFFIXES)
    masks, masks_twice = pictures_by_stem(masks_at, problems, PNGS if shared else SUFFIXES)
    found = pairs(photos, masks)
    others = {at: unread(at, JPEGS | PNGS if shared else SUFFIXES) for at in (photos_at, masks_at)}
    notices += [
        line for at, (files, inner) in others.items() if (line := _unread_line(at, files, inner))
    ]
    notices += _renamed(found, photos, masks)
    lines = [
        f"{path}: photo without mask; {_remedy(stem, masks_at, others[masks_at][0], 'mask')}"
        for stem, path in photos.items()
        if stem not in found and stem not in masks_twice
    ]
    problems += first(lines, photos_at, "photos without mask")
    taken = set(found.values())
    lines = [
        f"{path}: mask without photo; {_remedy(stem, photos_at, others[photos_at][0], 'photo')}"
        for stem, path in masks.items()
        if stem not in taken and stem not in photos_twice
    ]
    problems += first(lines, masks_at, "masks without photo")
    if not found:
        both = f"{counted(len(photos), 'photo')}, {counted(len(masks), 'mask')}"
        root = photos_at if shared else photos_at.parent
        raise nothing_to_evaluate(root, f"{both}, no stem in common", [*problems, *notices])
    return photos, {stem: masks[mask] for stem, mask in found.items()}


def _remedy(stem: str, place: Path, files: list[Path], what: str) -> str:
    """How to give a picture its partner in ``place``, of whose ``files`` none is read."""
    there = [path for path in files if nfc(path.stem).casefold() == stem.casefold()]
    if there:
        name = f"{place.name}/{there[0].name}"
        return f"{name} is not read, so save it as {'PNG' if what == 'mask' else 'JPEG or PNG'}"
    if what == "mask":
        return f"add {place.name}/{stem}.png or remove it"
    return f"add the photo to {place.name}/ or remove it"


def _renamed(found: dict[str, str], photos: dict[str, Path], masks: dict[str, Path]) -> list[str]:
    """The notice that counts pairs of unequal names."""
    near = [
        f"{masks[mask].name} for {photos[stem].name}"
        for stem, mask in sorted(found.items())
        if mask != stem
    ]
    return [f"{counted(len(near), 'mask')} found by a similar name: {few(near)}"] if near else []


def unread(place: Path, suffixes: Collection[str] = SUFFIXES) -> tuple[list[Path], list[Path]]:
    """The files and folders in ``place`` that are not read, without what systems leave there."""
    files, folders = [], []
    for path in sorted(place.iterdir()):
        if path.name.startswith((".", "__MACOSX", "@eaDir")) or path.name.lower() in CLUTTER:
            continue
        if path.is_dir():
            folders.append(path)
        elif path.suffix.lower() not in suffixes:
            files.append(path)
    return files, folders


def unread_notices(place: Path, suffixes: Collection[str] = SUFFIXES) -> list[str]:
    """The notice on what lies in ``place`` and is not read, if anything does."""
    line = _unread_line(place, *unread(place, suffixes))
    return [line] if line else []


def _unread_line(place: Path, files: list[Path], folders: list[Path]) -> str:
    counts = [
        counted(len(paths), noun) for paths, noun in ((files, "file"), (folders, "folder")) if paths
    ]
    if not counts:
        return ""
    verb = "is" if len(files) + len(folders) == 1 else "are"
    names = few([*(path.name for path in files), *map(_folder, folders)])
    return f"{' and '.join(counts)} in {place.name}/ {verb} not read: {names}"


def _folder(path: Path) -> str:
    """A folder's name, with how many pictures are missed in it."""
    count = sum(inner.suffix.lower() in SUFFIXES for inner in path.rglob("*"))
    if not count:
        return f"{path.name}/"
    them = "it" if count == 1 else "them"
    return f"{path.name}/ ({counted(count, 'picture')}; move {them} up to have {them} read)"


def nothing_to_evaluate(root: Path, found: str, problems: Sequence[str]) -> DatasetError:
    """The error for a ``root`` without a usable pair, after the problems found."""
    return DatasetError("\n".join([*problems, f"{root}: nothing to evaluate ({found})"]))


def first(lines: Sequence[str], place: Path, what: str) -> list[str]:
    """The first ``SHOWN`` lines, and one that counts the rest."""
    rest = len(lines) - SHOWN
    return [*lines[:SHOWN], f"{place}: {rest:,} more {what}"] if rest > 0 else list(lines)


def pictures_by_stem(
    place: Path, problems: list[str], suffixes: Collection[str] = SUFFIXES
) -> tuple[dict[str, Path], set[str]]:
    """Images by stem, and the stems that several images share, which are problems.

    So are names of images that are no files. Stems are in NFC: macOS stores names decomposed, other
    systems composed.
    """
    found: dict[str, list[Path]] = defaultdict(list)
    odd: list[str] = []
    for path in sorted(place.iterdir()):
        if path.suffix.lower() not in suffixes or path.name.startswith("."):
            continue
        if (kind := not_a_file(path)) is None:
            found[nfc(path.stem)].append(path)
        else:
            odd.append(f"{path}: is {kind}, not a file; replace or remove it")
    problems += first(odd, place, "names that are no files")
    doubles = sorted(stem for stem, paths in found.items() if len(paths) > 1)
    lines = [
        f"{place}: {' and '.join(path.name for path in found[stem])} share the stem '{stem}'; "
        "rename one, until then none is used"
        for stem in doubles
    ]
    problems += first(lines, place, "stems that several pictures share")
    return {stem: paths[0] for stem, paths in found.items() if len(paths) == 1}, set(doubles)


def repeated(keys: Iterable[str]) -> dict[str, list[int]]:
    """The places of each key that stands several times in a table, by key."""
    places: dict[str, list[int]] = defaultdict(list)
    for place, key in enumerate(keys):
        places[key].append(place)
    return {key: found for key, found in places.items() if len(found) > 1}


def path_key(name: str) -> str:
    """A listed path, equal for spellings of one file (``./a.png``, NFC and NFD)."""
    return nfc(str(PurePath(name)))


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
    return next((path for path in forms if is_regular(path)), forms[0])


def leaves_root(name: str) -> bool:
    """Whether a path that a table lists is absolute or goes up. Links below the root may lead out.

    Such a path would have a table read, and show in a report, any file of the machine.
    """
    path = PurePath(name)
    return path.is_absolute() or ".." in path.parts


def outside_problem(names: Sequence[str], source: Path, root: Path) -> list[str]:
    """The problem line for the listed paths that leave the dataset's root, if any do."""
    if not names:
        return []
    return [
        f"{source}: {counted(len(names), 'path')} outside {root} ({few(names)}); "
        "put the files below it and list them by their paths from there"
    ]
