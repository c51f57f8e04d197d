"""A photo and its truth at working scale, for measures that need no full resolution."""

from dataclasses import dataclass

from datasets.arrays import Image, Mask, to_levels, to_mask
from datasets.pictures import resize_by_area, shrink_to

WORKING_PX = 1000  # a photo's long side; larger ones are shrunk, so time and memory stay bounded

# The precision of tracing by hand: 3 px, or 0.6 % of the long side.
_SLACK_PX = 3.0
_SLACK_SHARE = 0.006


@dataclass(frozen=True)
class View:
    """``image`` (uint8 H×W×3) and ``truth`` (bool H×W); ``scale`` is working px per photo px."""

    image: Image
    truth: Mask
    scale: float

    @property
    def slack_px(self) -> float:
        """How far an outline may be off and still count as right, in working px.

        At least 1.5 px, below which nothing can be measured at this scale.
        """
        longest = max(self.truth.shape)
        return float(max(_SLACK_PX * self.scale, _SLACK_SHARE * longest, 1.5))


def view(image: Image, truth: Mask) -> View:
    """Shrink a photo (uint8 H×W×3) and its truth (bool H×W) to working scale.

    The photo may be smaller than its truth already, if not smaller than working scale.
    """
    small = shrunk_mask(truth)
    return View(
        image=resize_by_area(image, (small.shape[0], small.shape[1])),
        truth=small,
        scale=min(1.0, WORKING_PX / max(truth.shape)),
    )


def shrunk_mask(mask: Mask) -> Mask:
    """Shrink a Mask (bool H×W) to working scale; a pixel is foreground where half of it is."""
    return to_mask(shrink_to(to_levels(mask), WORKING_PX))
