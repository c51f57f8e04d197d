"""What the gate allows, as it is set: numbers, or null for what is not asked."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Limits:
    """What a run may do worse than its baseline; None does not ask.

    ``drop`` of the median IoU, None: as far as the noise measured with the baseline reaches;
    ``photo_drop`` of any one photo's; ``chance``: the p of so many photos falling against rising;
    ``share_drop`` of the shares above 0.9 and 0.7; ``slice_drop`` of any slice's median;
    ``inside_mm_rise``, ``outside_mm_rise``, ``hd95_mm_rise`` of the median of a distance of
    ``evaluate.metrics.boundary``; ``slowdown`` of p50 over the p50 of the row ``reference``;
    ``mask_iou``: the least IoU with a reference mask, where those are kept.
    """

    drop: float | None
    photo_drop: float | None
    chance: float | None
    share_drop: float | None
    slice_drop: float | None
    inside_mm_rise: float | None
    outside_mm_rise: float | None
    hd95_mm_rise: float | None
    slowdown: float | None
    reference: str | None
    mask_iou: float

    @property
    def rises(self) -> dict[str, float]:
        """The distances that are asked, and by how many mm the median of each may rise."""
        limits = {
            "inside": self.inside_mm_rise,
            "outside": self.outside_mm_rise,
            "hd95": self.hd95_mm_rise,
        }
        return {name: limit for name, limit in limits.items() if limit is not None}

    @property
    def wants(self) -> list[str]:
        """The settings with which ``make baseline`` stores all that is asked of it here."""
        wanted = ["repeats=3"] if self.drop is None else []
        wanted += [f"gate.{name}_mm_rise={limit:g}" for name, limit in self.rises.items()]
        return [*wanted, f"gate.reference={self.reference}"] if self.reference else wanted
