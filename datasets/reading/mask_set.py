"""A set of mask files: surveyed once, then read one by one as the survey decided."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from datasets.arrays import Mask, to_levels
from datasets.caching import cache
from datasets.caching.file_hash import file_hash
from datasets.decoding.file_stamp import Stamp, stamp_of
from datasets.errors import DatasetError
from datasets.parallel import in_parallel
from datasets.pictures import PictureError
from datasets.reading.choice import Choice
from datasets.reading.decision import Reading, decide
from datasets.reading.kept_pixels import kept_pixels
from datasets.reading.mask_levels import (
    MaskLevels,
    classes_of_pixels,
    has_own_classes,
    levels_of,
)
from datasets.reading.mask_pixels import MaskPixels, near_to
from datasets.reading.wording import counts, shares
from datasets.truth import Levels


@dataclass(frozen=True)
class MaskSet:
    """Mask files, the levels of those that can be read, and how they are read."""

    files: Mapping[Path, MaskLevels]
    reading: Reading

    def levels(self, path: Path) -> Levels:
        """A file's levels (uint8 H×W), 128 and more the tool.

        Raises:
            PictureError: the file is unreadable.
        """
        mask = kept_pixels(path)
        known = self._known(path, mask)
        if known.alpha and not mask.alpha:  # a cut-out of nothing
            return np.zeros(mask.pixels.shape[:2], np.uint8)
        reading = self.reading
        if reading.cut(known):
            white = reading.white(known)
            levels = mask.pixels
            if levels.ndim == 3:  # tinted, but with the levels of a gray picture
                levels = np.asarray(cv2.cvtColor(levels, cv2.COLOR_RGB2GRAY))
            if white > 255:
                levels = np.minimum(levels.astype(np.uint32) * 255 // white, 255)
            levels = levels.astype(np.uint8)
            return levels if known.alpha or reading.polarity == "white" else 255 - levels
        tool, _ = reading.roles(known)
        return to_levels(_where(mask, known, tool))

    def line(self, own: Sequence[Path]) -> str:
        """How the masks are read, and how many of one's ``own`` are empty, full or unreadable."""
        return "; ".join([self.reading.line, *self.blank(own)])

    def blank(self, own: Sequence[Path]) -> list[str]:
        """How many of one's ``own`` masks are empty, full or unreadable, in words."""
        found = [self.files.get(path) for path in own]
        return counts([None if one is None else self.reading.extent(one) for one in found])

    def void(self, path: Path) -> Mask:
        """The pixels of a file that are not scored (bool H×W).

        Raises:
            PictureError: the file is unreadable.
        """
        mask = kept_pixels(path)
        known = self._known(path, mask)
        if known.alpha:
            return np.zeros(mask.pixels.shape[:2], np.bool_)
        return _where(mask, known, self.reading.roles(known)[1])

    def _known(self, path: Path, mask: MaskPixels) -> MaskLevels:
        """A file's levels. One that was not surveyed must not have led to another decision.

        Raises:
            PictureError: it would have.
        """
        if (known := self.files.get(path)) is not None:
            return known
        found = levels_of(mask)
        if not self.files:
            return found
        reading, remedy = self.reading, "correct it, or have all surveyed (dataset.survey=null)"
        try:
            other = decide([*self.files.values(), found], reading.choice)
        except DatasetError as error:
            raise PictureError(
                path, f"does not fit the masks looked at: {error}", remedy
            ) from error
        if (other.dark, other.bright, other.scale) != (reading.dark, reading.bright, reading.scale):
            reason = f"has {shares([found])}, unlike the masks looked at ({reading.line})"
            raise PictureError(path, reason, remedy)
        return found


def mask_set(paths: Iterable[Path], choice: Choice, name: str) -> MaskSet:
    """Survey the files and decide how they are read. ``name`` is that of the progress bar.

    Raises:
        DatasetError: they cannot be read as masks of one thing.
    """
    stamped = tuple((path, stamp_of(path)) for path in paths)
    files = _with_empty_cut_outs(_unified(_survey(stamped, name)))
    return MaskSet(files, decide(list(files.values()), choice, len(stamped) - len(files)))


def white_levels(path: Path) -> Levels | None:
    """The levels of a lone mask that a model drew in white (uint8 H×W); None where it is no mask.

    Raises:
        PictureError: the file is unreadable.
    """
    try:
        return mask_set([path], Choice("white", predicted=True), "mask").levels(path)
    except DatasetError:
        return None


def _where(mask: MaskPixels, known: MaskLevels, codes: frozenset[int]) -> Mask:
    """Where a file has one of these codes."""
    chosen = np.zeros(256, np.bool_)
    if known.exact and has_own_classes(mask):
        chosen[[code for code in codes if code < 256]] = True
        return cv2.LUT(mask.pixels, chosen.view(np.uint8)).view(np.bool_)
    classes = classes_of_pixels(mask, known.counts, known.exact)
    chosen[[number for number, code in enumerate(sorted(known.counts)) if code in codes]] = True
    return chosen[classes]


def _with_empty_cut_outs(files: dict[Path, MaskLevels]) -> dict[Path, MaskLevels]:
    """Beside cut-outs, a file whose alpha is the same everywhere is one of which nothing is kept.

    Its colours are those of the photo, or one that the exporter put there.
    """
    if not any(one.alpha for one in files.values()):
        return files
    empty = MaskLevels({0: 1}, {}, exact=True, alpha=True, void_alpha=True)
    return {path: empty if one.void_alpha else one for path, one in files.items()}


def _unified(files: Iterable[tuple[Path, MaskLevels]]) -> dict[Path, MaskLevels]:
    """Files whose levels are not exact, with levels that another file has too if these are near."""
    found = dict(files)
    known = {code for one in found.values() if one.exact for code in one.counts}
    for path, one in found.items():
        if one.exact:
            continue
        renamed = {}
        for code in one.counts:
            near = [other for other in known if near_to(code, other) and other not in one.counts]
            renamed[code] = code if code in known or not near else near[0]
        if len(set(renamed.values())) == len(renamed):
            counts = {renamed[code]: number for code, number in one.counts.items()}
            border = {renamed[code]: number for code, number in one.border.items()}
            found[path] = replace(one, counts=counts, border=border)
        known |= set(found[path].counts)
    return found


@lru_cache(maxsize=16)  # several models of one command, and the pictures of its report
def _survey(
    stamped: tuple[tuple[Path, Stamp], ...], name: str
) -> tuple[tuple[Path, MaskLevels], ...]:
    found = in_parallel(_look, [path for path, _ in stamped], f"{name}: masks", "mask")
    return tuple(entry for entry in found if entry is not None)


def _look(path: Path) -> tuple[Path, MaskLevels] | None:
    """A file's levels; None for an unreadable file, which scoring reports."""

    def key() -> str:
        return cache.key_of(file_hash(path), cache.code_key("datasets"))

    try:
        found = cache.remembered("mask", key, lambda: asdict(levels_of(kept_pixels(path))))
    except PictureError:
        return None
    return path, _restored(found)


def _restored(stored: dict[str, Any]) -> MaskLevels:
    """Levels, which JSON has given text as keys."""
    coded = {
        name: {int(code): number for code, number in stored[name].items()}
        for name in ("counts", "border", "palette")
    }
    return MaskLevels(**{**stored, **coded})
