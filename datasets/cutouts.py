"""Cut-outs: photo and truth in one file, whose alpha channel is the truth.

``root`` holds PNG, WebP, TIFF … files with alpha; an id is a file's stem. Alpha of 128 and more is
foreground, or of a channel with two levels the higher, as in mask files. The colours stored under
the alpha are the photo. Many exporters replace the background's colours by black or white, which
makes segmentation trivial. So up to 12 files, spread over the folder, are decoded to count such
backgrounds, and a notice under the table gives the count. Of all other files only the header is
read.
"""

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from datasets.arrays import to_levels, to_mask
from datasets.caching.file_hash import file_hash
from datasets.dataset import Dataset, Sample
from datasets.listing.pairing import (
    expect_folder,
    first,
    nothing_to_evaluate,
    pictures_by_stem,
    unread_notices,
)
from datasets.listing.typed_path import expanded
from datasets.messages import counted
from datasets.pictures import PictureError, has_alpha, read_levels, read_rgba
from datasets.truth import Levels, Size

LOOKED_AT = 12
_GRID = 256  # approximate number of pixels sampled along an image's short side
BLANK_SHARE = 0.99  # of the background in one colour


@dataclass(frozen=True)
class AlphaChannel:
    """The alpha channel of a file as truth."""

    path: Path

    def levels(self, size: Size) -> tuple[Levels, bool]:  # noqa: ARG002 - it has its own
        """The alpha channel.

        Raises:
            PictureError: the file is unreadable, or opaque or equally transparent throughout.
        """
        levels, absolute = read_levels(self.path)
        if not absolute or 0 < levels.min() == levels.max():
            reason = f"alpha {levels.min()}" if absolute else "opaque"
            raise PictureError(self.path, f"{reason} throughout", "cut it out again or remove it")
        return _two_levels(levels), True

    def digest(self) -> str:
        """Hash of the file."""
        return file_hash(self.path) + "+alpha"


def load(root: str, name: str) -> Dataset:
    """List every picture of ``root`` that has an alpha channel.

    Raises:
        DatasetError: ``root`` is not a folder, or holds no such picture.
    """
    layout = "dataset.root must hold cut-outs: pictures with an alpha channel"
    folder = expect_folder(expanded(root), "", layout)
    problems: list[str] = []
    pictures, _ = pictures_by_stem(folder, problems)
    cutouts: dict[str, Path] = {}
    lines: list[str] = []
    for stem, path in pictures.items():
        try:
            if has_alpha(path):
                cutouts[stem] = path
            else:
                remedy = "export it with transparency, or use dataset=folder with its mask"
                lines.append(f"{path}: no alpha channel, so no truth in it; {remedy}")
        except PictureError as error:
            lines.append(str(error))
    problems += first(lines, folder, "files that are not cut-outs")
    if not cutouts:
        found = f"{counted(len(pictures), 'picture')}, none with an alpha channel; {layout}"
        raise nothing_to_evaluate(folder, found, problems)
    samples = tuple(
        Sample(stem, path, AlphaChannel(path), drop_alpha=True)
        for stem, path in sorted(cutouts.items())
    )
    looked_at = samples[:: -(-len(samples) // LOOKED_AT)]
    blank = sum(_background_is_blank(sample.image_path) for sample in looked_at)
    notice = (
        "Photos are the colours under the cut-outs' alpha. Backgrounds of one colour: "
        f"{blank} of {len(looked_at)} looked at"
    )
    flattery = (
        "; on those the tool is easy to separate, so IoU overstates every model" if blank else ""
    )
    notices = (f"{notice}{flattery}.", *unread_notices(folder))
    return Dataset(name, samples, tuple(problems), "white", notices)


def _two_levels(alpha: Levels) -> Levels:
    """An alpha channel (uint8 H×W), as 0 and 255 where it has two levels, whatever they are."""
    low, high = alpha.min(), alpha.max()
    if low < high and ((alpha == low) | (alpha == high)).all():
        return to_levels(alpha == high)
    return alpha


def _background_is_blank(path: Path) -> bool:
    try:
        pixels = read_rgba(path)
    except PictureError:
        return False  # reported when the photo is predicted
    step = max(1, min(pixels.shape[:2]) // _GRID)
    pixels = pixels[::step, ::step]
    background = pixels[~to_mask(_two_levels(pixels[:, :, 3]))].astype(np.int64) @ (
        1 << 16,
        1 << 8,
        1,
        0,
    )
    colours, counts = np.unique(background, return_counts=True)
    return bool(colours.size and counts.max() >= BLANK_SHARE * background.size)
