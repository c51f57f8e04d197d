"""A tracefinity storage folder, read as tracefinity leaves it on disk.

``<storage>/<user>/sessions.json`` maps a session's id to its record. Of the record's fields these
count (tracefinity/tracefinity, ``backend/app/models/schemas.py`` and ``api/routes.py``, 2026-08):

- ``corrected_image_path``, ``mask_image_path``: relative to the storage, so with the user's folder;
- ``scale_factor``: millimetres per pixel of the corrected photo;
- ``polygons``: ``points`` and ``interior_rings``, x and y in pixels of the corrected photo, y down;
- ``paper_size``: becomes a tag.

In a mask the tool is black, or, where its alpha falls under 250 somewhere, what has alpha over 10
(``services/ai_tracer.py``). Which tracer made a mask is written nowhere. Listing opens no picture.
"""

import hashlib
import json
import re
from dataclasses import dataclass
from pathlib import Path, PureWindowsPath
from typing import Any, TypeAlias

import cv2
import numpy as np
import numpy.typing as npt

from datasets.caching.file_hash import file_hash
from datasets.dataset import Dataset, Sample
from datasets.errors import DatasetError
from datasets.listing.pairing import contents, expect_folder, first, nothing_to_evaluate
from datasets.listing.regular_file import expect_regular
from datasets.listing.typed_path import expanded
from datasets.pictures import read_levels
from datasets.truth import Levels, Size, Truth

_LAYOUT = "dataset.root must be tracefinity's storage or one user's folder in it"
ALPHA_OVER = 10
FINE_BITS = 4  # outlines are kept in 1/16 px
FURTHEST = 10_000  # px, for what is drawn; corrected photos have at most 2048 a side
FORMS = {
    "masks": f"the masks it keeps (tool black, or alpha over {ALPHA_OVER})",
    "polygons": "the outlines it keeps, which people may have edited",
}

Record: TypeAlias = dict[str, Any]
Ring: TypeAlias = npt.NDArray[np.int32]  # n×2, x and y in 1/16 px


@dataclass(frozen=True)
class TracefinityMask:
    """A mask file, with tracefinity's threshold for alpha channels."""

    path: Path

    def levels(self, size: Size) -> tuple[Levels, bool]:  # noqa: ARG002 - it has its own
        """The file's levels; of an alpha channel 255 where it is over 10, else 0."""
        levels, absolute = read_levels(self.path)
        if absolute:
            levels = np.where(levels > ALPHA_OVER, np.uint8(255), np.uint8(0))
        return levels, absolute

    def digest(self) -> str:
        """Hash of the file and the alpha threshold."""
        return f"{file_hash(self.path)}+alpha>{ALPHA_OVER}"


@dataclass(frozen=True, eq=False)
class PolygonTruth:
    """A session's polygons, each an outline and its holes, drawn including their edges.

    The points are the centres of the tool's outermost pixels, as ``cv2.findContours`` returns
    them. So drawing the edges restores those pixels, which COCO's rule would omit.
    """

    path: Path
    polygons: tuple[tuple[Ring, ...], ...]

    def levels(self, size: Size) -> tuple[Levels, bool]:
        """The polygons' union at the corrected photo's size, which is the one they are given in."""
        inside = np.zeros(size, np.uint8)
        for rings in self.polygons:
            drawn = np.zeros(size, np.uint8)
            cv2.fillPoly(drawn, list(rings), (255,), shift=FINE_BITS)
            inside |= drawn
        return inside, True

    def digest(self) -> str:
        """Hash of the coordinates."""
        numbers = [[ring.tolist() for ring in rings] for rings in self.polygons]
        return hashlib.sha256(repr(numbers).encode()).hexdigest()


def load(root: str, name: str, truth: str) -> Dataset:
    """List every session of ``root`` that has a corrected photo and the ``truth`` asked for.

    ``truth`` is ``masks`` or ``polygons``. An id is the session's, with its user's name and a dot
    before it where ``root`` is a storage.

    Raises:
        DatasetError: ``root`` is neither a storage nor a user's folder, or no session is usable.
    """
    if truth not in FORMS:
        raise DatasetError(f"dataset.truth={truth}: use masks or polygons")
    folder = expect_folder(expanded(root), "", _LAYOUT)
    single = (folder / "sessions.json").exists()
    users = [folder] if single else sorted(p.parent for p in folder.glob("*/sessions.json"))
    if not users:
        text = f"{folder}: no sessions.json in it or one folder down"
        raise DatasetError(f"{text}; {_LAYOUT}; it holds {contents(folder)}")
    problems: list[str] = []
    warnings: list[str] = []
    samples: list[Sample] = []
    sessions = 0
    for user in users:
        records = _records(user / "sessions.json", problems)
        lines: list[str] = []
        scaleless: list[str] = []
        for session, record in sorted(records.items()):
            try:
                samples.append(_sample(user, session, record, truth, single, scaleless))
            except DatasetError as error:
                lines.append(f"{user / 'sessions.json'}: session {session!r} {error}")
        problems += first(lines, user / "sessions.json", "problems like these")
        warnings += first(scaleless, user / "sessions.json", "sessions without scale")
        sessions += len(records)
    if not samples:
        raise nothing_to_evaluate(folder, f"{sessions} sessions, none usable", problems)
    found = "one tracefinity user" if single else f"a tracefinity storage with {len(users)} users"
    notices = (
        f"{len(samples)} of {sessions} sessions of {found}; truth is {FORMS[truth]}.",
        "tracefinity does not record which tracer made a mask: a model in this table may have "
        "made the truth it is scored against, and would then agree with itself.",
    )
    ordered = tuple(sorted(samples, key=lambda sample: sample.id))
    return Dataset(name, ordered, tuple(problems), "black", notices, tuple(warnings))


def _records(file: Path, problems: list[str]) -> Record:
    try:
        expect_regular(file)
        records = json.loads(file.read_bytes())
    except (OSError, ValueError, RecursionError) as error:
        problems.append(f"{file}: cannot be read ({error}); restore it from a backup")
        return {}
    if not isinstance(records, dict):
        problems.append(f"{file}: no sessions by id in it; restore it from a backup")
        return {}
    return records


def _sample(
    user: Path, session: str, record: object, truth: str, single: bool, lines: list[str]
) -> Sample:
    if not re.fullmatch(r"[\w-]{1,100}", session):
        raise DatasetError("has an id that cannot name a file; rename it or remove the session")
    if not isinstance(record, dict):
        raise DatasetError("has no record; restore the file from a backup or remove the session")
    if not record.get("corrected_image_path"):
        raise DatasetError("has no corrected photo; set its corners in tracefinity or remove it")
    photo = _file(user, record["corrected_image_path"])
    form = _outlines(user, record) if truth == "polygons" else _mask(user, record)
    scale = _scale(record.get("scale_factor"))
    if scale is None:
        text = "has no usable scale_factor, so no millimetres; set its corners again"
        lines.append(f"{user / 'sessions.json'}: session {session!r} {text}")
    tags = {} if single else {"user": user.name}
    if paper := record.get("paper_size"):
        tags["paper_size"] = str(paper)
    identity = session if single else f"{user.name}.{session}"
    return Sample(identity, photo, form, tags, scale)


def _mask(user: Path, record: Record) -> Truth:
    path = record.get("mask_image_path")
    if not path:
        raise DatasetError("has no mask; trace it in tracefinity or add dataset.truth=polygons")
    return TracefinityMask(_file(user, path))


def _outlines(user: Path, record: Record) -> Truth:
    polygons = record.get("polygons")
    if not polygons:
        raise DatasetError("has no polygons; trace it in tracefinity or add dataset.truth=masks")
    try:
        outlines = tuple(
            tuple(_ring(ring) for ring in (polygon["points"], *polygon.get("interior_rings", [])))
            for polygon in polygons
        )
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        raise DatasetError("has a damaged polygon; trace it again in tracefinity") from error
    return PolygonTruth(user / "sessions.json", outlines)


def _ring(points: list[dict[str, object]]) -> Ring:
    numbers = [(_number(point["x"]), _number(point["y"])) for point in points]
    if len(numbers) < 3:
        raise ValueError("a ring has fewer than 3 points")
    return np.round(np.multiply(numbers, 1 << FINE_BITS)).astype(np.int32)


def _scale(value: object) -> float | None:
    try:
        scale = _number(value)
    except ValueError:
        return None
    return scale if scale > 0 else None


def _number(value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not abs(value) <= FURTHEST:
        raise ValueError(f"{value!r} is not a number in range")
    return float(value)


def _file(user: Path, stored: object) -> Path:
    """The file that a record names, which must lie in its user's folder.

    The folder may have been copied to another name, so the stored name of the user is not used.
    """
    path = PureWindowsPath(str(stored))  # accepts / and \
    found = user.joinpath(*path.parts[1:])
    try:
        inside = found.resolve().is_relative_to(user.resolve())
        if path.anchor or ".." in path.parts or not inside:
            raise DatasetError(f"names {stored!r}, outside its user's folder; correct that path")
        exists = found.is_file()
    except (OSError, RuntimeError, ValueError):  # too long, a loop of links, a null byte
        exists = False
    if not exists:
        raise DatasetError(f"lacks {found}; put it back or remove the session")
    return found
