"""The photos of a folder alone: ``root/images``, whether or not they have a mask in ``root/masks``.

They can be predicted, not scored. Masks are not read, only looked for, so that a run stays valid
while its photos are traced one by one. ``root/metadata.csv`` is as in ``datasets.folder``.
"""

from dataclasses import dataclass
from pathlib import Path

from datasets.dataset import Dataset, Sample
from datasets.errors import DatasetError
from datasets.folder import photo_metadata
from datasets.listing.names import pairs
from datasets.listing.pairing import expect_folder, pictures_by_stem
from datasets.listing.typed_path import expanded
from datasets.pictures import PictureError
from datasets.truth import Levels, Size


@dataclass(frozen=True)
class UnreadTruth:
    """A truth that is not read: the mask ``path`` is there if ``traced``, else still to be made."""

    path: Path
    traced: bool

    def levels(self, size: Size) -> tuple[Levels, bool]:
        """Never any.

        Raises:
            PictureError: always.
        """
        del size
        raise PictureError(self.path, "is not read by dataset=photos", "score with dataset=folder")

    def digest(self) -> str:
        """The same for all: nothing depends on it."""
        return "unread"


def load(root: str, name: str, mm_per_px: object = None) -> Dataset:
    """List the photos of ``root``.

    Raises:
        DatasetError: ``root/images`` is missing or has no photo, or ``mm_per_px`` is no length.
    """
    folder = expanded(root)
    problems: list[str] = []
    images = expect_folder(folder, "images", "dataset.root must hold images/")
    photos, _ = pictures_by_stem(images, problems)
    if not photos:
        raise DatasetError("\n".join([*problems, f"{images}: has no photo"]))
    masks, doubles = dict[str, Path](), set[str]()
    if (folder / "masks").is_dir():
        masks, doubles = pictures_by_stem(folder / "masks", problems)
    traced = pairs(photos, masks).keys() | doubles
    warnings: list[str] = []
    stems = sorted(photos)
    metadata = photo_metadata(folder / "metadata.csv", photos, stems, mm_per_px, warnings)
    samples = tuple(
        Sample(
            stem,
            photos[stem],
            UnreadTruth(folder / "masks" / f"{stem}.png", stem in traced),
            *metadata[stem],
        )
        for stem in stems
    )
    return Dataset(name, samples, tuple(problems), "white", warnings=tuple(warnings))
