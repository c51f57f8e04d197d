"""Draws the sample set: twelve photo-like pictures of hand tools on paper, with exact masks.

`python -m datasets.draw [folder]` writes `images/<id>.jpg`, `masks/<id>.png` and `metadata.csv`.
A mask holds the pixels that the tool's own outline covers by half or more: what shows through a
ring or between two handles is background, and so are shadows, clutter and the table.

The same scene always gives the same arrays, as each draws from its own seed. The bytes of a JPEG
may still differ between versions of the library that writes it, so the files are kept in git.
"""

import argparse
import csv
from collections.abc import Iterable
from itertools import pairwise
from pathlib import Path
from typing import Any, NamedTuple, TypeAlias

import cv2
import numpy as np
import numpy.typing as npt

Array: TypeAlias = npt.NDArray[Any]
Shape: TypeAlias = list[Array]  # the union of polygons: complex (N,), x + iy in mm, y down
FINE = 3  # outlines are filled on a grid this many times finer than the picture


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
        (Place("screwdriver", 0.6+0.5j, 62, 28),), azimuth=345, elevation=26, hard=1.0, falloff=0.25),
    Scene("04-hammer", "hammer", "wood-handle", 4, (Place("hammer", 0.42+0.24j, 80, 18, "ash"),),
        mm_per_px=0.28, sheet=A4, hard=0.35),
    Scene("05-pliers", "pliers", "dim", 5, (Place("pliers", 0.6+0.5j, -18, 11, "blue"),),
        size=WIDE, azimuth=190, elevation=40, hard=0.3, exposure=0.3, falloff=0.9),
    Scene("06-hex-key", "hex key", "thin", 6, (Place("hex key", 0.5+0.48j, 40),), azimuth=250),
    Scene("07-scissors", "scissors", "table-edge", 7,
        (Place("scissors", 0.47+0.52j, -68, 6, "orange"),), mm_per_px=0.27, sheet=A4, table="walnut", azimuth=200),
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


def raster(solid: Iterable[Array], cut: Iterable[Array], size: tuple[int, int]) -> Array:
    """A shape in px as 0 or 255, uint8, on the fine grid of a picture of `size` (W, H)."""
    fine = np.zeros((size[1] * FINE, size[0] * FINE), np.uint8)
    for value, polygons in ((255, solid), (0, cut)):
        for p in polygons:
            corners = (np.stack([p.real, p.imag], 1) * FINE - 0.5) * 16
            cv2.fillPoly(fine, [corners.round().astype(np.int32)], (value,), shift=4)
    return fine


def shrink(fine: Array) -> Array:
    """Means over the fine grid: float32 (H, W) from (H * FINE, W * FINE)."""
    size = (fine.shape[1] // FINE, fine.shape[0] // FINE)
    return cv2.resize(fine.astype(np.float32), size, interpolation=cv2.INTER_AREA)


def blur(image: Array, sigma: float) -> Array:
    """A Gaussian blur."""
    return cv2.GaussianBlur(image, (0, 0), sigma)


def grid(scene: Scene) -> Array:
    """The pixel centres of a picture as complex64 (H, W), x + iy in px."""
    x, y = np.meshgrid(*(np.arange(n, dtype=np.float32) for n in scene.size))
    return np.asarray(x + np.complex64(1j) * y)


def light(scene: Scene) -> Array:
    """The unit vector (x, y, z) towards the light, z up from the table."""
    a, e = np.radians([scene.azimuth, scene.elevation])
    return np.array([np.cos(e) * np.cos(a), np.cos(e) * np.sin(a), np.sin(e)], np.float32)


def noise(rng: np.random.Generator, at: Array, width: float, height: float) -> Array:
    """Smooth noise, float32, of about unit variance at points x + iy; blobs of width by height."""
    knots = rng.standard_normal((256, 256)).astype(np.float32)
    x, y = (at.real / width).astype(np.float32), (at.imag / height).astype(np.float32)
    return cv2.remap(knots, x, y, cv2.INTER_CUBIC, borderMode=cv2.BORDER_WRAP)


def grain(rng: np.random.Generator, at: Array) -> Array:
    """Wood with its fibres along x: a factor on the colour, float32, at points x + iy in mm."""
    rings = np.sin(1.5 * at.imag + 5 * noise(rng, at, 210, 15)) + noise(rng, at, 90, 60) / 2
    pores = np.maximum(noise(rng, at, 12, 0.4) - 1.2, 0)
    return np.asarray(1 + 0.13 * rings + 0.07 * noise(rng, at, 45, 0.55) - 0.16 * pores)


def normals(fine: Array, bevel: float) -> Array:
    """Surface normals, float32 (H, W, 3), of a shape whose edge is rounded over `bevel` px."""
    deep = shrink(cv2.distanceTransform(fine, cv2.DIST_L2, 5)) / FINE
    # Where the shape is narrower than two bevels, half its width there takes the place of one:
    # that keeps a turned handle round along all its swellings.
    near = cv2.dilate(deep, np.ones((2 * int(abs(bevel)) + 3,) * 2, np.uint8))
    b = np.clip(blur(near, 1 + abs(bevel) / 3), 0.5, abs(bevel))
    height = np.sqrt(b**2 - (b - np.minimum(deep, b)) ** 2) * np.sign(bevel)
    dy, dx = np.gradient(blur(height, 0.5 + min(abs(bevel) / 8, 2.5)))
    n = np.stack([-dx, -dy, np.ones_like(dx)], 2)
    return np.asarray(n / np.linalg.norm(n, axis=2, keepdims=True))


def shade(name: str, n: Array, at: Array, scene: Scene, rng: np.random.Generator) -> Array:
    """Linear light (H, W, 3) from a material with normals `n`, at tool coordinates x + iy mm."""
    *colour, metal, gloss = MATERIALS[name]
    to, rough = light(scene), 1 - gloss
    matte = 0.6 - 0.3 * scene.hard + (0.4 + 0.3 * scene.hard) * np.maximum(n @ to, 0) / to[2]
    if name in WOOD:
        matte *= grain(rng, at)
    # A mirror shows the room: a bright window at the light, a pale wall opposite, a dark floor.
    seen = 2 * n[..., 2:] * n - np.array([0, 0, 1], np.float32)
    window, wall = seen @ to, seen @ (to * [-1, -1, 0] + [0, 0, 0.5])
    room = 0.16 + 0.42 * np.clip((window + 0.5) / 1.5, 0, 1) ** 1.5
    room += (0.45 + 0.65 * gloss) * np.clip(
        (window - 0.9 + 0.3 * rough) / (0.06 + 0.3 * rough), 0, 1
    ) ** 2
    room += 0.35 * np.clip((wall - 0.55 + 0.3 * rough) / (0.15 + 0.6 * rough), 0, 1) ** 2
    # Flats reflect an uneven ceiling; brushing runs along the tool, and stains lie anywhere.
    room *= (
        1
        + (0.1 + 0.15 * gloss) * noise(rng, at * (1 - 1j), 60, 90)
        + 0.05 * noise(rng, at, 30, 0.3)
    )
    room *= 1 - 0.08 * rough * noise(rng, at, 4, 3)
    half = to + np.array([0, 0, 1])
    spark = (
        (1 - metal)
        * gloss
        * 0.45
        * np.maximum(n @ half / np.linalg.norm(half), 0) ** (12 + 180 * gloss**2)
    )
    body = (1 - metal) * matte + metal * 1.35 * room
    return np.asarray(body[..., None] * (np.array(colour) / 255) ** 2.2 + spark[..., None])


def cast(cover: Array, low: float, high: float, scene: Scene) -> Array:
    """The shadow, float32 (H, W) 0-1, of a body over `cover` from `low` to `high` mm up."""
    to, shadow = light(scene), np.zeros_like(cover)
    for z in np.linspace(low, high, 4 + int((high - low) / 0.4)):
        x, y = -to[:2] / to[2] * z / scene.mm_per_px
        move = np.array([[1, 0, x], [0, 1, y]], np.float32)
        # A wide source smears and thins a shadow with the distance it has travelled.
        soft = (1 - scene.hard) * z / scene.mm_per_px
        moved = blur(cv2.warpAffine(cover, move, scene.size), 1 + 0.6 * soft)
        shadow = np.maximum(shadow, moved * (1 - 0.4 * (1 - scene.hard) * z / (high + 1)))
    return np.asarray(shadow * (0.4 + 0.42 * scene.hard))


def backdrop(scene: Scene, rng: np.random.Generator) -> Array:
    """The sheet, and the table that it leaves bare, as linear light (H, W, 3)."""
    at = grid(scene) * np.complex64(scene.mm_per_px * np.exp(-0.06j))
    fibres = (
        0.014 * noise(rng, at, 0.6, 0.6)
        + 0.012 * noise(rng, at, 3, 3)
        + 0.01 * noise(rng, at, 30, 20)
    )
    fold = (at.real - 0.45 * scene.size[0] * scene.mm_per_px) / 2.5
    paper = (1 + fibres - 0.06 * fold * np.exp(-(fold**2)))[..., None] * [0.85, 0.835, 0.79]
    if not scene.sheet:
        return np.asarray(paper, np.float32)
    plank = np.floor(at.imag / 88)
    tone = 1 + 0.1 * noise(rng, at, 0.8, 0.8) + 0.16 * noise(rng, at, 40, 15)
    if scene.table in WOOD:
        tone = grain(rng, at + plank * (137 + 31j)) * (1 + 0.1 * np.sin(plank * 2.4))
        tone *= 1 - 0.6 * (at.imag - 88 * plank < 0.9)
    corners = [complex(c.real * scene.size[0], c.imag * scene.size[1]) for c in scene.sheet]
    cover = shrink(raster(poly(*corners), (), scene.size)) / 255
    tone *= 1 - 0.6 * cast(cover, 0, 0.8, scene) - 0.3 * blur(cover, 5)
    table = tone[..., None] * (np.array(MATERIALS[scene.table][:3]) / 255) ** 2.2
    return np.asarray(table + (paper - table) * cover[..., None], np.float32)


def lay(image: Array, place: Place, scene: Scene, rng: np.random.Generator) -> Array:
    """Draws a tool and its shadows into `image`; returns its outline filled on the fine grid."""
    centre = complex(place.at.real * scene.size[0], place.at.imag * scene.size[1])
    px = np.exp(1j * np.radians(place.angle)) / scene.mm_per_px  # times mm: turned, in pixels
    fines = [
        raster(
            [p * px + centre for p in part.solid], [p * px + centre for p in part.cut], scene.size
        )
        for part in TOOLS[place.tool]
    ]
    parts = [(part, f, shrink(f) / 255) for part, f in zip(TOOLS[place.tool], fines, strict=True)]
    # Parts hang at half the thickness of the tool, so a thin shaft casts a shadow away from it.
    spans = [(a, min(abs(p.bevel), place.thick / 2) * 0.5) for p, _, a in parts if p.bevel > 0]
    shadows = [cast(a, place.thick / 2 - s, place.thick / 2 + s, scene) for a, s in spans]
    image *= 1 - np.max(shadows, axis=0)[..., None]
    at = ((grid(scene) - centre) / px).astype(np.complex64)
    for part, fine, alpha in parts:
        if part.bevel > 0:  # what lies on the paper or on another part darkens it close by
            image *= 1 - 0.4 * blur(alpha, 0.5 * min(part.bevel, 3) / scene.mm_per_px)[..., None]
        name = place.paint if part.material == "paint" else part.material
        n = normals(fine, part.bevel / scene.mm_per_px)
        image += (shade(name, n, at, scene, rng) - image) * alpha[..., None]
    return np.asarray(np.max(fines, axis=0))


def expose(image: Array, scene: Scene, rng: np.random.Generator) -> Array:
    """A small camera's picture, sRGB uint8 (H, W, 3), of linear light."""
    (w, h), to = scene.size, light(scene)
    at = (grid(scene) - complex(w, h) / 2) / (max(w, h) / 2)
    away = -(at.real * to[0] + at.imag * to[1]) / np.hypot(to[0], to[1])
    lit = scene.exposure * np.exp(-scene.falloff * (1 + away)) * (1 - 0.1 * abs(at) ** 2)
    shot = blur((image * lit[..., None]).astype(np.float32), 0.65)
    speckle = rng.standard_normal(shot.shape).astype(np.float32)
    speckle = blur(speckle + speckle.mean(2, keepdims=True), 0.6)
    shot += speckle * (0.01 * np.sqrt(np.maximum(shot, 0)) + 0.0015)
    return np.asarray(np.round(255 * np.clip(shot, 0, 1) ** (1 / 2.2)), np.uint8)


def draw(scene: Scene) -> tuple[npt.NDArray[np.uint8], npt.NDArray[np.bool_]]:
    """The picture, RGB uint8 (H, W, 3), of a scene and the mask, bool (H, W), of its tools."""
    rng = np.random.default_rng(scene.seed)
    image = backdrop(scene, rng)
    for place in scene.clutter:
        lay(image, place, scene, rng)
    fine = np.max([lay(image, place, scene, rng) for place in scene.places], axis=0)
    return expose(image, scene, rng), np.asarray(shrink(fine) >= 127.5)


def main() -> None:
    """Writes the whole set to the folder named on the command line."""
    parser = argparse.ArgumentParser(description="Draw the sample set of tools on paper.")
    parser.add_argument("folder", nargs="?", type=Path, default=Path("datasets/sample"))
    folder: Path = parser.parse_args().folder
    for name in ("images", "masks"):
        (folder / name).mkdir(parents=True, exist_ok=True)
    for scene in SCENES:
        image, mask = draw(scene)
        photo, matte = folder / "images" / f"{scene.id}.jpg", folder / "masks" / f"{scene.id}.png"
        cv2.imwrite(str(photo), image[..., ::-1], (cv2.IMWRITE_JPEG_QUALITY, 90))
        cv2.imwrite(str(matte), mask * np.uint8(255), (cv2.IMWRITE_PNG_BILEVEL, 1))
    with (folder / "metadata.csv").open("w", newline="", encoding="utf-8") as table:
        rows = csv.writer(table, lineterminator="\n")
        rows.writerow(("id", "tool", "condition", "mm_per_px"))
        rows.writerows((s.id, s.tool, s.condition, s.mm_per_px) for s in SCENES)


if __name__ == "__main__":
    main()
