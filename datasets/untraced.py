"""The photos of a folder that have no mask yet: those of ``root/images`` without one in ``masks``.

They can be predicted, not scored: their truth cannot be read. ``root/metadata.csv`` is as in
``datasets.folder``.
"""

from dataclasses import dataclass
from pathlib import Path

from datasets.dataset import Dataset, Sample
from datasets.errors import DatasetError
from datasets.folder import photo_metadata
from datasets.listing.names import pairs
from datasets.listing.pairing import expect_folder, pictures_by_stem
from datasets.pictures import PictureError
from datasets.truth import Levels, Size


@dataclass(frozen=True)
class NoMaskYet:
    """A truth that is still to be traced, into the file ``path``."""

    path: Path

    def levels(self, size: Size) -> tuple[Levels, bool]:
        """Never any.

        Raises:
            PictureError: always.
        """
        del size
        raise PictureError(
            self.path, "is not traced yet", "trace it, or use make run and make next"
        )

    def digest(self) -> str:
        """The same for all, as there is nothing to read."""
        return "untraced"


def load(root: str, name: str) -> Dataset:
    """List the photos of ``root`` that have no mask.

    Raises:
        DatasetError: ``root/images`` is missing, or every photo has a mask.
    """
    folder = Path(root).expanduser()
    problems: list[str] = []
    images = expect_folder(folder, "images", "dataset.root must hold images/")
    photos, _ = pictures_by_stem(images, problems)
    masks, doubles = dict[str, Path](), set[str]()
    if (folder / "masks").is_dir():
        masks, doubles = pictures_by_stem(folder / "masks", problems)
    traced = pairs(photos, masks).keys() | doubles
    left = sorted(photos.keys() - traced)
    if not left:
        raise DatasetError("\n".join([*problems, f"{folder}: no photo is without a mask"]))
    warnings: list[str] = []
    metadata = photo_metadata(folder / "metadata.csv", photos, warnings)
    samples = tuple(
        Sample(
            stem,
            photos[stem],
            NoMaskYet(folder / "masks" / f"{stem}.png"),
            *metadata.get(stem, ({}, None)),
        )
        for stem in left
    )
    return Dataset(name, samples, tuple(problems), "white", warnings=tuple(warnings))
