"""Outlines as files other programs open: JSON, SVG and DXF, and a preview on the photo.

In mm where the photo's scale is known, else in px. JSON and SVG have y pointing down, as pictures
do; DXF has it up, as drawings do.
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
from evaluate.metrics.polygons import MaskPolygons

Size = tuple[int, int]
PREVIEW_PX = 1600
_LINE = (230, 60, 30)


def as_json(found: MaskPolygons, size: Size, mm_per_px: float | None) -> bytes:
    """``size`` is the photo's height and width in px."""
    content = {
        "units": "mm" if mm_per_px else "px",
        "mm_per_px": mm_per_px,
        "width": round(size[1] * _unit(mm_per_px), 3),
        "height": round(size[0] * _unit(mm_per_px), 3),
        "polygons": [
            {"area": round(p.area * _unit(mm_per_px) ** 2, 3), "outer": outer, "holes": holes}
            for p in found.polygons
            for outer, *holes in [_rings(p, mm_per_px)]
        ],
    }
    return (json.dumps(content) + "\n").encode()


def as_svg(found: MaskPolygons, size: Size, mm_per_px: float | None) -> bytes:
    """One path a polygon, true to scale where ``mm_per_px`` is known."""
    unit = "mm" if mm_per_px else "px"
    width, height = (f"{length * _unit(mm_per_px):.3f}" for length in (size[1], size[0]))
    paths = "".join(
        f'<path d="{_path(_rings(p, mm_per_px))}" fill="none" stroke="#000" stroke-width="0.1"/>\n'
        for p in found.polygons
    )
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}{unit}" height="{height}{unit}" '
        f'viewBox="0 0 {width} {height}">\n{paths}</svg>\n'
    ).encode()


def as_dxf(found: MaskPolygons, size: Size, mm_per_px: float | None) -> bytes:
    """Closed polylines in the layers OUTLINE and HOLE."""
    drawing = ezdxf.new(setup=False)  # type: ignore[attr-defined]
    drawing.units = units.MM if mm_per_px else 0
    for layer in ("OUTLINE", "HOLE"):
        drawing.layers.add(layer)
    height = size[0] * _unit(mm_per_px)
    for polygon in found.polygons:
        for number, ring in enumerate(_rings(polygon, mm_per_px)):
            drawing.modelspace().add_lwpolyline(
                [(x, round(height - y, 3)) for x, y in ring],
                close=True,
                dxfattribs={"layer": "HOLE" if number else "OUTLINE"},
            )
    text = io.StringIO()
    drawing.write(text)
    return text.getvalue().encode()


def preview(found: MaskPolygons, image: Image) -> bytes:
    """The photo (uint8 H×W×3), at most ``PREVIEW_PX`` long, with the outlines drawn; a JPEG."""
    height, width = image.shape[:2]
    scale = min(1.0, PREVIEW_PX / max(height, width))
    shown = cv2.cvtColor(shrink_to(image, PREVIEW_PX), cv2.COLOR_RGB2BGR)
    rings = [
        np.round(np.array(ring) * scale * 16).astype(np.int32)
        for polygon in found.polygons
        for ring in _rings(polygon, None)
    ]
    thick = max(2, round(max(shown.shape[:2]) / 500))
    cv2.polylines(shown, rings, True, _LINE[::-1], thick, cv2.LINE_AA, shift=4)
    _, jpeg = cv2.imencode(".jpg", shown, [cv2.IMWRITE_JPEG_QUALITY, 85])
    return jpeg.tobytes()


def _unit(mm_per_px: float | None) -> float:
    return mm_per_px or 1.0


def _rings(polygon: shapely.Polygon, mm_per_px: float | None) -> list[list[tuple[float, float]]]:
    """The outer ring, then the holes, to a thousandth; the first point is not repeated."""
    unit = _unit(mm_per_px)
    return [
        [(round(x * unit, 3), round(y * unit, 3)) for x, y in ring.coords[:-1]]
        for ring in (polygon.exterior, *polygon.interiors)
    ]


def _path(rings: list[list[tuple[float, float]]]) -> str:
    return "".join("M" + "L".join(f"{x:g} {y:g}" for x, y in ring) + "Z" for ring in rings)
