"""Small thin tools: tweezers and a scriber."""

from datasets.render.bars import Knot, bar
from datasets.render.shapes import resting
from datasets.render.solids import Part, Tool, lathe


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


def scriber(length: float = 150.0, metal: str = "chrome") -> Tool:
    """An engineer's scriber: a knurled middle, one straight point and one bent square."""
    start, stop, radius = 0.32 * length, 0.68 * length, 4.0
    knurled = [(start + (stop - start) * i / 80, radius - 0.28 * (i % 2)) for i in range(81)]
    grip = [
        (start - 9, 1.9),
        (start - 4, 3.2),
        (start - 3.5, 3.8),
        (start - 1, 3.8),
        (start - 0.5, 3.3),
        *knurled,
        (stop + 0.5, 3.3),
        (stop + 1, 3.8),
        (stop + 3.5, 3.8),
        (stop + 4, 3.2),
        (stop + 9, 1.9),
    ]
    straight = lathe(
        [(stop, 1.4), (length - 24, 1.4), (length - 20, 1.25), (length, 0.08)], sides=24
    )
    bent: list[Knot] = [
        (start, 0, 0, 2.8, 2.8),
        (20, 0, 0, 2.8, 2.8),
        (6, 0, 0, 2.8, 2.8),
        (2, 1.2, 0, 2.7, 2.7),
        (0.6, 5, 0, 2.4, 2.4),
        (0.2, 20, 0, 0.16, 0.16),
    ]
    tool = [
        Part(lathe(grip, 48), metal),
        Part(straight, "steel"),
        Part(bar(bent, 2.0, (0.3, 0.05), sides=24), "steel"),
    ]
    return resting(tool)
