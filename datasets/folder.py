"""A folder of photos and masks: ``root/images`` and ``root/masks``, matched by stem.

``root/metadata.csv`` is optional: its column ``id`` names the photo's stem, ``mm_per_px`` its
scale, and every other column becomes a tag. Listing opens no picture.
"""

from pathlib import Path

from datasets.dataset import Dataset, DatasetError, Foreground, Sample
from datasets.metadata import read_table, scale
from datasets.pairs import expect_folder, first, nfc, paired
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
    photos, masks = paired(folder / "images", folder / "masks", problems)
    metadata = _metadata(folder / "metadata.csv", photos, problems)
    samples = tuple(
        Sample(stem, photos[stem], MaskFile(masks[stem]), *metadata.get(stem, ({}, None)))
        for stem in sorted(photos.keys() & masks.keys())
    )
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
    lines: list[str] = []
    for row in table:
        stem = nfc(row.pop("id", ""))
        mm_per_px = scale(path, stem, row.pop("mm_per_px", None), lines)
        rows[stem] = (row, mm_per_px)
        if stem not in photos:
            lines.append(f"{path}: row '{stem}' names no photo; correct or remove it")
    problems += first(lines, path, "rows to correct")
    return rows
