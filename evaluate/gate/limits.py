"""The limits of the gate, as set: a number, or None for a criterion that is not checked."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Limits:
    """How much worse than its baseline a run may be; None skips the check.

    drop            of the median IoU; None: a multiple of the noise stored with the baseline
    photo_drop      of the IoU of any photo
    chance          the least p-value of a sign test of falling against rising photos
    share_drop      of the shares of photos above 0.9 and 0.7
    slice_drop      of the median IoU of any slice
    …_mm_rise       of the median of a distance of ``evaluate.metrics.boundary``
    slowdown        of p50 relative to that of the row ``reference``, as a share
    mask_iou        the least IoU with a reference mask, if those are kept
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
        """The checked distances, and by how many mm the median of each may rise."""
        limits = {
            "inside": self.inside_mm_rise,
            "outside": self.outside_mm_rise,
            "hd95": self.hd95_mm_rise,
        }
        return {name: limit for name, limit in limits.items() if limit is not None}

    @property
    def baseline_settings(self) -> list[str]:
        """The settings with which ``make baseline`` stores everything that these limits need."""
        needed = ["repeats=3"] if self.drop is None else []
        needed += [f"gate.{name}_mm_rise={limit:g}" for name, limit in self.rises.items()]
        return [*needed, f"gate.reference={self.reference}"] if self.reference else needed
