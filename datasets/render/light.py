"""Rooms: what lights a photograph, and what its metal reflects.

A room is a panorama (walls, ceiling, a window or lamps, the person who holds the phone) and, where
shadows are to be hard, a lamp near by. Directions: azimuth in degrees from the picture's right,
counter-clockwise; elevation above the table.
"""

from typing import Any, NamedTuple

import numpy as np

from datasets.render.noise import Array, cloud

HEIGHT, WIDTH = 256, 512


class Light(NamedTuple):
    """How a photograph is lit.

    ``window``, ``ceiling`` and ``fill`` are the radiance of a window at ``azimuth``, of a panel
    overhead, of the walls. ``lamp`` is that of a lamp ``lamp_mm`` wide and ``distance_mm`` away.
    ``warmth`` tints all of it (0 daylight, 1 a bulb). ``ev`` is the phone's mistake in exposure, in
    stops. ``leaning``: the photographer stands in the light.
    """

    fill: float = 0.5
    window: float = 0.0
    ceiling: float = 0.0
    lamp: float = 0.0
    lamp_mm: float = 120.0
    distance_mm: float = 700.0
    azimuth: float = 130.0
    elevation: float = 50.0
    warmth: float = 0.0
    ev: float = 0.0
    leaning: bool = False


LIGHTS = {
    "window": Light(fill=0.35, window=11, ceiling=0.5),
    "office": Light(fill=0.55, ceiling=7, window=1.5),
    "lamp": Light(fill=0.3, ceiling=0.6, lamp=45, warmth=0.35),
    "hard": Light(fill=0.22, lamp=900, lamp_mm=30, distance_mm=900, elevation=38, warmth=0.1),
    "low": Light(fill=0.2, lamp=700, lamp_mm=36, distance_mm=800, elevation=24, warmth=0.3),
    "dim": Light(fill=0.3, ceiling=0.8, lamp=6, warmth=0.75, ev=-1.5),
    "uneven": Light(
        fill=0.1, lamp=60, lamp_mm=70, distance_mm=300, elevation=35, warmth=0.4, ev=-0.4
    ),
    "shade": Light(fill=0.35, window=5, ceiling=3.5, ev=-0.5, leaning=True),
}


def emitters(light: Light, seed: int) -> dict[str, Any]:
    """The room and its lamp as Mitsuba emitters."""
    import mitsuba as mi

    transform = mi.ScalarTransform4f
    scene: dict[str, Any] = {
        "room": {
            "type": "envmap",
            "bitmap": mi.Bitmap(np.ascontiguousarray(_panorama(light, seed), np.float32)),
            # The panorama's up is y; ours is z.
            "to_world": transform().rotate([1, 0, 0], 90),
        }
    }
    if light.lamp:
        azimuth, elevation = np.deg2rad([light.azimuth, light.elevation])
        direction = np.array(
            [
                np.cos(azimuth) * np.cos(elevation),
                np.sin(azimuth) * np.cos(elevation),
                np.sin(elevation),
            ]
        )
        place = (direction * light.distance_mm).tolist()
        scene["lamp"] = {
            "type": "disk",
            "to_world": transform().look_at(origin=place, target=[0, 0, 0], up=[0, 0, 1])
            @ transform().scale(light.lamp_mm / 2),
            "emitter": {
                "type": "area",
                "radiance": {"type": "rgb", "value": (light.lamp * tint(light.warmth)).tolist()},
            },
        }
    return scene


def tint(warmth: float) -> Array:
    """The colour of light (RGB), 1 on average or so."""
    return (1 - warmth) * np.array((1.0, 1.0, 1.0)) + warmth * np.array((1.35, 0.95, 0.5))


def _panorama(light: Light, seed: int) -> Array:
    """Radiance by direction (HEIGHT, WIDTH, 3), straight up in the first row."""
    rng = np.random.default_rng(seed)
    elevation = 90 - 180 * (np.arange(HEIGHT)[:, None] + 0.5) / HEIGHT
    # Mitsuba's panorama runs so that, turned z up, its columns count azimuth from 90 clockwise.
    azimuth = (90 - 360 * (np.arange(WIDTH)[None] + 0.5) / WIDTH) % 360

    def off(centre: float) -> Array:
        return np.abs((azimuth - centre + 180) % 360 - 180)

    wall = cloud(seed, WIDTH, 1.6)[:HEIGHT] * 0.6 + 0.5
    level = light.fill * np.where(elevation > 25, 1.0, 0.55) * wall
    level = np.where(elevation < 0, 0.15 * light.fill, level)
    colours = level[..., None] * (1.0, 0.96, 0.9) * tint(light.warmth * 0.6)
    # Furniture: dark and light upright blocks along the walls, for metal to reflect.
    for centre in rng.uniform(0, 360, 9):
        block = (off(centre) < rng.uniform(5, 18)) & (elevation < rng.uniform(5, 35))
        block &= elevation > -20
        colours[block] *= rng.choice([0.15, 0.3, 1.5])
    window = (off(light.azimuth) < 24) & (np.abs(elevation - light.elevation + 10) < 17)
    bars = (off(light.azimuth) < 1.2) | (np.abs(elevation - light.elevation + 10) < 0.8)
    colours[window & ~bars] += light.window * np.array((0.92, 0.98, 1.1))
    panel = (elevation > 55) & (np.abs(np.cos(np.deg2rad(azimuth - 35)) / np.tan(
        np.deg2rad(np.maximum(elevation, 1)))) < 0.25)  # fmt: skip
    colours[panel] += light.ceiling * tint(light.warmth)
    # The phone and who holds it: below the picture, reaching over it.
    body = (off(270) < 30) & (elevation > -10) & (elevation < (78 if light.leaning else 58))
    head = (off(270) < 40) & (elevation > 66) & (elevation < 80) & light.leaning
    phone = elevation > 84
    for shape, tone in ((body, 0.05), (head, 0.08), (phone, 0.02)):
        colours[shape & np.ones_like(level, bool)] = tone * light.fill * np.array((0.8, 0.9, 1.2))
    return colours
