"""Writes outlines as JSON, SVG and DXF, and as a preview drawn on the photo.

Units are mm where the photo's scale is known, otherwise px, and each file says that it is not to be
cut by. Each file also says which clearance is in it. y points down in JSON and SVG and up in DXF,
as is usual there.
"""

import io
import json
from dataclasses import dataclass
from xml.sax.saxutils import escape

import cv2
import ezdxf
import numpy as np
import shapely
from ezdxf import units

from datasets.arrays import Image
from datasets.pictures import shrink_to
from datasets.truth import Size
from evaluate.display.palette import MASK

PREVIEW_PX = 1600
NO_SCALE = "px only, do not cut: the scale is unknown"
NO_CLEARANCE = "outline of the tool, without clearance"
_ARC = 16  # segments of a quarter of a circle: within 0.12 % of the clearance


def clearance_note(clearance_mm: float) -> str:
    """What an outline is that was moved outward by so much."""
    if not clearance_mm:
        return NO_CLEARANCE
    return f"outline of the tool, widened by a clearance of {clearance_mm:g} mm"


@dataclass(frozen=True)
class Outlines:
    """Polygons in px of a photo of ``size`` (height, width), and what is to be said of them.

    ``clearance_mm`` is what they were moved outward by.
    """

    polygons: tuple[shapely.Polygon, ...]
    size: Size
    mm_per_px: float | None
    clearance_mm: float = 0

    @property
    def unit(self) -> str:
        """That of the files: mm, or px where the scale is unknown."""
        return "mm" if self.mm_per_px else "px"

    @property
    def factor(self) -> float:
        """From px to ``unit``."""
        return self.mm_per_px or 1.0

    @property
    def note(self) -> str:
        """What a person who cuts by a file must know; each file has it."""
        text = clearance_note(self.clearance_mm)
        return text if self.mm_per_px else f"{text}; {NO_SCALE}"

    @property
    def bounds(self) -> tuple[float, float, float, float]:
        """Left, top, right and bottom of the photo and the outlines together, in ``unit``."""
        photo = shapely.box(0, 0, self.size[1], self.size[0])
        left, top, right, bottom = shapely.total_bounds([photo, *self.polygons]) * self.factor
        return round(left, 3), round(top, 3), round(right, 3), round(bottom, 3)

    def widened(self, clearance_mm: float) -> "Outlines":
        """With a clearance all around, corners round; without a scale they stay as they are."""
        if not (clearance_mm and self.mm_per_px):
            return self
        by_px = clearance_mm / self.mm_per_px
        wider = shapely.union_all(shapely.buffer(self.polygons, by_px, quad_segs=_ARC))
        polygons = sorted(shapely.get_parts(wider), key=lambda p: -p.area)
        return Outlines(tuple(polygons), self.size, self.mm_per_px, clearance_mm)


def as_json(outlines: Outlines) -> bytes:
    """The polygons as JSON."""
    factor = outlines.factor
    content = {
        "units": outlines.unit,
        "mm_per_px": outlines.mm_per_px,
        "clearance_mm": outlines.clearance_mm,
        "note": outlines.note,
        "width": round(outlines.size[1] * factor, 3),
        "height": round(outlines.size[0] * factor, 3),
        "polygons": [
            {"area": round(p.area * factor**2, 3), "outer": outer, "holes": holes}
            for p in outlines.polygons
            for outer, *holes in [_rings(p, factor)]
        ],
    }
    return (json.dumps(content) + "\n").encode()


def as_svg(outlines: Outlines) -> bytes:
    """The polygons as SVG, one path each, true to scale where the scale is known."""
    unit, factor = outlines.unit, outlines.factor
    left, top, right, bottom = outlines.bounds
    width, height = f"{right - left:.3f}", f"{bottom - top:.3f}"
    # As thick on a screen at any zoom; a cutter follows the path, whatever its stroke.
    stroke = 'fill="none" stroke="#d02010" stroke-width="1.5" vector-effect="non-scaling-stroke"'
    paths = "".join(f'<path d="{_path(_rings(p, factor))}" {stroke}/>\n' for p in outlines.polygons)
    letters = max(outlines.size) * factor / 40
    text = f'<text x="{letters:g}" y="{2 * letters:g}" font-size="{letters:g}">{NO_SCALE}</text>\n'
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}{unit}" height="{height}{unit}" '
        f'viewBox="{left:g} {top:g} {width} {height}">\n<desc>{escape(outlines.note)}</desc>\n'
        f"{paths}{'' if outlines.mm_per_px else text}</svg>\n"
    ).encode()


def as_dxf(outlines: Outlines) -> bytes:
    """Closed polylines in the layers OUTLINE and HOLE; without a scale, a text in NOTE.

    The drawing's properties have ``Outlines.note``.
    """
    drawing = ezdxf.new(setup=False)  # type: ignore[attr-defined]
    drawing.units = units.MM if outlines.mm_per_px else 0
    drawing.header.custom_vars.append("Note", outlines.note)
    for layer in ("OUTLINE", "HOLE"):
        drawing.layers.add(layer)
    space, height = drawing.modelspace(), outlines.size[0] * outlines.factor
    if not outlines.mm_per_px:
        drawing.layers.add("NOTE")
        text = {"layer": "NOTE", "height": max(outlines.size) / 40, "insert": (0, height)}
        space.add_text(NO_SCALE, dxfattribs=text)
    for polygon in outlines.polygons:
        for number, ring in enumerate(_rings(polygon, outlines.factor)):
            space.add_lwpolyline(
                [(x, round(height - y, 3)) for x, y in ring],
                close=True,
                dxfattribs={"layer": "HOLE" if number else "OUTLINE"},
            )
    left, top, right, bottom = outlines.bounds
    corners = (left, height - bottom, 0), (right, height - top, 0)
    space.reset_extents(*corners)
    drawing.header["$EXTMIN"], drawing.header["$EXTMAX"] = corners
    stream = io.StringIO()
    drawing.write(stream)
    return stream.getvalue().encode()


def preview(outlines: Outlines, image: Image) -> bytes:
    """A JPEG of the photo (uint8 H×W×3), at most ``PREVIEW_PX`` long, with the outlines drawn."""
    height, width = image.shape[:2]
    scale = min(1.0, PREVIEW_PX / max(height, width))
    shown = cv2.cvtColor(shrink_to(image, PREVIEW_PX), cv2.COLOR_RGB2BGR)
    rings = [
        np.round(np.array(ring) * scale * 16).astype(np.int32)
        for polygon in outlines.polygons
        for ring in _rings(polygon, 1)
    ]
    thick = max(2, round(max(shown.shape[:2]) / 500))
    cv2.polylines(shown, rings, True, MASK[::-1], thick, cv2.LINE_AA, shift=4)
    _, jpeg = cv2.imencode(".jpg", shown, [cv2.IMWRITE_JPEG_QUALITY, 85])
    return jpeg.tobytes()


def _rings(polygon: shapely.Polygon, factor: float) -> list[list[tuple[float, float]]]:
    """The outer ring, then the holes, rounded to 0.001; the first point is not repeated."""
    return [
        [(round(x * factor, 3), round(y * factor, 3)) for x, y in ring.coords[:-1]]
        for ring in (polygon.exterior, *polygon.interiors)
    ]


def _path(rings: list[list[tuple[float, float]]]) -> str:
    return "".join("M" + "L".join(f"{x:g} {y:g}" for x, y in ring) + "Z" for ring in rings)
