"""What the gate allows, as it is set: numbers, or null for what is not asked."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any


@dataclass(frozen=True)
class Limits:
    """What a run may do worse than its baseline; None does not ask.

    ``drop`` of the median IoU, None: as far as the noise measured with the baseline reaches;
    ``photo_drop`` of any one photo's; ``chance``: the p of so many photos falling against rising;
    ``share_drop`` of the shares above 0.9 and 0.7; ``slice_drop`` of any slice's median;
    ``slowdown`` of p50 over the p50 of the row ``reference``; ``mask_iou``: the least IoU with a
    reference mask, where those are kept.
    """

    drop: float | None
    photo_drop: float | None
    chance: float | None
    share_drop: float | None
    slice_drop: float | None
    slowdown: float | None
    reference: str | None
    mask_iou: float


def limits_of(allowed_drop: object, gate: Mapping[str, Any]) -> Limits:
    """The limits that ``allowed_drop`` and the settings below ``gate`` stand for.

    Raises:
        ValueError: one has no sense; the text says which.
    """
    known = {field.name for field in fields(Limits)} - {"drop"}
    if unknown := gate.keys() - known:
        raise ValueError(f"gate.{min(unknown)}: there is no such setting")
    for name, value in {**gate, "allowed_drop": allowed_drop}.items():
        if name == "reference" or (name, value) == ("allowed_drop", "noise"):
            continue
        if value is None and name not in ("allowed_drop", "mask_iou"):
            continue
        number = isinstance(value, int | float) and not isinstance(value, bool)
        if not number or not 0 <= value < math.inf:
            raise ValueError(
                f"{name if name == 'allowed_drop' else f'gate.{name}'}={value}: "
                "give a finite number, not below 0"
            )
    drop = None if allowed_drop == "noise" else float(str(allowed_drop))
    return Limits(drop=drop, **gate)
