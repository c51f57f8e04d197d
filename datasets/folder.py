"""A folder of photos and masks: ``root/images`` and ``root/masks``, matched by stem.

``root/metadata.csv`` is optional: its column ``id`` names the photo's stem, ``mm_per_px`` its
scale, and every other column becomes a tag. Listing opens no picture.
"""

from pathlib import Path

from datasets.dataset import Dataset, DatasetError, Foreground, Sample
from datasets.metadata import read_table, scale
from datasets.pairs import expect_folder, nfc, pictures_by_stem
from datasets.truth import MaskFile


def load(root: str, name: str, foreground: Foreground) -> Dataset:
    """List ``root`` as a Dataset.

    Raises:
        DatasetError: the folder, its ``images`` or ``masks`` is missing, or nothing pairs up.
    """
    folder = Path(root).expanduser()
    problems: list[str] = []
    for part in ("images", "masks"):
        expect_folder(folder, part, "dataset.root must hold images/ and masks/, matched by stem")
    photos, double_photos = pictures_by_stem(folder / "images", problems)
    masks, double_masks = pictures_by_stem(folder / "masks", problems)
    metadata = _metadata(folder / "metadata.csv", photos, problems)
    for stem, path in photos.items():
        if stem not in masks and stem not in double_masks:
            problems.append(f"{path}: photo without mask; add masks/{path.stem}.png or remove it")
    for stem, path in masks.items():
        if stem not in photos and stem not in double_photos:
            problems.append(f"{path}: mask without photo; add the photo to images/ or remove it")
    samples = tuple(
        Sample(stem, photos[stem], MaskFile(masks[stem]), *metadata.get(stem, ({}, None)))
        for stem in sorted(photos.keys() & masks.keys())
    )
    if not samples:
        found = f"{len(photos)} photos, {len(masks)} masks, no stem in common"
        raise DatasetError("\n".join([*problems, f"{folder}: nothing to evaluate ({found})"]))
    return Dataset(name, samples, tuple(problems), foreground)


def _metadata(
    path: Path, photos: dict[str, Path], problems: list[str]
) -> dict[str, tuple[dict[str, str], float | None]]:
    if not path.is_file():
        return {}
    columns, table = read_table(path)
    if "id" not in columns:
        raise DatasetError(f"{path}: no column 'id'; it must hold the photos' stems")
    rows: dict[str, tuple[dict[str, str], float | None]] = {}
    for row in table:
        stem = nfc(row.pop("id", ""))
        mm_per_px = scale(path, stem, row.pop("mm_per_px", None), problems)
        rows[stem] = (row, mm_per_px)
        if stem not in photos:
            problems.append(f"{path}: row '{stem}' names no photo; correct or remove it")
    return rows
