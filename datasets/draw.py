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
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt

from datasets.drawn_scenes import MATERIALS, SCENES, TOOLS, WOOD, Array, Place, Scene, poly

FINE = 3  # outlines are filled on a grid this many times finer than the picture


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
