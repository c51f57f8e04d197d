"""Contact sheets: cards of words and pictures, a photo with outlines drawn on it."""

import io
import textwrap
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias

import cv2
import numpy as np
from PIL import Image as Pillow
from PIL import ImageDraw, ImageFont

from datasets.arrays import Image, Mask
from evaluate.audit.view import View
from evaluate.report import printable

Colour: TypeAlias = tuple[int, int, int]
Window: TypeAlias = tuple[slice, slice]

RED: Colour = (235, 20, 20)
GREEN: Colour = (0, 200, 60)
BLUE: Colour = (40, 110, 255)

TILE_PX = 360
TILES = 4  # in a row
MARGIN_SHARE = 0.05  # of the photo, around what is shown
GAP_PX = 10
LINE_PX = 22
FONT_PX = 17
COLUMNS, CAPTION_COLUMNS = 165, 38  # characters that fit the sheet, and a tile


@dataclass(frozen=True)
class Card:
    """A title, lines below it, and up to ``TILES`` captioned tiles (uint8 H×W×3)."""

    title: str
    lines: Sequence[str]
    tiles: Sequence[tuple[str, Image]]


def sheet(cards: Sequence[Card]) -> bytes:
    """The cards, at least one, below one another as a JPEG."""
    drawn = [_draw(card) for card in cards]
    whole = Pillow.new("RGB", (drawn[0].width, sum(card.height for card in drawn)), "white")
    top = 0
    for card in drawn:
        whole.paste(card, (0, top))
        top += card.height
    out = io.BytesIO()
    whole.save(out, format="JPEG", quality=88)
    return out.getvalue()


def window(masks: Sequence[Mask]) -> Window:
    """The part of the photo that holds all masks and a margin, or all of it."""
    together = np.logical_or.reduce(masks)
    margin = round(MARGIN_SHARE * max(together.shape))
    slices = []
    for axis in (1, 0):
        inside = np.flatnonzero(together.any(axis=axis))
        first, last = (inside[0], inside[-1]) if inside.size else (0, together.shape[1 - axis])
        slices.append(slice(max(0, int(first) - margin), int(last) + margin + 1))
    return slices[0], slices[1]


def tile(seen: View, part: Window, mask: Mask | None = None, colour: Colour = RED) -> Image:
    """A part of the photo, with the outline of a mask."""
    image = seen.image[part]
    height, width = image.shape[:2]
    scale = TILE_PX / max(height, width)
    size = max(1, round(width * scale)), max(1, round(height * scale))
    way = cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC
    picture = cv2.resize(image, size, interpolation=way)
    if mask is not None:
        levels = mask[part].astype(np.uint8) * 255
        inside = (cv2.resize(levels, size, interpolation=way) > 127).astype(np.uint8)
        outlines, _ = cv2.findContours(inside, cv2.RETR_CCOMP, cv2.CHAIN_APPROX_NONE)
        cv2.drawContours(picture, outlines, -1, colour, 2)
    return picture.astype(np.uint8, copy=False)


def _draw(card: Card) -> Pillow.Image:
    from evaluate.plots import font_file

    lines = [line for text in (card.title, *card.lines) for line in _wrapped(text)]
    top = GAP_PX + len(lines) * LINE_PX
    width = TILES * TILE_PX + (TILES + 1) * GAP_PX
    below = max((picture.shape[0] for _, picture in card.tiles), default=0)
    whole = Pillow.new("RGB", (width, top + LINE_PX + below + 2 * GAP_PX), "white")
    draw = ImageDraw.Draw(whole)
    font = ImageFont.truetype(font_file(), FONT_PX)
    for number, line in enumerate(lines):
        colour = "black" if number else "#b00000"
        draw.text((GAP_PX, GAP_PX + number * LINE_PX), line, colour, font)
    for number, (caption, picture) in enumerate(card.tiles):
        left = GAP_PX + number * (TILE_PX + GAP_PX)
        draw.text((left, top), caption[:CAPTION_COLUMNS], "#555555", font)
        whole.paste(Pillow.fromarray(picture), (left, top + LINE_PX))
    draw.line((0, whole.height - 1, width, whole.height - 1), "#aaaaaa")
    return whole


def _wrapped(text: str) -> list[str]:
    return textwrap.wrap(printable(text.replace("\n", " ")), COLUMNS)
