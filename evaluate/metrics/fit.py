"""Does the tool fit? The smallest clearance at which it goes into the pocket that a mask cuts.

The tool is the polygon of the ground truth, the pocket that of the mask, widened all around by the
clearance. The tool may be moved and turned a little, as a hand would: each separate piece on its
own, by up to 5 % of its length and by up to 5°. It fits where no point of it is farther from the
pocket than the clearance. So the smallest clearance is

    min over placements of the max over points of the tool of their distance to the pocket

Sequential linear programming finds the placement: near one, the distance of each point changes
linearly with a small shift and turn, so the best small step is a linear program in the step and
the largest distance. A step that does not help is halved. The result is the largest distance at a
placement that was tried, so it is never too small. Since the way to a better placement may lead
uphill, placements all over the range are tried on a coarse plane, and one that looks better there
is a second start.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from operator import itemgetter

import cv2
import numpy as np
import numpy.typing as npt
import shapely

from evaluate.metrics.level_lines import LinePoints

Floats = npt.NDArray[np.float64]

SHIFT = 0.05  # of a piece's length, in x and in y
TURN = float(np.deg2rad(5))
_SPACING_PX = 1.0  # of points along the tool's outline
_INSIDE, _MIDDLES = 300, 5  # points in the tool where there is no pocket
_CONSTRAINTS = 150
_EXACT_PX = 0.02  # no step promises or achieves less
_MOST_STEPS, _ROUNDS = 60, 4
_COARSE_STEPS, _COARSE_PX, _COARSE_POINTS = 11, 100, 150
_COARSE_ERROR = 0.02  # of the radius


def fit_px(pocket: Sequence[shapely.Polygon], tool: Sequence[shapely.Polygon]) -> float | None:
    """The smallest clearance in px at which ``tool`` fits ``pocket``; 0 where it needs none.

    Both are polygons in px of one photo. None without a tool or without a pocket.
    """
    if not (pocket and tool):
        return None
    area = shapely.union_all(pocket)
    return max(_clearance(piece, area) for piece in tool)


@dataclass(frozen=True)
class _Placement:
    """A shift in px, and a turn around the piece's centre, in px along the farthest point's arc."""

    x: float = 0.0
    y: float = 0.0
    turn: float = 0.0


def _clearance(piece: shapely.Polygon, area: shapely.Geometry) -> float:
    centre = np.asarray(piece.centroid.coords[0])
    tool = shapely.transform(shapely.normalize(piece), lambda points: points - centre)
    pocket = _Pocket(shapely.transform(area, lambda points: points - centre))
    points = _Points(tool, pocket)
    limit = _Placement(SHIFT * 2 * points.radius, SHIFT * 2 * points.radius, TURN * points.radius)
    at, largest = _best_placement(points, _Placement(), limit)
    if other := _other_valley(points, at, largest, limit):
        at, largest = min((at, largest), _best_placement(points, other, limit), key=itemgetter(1))
    for _ in range(_ROUNDS):
        at, largest = _best_placement(points, at, limit)
        # Elsewhere the tool may lie over other parts without a pocket than where it began.
        if not points.add(points.missing(at), at) or points.worst(at) < largest + _EXACT_PX:
            break
    return max(points.worst(at), 0.0)


def _other_valley(
    points: "_Points", at: _Placement, largest: float, limit: _Placement
) -> _Placement | None:
    """A placement away from ``at`` that looks better on a coarse plane of distances."""
    if largest <= 0 or _out_of_reach(largest, limit):
        return None
    limits = np.array([limit.x, limit.y, limit.turn])
    steps = np.linspace(-1, 1, _COARSE_STEPS)
    tried = np.stack(np.meshgrid(steps, steps, steps), axis=-1).reshape(_COARSE_STEPS**3, 3)
    tried *= limits
    found = points.coarse(tried, margin=limit.x + limit.turn)
    apart = np.abs(tried - (at.x, at.y, at.turn)) / limits
    found[(apart < 2.5 * (steps[1] - steps[0])).all(axis=1)] = np.inf
    best = int(found.argmin())
    if found[best] > largest + _COARSE_ERROR * points.radius:
        return None
    return _Placement(*map(float, tried[best]))


def _out_of_reach(largest: float, limit: _Placement) -> bool:
    """Whether no placement brings the tool near its pocket."""
    return largest > 2 * (limit.x + limit.turn)


def _best_placement(
    points: "_Points", start: _Placement, limit: _Placement
) -> tuple[_Placement, float]:
    """The placement with the least largest distance, and that distance in px."""
    best, at = points.worst(start), start
    if _out_of_reach(best, limit):
        return at, best
    reach = max(best, _EXACT_PX)
    for _ in range(_MOST_STEPS):
        if best <= 0 or reach < _EXACT_PX:
            break
        step, promised = _best_step(*points.linear(at, reach), at, limit, reach)
        if best - promised < _EXACT_PX:
            break
        found = points.worst(step)
        if found < best:
            reach *= 2 if best - found > (best - promised) / 2 else 1
            best, at = found, step
        else:
            reach /= 4
    return at, best


class _Pocket:
    """Signed distances to a pocket."""

    def __init__(self, area: shapely.Geometry) -> None:
        self.area, self.border = area, area.boundary
        shapely.prepare(self.area)
        shapely.prepare(self.border)

    def distances(self, points: LinePoints, outward: LinePoints) -> tuple[Floats, LinePoints]:
        """Distances of points (N×2) in px, negative inside, and their gradients (N×2).

        ``outward`` (N×2) has the gradients of points on the border itself.
        """
        lines = shapely.shortest_line(self.border, shapely.points(points))
        away = points - shapely.get_coordinates(lines).reshape(-1, 2, 2)[:, 0]
        lengths = np.hypot(away[:, 0], away[:, 1])
        sign = np.where(shapely.contains_xy(self.area, points[:, 0], points[:, 1]), -1.0, 1.0)
        there = lengths > 1e-9
        gradients = outward.copy()
        gradients[there] = away[there] * (sign[there] / lengths[there])[:, None]
        return np.where(there, sign * lengths, 0.0), gradients


class _Points:
    """Points of a tool, with the distances that they had where they were last measured.

    No distance changes by more than its point has moved since, so that few are measured anew.
    """

    def __init__(self, tool: shapely.Polygon, pocket: _Pocket) -> None:
        self.tool, self.pocket = tool, pocket
        self.points, self.outward = _outline(tool)
        self.radius = float(np.hypot(*self.points.T).max())
        self.measured_at = self.points.copy()
        self.distances, self.gradients = pocket.distances(self.points, self.outward)
        self.add(self.missing(_Placement()), _Placement())

    def missing(self, placement: _Placement) -> LinePoints:
        """Where the tool lies over no pocket: a grid of points, and middles of parts (N×2)."""
        tool = shapely.transform(self.tool, lambda points: self._placed(placement, points))
        missing = tool.difference(self.pocket.area)
        if not missing.area:
            return np.empty((0, 2))
        spacing = max(_SPACING_PX, (missing.area / _INSIDE) ** 0.5)
        left, low, right, high = missing.bounds
        grid = np.meshgrid(np.arange(left, right, spacing), np.arange(low, high, spacing))
        x, y = (axis.ravel() for axis in grid)
        there = shapely.contains_xy(missing, x, y)
        largest = sorted(shapely.get_parts(missing), key=lambda part: -part.area)[:_MIDDLES]
        middles = [shapely.maximum_inscribed_circle(part).coords[0] for part in largest]
        return np.concatenate([np.stack([x[there], y[there]], axis=1), np.array(middles)])

    def add(self, found: LinePoints, placement: _Placement) -> int:
        """Add points of the tool by where they lie at a placement; returns how many."""
        if found.size:
            distances, gradients = self.pocket.distances(found, np.zeros_like(found))
            angle = -placement.turn / self.radius
            points = _turned(found - (placement.x, placement.y), angle)
            self.points = np.concatenate([self.points, points])
            self.outward = np.concatenate([self.outward, np.zeros_like(found)])
            self.measured_at = np.concatenate([self.measured_at, self._placed(placement, points)])
            self.distances = np.concatenate([self.distances, distances])
            self.gradients = np.concatenate([self.gradients, gradients])
        return len(found)

    def worst(self, placement: _Placement) -> float:
        """The largest distance at a placement, in px."""
        at = self._placed(placement, self.points)
        most = self.distances + np.hypot(*(at - self.measured_at).T)
        first = np.argpartition(most, -min(50, most.size))[-50:]
        self._measure(first, at)
        largest = self.distances[first].max()
        most[first] = -np.inf
        self._measure(np.flatnonzero(most > largest), at)
        here = (self.measured_at == at).all(axis=1)
        return float(self.distances[here].max())

    def linear(self, placement: _Placement, reach: float) -> tuple[Floats, LinePoints, LinePoints]:
        """Distances (N), gradients (N×2) and points around the centre (N×2) that matter nearby."""
        at = self._placed(placement, self.points)
        most = self.distances + np.hypot(*(at - self.measured_at).T)
        # A step moves a point by up to √2·reach, and by reach more with the turn.
        near = np.flatnonzero(most >= self.worst(placement) - 5 * reach)
        self._measure(near, at)
        # Neighbours are much alike: the farthest of each stretch speaks for them.
        stretches = np.array_split(near, min(_CONSTRAINTS, near.size))
        chosen = np.array([part[self.distances[part].argmax()] for part in stretches])
        around = at[chosen] - (placement.x, placement.y)
        return self.distances[chosen], self.gradients[chosen], around / self.radius

    def coarse(self, placements: LinePoints, margin: float) -> Floats:
        """The largest distances at placements (N×3), within about a hundredth of the tool."""
        half = int(1.2 * _COARSE_PX)
        step = (self.radius + margin) / half
        axis = np.arange(-half, half + 1) * step
        x, y = np.meshgrid(axis, axis)
        outside = ~shapely.contains_xy(self.pocket.area, x.ravel(), y.ravel()).reshape(x.shape)
        plane = cv2.distanceTransform(outside.view(np.uint8), cv2.DIST_L2, cv2.DIST_MASK_PRECISE)
        points = self.points[:: max(1, len(self.points) // _COARSE_POINTS)] / step
        cos, sin = np.cos(placements[:, 2] / self.radius), np.sin(placements[:, 2] / self.radius)
        column = (
            np.outer(cos, points[:, 0]) - np.outer(sin, points[:, 1]) + placements[:, :1] / step
        )
        row = np.outer(sin, points[:, 0]) + np.outer(cos, points[:, 1]) + placements[:, 1:2] / step
        found = plane[np.rint(row).astype(int) + half, np.rint(column).astype(int) + half]
        return np.asarray(found.max(axis=1) * step, np.float64)

    def _measure(self, which: npt.NDArray[np.intp], at: LinePoints) -> None:
        moved = which[(self.measured_at[which] != at[which]).any(axis=1)]
        if moved.size:
            found = self.pocket.distances(at[moved], self.outward[moved])
            self.distances[moved], self.gradients[moved] = found
            self.measured_at[moved] = at[moved]

    def _placed(self, placement: _Placement, points: LinePoints) -> LinePoints:
        turned = _turned(points, placement.turn / self.radius)
        return np.asarray(turned + np.array([placement.x, placement.y]), np.float64)


def _turned(points: LinePoints, angle: float) -> LinePoints:
    cos, sin = np.cos(angle), np.sin(angle)
    return np.asarray(points @ np.array([[cos, sin], [-sin, cos]]))


def _outline(tool: shapely.Polygon) -> tuple[LinePoints, LinePoints]:
    """Points along a tool's outline, and directions of length 1 that lead out of it (both N×2)."""
    points, outward = [], []
    for ring in (tool.exterior, *tool.interiors):  # normalised: clockwise, holes counterclockwise
        line = shapely.get_coordinates(ring.segmentize(_SPACING_PX))[:-1]
        along = np.roll(line, -1, axis=0) - np.roll(line, 1, axis=0)
        points.append(line)
        outward.append(np.stack([-along[:, 1], along[:, 0]], axis=1))
    directions = np.concatenate(outward)
    lengths = np.hypot(*directions.T)[:, None]
    return np.concatenate(points), directions / np.maximum(lengths, 1e-9)


def _best_step(
    distances: Floats,
    gradients: LinePoints,
    around: LinePoints,
    at: _Placement,
    limit: _Placement,
    reach: float,
) -> tuple[_Placement, float]:
    """The placement within ``reach`` px with the least largest distance, and that distance.

    As far as distances (N) change by their gradients (N×2); ``around`` (N×2) is where the points
    are around the piece's centre, in units of the farthest.
    """
    from scipy.optimize import linprog  # takes 0.2 s to import

    turning = gradients[:, 1] * around[:, 0] - gradients[:, 0] * around[:, 1]
    changes = np.column_stack([gradients, turning, -np.ones(len(distances))])
    bounds = [
        (max(-most - now, -reach), min(most - now, reach))
        for now, most in ((at.x, limit.x), (at.y, limit.y), (at.turn, limit.turn))
    ]
    solved = linprog([0, 0, 0, 1], A_ub=changes, b_ub=-distances, bounds=[*bounds, (None, None)])
    x, y, turn, largest = solved.x
    return replace(at, x=at.x + x, y=at.y + y, turn=at.turn + turn), float(largest)
