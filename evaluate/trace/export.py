"""Exports a dataset's truth as outlines to cut by: ``outlines/<id>`` as .json, .svg, .dxf, .jpg."""

from pathlib import Path

from tqdm import tqdm

from datasets.dataset import Dataset
from datasets.pictures import PictureError
from evaluate.display.text import say
from evaluate.metrics.polygons import mask_polygons
from evaluate.store.atomic import sweep_folder, write_atomic
from evaluate.trace.outline_formats import as_dxf, as_json, as_svg, preview


def draw(dataset: Dataset, folder: Path, problems: list[str]) -> None:
    """Write every sample's outlines into ``folder``, in mm where its scale is known.

    ``problems`` receives a line for each sample that cannot be read.
    """
    sweep_folder(folder)
    drawn, without = 0, list[str]()
    for sample in tqdm(dataset.samples, desc="outlines", unit="photo", leave=False):
        try:
            image, mask = dataset.photo_and_truth(sample)
        except PictureError as error:
            problems.append(str(error))
            continue
        size = mask.shape[0], mask.shape[1]
        polygons = mask_polygons(mask)
        if not polygons.polygons:
            without.append(sample.id)
        for suffix, data in (
            ("json", as_json(polygons, size, sample.mm_per_px)),
            ("svg", as_svg(polygons, size, sample.mm_per_px)),
            ("dxf", as_dxf(polygons, size, sample.mm_per_px)),
            ("jpg", preview(polygons, image)),
        ):
            write_atomic(folder / f"{sample.id}.{suffix}", data)
        drawn += 1
    scaled = sum(sample.mm_per_px is not None for sample in dataset.samples)
    say(f"{folder}: outlines of {drawn} photos, {scaled} of them in mm", stdout=True)
    if without:
        say(
            f"no part is large enough for an outline on {len(without)}: {', '.join(without[:5])}",
            stdout=True,
        )
