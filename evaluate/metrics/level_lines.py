"""Outlines below a pixel: the lines on which an alpha crosses a threshold (marching squares).

Lorensen, Cline, Marching cubes, 1987, in two dimensions. A cell has the centres of four pixels as
its corners. Where some are foreground and some are not, the line enters and leaves the cell at the
points of its sides where the level, interpolated linearly, is the threshold. Foreground that
touches at a corner only is connected there, as it is for OpenCV's contours.

contourpy draws the same lines. It reads the plane as float64 with two planes of coordinates, which
takes five times as long for a tool on a photo of 20 megapixels.
"""

import numpy as np
import numpy.typing as npt
import shapely

from datasets.arrays import Alpha

LinePoints = npt.NDArray[np.float64]

# Bits of a cell's corners in the foreground, and its sides.
_TOP_LEFT, _TOP_RIGHT, _BOTTOM_RIGHT, _BOTTOM_LEFT = 1, 2, 4, 8
_TOP, _RIGHT, _BOTTOM, _LEFT = range(4)
# The side where a line enters and the one where it leaves, the foreground on its right.
_LINES = {
    1: (_TOP, _LEFT), 2: (_RIGHT, _TOP), 3: (_RIGHT, _LEFT), 4: (_BOTTOM, _RIGHT),
    6: (_BOTTOM, _TOP), 7: (_BOTTOM, _LEFT), 8: (_LEFT, _BOTTOM), 9: (_TOP, _BOTTOM),
    11: (_RIGHT, _BOTTOM), 12: (_LEFT, _RIGHT), 13: (_TOP, _RIGHT), 14: (_LEFT, _TOP),
}  # fmt: skip
# Two lines: the parts of corners 5 and 10 that are background are cut off, each by its own.
_TWO_LINES = {5: (13, 7), 10: (14, 11)}


def level_polygons(levels: Alpha, threshold: int) -> list[shapely.Polygon]:
    """The areas of an Alpha (uint8 H×W) from ``threshold`` on, x to the right and y down.

    The centre of the first pixel is at (0, 0). The outermost pixels must be below the threshold.
    """
    cells, codes = _crossed_cells(levels, threshold)
    enters, leaves = [], []
    for code, sides in _LINES.items():
        codes_here = [code, *(two for two, parts in _TWO_LINES.items() if code in parts)]
        here = cells[np.isin(codes, codes_here)]
        enters.append(_sides(here, sides[0], levels.shape[1]))
        leaves.append(_sides(here, sides[1], levels.shape[1]))
    rings = _rings(np.concatenate(enters), np.concatenate(leaves))
    return _polygons([_points(levels, ring, threshold - 0.5) for ring in rings])


def _crossed_cells(
    levels: Alpha, threshold: int
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.uint8]]:
    """The cells that a line crosses, as flat indices of their first corner, and their bits."""
    mask = (levels >= threshold).view(np.uint8)
    code = mask[:-1, :-1] * np.uint8(_TOP_LEFT)
    code += mask[:-1, 1:] * np.uint8(_TOP_RIGHT)
    code += mask[1:, 1:] * np.uint8(_BOTTOM_RIGHT)
    code += mask[1:, :-1] * np.uint8(_BOTTOM_LEFT)
    crossed = np.flatnonzero((code - np.uint8(1)) < 14)  # 0 wraps around to 255
    # A row has one cell less than it has pixels.
    return crossed + crossed // code.shape[1], code.reshape(-1)[crossed]


def _sides(cells: npt.NDArray[np.int64], side: int, width: int) -> npt.NDArray[np.int64]:
    """One number for each side, whichever of its two cells it is seen from.

    Twice the index of its first corner, and 1 more where it runs down.
    """
    first = {_TOP: 0, _LEFT: 0, _RIGHT: 1, _BOTTOM: width}[side]
    return 2 * (cells + first) + (side in (_LEFT, _RIGHT))


def _rings(
    enters: npt.NDArray[np.int64], leaves: npt.NDArray[np.int64]
) -> list[npt.NDArray[np.int64]]:
    """The sides that each closed line passes, in its order."""
    order = np.argsort(enters)
    following = order[np.searchsorted(enters[order], leaves)].tolist()
    seen = bytearray(len(following))
    rings = []
    for start in range(len(following)):
        if seen[start]:
            continue
        ring, at = [], start
        while not seen[at]:
            seen[at] = 1
            ring.append(at)
            at = following[at]
        rings.append(enters[ring])
    return rings


def _points(levels: Alpha, sides: npt.NDArray[np.int64], level: float) -> LinePoints:
    """Where the level is crossed on each side, float64 N×2."""
    corner, down = sides // 2, sides % 2
    width = levels.shape[1]
    rows, columns = np.divmod(corner, width)
    flat = levels.reshape(-1)
    start = flat[corner].astype(np.float64)
    along = (level - start) / (flat[corner + np.where(down, width, 1)] - start)
    return np.stack([columns + np.where(down, 0, along), rows + np.where(down, along, 0)], axis=1)


def _polygons(rings: list[LinePoints]) -> list[shapely.Polygon]:
    """Outer rings, which run clockwise as seen, with the holes that lie in them."""
    areas = [_area(ring) for ring in rings]
    outer = [shapely.Polygon(ring) for ring, area in zip(rings, areas, strict=True) if area > 0]
    holes = [ring for ring, area in zip(rings, areas, strict=True) if area < 0]
    inside: list[list[LinePoints]] = [[] for _ in outer]
    if holes:
        tree = shapely.STRtree(outer)
        firsts = shapely.points([hole[0] for hole in holes])
        found: dict[int, int] = {}  # of an island in a hole, the island is the smaller
        for hole, at in tree.query(firsts, predicate="within").T.tolist():
            if hole not in found or outer[at].area < outer[found[hole]].area:
                found[hole] = at
        for hole, at in found.items():
            inside[at].append(holes[hole])
    return [
        shapely.Polygon(polygon.exterior, rest) for polygon, rest in zip(outer, inside, strict=True)
    ]


def _area(ring: LinePoints) -> float:
    """The area within a ring in px², negative for a hole."""
    x, y = ring.T
    return float(np.sum(x * np.roll(y, -1) - np.roll(x, -1) * y)) / 2
