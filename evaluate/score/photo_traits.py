"""Photo traits: properties of a photo and its truth that may make it hard, for slices of results.

They are measured once per dataset, at working scale, and stored in ``traits.json`` until the
dataset or the code that measures them changes.
"""

from pathlib import Path
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

from datasets.arrays import Mask
from datasets.caching import cache
from datasets.dataset import Dataset, Sample
from datasets.parallel import in_parallel
from datasets.pictures import PictureError
from evaluate.metrics.boundary import outline_px
from evaluate.metrics.working_scale import View, view
from evaluate.store.opened_photo import OpenedPhoto
from evaluate.store.traits import stored_traits, write_traits

# Folders whose sources a result depends on.
TRAITS_CODE = ("datasets", "evaluate/metrics", "evaluate/score", "evaluate/store")
GLARE = 250  # a pixel is overexposed where every channel reaches this level
RING_SHARE = 0.03  # width of the background around the tool, as a share of the long side
_SPECK_SHARE = 1e-4  # parts and holes below this share of the photo are specks


def traits(seen: View) -> dict[str, float | bool]:
    """The traits of one photo; all but ``brightness`` are omitted where the truth is empty.

    brightness    median L* of the photo, 0..100
    contrast      CIE76 distance in L*a*b* between the median colours of the tool and of the
                  background next to it
    glare         share of the tool that is overexposed
    width         mean width of the tool, 2 × area / outline length, as a share of the long side
    size          area of the tool as a share of the photo
    parts, holes  counts, without specks
    touches_edge  whether the tool reaches the photo's border
    """
    lab = cv2.cvtColor(seen.image.astype(np.float32) / 255, cv2.COLOR_RGB2LAB)
    found: dict[str, float | bool] = {"brightness": float(np.median(lab[:, :, 0]))}
    truth = seen.truth
    if not truth.any():
        return found
    parts, holes = _pieces(truth)
    edge = truth[0].any() or truth[-1].any() or truth[:, 0].any() or truth[:, -1].any()
    found |= {
        "contrast": _contrast(lab, truth),
        "glare": float(np.mean(seen.image[truth].min(axis=1) >= GLARE)),
        "width": 2 * float(truth.sum()) / max(1.0, outline_px(truth)) / max(truth.shape),
        "size": float(truth.mean()),
        "parts": parts,
        "holes": holes,
        "touches_edge": bool(edge),
    }
    return {name: v if isinstance(v, bool | int) else round(v, 4) for name, v in found.items()}


def traits_of(dataset: Dataset, path: Path) -> dict[str, dict[str, Any]]:
    """Every readable photo's traits by id: stored in ``path`` and still valid, or measured now."""
    definitions = cache.code_key(*TRAITS_CODE)
    if stored := stored_traits(path, dataset.content_hash, definitions):
        return stored

    def measure(sample: Sample) -> dict[str, Any] | None:
        return measured_traits(OpenedPhoto(dataset, sample))

    found = in_parallel(measure, dataset.samples, f"{dataset.name}: traits")
    samples = zip(dataset.samples, found, strict=True)
    photos = {sample.id: one for sample, one in samples if one is not None}
    write_traits(path, dataset.content_hash, definitions, photos)
    return photos


def measured_traits(opened: OpenedPhoto) -> dict[str, Any] | None:
    """A photo's traits, measured unless they are in the cache; None where it is unreadable."""
    dataset, sample = opened.dataset, opened.sample

    def key() -> str:
        code = cache.code_key(*TRAITS_CODE)
        return cache.key_of(code, dataset.photo_key(sample), dataset.truth_key(sample))

    try:
        found: dict[str, Any] = cache.remembered(
            "traits", key, lambda: traits(view(opened.small_photo, opened.truth))
        )
    except PictureError:  # scoring reports it
        return None
    return found


def _contrast(lab: npt.NDArray[Any], truth: Mask) -> float:
    reach = max(1, round(RING_SHARE * max(truth.shape)))
    there = _around(truth, reach)
    lab, truth = lab[there], truth[there]
    disc = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * reach + 1, 2 * reach + 1))
    near = cv2.dilate(truth.astype(np.uint8), disc).astype(bool) & ~truth
    if not near.any():
        return 0.0
    return float(np.linalg.norm(np.median(lab[truth], axis=0) - np.median(lab[near], axis=0)))


def _around(mask: Mask, margin_px: int) -> tuple[slice, slice]:
    """Rows and columns of a Mask's foreground with a margin: the rest takes time for nothing."""
    x, y, width, height = cv2.boundingRect(mask.view(np.uint8))
    rows = slice(max(0, y - margin_px), y + height + margin_px)
    return rows, slice(max(0, x - margin_px), x + width + margin_px)


def _pieces(truth: Mask) -> tuple[int, int]:
    """The numbers of parts and of holes, without specks."""
    least = _SPECK_SHARE * truth.size
    truth = truth[_around(truth, 0)]

    def large(mask: Mask) -> int:
        _, _, about, _ = cv2.connectedComponentsWithStats(mask.astype(np.uint8))
        return int((about[1:, cv2.CC_STAT_AREA] >= least).sum())

    outside = np.pad(~truth, 1, constant_values=True).astype(np.uint8)
    cv2.floodFill(outside, None, (0, 0), 0)  # what remains is enclosed
    return large(truth), large(outside.astype(bool))
