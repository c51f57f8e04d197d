"""The contact sheet of an audit: for each suspect the photo, the truth, and what speaks against it.

Outlines: red the truth, green the truth moved to where it fits, blue the best model's mask.
"""

import io
import textwrap
from collections.abc import Sequence
from typing import TypeAlias

import cv2
import numpy as np
from PIL import Image as Pillow
from PIL import ImageDraw, ImageFont

from datasets.arrays import Image, Mask
from datasets.dataset import Dataset, Sample
from datasets.pictures import PictureError
from evaluate.audit.consensus import predictions
from evaluate.audit.gather import Audit
from evaluate.audit.suspicion import Case
from evaluate.audit.view import View, view
from evaluate.report import printable
from evaluate.store import Run

Colour: TypeAlias = tuple[int, int, int]

TILE_PX = 360
MARGIN_SHARE = 0.05  # of the photo, around what is shown
GAP_PX = 10
LINE_PX = 22
FONT_PX = 17
COLUMNS, CAPTION_COLUMNS = 165, 38  # characters that fit the sheet, and a tile
TRUTH: Colour = (235, 20, 20)
MOVED: Colour = (0, 200, 60)
MODEL: Colour = (40, 110, 255)


def sheet(audit: Audit) -> bytes:
    """The sheet as a JPEG, the worst first."""
    best = audit.good[0].label if audit.good else ""
    cards = [
        _card(case, _tiles(audit.dataset, case, sample, audit.good_runs, best))
        for case, sample in audit.worst
    ]
    whole = Pillow.new("RGB", (cards[0].width, sum(card.height for card in cards)), "white")
    top = 0
    for card in cards:
        whole.paste(card, (0, top))
        top += card.height
    out = io.BytesIO()
    whole.save(out, format="JPEG", quality=88)
    return out.getvalue()


def _card(case: Case, tiles: Sequence[tuple[str, Image]]) -> Pillow.Image:
    from evaluate.plots import font_file

    reasons = [f"{finding.kind}: {finding.text}" for finding in case.suspects]
    lines = [line for text in (case.id, *reasons) for line in _wrapped(text)]
    top = GAP_PX + len(lines) * LINE_PX
    width = 4 * TILE_PX + 5 * GAP_PX
    below = max((tile.shape[0] for _, tile in tiles), default=0)
    card = Pillow.new("RGB", (width, top + LINE_PX + below + 2 * GAP_PX), "white")
    draw = ImageDraw.Draw(card)
    font = ImageFont.truetype(font_file(), FONT_PX)
    for number, line in enumerate(lines):
        colour = "black" if number else "#b00000"
        draw.text((GAP_PX, GAP_PX + number * LINE_PX), line, colour, font)
    for number, (caption, tile) in enumerate(tiles):
        left = GAP_PX + number * (TILE_PX + GAP_PX)
        draw.text((left, top), caption[:CAPTION_COLUMNS], "#555555", font)
        card.paste(Pillow.fromarray(tile), (left, top + LINE_PX))
    draw.line((0, card.height - 1, width, card.height - 1), "#aaaaaa")
    return card


def _wrapped(text: str) -> list[str]:
    return textwrap.wrap(printable(text.replace("\n", " ")), COLUMNS)


def _tiles(
    dataset: Dataset, case: Case, sample: Sample, good: Sequence[Run], best: str
) -> list[tuple[str, Image]]:
    """Captions and pictures; fewer where the photo or the truth cannot be read."""
    try:
        photo = sample.photo()
    except PictureError:
        return []
    size = (photo.shape[0], photo.shape[1])
    try:
        truth, _ = dataset.truth(sample, size)
    except PictureError:
        seen = view(photo, np.zeros(size, np.bool_))
        return [("photo", _tile(seen, _window([seen.truth])))]
    seen = view(photo, truth)
    outlined = [("truth", seen.truth, TRUTH)]
    if case.mend_px:
        outlined.append(("truth, moved", _moved(seen, case.mend_px), MOVED))
    if masks := predictions(good[:1], sample.id, size):
        outlined.append((best, masks[0], MODEL))
    window = _window([mask for _, mask, _ in outlined])
    tiles = [(caption, _tile(seen, window, mask, colour)) for caption, mask, colour in outlined]
    return [("photo", _tile(seen, window)), *tiles]


def _moved(seen: View, mend_px: tuple[int, int]) -> Mask:
    dx, dy = (d * seen.scale for d in mend_px)
    height, width = seen.truth.shape
    move = np.array([[1, 0, dx], [0, 1, dy]], np.float32)
    return cv2.warpAffine(seen.truth.astype(np.uint8), move, (width, height)) > 0


def _window(masks: Sequence[Mask]) -> tuple[slice, slice]:
    """The part of the photo that holds all masks and a margin, or all of it."""
    together = np.logical_or.reduce(masks)
    margin = round(MARGIN_SHARE * max(together.shape))
    slices = []
    for axis in (1, 0):
        inside = np.flatnonzero(together.any(axis=axis))
        first, last = (inside[0], inside[-1]) if inside.size else (0, together.shape[1 - axis])
        slices.append(slice(max(0, int(first) - margin), int(last) + margin + 1))
    return slices[0], slices[1]


def _tile(
    seen: View, window: tuple[slice, slice], mask: Mask | None = None, colour: Colour = TRUTH
) -> Image:
    """A part of the photo, with the outline of a mask."""
    image = seen.image[window]
    height, width = image.shape[:2]
    scale = TILE_PX / max(height, width)
    size = max(1, round(width * scale)), max(1, round(height * scale))
    way = cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC
    picture = cv2.resize(image, size, interpolation=way)
    if mask is not None:
        levels = mask[window].astype(np.uint8) * 255
        inside = (cv2.resize(levels, size, interpolation=way) > 127).astype(np.uint8)
        outlines, _ = cv2.findContours(inside, cv2.RETR_CCOMP, cv2.CHAIN_APPROX_NONE)
        cv2.drawContours(picture, outlines, -1, colour, 2)
    return picture.astype(np.uint8, copy=False)
