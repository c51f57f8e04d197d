"""A folder of photos and masks: ``root/images`` and ``root/masks``, matched by stem.

``root/metadata.csv`` is optional: its column ``id`` names the photo's stem, ``mm_per_px`` its
scale, and every other column becomes a tag. Listing opens no picture.
"""

import csv
import unicodedata
from collections import defaultdict
from pathlib import Path

from datasets.dataset import Dataset, DatasetError, Foreground, Sample
from datasets.pictures import SUFFIXES


def load(root: str, name: str, foreground: Foreground) -> Dataset:
    """List ``root`` as a Dataset.

    Raises:
        DatasetError: the folder, its ``images`` or ``masks`` is missing, or nothing pairs up.
    """
    folder = Path(root).expanduser()
    if foreground not in ("black", "white", "auto"):
        raise DatasetError(f"dataset.foreground={foreground}: use black, white or auto")
    problems: list[str] = []
    photos, double_photos = _by_stem(folder, "images", problems)
    masks, double_masks = _by_stem(folder, "masks", problems)
    metadata = _metadata(folder / "metadata.csv", photos, problems)
    for stem, path in photos.items():
        if stem not in masks and stem not in double_masks:
            problems.append(f"{path}: photo without mask; add masks/{path.stem}.png or remove it")
    for stem, path in masks.items():
        if stem not in photos and stem not in double_photos:
            problems.append(f"{path}: mask without photo; add the photo to images/ or remove it")
    samples = tuple(
        Sample(stem, photos[stem], masks[stem], *metadata.get(stem, ({}, None)))
        for stem in sorted(photos.keys() & masks.keys())
    )
    if not samples:
        found = f"{len(photos)} photos, {len(masks)} masks, no stem in common"
        raise DatasetError("\n".join([*problems, f"{folder}: nothing to evaluate ({found})"]))
    return Dataset(name, samples, tuple(problems), foreground)


def _by_stem(folder: Path, kind: str, problems: list[str]) -> tuple[dict[str, Path], set[str]]:
    """Pictures by stem, and the stems that more than one picture has.

    Stems are NFC: macOS writes names decomposed, everyone else composed.
    """
    place = folder / kind
    if not place.is_dir():
        what = "is not a folder" if folder.is_dir() else "does not exist"
        missing = place if folder.is_dir() else folder
        raise DatasetError(
            f"{missing} {what}; dataset.root must hold images/ and masks/, matched by stem"
        )
    found: dict[str, list[Path]] = defaultdict(list)
    for path in sorted(place.iterdir()):
        if path.suffix.lower() in SUFFIXES and not path.name.startswith("."):
            found[unicodedata.normalize("NFC", path.stem)].append(path)
    doubles = {stem for stem, paths in found.items() if len(paths) > 1}
    for stem in sorted(doubles):
        names = " and ".join(path.name for path in found[stem])
        problems.append(f"{place}: {names} share the stem '{stem}'; rename one, all are out")
    return {stem: paths[0] for stem, paths in found.items() if stem not in doubles}, doubles


def _metadata(
    path: Path, photos: dict[str, Path], problems: list[str]
) -> dict[str, tuple[dict[str, str], float | None]]:
    if not path.is_file():
        return {}
    rows: dict[str, tuple[dict[str, str], float | None]] = {}
    try:
        with path.open(newline="", encoding="utf-8-sig") as file:
            reader = csv.DictReader(file, restkey="")
            if "id" not in (reader.fieldnames or ()):
                raise DatasetError(f"{path}: no column 'id'; it must hold the photos' stems")
            for row in reader:
                stem = unicodedata.normalize("NFC", row.pop("id") or "")
                scale = _scale(path, stem, row.pop("mm_per_px", None), problems)
                rows[stem] = ({k: v for k, v in row.items() if k and v}, scale)
                if stem not in photos:
                    problems.append(f"{path}: row '{stem}' names no photo; correct or remove it")
    except (UnicodeDecodeError, csv.Error) as error:
        raise DatasetError(f"{path}: cannot be read ({error}); save it as UTF-8 CSV") from error
    return rows


def _scale(path: Path, stem: str, text: str | None, problems: list[str]) -> float | None:
    if not text:
        return None
    try:
        scale = float(text)
    except ValueError:
        scale = 0.0
    if not 0 < scale < float("inf"):
        problems.append(f"{path}: mm_per_px '{text}' of '{stem}' is no positive number; correct it")
        return None
    return scale
