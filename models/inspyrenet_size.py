"""How large InSPyReNet sees a photo: upstream's two ways, sizes of one's own, and what less does.

static   a square of ``size`` px; upstream's is the one the checkpoint was trained for
dynamic  the photo's own shape, its short side at most ``size`` px; upstream's limit is 1280

A size is a multiple of 32, or ``adaptive``: 1024 for a photo at most that long, 1536 for one of at
most 2048, else 2048. A preset stands for a pair of both.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from models.segmenter import Unavailable

SQUARE_PX = {"base": 1024, "fast": 384, "base-nightly": 1024}
DYNAMIC_PX = 1280
GRID_PX = 32  # by which the network's stages divide its input
STEPS_PX = (2048, 1536, 1024)  # where memory does not suffice, the next below does instead
PRESETS = {"standard": ("static", 1024), "high": ("dynamic", 1536), "maximum": ("dynamic", 2048)}


@dataclass(frozen=True)
class Sizes:
    """``px`` None is adaptive."""

    dynamic: bool
    px: int | None

    @classmethod
    def of(
        cls, mode: str, preset: str | None, resize: str | None, size: int | str | None
    ) -> "Sizes":
        """What a yaml's settings mean.

        Raises:
            Unavailable: nothing, or two things.
        """
        if mode not in SQUARE_PX:
            raise Unavailable(f"model.mode={mode}: use {', '.join(SQUARE_PX)}")
        if preset is not None:
            if preset not in PRESETS:
                raise Unavailable(f"model.preset={preset}: use {', '.join(PRESETS)}")
            if resize is not None or size is not None:
                raise Unavailable(f"model.preset={preset} is a resize and a size; give no others")
            resize, size = PRESETS[preset]
        if resize not in (None, "static", "dynamic"):
            raise Unavailable(f"model.resize={resize}: use static or dynamic")
        dynamic = resize == "dynamic"
        if mode == "fast" and (preset or dynamic or size == "adaptive"):
            raise Unavailable("fast has no preset, dynamic or adaptive; use model=inspyrenet")
        if size is None:
            return cls(dynamic, DYNAMIC_PX if dynamic else SQUARE_PX[mode])
        if size == "adaptive":
            return cls(dynamic, None)
        if type(size) is not int or size < GRID_PX or size % GRID_PX:
            raise Unavailable(f"model.size={size}: use a multiple of {GRID_PX}, or adaptive")
        return cls(dynamic, size)

    def tries(self, width: int, height: int) -> Iterator[tuple[int, tuple[int, int]]]:
        """The size for a photo and then the smaller ones, each with the network's width, height."""
        longest = max(width, height)
        wanted = self.px or (1024 if longest <= 1024 else 1536 if longest <= 2048 else 2048)
        seen = set()
        for px in (wanted, *(step for step in STEPS_PX if step < wanted)):
            sides = self._sides(width, height, px)
            if sides not in seen:  # a photo below two limits is the same at both
                yield px, sides
            seen.add(sides)

    def _sides(self, width: int, height: int, px: int) -> tuple[int, int]:
        if not self.dynamic:
            return px, px
        shrink = max(min(width, height) / px, 1)
        grid = [max(round(side / shrink / GRID_PX), 1) for side in (width, height)]  # never 0
        return grid[0] * GRID_PX, grid[1] * GRID_PX
