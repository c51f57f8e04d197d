"""An order of photos by disagreement, spread over strata so that they are not all alike.

The strata are the photos' tags: photos with equal tags form one. Without tags, or where hardly two
photos have equal ones, they are clusters of small versions of the photos: brightness and colour by
place.
"""

import heapq
from collections import Counter
from collections.abc import Mapping, Sequence

import cv2
import numpy as np

from datasets.arrays import Image
from datasets.dataset import Dataset, Sample
from datasets.parallel import in_parallel
from datasets.pictures import PictureError, resize_by_area
from evaluate.compare.statistics import Values

MOST_CLUSTERS = 8
PHOTOS_PER_CLUSTER = 3  # at least so many on average
_SIDE = 8  # of the small versions
_LEAST_PX = 64  # a JPEG may be decoded at this size


def spread_order(values: Values, strata: Sequence[str]) -> list[int]:
    """Indices of all photos, most worth tracing first.

    Each time, the photo is taken whose value (float64, from 0) is highest, divided by 1 + the
    number of photos of its stratum that were taken before. Ties go to the first.
    """
    waiting: dict[str, list[int]] = {}  # of each stratum, the lowest value first
    for at in np.argsort(-values, kind="stable").tolist()[::-1]:
        waiting.setdefault(strata[at], []).append(at)
    taken: Counter[str] = Counter()
    heap = [(-float(values[own[-1]]), own[-1], name) for name, own in waiting.items()]
    heapq.heapify(heap)
    order = []
    while heap:
        _, _, name = heapq.heappop(heap)
        order.append(waiting[name].pop())
        taken[name] += 1
        if own := waiting[name]:
            heapq.heappush(heap, (-float(values[own[-1]]) / (1 + taken[name]), own[-1], name))
    return order


def strata_of(dataset: Dataset) -> list[str]:
    """The stratum of each photo, by its tags or, without any, by how it looks."""
    tags = [sample.tags for sample in dataset.samples]
    texts = [tag_text(one) for one in tags]
    if any(texts) and 2 * len({*texts}) <= len(texts):
        return texts
    return clusters(in_parallel(_small, dataset.samples, f"{dataset.name}: looking at photos"))


def tag_text(tags: Mapping[str, str]) -> str:
    """Tags as one text; empty without any."""
    return ", ".join(f"{name}={value}" for name, value in sorted(tags.items()))


def clusters(pictures: Sequence[Image | None]) -> list[str]:
    """The cluster of each picture (uint8 H×W×3, all of one size); ``unreadable`` for None."""
    there = [at for at, picture in enumerate(pictures) if picture is not None]
    count = min(MOST_CLUSTERS, len(there) // PHOTOS_PER_CLUSTER)
    names = ["unreadable" if picture is None else "cluster 1" for picture in pictures]
    if count < 2:
        return names
    data = np.array([_features(pictures[at]) for at in there])
    cv2.setRNGSeed(0)
    enough = (cv2.TERM_CRITERIA_EPS + cv2.TERM_CRITERIA_MAX_ITER, 50, 0.1)
    start = np.zeros((len(there), 1), np.int32)
    _, labels, _ = cv2.kmeans(data, count, start, enough, 5, cv2.KMEANS_PP_CENTERS)
    numbers = {label: i for i, label in enumerate(dict.fromkeys(labels.ravel().tolist()), 1)}
    for at, label in zip(there, labels.ravel().tolist(), strict=True):
        names[at] = f"cluster {numbers[label]}"
    return names


def _features(picture: Image | None) -> Values:
    assert picture is not None  # noqa: S101 - narrows the type
    return np.asarray(cv2.cvtColor(picture, cv2.COLOR_RGB2LAB).reshape(-1), np.float32)


def _small(sample: Sample) -> Image | None:
    try:
        return resize_by_area(sample.photo(_LEAST_PX), (_SIDE, _SIDE))
    except PictureError:
        return None
