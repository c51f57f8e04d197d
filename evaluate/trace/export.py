"""Exports masks as outlines to cut by: ``<id>`` as .json, .svg, .dxf and .jpg."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from tqdm import tqdm

from datasets.arrays import Alpha, Image
from datasets.dataset import Dataset, Sample
from datasets.messages import counted, few
from datasets.pictures import PictureError
from evaluate.display.text import say
from evaluate.metrics.polygons import FLOORS, Floors, MaskPolygons, mask_polygons
from evaluate.store.atomic import sweep_folder, write_atomic
from evaluate.store.opened_photo import OpenedPhoto
from evaluate.store.run_folder import Run
from evaluate.trace.outline_formats import (
    Outlines,
    as_dxf,
    as_json,
    as_svg,
    clearance_note,
    preview,
)
from evaluate.trace.provenance import made_so_far, traced_alpha
from models.segmenter import NoMask

OUTLINE_FILES = ("json", "svg", "dxf", "jpg")


@dataclass(frozen=True)
class CutMask:
    """A photo (uint8 H×W×3), its Alpha (uint8 H×W), foreground from ``threshold``, and its name."""

    image: Image
    alpha: Alpha
    threshold: int
    name: str


@dataclass(frozen=True)
class OutlineStyle:
    """The parts and holes that are too small to be drawn, and the clearance added all around."""

    floors: Floors = FLOORS
    clearance_mm: float = 0


def truth_masks(dataset: Dataset, root: Path) -> Callable[[Sample], CutMask]:
    """The masks of a folder; the Alpha that a model traced, where its mask was not redrawn."""
    records = made_so_far(root)

    def read(sample: Sample) -> CutMask:
        image, mask = dataset.photo_and_truth(sample)
        alpha, threshold = traced_alpha(root, sample.id, mask, records)
        return CutMask(image, alpha, threshold, str(sample.truth.path))

    return read


def row_masks(dataset: Dataset, run: Run, threshold: int | None) -> Callable[[Sample], CutMask]:
    """The masks of a stored run, cut at ``threshold``; None: as they were scored.

    Raises:
        ReportsError: the run is of other photos, or damaged.
    """
    run.about_photos(dataset.photos_hash, dataset.name)
    predictions = run.predictions()
    level = run.scored_threshold if threshold is None else threshold

    def read(sample: Sample) -> CutMask:
        opened = OpenedPhoto(dataset, sample, run, predictions.get(sample.id), level)
        if opened.alpha is None:
            raise NoMask(f"{run.folder}: no mask of {sample.id}")
        return CutMask(opened.photo, opened.alpha, level, f"{run.row}: mask of {sample.id}")

    return read


def draw(
    samples: Sequence[Sample],
    read: Callable[[Sample], CutMask],
    folder: Path,
    style: OutlineStyle,
    problems: list[str],
) -> None:
    """Write every sample's outlines into ``folder``, in mm where its scale is known.

    ``problems`` receives a line for each sample that has no outline, or not the clearance.
    """
    drawn: list[bool] = []  # whether in mm
    several: list[str] = []
    sweep_folder(folder)
    for sample in tqdm(samples, desc="outlines", unit="photo", leave=False):
        try:
            cut = read(sample)
        except (NoMask, PictureError) as error:
            problems.append(str(error))
            continue
        found = mask_polygons(cut.alpha, cut.threshold, style.floors)
        if not found.polygons:
            for form in OUTLINE_FILES:
                (folder / f"{sample.id}.{form}").unlink(missing_ok=True)  # of an earlier mask
            there = (cut.alpha >= cut.threshold).any()
            reason = "nothing of it is wider than 2 px" if there else "it is empty"
            problems.append(f"{cut.name}: no outline: {reason}; draw the mask again")
            continue
        size = cut.alpha.shape[0], cut.alpha.shape[1]
        outlines = Outlines(found.polygons, size, sample.mm_per_px).widened(style.clearance_mm)
        _write(folder, sample.id, outlines, cut.image)
        _say_left_out(sample.id, found)
        drawn.append(sample.mm_per_px is not None)
        if len(outlines.polygons) > 1:
            several.append(f"{sample.id} ({len(outlines.polygons)})")
    _say_drawn(folder, drawn, several, style.clearance_mm, problems)


def _write(folder: Path, id_: str, outlines: Outlines, image: Image) -> None:
    write_atomic(folder / f"{id_}.json", as_json(outlines))
    write_atomic(folder / f"{id_}.svg", as_svg(outlines))
    write_atomic(folder / f"{id_}.dxf", as_dxf(outlines))
    write_atomic(folder / f"{id_}.jpg", preview(outlines, image))


def _say_drawn(
    folder: Path,
    drawn: Sequence[bool],
    several: Sequence[str],
    clearance_mm: float,
    problems: list[str],
) -> None:
    """Name unit and clearance of what was drawn, and where several pieces are."""
    scaled, unscaled = sum(drawn), len(drawn) - sum(drawn)
    what = clearance_note(clearance_mm if scaled else 0)
    more = "" if scaled and clearance_mm else "; trace.clearance_mm=N adds one"
    text = f"outlines of {counted(len(drawn), 'photo')}, {scaled} of them in mm"
    say(f"{folder}: {text}", stdout=True)
    if drawn:
        say(f"Each is the {what}{more}", stdout=True)
    if several:
        say(
            f"Several pieces, of which one may be a shadow: {few(several)}; look at {folder}/*.jpg",
            stdout=True,
        )
    if unscaled:
        remedy = "give mm_per_px in metadata.csv (docs/trace.md, The scale)"
        text = f"{unscaled} without a scale are in px and no size to cut"
        say(f"{text}: {remedy}", stdout=True)
    if unscaled and clearance_mm:
        text = f"{counted(unscaled, 'outline')} without trace.clearance_mm, as mm need a scale"
        problems.append(f"{folder}: {text}")


def _say_left_out(id_: str, found: MaskPolygons) -> None:
    """Name the parts and holes that were too small, with the setting that would keep them."""
    for areas, noun, verb in ((found.dropped, "part", "dropped"), (found.filled, "hole", "filled")):
        if areas:
            usual = int(areas[0] / found.scale**2)
            say(
                f"{id_}: {counted(len(areas), noun)} {verb}, the largest of {areas[0]:.0f} px², "
                f"as {usual} px² in a photo 2048 px long: trace.least_{noun}_px={usual} keeps it",
                stdout=True,
            )
