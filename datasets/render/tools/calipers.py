"""Measuring tools: a vernier caliper."""

import shapely
from shapely.geometry import MultiPolygon, Polygon, box

from datasets.render.colours import INK
from datasets.render.shapes import lettering, resting
from datasets.render.solids import Part, Tool, lathe, moved, slab


def vernier_caliper(opening: float = 18.0, metal: str = "satin") -> Tool:
    """A caliper for 150 mm, its jaws ``opening`` mm apart; 0.05 mm vernier, depth rod behind."""
    fixed = _rounded(Polygon([
        (0, 8.0), (0, 12), (-0.6, 24), (-2.4, 24), (-5, 15), (-9, 12.5), (-14, 10), (-16, 6),
        (-16, -8), (-13, -14), (-12.5, -30), (-8, -46), (-3.0, -50), (0, -50), (0, -14),
    ]))  # fmt: skip
    beam = box(-10, -8, 204, 8)
    parts = [
        Part(slab(beam, 3.4, 0.4, 1.6), metal),
        Part(slab(fixed, 5.2, 0.6, 0.8), metal),
        Part(slab(box(150, -1.2, 203 + opening, 1.2), 2.0, 0.3, 2.2), metal),
        Part(slab(_main_scale(), 0.05, 0.0, 5.0), "print", INK),
    ]
    parts += [part._replace(mesh=moved(part.mesh, x=opening)) for part in _slider(metal)]
    return resting(parts)


def _rounded(outline: Polygon) -> Polygon:
    return outline.buffer(-0.5).buffer(3.5).buffer(-3)


def _slider(metal: str) -> list[Part]:
    """The part that slides, its jaws closed against x = 0."""
    outline = _rounded(Polygon([
        (0, 13), (0.6, 24), (2.4, 24), (4.5, 15), (8, 13.5), (20, 13), (52, 13), (55, 10),
        (55, -9), (58, -12), (58, -15), (54, -16), (50, -20), (42, -20), (36, -15), (16, -15),
        (13, -18), (12.5, -30), (8, -46), (3.0, -50), (0, -50),
    ]))  # fmt: skip
    window = box(9, -3.2, 50, 8).buffer(-1.5).buffer(1.5)
    body = outline.difference(window)
    grooves = [box(37.5 + 2 * i, -21, 38.1 + 2 * i, -17) for i in range(8)]
    thumb = box(36, -21, 55, -15.5).intersection(outline).buffer(-0.6).buffer(0.5)
    thumb = max(
        shapely.get_parts(thumb.difference(shapely.union_all(grooves))), key=lambda a: a.area
    )
    screw = lathe(
        [(0, 1.6), (3, 1.6), (3.1, 3.6), *_knurl(3.4, 8.4, 3.6, 0.35), (8.6, 3.4), (9.0, 2.9)], 36
    )
    vernier = [
        _tick(11.2 + 0.95 * i, -3.6, 3.0 if i % 10 == 0 else 2.2 if i % 5 == 0 else 1.6, True)
        for i in range(41)
    ]
    numbers = [lettering(str(i), 1.3, 11.2 + 3.8 * i, -8.0) for i in range(10)]
    marks = MultiPolygon(_polygons([*vernier, *numbers]))
    return [
        Part(slab(body, 6.6, 0.6, 0.0), metal),
        Part(slab(thumb, 1.2, 0.4, 6.0), metal),
        Part(slab(marks, 0.05, 0.0, 6.6), "print", INK),
        Part(moved(screw, 27, 11.5, 3.4, turn=90), metal),
    ]


def _knurl(start: float, stop: float, radius: float, depth: float) -> list[tuple[float, float]]:
    """A milled edge seen from the side: fine grooves around."""
    count = int((stop - start) / 0.7)
    return [
        (start + (stop - start) * i / (2 * count), radius - depth * (i % 2))
        for i in range(2 * count + 1)
    ]


def _main_scale() -> MultiPolygon:
    """Millimetres along the lower edge of the beam's face, every ten numbered; inches above."""
    marks = []
    for i in range(151):
        long = 5.2 if i % 10 == 0 else 4.2 if i % 5 == 0 else 3.0
        marks.append(_tick(11.2 + i, -3.2, long, False))
        if i % 10 == 0:
            marks.append(lettering(str(i // 10), 1.8, 11.2 + i, 3.3))
    for i in range(6 * 16 + 1):
        long = 2.6 if i % 16 == 0 else 2.0 if i % 4 == 0 else 1.3
        marks.append(_tick(11.2 + i * 25.4 / 16, 7.6, long, True))
    return MultiPolygon(_polygons(marks))


def _tick(x: float, y: float, length: float, down: bool) -> Polygon:
    return box(x - 0.09, y - length if down else y, x + 0.09, y if down else y + length)


def _polygons(shapes: list[Polygon]) -> list[Polygon]:
    return [part for part in shapely.get_parts(shapely.union_all(shapes)) if not part.is_empty]
