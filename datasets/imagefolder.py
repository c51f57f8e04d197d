"""Hugging Face's ImageFolder: photos and masks that ``metadata.csv`` or ``.jsonl`` pair up.

Its column ``file_name`` names the photo and another ``*_file_name`` the mask, both as paths from
the metadata's own folder (https://huggingface.co/docs/datasets/image_dataset). ``mm_per_px`` is the
scale, every other column a tag. Photos missing from the metadata are ignored.
"""

from pathlib import Path

from datasets.dataset import Dataset, Sample
from datasets.errors import DatasetError
from datasets.listing.metadata import read_table, scale
from datasets.listing.pairing import (
    contents,
    expect_folder,
    first,
    ids_of,
    leaves_root,
    outside_problem,
    path_key,
    placed,
    repeated,
)
from datasets.listing.regular_file import is_regular
from datasets.listing.scales import misnamed_scale, scale_faults
from datasets.listing.tables import TableRow
from datasets.listing.typed_path import expanded
from datasets.messages import counted, few
from datasets.reading.choice import Foreground
from datasets.truth import MaskFile

TABLES = ("metadata.csv", "metadata.jsonl")
_LAYOUT = f"dataset.root must hold {' or '.join(TABLES)}, or folders dataset.split that do"
PHOTO = "file_name"


def load(
    root: str,
    name: str,
    split: str | None,
    mask_column: str | None,
    foreground: Foreground,
    labels: object = None,
    void: object = None,
) -> Dataset:
    """List what the metadata of ``root``, or of its folder ``split``, pairs up.

    ``labels`` and ``void`` are those of ``datasets.reading.choice``.

    Raises:
        DatasetError: folder, metadata or columns are not there, or nothing pairs up.
    """
    folder = expect_folder(expanded(root), "", _LAYOUT)
    table = _table(folder, expect_folder(folder, split, _LAYOUT) if split else folder)
    columns, rows = read_table(table)
    column = _mask_column(table, columns, mask_column)
    if split and table.parent == folder:
        rows = [row for row in rows if row.cells.get(PHOTO, "").startswith(f"{split}/")]
    problems: list[str] = []
    named = _told_apart(table, [row for row in rows if PHOTO in row.cells], problems)
    samples, lost, maskless, outside = [], [], [], list[str]()
    scaleless: list[str] = []
    ids = ids_of([row.cells[PHOTO] for row in named], table)
    for one, row in zip(ids, named, strict=True):
        names = row.cells[PHOTO], row.cells.get(column, "")
        photo, mask = (placed(table.parent, name) for name in names)
        if leaving := [name for name in names if leaves_root(name)]:
            outside += leaving
        elif not is_regular(photo):
            lost.append(row.cells[PHOTO])
        elif not is_regular(mask):
            maskless.append(row.cells[PHOTO])
        else:
            mm_per_px = scale(table, row, one, scaleless)
            tags = {k: v for k, v in row.cells.items() if k != column and not _is_path(k)}
            samples.append(Sample(one, photo, MaskFile(mask), tags, mm_per_px))
    faults = scale_faults(table, {one.id: one.mm_per_px for one in samples})
    warnings = first([*scaleless, *misnamed_scale(table, columns), *faults], table, "such lines")
    if nameless := sum(PHOTO not in row.cells for row in rows):
        problems.append(f"{table}: {counted(nameless, 'row')} without {PHOTO}; fill it in")
    problems += outside_problem(outside, table, table.parent)
    for what, absent in (("photo", lost), ("mask", maskless)):
        if absent:
            problems.append(
                f"{table}: {counted(len(absent), 'row')} whose {what} is not there "
                f"({few(absent)}); "
                f"put the {what} back or remove the row"
            )
    if not samples:
        found = counted(len(rows), "row") + (f" of {split}" if split else "")
        raise DatasetError("\n".join([*problems, f"{table}: nothing to evaluate ({found})"]))
    ordered = tuple(sorted(samples, key=lambda sample: sample.id))
    return Dataset(
        name,
        ordered,
        tuple(problems),
        foreground,
        warnings=tuple(warnings),
        labels=labels,
        void=void,
    )


def _table(folder: Path, place: Path) -> Path:
    """The metadata of ``place``, or else of ``folder``."""
    for at in (place, folder):
        found = [at / table for table in TABLES if (at / table).is_file()]
        if len(found) > 1:
            raise DatasetError(f"{at} holds {' and '.join(TABLES)}; remove the one that is old")
        if found:
            return found[0]
    raise DatasetError(
        f"{place} holds neither {' nor '.join(TABLES)}; {_LAYOUT}; it holds {contents(place)}"
    )


def _told_apart(table: Path, rows: list[TableRow], problems: list[str]) -> list[TableRow]:
    """The rows without those of a photo that has several; each such photo is a problem."""
    shared = repeated(path_key(row.cells[PHOTO]) for row in rows)
    lines = [
        f"{table}: '{name}' stands in lines {', '.join(str(rows[at].line) for at in places)}; "
        "keep one row, until then none is used"
        for name, places in shared.items()
    ]
    problems += first(lines, table, "photos in several rows")
    left_out = {at for places in shared.values() for at in places}
    return [row for at, row in enumerate(rows) if at not in left_out]


def _is_path(column: str) -> bool:
    return column == PHOTO or column.endswith(f"_{PHOTO}")


def _mask_column(table: Path, columns: list[str], wanted: str | None) -> str:
    paths = [column for column in columns if _is_path(column) and column != PHOTO]
    found = ", ".join(columns) or "nothing"
    if PHOTO not in columns:
        raise DatasetError(f"{table}: no column '{PHOTO}', the photo's path; it holds {found}")
    if wanted:
        if wanted not in columns:
            raise DatasetError(f"{table}: no column '{wanted}'; it holds {found}")
        return wanted
    if len(paths) > 1:
        raise DatasetError(
            f"{table}: which column names the mask? add dataset.mask_column= one of "
            + ", ".join(paths)
        )
    if not paths:
        raise DatasetError(
            f"{table}: no column names the mask; expected mask_{PHOTO}, it holds {found}; "
            "add it or dataset.mask_column=…"
        )
    return paths[0]
