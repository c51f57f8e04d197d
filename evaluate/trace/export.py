"""Exports a dataset's truth as outlines to cut by: ``outlines/<id>`` as .json, .svg, .dxf, .jpg."""

from pathlib import Path

from tqdm import tqdm

from datasets.dataset import Dataset
from datasets.messages import counted
from datasets.pictures import PictureError
from evaluate.display.text import say
from evaluate.metrics.polygons import Floors, MaskPolygons, mask_polygons
from evaluate.store.atomic import sweep_folder, write_atomic
from evaluate.trace.outline_formats import as_dxf, as_json, as_svg, preview
from evaluate.trace.provenance import traced_alpha

OUTLINE_FILES = ("json", "svg", "dxf", "jpg")


def draw(dataset: Dataset, root: Path, floors: Floors, problems: list[str]) -> None:
    """Write every sample's outlines into ``root/outlines``, in mm where its scale is known.

    ``problems`` receives a line for each sample that has no outline.
    """
    folder, drawn, scaled = root / "outlines", 0, 0
    sweep_folder(folder)
    for sample in tqdm(dataset.samples, desc="outlines", unit="photo", leave=False):
        try:
            image, mask = dataset.photo_and_truth(sample)
        except PictureError as error:
            problems.append(str(error))
            continue
        found = mask_polygons(traced_alpha(root, sample.id, mask), floors=floors)
        files = {form: folder / f"{sample.id}.{form}" for form in OUTLINE_FILES}
        if not found.polygons:
            for file in files.values():
                file.unlink(missing_ok=True)  # of an earlier mask
            reason = "nothing of it is wider than 2 px" if mask.any() else "it is empty"
            problems.append(f"{sample.truth_path}: no outline: {reason}; draw the mask again")
            continue
        size = mask.shape[0], mask.shape[1]
        write_atomic(files["json"], as_json(found, size, sample.mm_per_px))
        write_atomic(files["svg"], as_svg(found, size, sample.mm_per_px))
        write_atomic(files["dxf"], as_dxf(found, size, sample.mm_per_px))
        write_atomic(files["jpg"], preview(found, image))
        _say_left_out(sample.id, found)
        drawn += 1
        scaled += sample.mm_per_px is not None
    say(f"{folder}: outlines of {counted(drawn, 'photo')}, {scaled} of them in mm", stdout=True)
    if scaled < drawn:
        say(
            f"{drawn - scaled} without a scale are in px and no size to cut: give mm_per_px in "
            f"{root / 'metadata.csv'}",
            stdout=True,
        )


def _say_left_out(id_: str, found: MaskPolygons) -> None:
    """Name the parts and holes that were too small, with the setting that would keep them."""
    for areas, noun, verb in ((found.dropped, "part", "dropped"), (found.filled, "hole", "filled")):
        if areas:
            usual = int(areas[0] / found.scale**2)
            say(
                f"{id_}: {counted(len(areas), noun)} {verb}, the largest of {areas[0]:.0f} px: "
                f"trace.least_{noun}_px={usual} keeps it",
                stdout=True,
            )
