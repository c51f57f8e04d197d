"""What tools are made of, as Mitsuba BSDFs. A material is a function here; ``Part`` names it.

Textures lie on a part from above, 100 mm to a repeat (``scene`` writes such coordinates), so that
smudges and scratches are as large as they are on real tools.
"""

from typing import Any, TypeAlias

import numpy as np

from datasets.render.noise import Array, cloud, grain, mixed, scratches
from datasets.render.solids import Colour

Bsdf: TypeAlias = dict[str, Any]

WAVES, GRAIN = 0.02, 0.002  # heights of bumps, in repeats of a texture


def picture(levels: Array, repeats: float = 1.0) -> Bsdf:
    """A texture of linear values, H×W or H×W×3, ``repeats`` times to each 100 mm."""
    import mitsuba as mi

    data = levels[..., None] if levels.ndim == 2 else levels
    return {
        "type": "bitmap",
        "bitmap": mi.Bitmap(np.ascontiguousarray(data, np.float32)),
        "raw": True,
        "to_uv": mi.ScalarTransform3f().scale(repeats),
    }


def principled(base: Any, roughness: Any, **more: float) -> Bsdf:
    """Disney's principled BSDF: ``base`` a colour or a texture, ``roughness`` a level or one."""
    colour = {"type": "rgb", "value": list(base)} if isinstance(base, tuple) else base
    return {
        "type": "twosided",
        "bsdf": {"type": "principled", "base_color": colour, "roughness": roughness, **more},
    }


def chrome(seed: int, colour: Colour | None) -> Bsdf:
    """Polished plating with fingerprints and fine scratches, over forged steel: not quite flat."""
    worn = 0.05 + 0.16 * np.clip(2.2 * cloud(seed, 512, 1.4, coarse=2) - 1.0, 0, 1)
    plated = _metal(colour or (0.62, 0.63, 0.65), _scratched(worn, seed, 0.12))
    return _uneven(plated, cloud(seed + 4, 512, 1.9, coarse=2), depth=WAVES)


def satin(seed: int, colour: Colour | None) -> Bsdf:
    """Satin chrome or brushed steel."""
    brushed = 0.27 + 0.1 * cloud(seed, 512, 0.4, stretch=24.0) + 0.06 * cloud(seed + 1, 512, 1.5)
    return _metal(colour or (0.56, 0.56, 0.57), _scratched(brushed, seed, 0.1))


def steel(seed: int, colour: Colour | None) -> Bsdf:
    """Forged or ground steel, oiled and a little worn."""
    stain = cloud(seed, 512, 1.5)
    base = mixed((0.2, 0.19, 0.18), (0.42, 0.41, 0.40), stain)
    return _metal(colour or picture(base), _scratched(0.3 + 0.2 * stain, seed, 0.1))


def blackened(seed: int, colour: Colour | None) -> Bsdf:  # noqa: ARG001 - black is its colour
    """Black oxide or phosphate, rubbed bright here and there."""
    rub = np.clip(3 * cloud(seed, 512, 1.3) - 1.9, 0, 1)
    base = mixed((0.018, 0.018, 0.02), (0.09, 0.088, 0.085), np.maximum(rub, scratches(seed, 512)))
    return principled(picture(base), picture(0.5 - 0.15 * rub), metallic=0.35, specular=0.5)


def brass(seed: int, colour: Colour | None) -> Bsdf:
    """Brass, handled."""
    return _metal(colour or (0.66, 0.48, 0.2), _scratched(0.2 + 0.2 * cloud(seed), seed, 0.1))


def aluminium(seed: int, colour: Colour | None) -> Bsdf:
    """Cast or extruded aluminium."""
    return _metal(colour or (0.68, 0.68, 0.69), _scratched(0.3 + 0.12 * cloud(seed), seed, 0.1))


def paint(seed: int, colour: Colour | None) -> Bsdf:
    """Glossy enamel, chipped by nothing but dust."""
    dust = picture(_dusty(colour, seed, 0.05))
    return principled(dust, picture(0.2 + 0.15 * cloud(seed)), specular=0.5, clearcoat=0.7)


def plastic(seed: int, colour: Colour | None) -> Bsdf:
    """Moulded plastic, half glossy."""
    return principled(
        picture(_dusty(colour, seed, 0.04)), picture(0.32 + 0.16 * cloud(seed)), specular=0.45
    )


def rubber(seed: int, colour: Colour | None) -> Bsdf:
    """Soft grip: matt, and dust shows on it."""
    soft = principled(picture(_dusty(colour, seed, 0.05)), 0.62, specular=0.35)
    return _uneven(soft, cloud(seed, 512, 0.2), depth=GRAIN)


def acetate(seed: int, colour: Colour | None) -> Bsdf:  # noqa: ARG001 - clear plastic has no wear
    """Clear coloured plastic, as old screwdriver handles have."""
    tint = colour or (0.7, 0.35, 0.05)
    clear = {
        "type": "roughdielectric", "alpha": 0.04, "int_ior": 1.47, "distribution": "ggx",
        "specular_transmittance": {"type": "rgb", "value": [0.35 + 0.65 * c for c in tint]},
    }  # fmt: skip
    body = principled(tuple(tint), 0.15, specular=0.5, clearcoat=1.0)
    return {"type": "blendbsdf", "weight": 0.62, "a": clear, "b": body["bsdf"]}


def wood(seed: int, colour: Colour | None) -> Bsdf:
    """Varnished ash or beech, its grain along the tool."""
    light = np.array(colour or (0.52, 0.33, 0.16))
    tone = mixed(tuple(light), tuple(light * (0.55, 0.45, 0.36)), grain(seed))
    dirt = 1 - 0.35 * np.clip(2 * cloud(seed + 5, 1024, 1.7) - 0.9, 0, 1)
    return principled(picture(tone * dirt[..., None], 1.4), 0.38, specular=0.5, clearcoat=0.25)


def print_(seed: int, colour: Colour | None) -> Bsdf:  # noqa: ARG001 - ink is even
    """Ink of a scale or a mark."""
    return principled(tuple(colour or (0.02, 0.02, 0.02)), 0.5)


def bsdf(material: str, seed: int, colour: Colour | None) -> Bsdf:
    """The BSDF of a named material."""
    made: Bsdf = globals()["print_" if material == "print" else material](seed, colour)
    return made


def _metal(base: Any, roughness: Array) -> Bsdf:
    return principled(base, picture(roughness), metallic=1.0, specular=0.5)


def _scratched(roughness: Array, seed: int, depth: float) -> Array:
    return np.clip(roughness + depth * scratches(seed + 3, roughness.shape[0]), 0.02, 1)


def _dusty(colour: Colour | None, seed: int, amount: float) -> Array:
    dust = np.clip(2.5 * cloud(seed + 2, 512, 0.9) - 0.9, 0, 1)
    return mixed(tuple(colour or (0.02, 0.02, 0.02)), (0.45, 0.43, 0.4), amount * dust)


def _uneven(inner: Bsdf, height: Array, depth: float) -> Bsdf:
    return {"type": "bumpmap", "arbitrary": picture(height), "scale": depth, "bsdf": inner}
