"""Writes outlines as JSON, SVG and DXF, and as a preview drawn on the photo.

Units are mm where the photo's scale is known, otherwise px, and each file says that it is not to be
cut by. y points down in JSON and SVG and up in DXF, as is usual there.
"""

import io
import json

import cv2
import ezdxf
import numpy as np
import shapely
from ezdxf import units

from datasets.arrays import Image
from datasets.pictures import shrink_to
from datasets.truth import Size
from evaluate.metrics.polygons import MaskPolygons

PREVIEW_PX = 1600
_LINE = (230, 60, 30)
NO_SCALE = "px only, do not cut: the scale is unknown"


def as_json(polygons: MaskPolygons, size: Size, mm_per_px: float | None) -> bytes:
    """The polygons as JSON. ``size`` is the photo's (height, width) in px."""
    content = {
        "units": "mm" if mm_per_px else "px",
        "mm_per_px": mm_per_px,
        **({} if mm_per_px else {"note": NO_SCALE}),
        "width": round(size[1] * _unit(mm_per_px), 3),
        "height": round(size[0] * _unit(mm_per_px), 3),
        "polygons": [
            {"area": round(p.area * _unit(mm_per_px) ** 2, 3), "outer": outer, "holes": holes}
            for p in polygons.polygons
            for outer, *holes in [_rings(p, mm_per_px)]
        ],
    }
    return (json.dumps(content) + "\n").encode()


def as_svg(polygons: MaskPolygons, size: Size, mm_per_px: float | None) -> bytes:
    """The polygons as SVG, one path each, true to scale where ``mm_per_px`` is known."""
    unit = "mm" if mm_per_px else "px"
    width, height = (f"{length * _unit(mm_per_px):.3f}" for length in (size[1], size[0]))
    # As thick on a screen at any zoom; a cutter follows the path, whatever its stroke.
    stroke = 'fill="none" stroke="#d02010" stroke-width="1.5" vector-effect="non-scaling-stroke"'
    paths = "".join(
        f'<path d="{_path(_rings(p, mm_per_px))}" {stroke}/>\n' for p in polygons.polygons
    )
    letters = max(size) * _unit(mm_per_px) / 40
    note = f'<text x="{letters:g}" y="{2 * letters:g}" font-size="{letters:g}">{NO_SCALE}</text>\n'
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}{unit}" height="{height}{unit}" '
        f'viewBox="0 0 {width} {height}">\n{paths}{"" if mm_per_px else note}</svg>\n'
    ).encode()


def as_dxf(polygons: MaskPolygons, size: Size, mm_per_px: float | None) -> bytes:
    """Closed polylines in the layers OUTLINE and HOLE; without a scale, a text in NOTE."""
    drawing = ezdxf.new(setup=False)  # type: ignore[attr-defined]
    drawing.units = units.MM if mm_per_px else 0
    for layer in ("OUTLINE", "HOLE"):
        drawing.layers.add(layer)
    height = size[0] * _unit(mm_per_px)
    if not mm_per_px:
        drawing.layers.add("NOTE")
        note = {"layer": "NOTE", "height": max(size) / 40, "insert": (0, height)}
        drawing.modelspace().add_text(NO_SCALE, dxfattribs=note)
    for polygon in polygons.polygons:
        for number, ring in enumerate(_rings(polygon, mm_per_px)):
            drawing.modelspace().add_lwpolyline(
                [(x, round(height - y, 3)) for x, y in ring],
                close=True,
                dxfattribs={"layer": "HOLE" if number else "OUTLINE"},
            )
    text = io.StringIO()
    drawing.write(text)
    return text.getvalue().encode()


def preview(polygons: MaskPolygons, image: Image) -> bytes:
    """A JPEG of the photo (uint8 H×W×3), at most ``PREVIEW_PX`` long, with the outlines drawn."""
    height, width = image.shape[:2]
    scale = min(1.0, PREVIEW_PX / max(height, width))
    shown = cv2.cvtColor(shrink_to(image, PREVIEW_PX), cv2.COLOR_RGB2BGR)
    rings = [
        np.round(np.array(ring) * scale * 16).astype(np.int32)
        for polygon in polygons.polygons
        for ring in _rings(polygon, None)
    ]
    thick = max(2, round(max(shown.shape[:2]) / 500))
    cv2.polylines(shown, rings, True, _LINE[::-1], thick, cv2.LINE_AA, shift=4)
    _, jpeg = cv2.imencode(".jpg", shown, [cv2.IMWRITE_JPEG_QUALITY, 85])
    return jpeg.tobytes()


def _unit(mm_per_px: float | None) -> float:
    return mm_per_px or 1.0


def _rings(polygon: shapely.Polygon, mm_per_px: float | None) -> list[list[tuple[float, float]]]:
    """The outer ring, then the holes, rounded to 0.001; the first point is not repeated."""
    unit = _unit(mm_per_px)
    return [
        [(round(x * unit, 3), round(y * unit, 3)) for x, y in ring.coords[:-1]]
        for ring in (polygon.exterior, *polygon.interiors)
    ]


def _path(rings: list[list[tuple[float, float]]]) -> str:
    return "".join("M" + "L".join(f"{x:g} {y:g}" for x, y in ring) + "Z" for ring in rings)
