"""Contact sheets: cards with text and tiles; a tile is a photo with mask outlines drawn on it."""

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
from evaluate.display.palette import Colour
from evaluate.display.text import cut_middle, printable
from evaluate.metrics.working_scale import View

Window: TypeAlias = tuple[slice, slice]

TILE_PX = 360
MARGIN_SHARE = 0.05  # margin around the window, as a share of the photo's long side
GAP_PX = 10
LINE_WIDTH_PX = 2  # width of an outline
LINE_EM, CHARACTER_EM = 1.3, 0.55  # line height and average character width, in font sizes


@dataclass(frozen=True)
class Card:
    """A title, text lines, and tiles (uint8 H×W×3), each with a caption of one or more lines."""

    title: str
    lines: Sequence[str]
    tiles: Sequence[tuple[str, Image]]


def sheet(cards: Sequence[Card], tiles: int = 4, font_px: int = 17) -> bytes:
    """Stack one or more cards into a JPEG as wide as ``tiles`` tiles, or as the widest card."""
    tiles = max(tiles, *(len(card.tiles) for card in cards))
    drawn = [_draw(card, tiles * TILE_PX + (tiles + 1) * GAP_PX, font_px) for card in cards]
    whole = Pillow.new("RGB", (drawn[0].width, sum(card.height for card in drawn)), "white")
    top = 0
    for card in drawn:
        whole.paste(card, (0, top))
        top += card.height
    out = io.BytesIO()
    whole.save(out, format="JPEG", quality=88)
    return out.getvalue()


def window(masks: Sequence[Mask]) -> Window:
    """The window that holds all masks and a margin; the whole photo if all are empty."""
    together = np.logical_or.reduce(masks)
    margin = round(MARGIN_SHARE * max(together.shape))
    slices = []
    for axis in (1, 0):
        inside = np.flatnonzero(together.any(axis=axis))
        first, last = (inside[0], inside[-1]) if inside.size else (0, together.shape[1 - axis])
        slices.append(slice(max(0, int(first) - margin), int(last) + margin + 1))
    return slices[0], slices[1]


def tile(seen: View, part: Window, *outlines: tuple[Mask, Colour]) -> Image:
    """Part of the photo with mask outlines, uint8 H×W×3; the first is widest, so that all show."""
    image = seen.image[part]
    height, width = image.shape[:2]
    scale = TILE_PX / max(height, width)
    size = max(1, round(width * scale)), max(1, round(height * scale))
    way = cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC
    picture = cv2.resize(image, size, interpolation=way)
    for above, (mask, colour) in zip(reversed(range(len(outlines))), outlines, strict=True):
        levels = mask[part].astype(np.uint8) * 255
        inside = (cv2.resize(levels, size, interpolation=way) > 127).astype(np.uint8)
        found, _ = cv2.findContours(inside, cv2.RETR_CCOMP, cv2.CHAIN_APPROX_NONE)
        cv2.drawContours(picture, found, -1, colour, LINE_WIDTH_PX * (1 + above))
    return picture.astype(np.uint8, copy=False)


def _draw(card: Card, width: int, font_px: int) -> Pillow.Image:
    step = round(LINE_EM * font_px)
    lines = [
        line
        for text in (card.title, *card.lines)
        for line in textwrap.wrap(_one_line(text), _fitting(width - 2 * GAP_PX, font_px))
    ]
    captions = [caption.split("\n") for caption, _ in card.tiles]
    top = GAP_PX + len(lines) * step
    below = top + max(map(len, captions), default=0) * step
    height = below + max((picture.shape[0] for _, picture in card.tiles), default=0) + 2 * GAP_PX
    whole = Pillow.new("RGB", (width, height), "white")
    draw = ImageDraw.Draw(whole)
    font = ImageFont.truetype(_font_file(), font_px)
    for number, line in enumerate(lines):
        colour = "black" if number else "#b00000"
        draw.text((GAP_PX, GAP_PX + number * step), line, colour, font)
    for place, (caption, (_, picture)) in enumerate(zip(captions, card.tiles, strict=True)):
        left = GAP_PX + place * (TILE_PX + GAP_PX)
        for number, line in enumerate(caption):
            text = cut_middle(_one_line(line), _fitting(TILE_PX, font_px))
            draw.text((left, top + number * step), text, "#555555", font)
        whole.paste(Pillow.fromarray(picture), (left, below))
    draw.line((0, height - 1, width, height - 1), "#aaaaaa")
    return whole


def _fitting(width_px: int, font_px: int) -> int:
    """How many characters fit into a line."""
    return int(width_px / (CHARACTER_EM * font_px))


def _one_line(text: str) -> str:
    return printable(text.replace("\n", " "))


def _font_file() -> str:
    """DejaVu Sans, which ships with matplotlib and covers most scripts used in ids."""
    import matplotlib  # slow to import, and not every caller draws plots

    return f"{matplotlib.get_data_path()}/fonts/ttf/DejaVuSans.ttf"
