"""The ways of running one network that the parity table compares: engines, precisions, batches."""

import re
from dataclasses import dataclass, replace

from evaluate.errors import CannotRun
from evaluate.predict.model import Conditions, Model

DEVICE_WAYS = ("cpu", "cuda", "mps")  # of models that have no setting ``provider``
ENGINE_WAYS = (
    "cpu",
    "cpu/fp16",
    "cpu/int8",
    "openvino",
    "openvino/bf16",
    "openvino/int8",
    "cuda",
    "cuda/fp16",
    "tensorrt",
    "coreml",
    "directml",
    "rocm",
    "torch",
)
_BATCH = re.compile(r"batch([1-9][0-9]*)")


@dataclass(frozen=True)
class Way:
    """One way: its name in the table, the model as configured for it, and its conditions.

    ``photos`` is how many a call takes.
    """

    name: str
    model: Model
    conditions: Conditions
    photos: int = 1


def ways_of(model: Model, conditions: Conditions, names: tuple[str, ...] | None) -> list[Way]:
    """The ways ``names`` of a model, all where that is None.

    A name is an engine, or an engine and a precision, as ``cpu/int8``: the values of
    ``model.provider`` and ``model.precision``. Without a precision, the model's own setting holds.
    For a model without the first it is a device. ``batch4`` as the last part: four photos a call.

    Raises:
        CannotRun: a name has a part that the model has no setting for.
    """
    has_engines = "provider" in model.options
    default = ENGINE_WAYS if has_engines else DEVICE_WAYS
    return [_way(model, conditions, name, has_engines) for name in names or default]


def _way(model: Model, conditions: Conditions, name: str, has_engines: bool) -> Way:
    place, *parts = name.split("/")
    match = _BATCH.fullmatch(parts[-1]) if parts else None
    precisions = parts[:-1] if match else parts
    if len(precisions) > 1 or (precisions and "precision" not in model.options):
        raise CannotRun(
            f"ways={name}: {model.label} has no setting for {precisions[-1]}; a way is an engine "
            "or a device, then a precision if the model has that setting, then batchN, as in "
            "cpu/batch4"
        )
    chosen = {"provider": place} if has_engines else {}
    chosen |= {"precision": precisions[0]} if precisions else {}
    configured = replace(model, options={**model.options, **chosen}) if chosen else model
    # An engine brings its device; torch has several.
    device = conditions.device if place == "torch" else "auto" if has_engines else place
    photos = int(match[1]) if match else 1
    return Way(name, configured, replace(conditions, device=device), photos)
