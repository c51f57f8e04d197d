"""A folder of photos and masks: ``root/images`` and ``root/masks``, matched by stem.

``root/metadata.csv`` is optional: its column ``id`` names the photo, ``mm_per_px`` its scale, and
every other column becomes a tag. The setting ``mm_per_px`` is the scale of photos that the table
has none for. ``root/traced.json`` stands there where masks were made by ``make trace``. Listing
opens no picture.
"""

import json
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from datasets.dataset import Dataset, Sample
from datasets.errors import DatasetError
from datasets.listing.metadata import read_table, scale
from datasets.listing.names import nfc, photo_named
from datasets.listing.pairing import expect_folder, first, paired
from datasets.listing.regular_file import not_a_file
from datasets.listing.scales import common_scale, misnamed_scale, scale_faults
from datasets.listing.typed_path import expanded
from datasets.reading.choice import Foreground
from datasets.truth import MaskFile


def load(
    root: str,
    name: str,
    foreground: Foreground,
    labels: object = None,
    void: object = None,
    mm_per_px: object = None,
) -> Dataset:
    """List ``root``. ``labels`` and ``void`` are those of ``datasets.reading.choice``.

    Raises:
        DatasetError: the folder, its ``images`` or ``masks`` is missing, nothing pairs up, or
            ``mm_per_px`` is no length.
    """
    folder = expanded(root)
    problems: list[str] = []
    layout = "dataset.root must hold images/ and masks/, matched by stem"
    expect_folder(folder, "images", layout)
    expect_folder(folder, "masks", f"{layout}; no masks yet? docs/trace.md has a way to get some")
    notices: list[str] = []
    photos, masks = paired(folder / "images", folder / "masks", problems, notices)
    warnings: list[str] = []
    stems = sorted(photos.keys() & masks.keys())
    metadata = photo_metadata(folder / "metadata.csv", photos, stems, mm_per_px, warnings)
    samples = tuple(Sample(s, photos[s], MaskFile(masks[s]), *metadata[s]) for s in stems)
    notices += _circular(folder / "traced.json", [sample.id for sample in samples])
    return Dataset(
        name,
        samples,
        tuple(problems),
        foreground,
        tuple(notices),
        tuple(warnings),
        labels=labels,
        void=void,
    )


def _is_there(path: Path) -> bool:
    """Whether an optional file is there.

    Raises:
        DatasetError: something else has its name.
    """
    if kind := not_a_file(path):
        raise DatasetError(f"{path}: is {kind}, not a file; replace or remove it")
    return path.is_file()


def _circular(path: Path, ids: list[str]) -> tuple[str, ...]:
    """A notice for each model that traced truth here: scoring it against that truth is circular."""
    if not _is_there(path):
        return ()
    try:
        entries = json.loads(path.read_bytes())
        makers = Counter(entries[id_]["model"] for id_ in entries.keys() & ids)
        if not all(isinstance(maker, str) for maker in makers):
            raise TypeError("a model is not a text")
    except (AttributeError, KeyError, RecursionError, TypeError, ValueError) as error:
        raise DatasetError(f"{path}: damaged; restore it, or remove it and its masks") from error
    return tuple(
        f"truth of {count} of {len(ids)} photos was traced by {maker}: "
        "scoring that model against it is circular"
        for maker, count in sorted(makers.items())
    )


def photo_metadata(
    path: Path,
    photos: dict[str, Path],
    stems: Sequence[str],
    mm_per_px: object,
    warnings: list[str],
) -> dict[str, tuple[dict[str, str], float | None]]:
    """Tags and scale of each of ``stems``, the photos in use; faults lose no photo: ``warnings``.

    Raises:
        DatasetError: the table cannot be read, or ``mm_per_px`` is no length.
    """
    common = common_scale(mm_per_px)
    table = _rows(path, photos, warnings) if _is_there(path) else {}
    found = {}
    for stem in stems:
        tags, own = table.get(stem, ({}, None))
        found[stem] = tags, common if own is None else own
    faults = scale_faults(path, {stem: scale for stem, (_, scale) in found.items()})
    warnings += first(faults, path, "scales to look at")
    return found


def _stems(folder: Path) -> set[str]:
    """The stems of all files in a folder."""
    return {nfc(path.stem) for path in folder.iterdir()} if folder.is_dir() else set()


def _rows(
    path: Path, photos: dict[str, Path], warnings: list[str]
) -> dict[str, tuple[dict[str, str], float | None]]:
    columns, table = read_table(path)
    if "id" not in columns:
        found = ", ".join(columns) or "nothing"
        raise DatasetError(f"{path}: no column 'id', the photos' stems; it holds {found}")
    rows: dict[str, tuple[dict[str, str], float | None]] = {}
    lines: list[str] = []
    unused: set[str] = set()
    for row in table:
        name = nfc(row.cells.pop("id", ""))
        stem = photo_named(name, photos)
        mm_per_px = scale(path, row, name, lines)
        if stem is None:
            unused = unused or _stems(path.parent / "images")
            if name in unused:  # another line says why the photo is not used
                continue
            lines.append(f"{path}, line {row.line}: '{name}' names no photo; correct or remove it")
            continue
        if stem in rows:
            text = f"'{stem}' has several rows, the last one counts; remove the others"
            lines.append(f"{path}, line {row.line}: {text}")
        rows[stem] = (row.cells, mm_per_px)
    warnings += [*first(lines, path, "lines to correct"), *misnamed_scale(path, columns)]
    return rows
