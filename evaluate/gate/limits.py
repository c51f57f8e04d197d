"""What the gate allows, as it is set: numbers, or null for what is not asked."""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any

from evaluate.config.values import number
from evaluate.errors import SettingsError


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


def limits_of(allowed_drop: object, gate: Mapping[str, Any]) -> Limits:
    """The limits that ``allowed_drop`` and the settings below ``gate`` stand for.

    Raises:
        SettingsError: one has no sense; the text says which.
    """
    known = {field.name for field in fields(Limits)} - {"drop"}
    if unknown := gate.keys() - known:
        raise SettingsError(f"gate.{min(unknown)}: there is no such setting")
    if missing := known - gate.keys():
        raise SettingsError(f"gate.{min(missing)} is missing; null does not ask for it")
    for name, value in gate.items():
        if name != "reference" and (value is not None or name == "mask_iou"):
            number(f"gate.{name}", value)
    drop = None if allowed_drop == "noise" else number("allowed_drop", allowed_drop)
    return Limits(drop=drop, **gate)
