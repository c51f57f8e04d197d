"""Tweezers."""

from datasets.render.bars import Knot, bar
from datasets.render.shapes import resting
from datasets.render.solids import Part, Tool


def tweezers(opening: float = 9.0, metal: str = "satin") -> Tool:
    """Pointed tweezers of 120 mm on their side, their tips ``opening`` mm apart."""
    tool = []
    for sign in (1, -1):
        knots: list[Knot] = [
            (-60, sign * 0.6, 0, 1.4, 8.0),
            (-48, sign * 0.9, 0, 1.4, 8.6),
            (-40, sign * 2.0, 0, 1.3, 9.6),
            (-15, sign * (1.5 + 0.42 * opening), 0, 1.3, 10.4),
            (12, sign * (1.2 + 0.55 * opening), 0, 1.3, 9.0),
            (35, sign * (0.9 + 0.54 * opening), 0, 1.5, 5.0),
            (60, sign * (0.4 + 0.5 * opening), 0, 0.9, 1.0),
        ]
        tool.append(Part(bar(knots, 5.0, (0.4, 0.3), (38, 62, 1.6, 0.18)), metal))
    weld: list[Knot] = [(-60.5, 0, 0, 2.6, 7.4), (-47, 0, 0, 2.4, 7.8)]
    tool.append(Part(bar(weld, 5.0, (0.8, 0.8)), metal))
    return resting(tool)
