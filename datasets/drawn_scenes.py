"""The tools and scenes of the drawn sample set, as outlines in millimetres.

Outlines are polygons of complex numbers, x + iy, y down, the tool's middle near 0.
"""

from collections.abc import Iterable
from itertools import pairwise
from typing import Any, NamedTuple, TypeAlias

import cv2
import numpy as np
import numpy.typing as npt

Array: TypeAlias = npt.NDArray[Any]
Shape: TypeAlias = list[Array]  # the union of polygons: complex (N,), x + iy in mm, y down


class Part(NamedTuple):
    """A piece of a tool, its edge rounded over `bevel` mm; a negative bevel engraves it."""

    material: str  # "paint" stands for the colour chosen by the Place
    bevel: float
    solid: Shape
    cut: Iterable[Array] = ()


class Place(NamedTuple):
    """A tool in a scene: centre as a fraction of width and height, degrees, mm of thickness."""

    tool: str
    at: complex
    angle: float
    thick: float = 6.0
    paint: str = "red"


class Scene(NamedTuple):
    """One picture; `azimuth` (image axes) and `elevation` point to the light, in degrees."""

    id: str
    tool: str
    condition: str
    seed: int
    places: tuple[Place, ...]
    clutter: tuple[Place, ...] = ()  # lies there as well, but is no tool
    size: tuple[int, int] = (900, 1200)  # width, height
    mm_per_px: float = 0.24
    sheet: tuple[complex, ...] = ()  # corners as fractions; () fills the picture
    table: str = "slate"
    azimuth: float = 225.0
    elevation: float = 55.0
    hard: float = 0.15  # 0 an overcast window, 1 a bare lamp
    exposure: float = 1.1
    falloff: float = 0.12  # how fast it darkens away from the light


def poly(*corners: complex) -> Shape:
    """One polygon."""
    return [np.array(corners)]


def disc(centre: complex, rx: float, ry: float = 0.0, notch: float = 0.0) -> Shape:
    """An ellipse; `notch` > 0 makes it the twelve-pointed hole of a ring spanner."""
    t = np.linspace(0, 2 * np.pi, 96, endpoint=False)
    return [
        centre + (1 - notch * abs(np.sin(6 * t))) * (rx * np.cos(t) + 1j * (ry or rx) * np.sin(t))
    ]


def rod(*knots: Iterable[float]) -> Shape:
    """A round-ended body along straight lines between knots (x, y, radius)."""
    balls = [disc(complex(x, y), r)[0][::3] for x, y, r in knots]
    pairs = [np.concatenate(pair) for pair in pairwise(balls)]
    hulls = [cv2.convexHull(np.stack([z.real, z.imag], 1).astype(np.float32)) for z in pairs]
    return [hull[:, 0] @ np.array([1, 1j]) for hull in hulls]


def bend(*knots: tuple[float, float, float]) -> Shape:
    """A round-ended body along the Catmull-Rom curve through knots (x, y, radius)."""
    k, t = np.array([knots[0], *knots, knots[-1]]), np.linspace(0, 1, 14)[:, None]
    return rod(*np.concatenate([
        b + t * (c - a + t * (2 * a - 5 * b + 4 * c - d + t * (3 * b - a - 3 * c + d))) / 2
        for a, b, c, d in zip(k[:-3], k[1:-2], k[2:-1], k[3:], strict=True)
    ]))  # fmt: skip


def turn(shape: Shape, degrees: float = 0.0, flip: bool = False) -> Shape:
    """The shape, mirrored at the x axis if `flip`, turned about the origin."""
    return [(p.conj() if flip else p) * np.exp(1j * np.radians(degrees)) for p in shape]


def spanner(metal: str, left: str, right: str) -> tuple[Part, ...]:
    """A spanner whose ends are "open" or "ring"."""
    solid, cut = bend((-74, 0, 8), (-40, 0, 6.2), (40, 0, 6.6), (76, 0, 9)), Shape()
    for end, x, r, facing in ((left, -83, 15.5, 195), (right, 85, 18.5, 15)):
        nose = poly(-1j, 0.75 - 0.86j, 1.02 - 0.5j, 1.02 + 0.5j, 0.75 + 0.86j, 1j)
        hole = poly(-0.22, -0.05 - 0.45j, 2 - 0.45j, 2 + 0.45j, -0.05 + 0.45j)
        if end == "ring":
            nose, hole = [], disc(0, 0.66, notch=0.09)
        solid += disc(x, r) + [x + r * p for p in turn(nose, facing)]
        cut += [x + r * p for p in turn(hole, facing)]
    return Part(metal, 2.2, solid, cut), Part(metal, -0.9, rod((-46, 0, 3.4), (46, 0, 3.8)))


# fmt: off
MATERIALS = {  # sRGB, how much of a mirror it is, how sharp a one
    "steel": (168, 170, 174, 0.8, 0.35), "dull": (118, 117, 118, 0.6, 0.15),
    "chrome": (232, 234, 238, 1.0, 1.0), "brass": (196, 160, 92, 0.8, 0.5),
    "black": (34, 34, 36, 0.15, 0.35), "rubber": (42, 42, 45, 0.0, 0.12),
    "red": (172, 30, 26, 0.0, 0.6), "blue": (28, 74, 142, 0.0, 0.4),
    "orange": (214, 98, 22, 0.0, 0.4), "white": (228, 227, 222, 0.0, 0.4),
    "slate": (62, 60, 60, 0.0, 0.1), "ash": (206, 164, 112, 0.0, 0.3),
    "walnut": (112, 74, 50, 0.0, 0.3),
}
WOOD = ("ash", "walnut")
JAW = bend((-6, 2, 10), (10, 5, 10), (30, 6, 7), (52, 6, 3.4))
JAW += bend((2, -6, 8), (-14, 8, 7.5), (-34, 15, 6))
GRIP = bend((-30, 14, 6.6), (-60, 21, 7.4), (-95, 22, 7.6), (-128, 17, 7.2))
HEAD = (14-50j, 14-42j, 11-36j, 11-26j, 15-18j, 15+18j, 12+30j, 5+56j, 3+59j)  # half a hammer's
BLADE = rod((-8, 1, 6), (6, -1, 6.5), (107, 1, 0.6))
LOOP = bend((-8, 0, 6.5), (-36, 7, 5.5), (-66, 18, 5.5)) + disc(-86+25j, 23, 16.5)
EYE = disc(-86+25j, 17, 10.5)
ELBOW = [(70 + 12 * np.sin(t), 12 - 12 * np.cos(t), 2.9) for t in np.arange(9) * np.pi / 16]
TOOLS: dict[str, tuple[Part, ...]] = {
    "open spanner": spanner("dull", "open", "open"),
    "ring spanner": spanner("dull", "ring", "ring"),
    "combination spanner": spanner("chrome", "ring", "open"),
    "screwdriver": (
        Part("steel", 3.1, rod((-110, 0, 3.1), (8, 0, 3.1))),
        Part("dull", 1, poly(-126-3.4j, -118-4.2j, -104-3j, -104+3j, -118+4.2j, -126+3.4j)),
        Part("paint", 14, bend((12, 0, 8), (24, 0, 11), (58, 0, 14.4), (86, 0, 13.8), (92, 0, 11))),
        Part("rubber", -1.2, [p for y in (-9, -3, 3, 9)
            for p in bend((32, y, 1.3), (58, y * 1.1, 1.9), (86, y, 1.3))]),
        Part("rubber", 9, rod((10, 0, 8.6), (13, 0, 9.4)))),
    "hammer": (
        Part("paint", 14, bend((-10, 0, 8), (20, 0, 8.4), (80, 0, 10), (140, 0, 13),
            (190, 0, 14.6), (212, 0, 13))),
        Part("dull", 7, poly(*HEAD, *(-z.conjugate() for z in HEAD[::-1]))),
        Part("steel", 2.5, poly(-14-50j, -12.5-53j, 12.5-53j, 14-50j, 14-42j, -14-42j))),
    "pliers": (
        Part("dull", 4, turn(JAW, flip=True)), Part("dull", 4, JAW),
        Part("steel", 1.5, disc(0, 6.5)), Part("dull", -0.8, disc(0, 3)),
        Part("paint", 7, GRIP + turn(GRIP, flip=True))),
    "hex key": (
        Part("black", 1.5, rod((-85, 0, 2.9), *ELBOW, (82, 42, 2.9)),
            poly(-90-5j, -85-5j, -85+5j, -90+5j) + poly(75+41j, 90+41j, 90+50j, 75+50j)),),
    "scissors": (
        *(Part(material, bevel, turn(solid, a, a < 0), turn(cut, a, a < 0)) for a in (7, -7)
          for material, bevel, solid, cut in (("steel", 1.6, BLADE, []), ("paint", 5, LOOP, EYE))),
        Part("steel", 2, disc(0, 4.6)), Part("rubber", -0.5, rod((-3, -1, 0.6), (3, 1, 0.6)))),
    "chisel": (
        Part("steel", 3.2, poly(-120-11j, -22-11j, -12-7j, -4-5j, 9-5j, 9+5j, -4+5j, -12+7j,
            -22+11j, -120+11j)),
        Part("chrome", 0.4, poly(-120-11j, -104-11j, -104+11j, -120+11j)),
        Part("paint", 14, bend((18, 0, 9), (40, 0, 13), (80, 0, 14.5), (108, 0, 13))),
        Part("brass", 10, poly(5-8.4j, 20-10.6j, 20+10.6j, 5+8.4j))),
    "try square": (
        Part("steel", 0.5, poly(-6-60j, 150-60j, 150-24j, -6-24j)),
        Part("rubber", -0.2, [p for x in range(5, 146, 2)
            for p in rod((x, -24.4, 0.15), (x, -27 - 3 * (x % 10 == 5), 0.15))]),
        Part("paint", 2, poly(-22-62j, -62j, 62j, -22+62j)),
        Part("brass", 0.5, poly(-2.6-62j, -62j, 62j, -2.6+62j))),
    "utility knife": (
        Part("steel", 0.8, poly(-58-8j, -70-8.5j, -92+5.5j, -58+5.5j)),
        Part("paint", 5, bend((-52, -1, 8.5), (-30, -1, 11.5), (10, 0, 11.5), (60, 0, 13.5),
            (74, 0, 12))),
        Part("paint", -0.8, rod((-34, -3.4, 2.6), (22, -3.4, 2.6))),
        Part("paint", 2, rod((-24, -3.4, 4.2), (-8, -3.4, 4.2))),
        Part("steel", 1, disc(54, 3.6)),
        Part("rubber", -0.4, rod((51.5, -1, 0.5), (56.5, 1, 0.5)))),
    "junior hacksaw": (
        Part("dull", 0.4, poly(-84+28.5j, 88+28.5j,
            *(88 - 0.9 * i + (34.2 + 0.8 * (i % 2)) * 1j for i in range(192)))),
        Part("steel", 3, rod((-86, -16, 3), (-78, -26, 3), (80, -26, 3), (88, -18, 3),
            (88, 34, 3))),
        Part("paint", 8, bend((-84, -22, 8), (-104, -20, 9), (-126, 4, 9.5), (-124, 30, 9.5),
            (-102, 38, 8), (-86, 31, 8), (-85, 0, 7), (-84, -22, 8)))),
    "pencil": (
        Part("ash", 4, rod((-80, 0, 0.9), (-64, 0, 3.4))),
        Part("paint", 2.2, rod((-62, 0, 3.6), (80, 0, 3.6)))),
    "washer": (Part("steel", 0.8, disc(0, 10), disc(0, 4.4)),),
}
A4, WIDE = (0.09+0.06j, 0.93+0.08j, 0.91+0.95j, 0.07+0.92j), (1200, 900)
SCENES = (
    Scene("01-open-spanner", "open spanner", "matte", 1, (Place("open spanner", 0.5+0.5j, -62),)),
    Scene("02-ring-spanner", "ring spanner", "holes", 2, (Place("ring spanner", 0.5+0.5j, 24),),
        size=WIDE, azimuth=300),
    Scene("03-screwdriver", "screwdriver", "hard-shadow", 3,
        (Place("screwdriver", 0.6+0.5j, 62, 28),),
        azimuth=345, elevation=26, hard=1.0, falloff=0.25),
    Scene("04-hammer", "hammer", "wood-handle", 4, (Place("hammer", 0.42+0.24j, 80, 18, "ash"),),
        mm_per_px=0.28, sheet=A4, hard=0.35),
    Scene("05-pliers", "pliers", "dim", 5, (Place("pliers", 0.6+0.5j, -18, 11, "blue"),),
        size=WIDE, azimuth=190, elevation=40, hard=0.3, exposure=0.3, falloff=0.9),
    Scene("06-hex-key", "hex key", "thin", 6, (Place("hex key", 0.5+0.48j, 40),), azimuth=250),
    Scene("07-scissors", "scissors", "table-edge", 7,
        (Place("scissors", 0.47+0.52j, -68, 6, "orange"),),
        mm_per_px=0.27, sheet=A4, table="walnut", azimuth=200),
    Scene("08-combination-spanner", "combination spanner", "chrome", 8,
        (Place("combination spanner", 0.5+0.5j, -28),), size=WIDE, hard=0.5),
    Scene("09-try-square", "try square", "crossing-edge", 9,
        (Place("try square", 0.3+0.5j, 12, 8, "walnut"),), size=WIDE, azimuth=260,
        sheet=(-0.1-0.1j, 0.66-0.1j, 0.6+1.1j, -0.1+1.1j), table="walnut"),
    Scene("10-utility-knife", "utility knife", "low-contrast", 10,
        (Place("utility knife", 0.5+0.5j, 33, 9, "white"),), size=WIDE, mm_per_px=0.2),
    Scene("11-several", "several", "several", 11, (
        Place("chisel", 0.25+0.5j, -84, 14, "ash"), Place("open spanner", 0.5+0.45j, 78),
        Place("hex key", 0.75+0.58j, -83)), azimuth=215, mm_per_px=0.26),
    Scene("12-junior-hacksaw", "junior hacksaw", "clutter", 12,
        (Place("junior hacksaw", 0.48+0.58j, -8, 9, "blue"),), (Place("pencil", 0.4+0.18j, 4, 7),
        Place("washer", 0.8+0.22j, 0, 2), Place("washer", 0.86+0.31j, 0, 2)), size=WIDE,
        mm_per_px=0.26, sheet=(0.03+0.07j, 0.9+0.03j, 0.94+1.1j, 0.05+1.1j), table="ash",
        elevation=42, hard=0.6),
)
# fmt: on
