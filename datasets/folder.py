"""A folder of photos and masks: ``root/images`` and ``root/masks``, matched by stem.

``root/metadata.csv`` is optional: its column ``id`` names the photo's stem, ``mm_per_px`` its
scale, and every other column becomes a tag. ``root/traced.json`` stands there where masks were made
by ``make trace``. Listing opens no picture.
"""

import json
from collections import Counter
from pathlib import Path

from datasets.dataset import Dataset, Sample
from datasets.errors import DatasetError
from datasets.metadata import read_table, scale
from datasets.pairing import expect_folder, first, nfc, paired
from datasets.reading import Foreground
from datasets.truth import MaskFile


def load(
    root: str, name: str, foreground: Foreground, labels: object = None, void: object = None
) -> Dataset:
    """List ``root`` as a Dataset. ``labels`` and ``void`` are those of ``datasets.reading``.

    Raises:
        DatasetError: the folder, its ``images`` or ``masks`` is missing, or nothing pairs up.
    """
    folder = Path(root).expanduser()
    problems: list[str] = []
    layout = "dataset.root must hold images/ and masks/, matched by stem"
    expect_folder(folder, "images", layout)
    expect_folder(folder, "masks", f"{layout}; no masks yet? docs/trace.md has a way to get some")
    photos, masks = paired(folder / "images", folder / "masks", problems)
    metadata = _metadata(folder / "metadata.csv", photos, problems)
    samples = tuple(
        Sample(stem, photos[stem], MaskFile(masks[stem]), *metadata.get(stem, ({}, None)))
        for stem in sorted(photos.keys() & masks.keys())
    )
    notices = _circular(folder / "traced.json", [sample.id for sample in samples])
    return Dataset(name, samples, tuple(problems), foreground, notices, labels, void)


def _circular(path: Path, ids: list[str]) -> tuple[str, ...]:
    """A notice for each model that traced truth here: scoring it against that truth is circular."""
    if not path.is_file():
        return ()
    try:
        entries = json.loads(path.read_bytes())
        makers = Counter(entries[id_]["model"] for id_ in entries.keys() & ids)
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        raise DatasetError(f"{path}: damaged; restore it, or remove it and its masks") from error
    return tuple(
        f"truth of {count} of {len(ids)} photos was traced by {maker}: "
        "scoring that model against it is circular"
        for maker, count in sorted(makers.items())
    )


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
        if stem in rows:
            lines.append(
                f"{path}: '{stem}' has several rows, the last one counts; remove the others"
            )
        rows[stem] = (row, mm_per_px)
        if stem not in photos:
            lines.append(f"{path}: row '{stem}' names no photo; correct or remove it")
    problems += first(lines, path, "rows to correct")
    return rows
