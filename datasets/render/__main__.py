"""Render the built-in photographs: ``python -m datasets.render [ID …]``; ``make sample-set``.

Writes ``datasets/sample``: ``images/<id>.jpg``, ``masks/<id>.png`` (1 bit), ``metadata.csv`` and
``contact.jpg``, which shows the photographs with their truths outlined.
Each picture follows from its description and its id alone, so rendering again gives the same set.
A picture takes about a minute on two cores.
"""

import csv
import sys
from pathlib import Path

import cv2
import numpy as np
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
    _write_contact_sheet()
    return 0


def taken(photo: Photo, long_side: int, samples: int) -> tuple[Image, Mask]:
    """A photograph (uint8 H×W×3) and its truth (bool H×W): pixels at least half covered by tool."""
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


def _write_contact_sheet() -> None:
    """Eight a row, each cut to 3:4; the outline is the truth."""
    width, height = 180, 240
    tiles = []
    for photo in PHOTOS:
        with Pillow.open(SAMPLE / "images" / f"{photo.id}.jpg") as picture:
            tile = np.array(picture.resize((width, height), Pillow.Resampling.LANCZOS))
        with Pillow.open(SAMPLE / "masks" / f"{photo.id}.png") as picture:
            gray = picture.convert("L").resize((width, height), Pillow.Resampling.BOX)
        inside = (np.array(gray) >= 128).astype(np.uint8)
        outlines, _ = cv2.findContours(inside, cv2.RETR_CCOMP, cv2.CHAIN_APPROX_NONE)
        cv2.drawContours(tile, outlines, -1, (255, 0, 80), 1, cv2.LINE_AA)
        tiles.append(tile)
    rows = [np.hstack(tiles[i : i + 8]) for i in range(0, len(tiles), 8)]
    Pillow.fromarray(np.vstack(rows)).save(SAMPLE / "contact.jpg", quality=85, optimize=True)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
