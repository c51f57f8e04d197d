"""Ultralytics' segmentation layout: ``images/`` and ``labels/``, a text file a photo.

A line is one object: its class and the points of its outline, ``class x1 y1 x2 y2 x3 y3 …``, as
shares of the photo's width and height (https://docs.ultralytics.com/datasets/segment/). Objects
are united. A photo without label file shows no object: that is the format's way to say so.
"""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from datasets.caching.file_hash import file_hash
from datasets.dataset import Dataset, Sample
from datasets.decoding.run_lengths import RunLengths, encode_polygons, union
from datasets.errors import DatasetError
from datasets.listing.names import nfc
from datasets.listing.pairing import (
    contents,
    expect_folder,
    pictures_by_stem,
    unread_notices,
)
from datasets.listing.regular_file import expect_regular
from datasets.listing.typed_path import expanded
from datasets.messages import counted, few
from datasets.pictures import PictureError
from datasets.truth import Levels, Size

_LAYOUT = "dataset.root must hold images/ and labels/, or these with folders dataset.split in both"
_LINE = "class x1 y1 x2 y2 x3 y3 …, in shares of the photo"
# Ultralytics accepts coordinates this far outside 0 to 1.
TOLERANCE = 0.01


@dataclass(frozen=True)
class LabelFile:
    """A photo's label file, read when it is asked for. ``classes``: None means all."""

    path: Path
    classes: frozenset[int] | None

    def levels(self, size: Size) -> tuple[Levels, bool]:
        """The outlines drawn at the photo's size by COCO's rule: a pixel whose centre is inside."""
        height, width = size
        drawn: list[RunLengths] = []
        for number, words in _lines(self.path):
            if self.classes is None or _class(self.path, number, words) in self.classes:
                ring = np.multiply(_outline(self.path, number, words), (width, height))
                try:
                    drawn += encode_polygons([ring.ravel()], size)
                except ValueError as error:
                    reason = f"line {number}: {error}"
                    raise PictureError(self.path, reason, f"a line is {_LINE}") from error
        return np.ascontiguousarray(union(drawn, size) * np.uint8(255)), True

    def digest(self) -> str:
        """Hash of the file and the classes."""
        chosen = None if self.classes is None else sorted(self.classes)
        return hashlib.sha256(f"{file_hash(self.path)} {chosen}".encode()).hexdigest()


def load(root: str, name: str, split: str | None, classes: object) -> Dataset:
    """List ``root`` as a Dataset; label files are opened only where ``classes`` are chosen.

    Photos that show none of the chosen classes are left out. A notice says how many these are, or
    without ``classes`` how many photos have no label file and so an empty truth.

    Raises:
        DatasetError: folders or classes are not there, the labels are boxes, or nothing is left.
    """
    folder = expanded(root)
    photos_at, labels_at = (expect_folder(folder, part, _LAYOUT) for part in ("images", "labels"))
    if split:
        photos_at, labels_at = (expect_folder(at, split, _LAYOUT) for at in (photos_at, labels_at))
    problems: list[str] = []
    photos, doubles = pictures_by_stem(photos_at, problems)
    texts = sorted(path for path in labels_at.iterdir() if path.suffix.lower() == ".txt")
    labels = {nfc(path.stem): path for path in texts if not path.name.startswith(".")}
    if not photos.keys() & labels.keys():
        found = f"images: {contents(photos_at)}; labels: {contents(labels_at)}"
        raise DatasetError(f"{folder}: no photo has a label of its name; {_LAYOUT}; {found}")
    _expect_outlines([labels[stem] for stem in photos if stem in labels])
    others = labels.keys() - photos.keys() - doubles
    lost = sorted(labels[stem].name for stem in others if _is_label(labels[stem]))
    strays = [labels[stem].name for stem in sorted(others) if labels[stem].name not in lost]
    notices = [*unread_notices(photos_at), *unread_notices(labels_at, {".txt"})]
    if strays:
        notices.append(f"text files in labels/ without labels in them are not read: {few(strays)}")
    if lost:
        problems.append(
            f"{labels_at}: {counted(len(lost), 'label')} without photo ({few(lost)}); "
            f"add the photo to {photos_at} or remove the label"
        )
    wanted = None if classes is None else _class_numbers(folder, classes)
    samples = tuple(
        Sample(stem, photos[stem], LabelFile(labels.get(stem, labels_at / f"{stem}.txt"), wanted))
        for stem in sorted(photos)
    )
    if wanted is None:
        bare = len(photos.keys() - labels.keys())
        notice = f"{bare} of {len(photos)} photos have no label file; their truth is empty"
    else:
        samples = tuple(sample for sample in samples if _shows(sample.truth.path, wanted))
        bare = len(photos) - len(samples)
        notice = f"{bare} of {len(photos)} photos show none of the classes; they are left out"
    if not samples:
        raise DatasetError("\n".join([*problems, f"{folder}: nothing to evaluate; {notice}"]))
    notices += [notice] if bare else []
    return Dataset(name, samples, tuple(problems), "white", tuple(notices))


def _lines(path: Path) -> Iterator[tuple[int, list[str]]]:
    """The numbers and words of a label file's lines; none where there is no file."""
    try:
        expect_regular(path)
        text = path.read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        return
    except (OSError, UnicodeDecodeError) as error:
        raise PictureError(path, f"cannot be read ({error})", "export it again") from error
    for number, line in enumerate(text.splitlines(), 1):
        if words := line.split():
            yield number, words


def _class(path: Path, number: int, words: list[str]) -> int:
    try:
        found = float(words[0])  # numpy.savetxt writes 0.0, and Ultralytics reads it as 0
    except ValueError:
        found = -1
    if not (found >= 0 and found.is_integer()):
        reason = f"line {number} begins with '{words[0][:20]}', which is not a class"
        raise PictureError(path, reason, f"a line is {_LINE}")
    return int(found)


def _outline(path: Path, number: int, words: list[str]) -> list[tuple[float, float]]:
    _class(path, number, words)
    if len(words) < 7 or len(words) % 2 == 0:
        what = "is a box" if len(words) == 5 else f"has {len(words)} numbers"
        raise PictureError(path, f"line {number} {what}", f"a line is {_LINE}")
    try:
        shares = [float(word) for word in words[1:]]
    except ValueError as error:
        raise PictureError(path, f"line {number}: {error}", f"a line is {_LINE}") from error
    if not all(-TOLERANCE <= share <= 1 + TOLERANCE for share in shares):
        raise PictureError(path, f"line {number} leaves 0 to 1", f"a line is {_LINE}")
    return list(zip(shares[::2], shares[1::2], strict=True))


def _is_label(path: Path) -> bool:
    """Whether a text file looks like labels, unlike the class names some exporters leave there."""
    try:
        lines = list(_lines(path))
        return all(_class(path, number, words) >= 0 and len(words) > 4 for number, words in lines)
    except PictureError:
        return False


def _expect_outlines(labels: list[Path]) -> None:
    """Refuse labels made for detection, by the first file that holds any line."""
    for path in labels:
        try:
            lengths = {len(words) for _, words in _lines(path)}
        except PictureError:
            continue  # scoring reports it
        if lengths == {5}:
            raise DatasetError(
                f"{path}: 5 numbers a line are boxes, made for detection; expected outlines, "
                f"{_LINE}; export the labels for segmentation"
            )
        if lengths:
            return


def _shows(path: Path, wanted: frozenset[int]) -> bool:
    """Whether a photo shows one of the classes, or has labels that cannot be read."""
    try:
        return any(_class(path, number, words) in wanted for number, words in _lines(path))
    except PictureError:
        return True  # scoring reports it


def _class_numbers(folder: Path, classes: object) -> frozenset[int]:
    chosen = classes if isinstance(classes, list) else [classes]
    if all(type(one) is int for one in chosen):
        return frozenset(chosen)
    wanted, names = {str(one) for one in chosen}, _names(folder)
    unknown = sorted(wanted - set(names.values()) - set(map(str, names)))
    if unknown:
        there = ", ".join(f"{number} {name}" for number, name in sorted(names.items()))
        raise DatasetError(f"{folder}: no class {', '.join(unknown)}; there are: {there}")
    return frozenset(number for number, name in names.items() if {str(number), name} & wanted)


def _names(folder: Path) -> dict[int, str]:
    """The classes by number, from the YAML file in ``folder`` or beside it that names them."""
    import yaml

    for place in (folder, folder.resolve().parent):
        for path in sorted([*place.glob("*.yaml"), *place.glob("*.yml")]):
            try:
                expect_regular(path)
                content: Any = yaml.safe_load(path.read_text(encoding="utf-8-sig"))
                names = content["names"]
                pairs = names.items() if isinstance(names, dict) else enumerate(names)
                return {int(number): str(name) for number, name in pairs}
            except (yaml.YAMLError, OSError, KeyError, RecursionError, TypeError, ValueError):
                continue  # a YAML file of something else
    raise DatasetError(
        f"{folder}: no *.yaml with 'names' in it or beside it; add data.yaml or give numbers, "
        "dataset.classes=[0]"
    )
