"""Render the built-in photographs: ``python -m datasets.render [ID …]``; ``make sample-set``.

Writes ``datasets/sample``: ``images/<id>.jpg``, ``masks/<id>.png`` (1 bit) and ``metadata.csv``.
Each picture follows from its description and its id alone, so rendering again gives the same set.
A picture takes about a minute on two cores.
"""

import csv
import sys
from pathlib import Path

from PIL import Image as Pillow
from tqdm import tqdm

from datasets.arrays import Image, Mask
from datasets.render.light import tint
from datasets.render.phone import developed
from datasets.render.photos import PHOTOS
from datasets.render.scene import LONG_SIDE, Photo, coverage, rendered

SAMPLE = Path(__file__).parent.parent / "sample"
SAMPLES_A_PIXEL = 24
JPEG_QUALITY = 88


def main(ids: list[str]) -> int:
    """Render the photographs of these ids, or all; returns the exit code."""
    known = {photo.id: photo for photo in PHOTOS}
    if unknown := [i for i in ids if i not in known]:
        print(f"no photograph {', '.join(unknown)}; there are {', '.join(known)}", file=sys.stderr)
        return 2
    for part in ("images", "masks"):
        (SAMPLE / part).mkdir(parents=True, exist_ok=True)
    for photo in tqdm([known[i] for i in ids or known], desc="rendering", unit="photo"):
        image, mask = taken(photo, LONG_SIDE, SAMPLES_A_PIXEL)
        Pillow.fromarray(image).save(
            SAMPLE / "images" / f"{photo.id}.jpg", quality=JPEG_QUALITY, optimize=True
        )
        Pillow.fromarray(mask).save(SAMPLE / "masks" / f"{photo.id}.png", optimize=True)
    _write_metadata()
    return 0


def taken(photo: Photo, long_side: int, samples: int) -> tuple[Image, Mask]:
    """A photograph (uint8 H×W×3) and its truth (bool H×W): pixels that tools cover by half."""
    light = photo.lit
    image = developed(rendered(photo, long_side, samples), photo.seed, light.ev, tint(light.warmth))
    return image, coverage(photo, long_side) >= 0.5


def _write_metadata() -> None:
    with (SAMPLE / "metadata.csv").open("w", newline="", encoding="utf-8") as file:
        rows = csv.writer(file, lineterminator="\n")
        rows.writerow(("id", "mm_per_px", "stratum", "tools", "light", "paper", "table"))
        for photo in PHOTOS:
            tools = " + ".join(dict.fromkeys(lying.name for lying in photo.tools))
            scale = round(photo.mm_per_px(LONG_SIDE), 5)
            rows.writerow(
                (
                    photo.id,
                    scale,
                    photo.stratum,
                    tools,
                    photo.light,
                    photo.paper or "none",
                    photo.table,
                )
            )


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
