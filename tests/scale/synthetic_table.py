"""A photos.parquet of any size, with tags and traits, without a photo or a model."""

from pathlib import Path

import numpy as np

from evaluate.store.formats.columns import Coded, constant
from evaluate.store.photo_table.columns import MEASURED, TAG, TRAIT, Cells
from evaluate.store.photo_table.parquet_file import ParquetPhotos

MODELS = 10
TAGS = {"light": ("lamp", "office", "window"), "paper": tuple("abcd"), "stratum": ("matte", "wood")}


def write_table(path: Path, photos: int, models: int = MODELS) -> None:
    """Write ``photos`` photos of each of ``models`` models to ``path``."""
    rng = np.random.default_rng(photos)
    hardness = rng.beta(2, 8, photos)
    ids = [f"photo-{number:07}" for number in range(photos)]
    known: dict[str, Cells] = {
        f"{TAG}{name}": Coded(rng.integers(0, len(values), photos, np.int32), values)
        for name, values in TAGS.items()
    }
    for name in ("brightness", "contrast", "glare", "width", "size"):
        known[f"{TRAIT}{name}"] = rng.uniform(0, 100, photos).round(4)
    for name in ("parts", "holes"):
        known[f"{TRAIT}{name}"] = Coded(rng.integers(0, 3, photos, np.int32), (0, 1, 2))
    none = np.full(photos, np.nan)
    with path.open("wb") as file:
        parquet = ParquetPhotos(file, {})
        for number in range(models):
            noise = rng.beta(1.2, 12 - number / 2, photos)
            ious = np.where(rng.random(photos) < 0.03, 0.0, 1 - np.minimum(1, hardness * noise * 6))
            measured: dict[str, Cells] = dict.fromkeys(MEASURED, none)
            measured |= {
                "iou": ious,
                "hd95_px": rng.exponential(10, photos),
                "seconds": rng.lognormal(-1, 0.2, photos),
                "peak_rss_bytes": rng.integers(10**9, 2 * 10**9, photos).astype(float),
            }
            row = f"model-{number:02}"
            parquet.write(
                {
                    "row": constant(row, photos),
                    "label": constant(f"Model {number}", photos),
                    "id": ids,
                    "status": ["ok"] * photos,
                    **measured,
                    "error": [""] * photos,
                    **known,
                }
            )
        parquet.close()
