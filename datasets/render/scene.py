"""One photograph: its description, and the Mitsuba scenes that give its light and its truth.

The camera looks straight down through a shifted lens. That is what a hand-held, tilted phone's
picture becomes once its perspective is corrected to the sheet: the sheet has one scale,
``mm_per_px``, and what stands up from it leans away from where the phone was.
"""

import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import trimesh

from datasets.render import surfaces
from datasets.render.light import LIGHTS, Light, emitters
from datasets.render.materials import bsdf, picture, principled
from datasets.render.noise import Array, cloud
from datasets.render.solids import Part, Tool

PASSES = 4  # that a picture is rendered in, so that a stray bright path can be told
LONG_SIDE = 1400


@dataclass(frozen=True)
class Lying:
    """Something on the table: what, where its middle is (mm from the picture's), turned how far."""

    thing: Callable[[], Tool]
    x: float = 0.0
    y: float = 0.0
    turn: float = 0.0
    on_sheet: bool = True

    @property
    def name(self) -> str:
        """What it is, in words."""
        made = self.thing.func if isinstance(self.thing, partial) else self.thing
        return made.__name__.replace("_", " ")


@dataclass(frozen=True)
class Photo:
    """A photograph to render. Lengths are millimetres; the picture's middle is (0, 0), y up."""

    id: str
    stratum: str
    tools: tuple[Lying, ...]
    clutter: tuple[Lying, ...] = ()
    paper: str | None = "white"  # None: straight on the table
    sheet_mm: tuple[float, float] = (210.0, 297.0)
    sheet_at: tuple[float, float, float] = (0.0, 0.0, 0.0)  # x, y, degrees; a little off that
    table: str = "oak"
    table_edge: float | None = None  # y where the table ends
    light: str = "window"
    azimuth: float | None = None
    view_mm: tuple[float, float] = (201.0, 268.0)  # width and height of what is seen

    @property
    def seed(self) -> int:
        """What every pattern and every noise of this photograph is drawn from."""
        return int.from_bytes(self.id.encode(), "big") % 2**31

    @property
    def lit(self) -> Light:
        """Its light, from where it comes in this photograph."""
        azimuth = np.random.default_rng(self.seed + 1).uniform(30, 160)
        return LIGHTS[self.light]._replace(
            azimuth=azimuth if self.azimuth is None else self.azimuth
        )

    @property
    def camera(self) -> tuple[float, float, float]:
        """Where the phone was, over the picture's middle and nearer to who holds it."""
        rng = np.random.default_rng(self.seed + 2)
        reach = max(self.view_mm)
        x, y, height = rng.uniform(-0.2, 0.2), rng.uniform(-0.38, -0.05), rng.uniform(1.5, 2.1)
        return x * reach, y * reach, height * reach

    def size(self, long_side: int) -> tuple[int, int]:
        """Width and height in pixels."""
        scale = long_side / max(self.view_mm)
        return round(self.view_mm[0] * scale), round(self.view_mm[1] * scale)

    def mm_per_px(self, long_side: int) -> float:
        """The scale of the sheet, and of what lies flat on it."""
        return self.view_mm[0] / self.size(long_side)[0]


def rendered(photo: Photo, long_side: int, samples: int) -> Array:
    """The light that reaches the sensor: linear RGB, float32 H×W×3, denoised as phones denoise."""
    import mitsuba as mi
    import pyoidn

    with _scene(photo, long_side, truth=False) as scene:
        passes = np.stack(
            [
                np.array(mi.render(scene, spp=samples // PASSES, seed=photo.seed + i), np.float32)
                for i in range(PASSES)
            ]
        )
        seen = mi.load_dict({"type": "aov", "aovs": "albedo:albedo,normal:sh_normal"})
        layers = np.array(mi.render(scene, integrator=seen, spp=6, seed=photo.seed), np.float32)
    # A path that found a lamp by way of a mirror outshines thousands of others, and no denoiser
    # can tell it from a spark: none may be much brighter than its fellows.
    limit = 2 * np.median(passes, axis=0) + 0.02 * np.median(passes)
    light = np.minimum(passes, limit).mean(axis=0)
    albedo, normal = (np.ascontiguousarray(layers[..., i : i + 3]) for i in (0, 3))
    clean: Array = pyoidn.denoise(light, albedo=np.clip(albedo, 0, 1), normal=normal, hdr=True)
    return clean


def coverage(photo: Photo, long_side: int, samples: int = 25) -> Array:
    """How much of each pixel tools cover, 0..1 (H×W), from the same camera with a box filter."""
    import mitsuba as mi

    with _scene(photo, long_side, truth=True) as scene:
        light = np.array(mi.render(scene, spp=samples, seed=photo.seed))
    share: Array = light[..., 0]
    return share


@contextmanager
def _scene(photo: Photo, long_side: int, truth: bool) -> Iterator[Any]:
    import mitsuba as mi

    mi.set_variant("scalar_rgb")
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        scene: dict[str, Any] = {
            "type": "scene",
            "integrator": {"type": "path", "max_depth": 1 if truth else 8},
            "sensor": _camera(photo, long_side, truth),
        }
        for i, lying in enumerate(photo.tools):
            for j, part in enumerate(lying.thing()):
                shape = _shape(part, lying, folder / f"{i}-{j}.ply", photo.seed + 100 * i + j)
                if truth:
                    shape["emitter"] = {"type": "area", "radiance": {"type": "rgb", "value": 1.0}}
                    shape["bsdf"] = {"type": "twosided", "bsdf": {"type": "diffuse"}}
                scene[f"tool{i}-{j}"] = shape
        if not truth:
            scene |= _surroundings(photo, folder)
            scene |= emitters(photo.lit, photo.seed)
        yield mi.load_dict(scene)


def _camera(photo: Photo, long_side: int, truth: bool) -> dict[str, Any]:
    import mitsuba as mi

    x, y, height = photo.camera
    width_px, height_px = photo.size(long_side)
    width, depth = photo.view_mm
    return {
        "type": "perspective",
        "fov": float(np.rad2deg(2 * np.arctan(width / 2 / height))),
        "fov_axis": "x",
        "principal_point_offset_x": -x / width,
        "principal_point_offset_y": y / depth,
        "to_world": mi.ScalarTransform4f().look_at(
            origin=[x, y, height], target=[x, y, 0], up=[0, 1, 0]
        ),
        "film": {
            "type": "hdrfilm",
            "width": width_px,
            "height": height_px,
            "rfilter": {"type": "box"},  # the denoiser wants pixels whose noise is their own
            "pixel_format": "rgb",
            "component_format": "float32",
        },
        "sampler": {"type": "stratified" if truth else "independent"},
    }


def _surroundings(photo: Photo, folder: Path) -> dict[str, Any]:
    scene: dict[str, Any] = {"table": _table(photo, folder / "table.ply")}
    if photo.table_edge is not None:
        scene["floor"] = {
            "type": "rectangle",
            "to_world": _moved(0, 0, -650, 0, 1500),
            "bsdf": principled((0.09, 0.07, 0.055), 0.6),
        }
    if photo.paper:
        scene["sheet"] = _sheet(photo, folder / "sheet.ply")
    for i, lying in enumerate(photo.clutter):
        for j, part in enumerate(lying.thing()):
            file = folder / f"clutter{i}-{j}.ply"
            scene[f"clutter{i}-{j}"] = _shape(part, lying, file, photo.seed + 7000 + 100 * i + j)
    return scene


def _shape(part: Part, lying: Lying, file: Path, seed: int) -> dict[str, Any]:
    _write_ply(part.mesh, part.mesh.vertices[:, :2] / 100.0, file)
    return {
        "type": "ply",
        "filename": str(file),
        "to_world": _moved(lying.x, lying.y, 0.0 if lying.on_sheet else -0.6, lying.turn),
        "bsdf": bsdf(part.material, seed, part.colour),
    }


def _table(photo: Photo, file: Path) -> dict[str, Any]:
    """The table top, 0.6 mm under the tools: a sheet and the air beneath it lie between."""
    edge = 900.0 if photo.table_edge is None else photo.table_edge
    top = trimesh.creation.box(bounds=[[-900, -900, -30.6], [900, edge, -0.6]])
    top = trimesh.graph.smooth_shade(top, angle=0.1)
    shift = np.random.default_rng(photo.seed).uniform(0, 1, 2)
    _write_ply(top, top.vertices[:, :2] / surfaces.TILE_MM + shift, file)
    return {"type": "ply", "filename": str(file), "bsdf": surfaces.table(photo.table, photo.seed)}


def _sheet(photo: Photo, file: Path) -> dict[str, Any]:
    """The sheet, not quite flat: it sags between the table and the tools, and its corners lift."""
    width, height = photo.sheet_mm
    rows, columns = 150, 110
    v, u = np.meshgrid(np.linspace(0, 1, rows), np.linspace(0, 1, columns), indexing="ij")
    rng = np.random.default_rng(photo.seed + 11)
    soft = np.tile(cloud(photo.seed + 12, 256, 2.2), (1, 1))[:rows, :columns]
    sag = -0.5 * soft / soft.max()
    corners = [(0, 0), (0, 1), (1, 0), (1, 1)]
    lift = [
        rng.uniform(0, 3.5) * np.clip(1 - np.hypot((u - cu) * 2.6, (v - cv) * 3.4), 0, 1) ** 2
        for cu, cv in corners
    ]
    z = sag + sum(lift)
    points = np.stack(((u - 0.5) * width, (v - 0.5) * height, z), 2).reshape(-1, 3)
    at = np.arange(rows * columns).reshape(rows, columns)
    a, b, c, d = at[:-1, :-1].ravel(), at[:-1, 1:].ravel(), at[1:, 1:].ravel(), at[1:, :-1].ravel()
    faces = np.concatenate((np.stack((a, b, c), 1), np.stack((a, c, d), 1)))
    _write_ply(
        trimesh.Trimesh(points, faces, process=False),
        np.stack((u.ravel(), 1 - v.ravel()), 1),
        file,
    )
    colours = surfaces.sheet(photo.paper or "white", photo.seed, width, height)
    x, y, turn = np.array(photo.sheet_at) + rng.normal(0, (1.5, 1.5, 0.6))
    fibres = {
        "type": "bumpmap",
        "arbitrary": picture(cloud(photo.seed + 13, 1024, 0.8)),
        "scale": 0.02,
        "bsdf": {"type": "diffuse", "reflectance": picture(colours)},
    }
    return {
        "type": "ply",
        "filename": str(file),
        "to_world": _moved(x, y, 0.0, turn),
        "bsdf": {"type": "twosided", "bsdf": fibres},
    }


def _moved(x: float, y: float, z: float, turn: float, scale: float = 1.0) -> Any:
    import mitsuba as mi

    transform = mi.ScalarTransform4f
    return (
        transform().translate([x, y, z]) @ transform().rotate([0, 0, 1], turn)
        @ transform().scale(scale)
    )  # fmt: skip


def _write_ply(mesh: trimesh.Trimesh, uv: Array, file: Path) -> None:
    """Positions, normals and texture coordinates, in the binary PLY that Mitsuba reads."""
    names = ("x", "y", "z", "nx", "ny", "nz", "u", "v")
    rows = np.concatenate((mesh.vertices, mesh.vertex_normals, uv), 1).astype("<f4")
    faces = np.zeros(len(mesh.faces), [("n", "u1"), ("v", "<i4", 3)])
    faces["n"], faces["v"] = 3, mesh.faces
    header = [
        "ply", "format binary_little_endian 1.0", f"element vertex {len(rows)}",
        *(f"property float {name}" for name in names),
        f"element face {len(faces)}", "property list uchar int vertex_indices", "end_header", "",
    ]  # fmt: skip
    file.write_bytes("\n".join(header).encode() + rows.tobytes() + faces.tobytes())
