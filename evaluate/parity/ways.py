"""The ways of running one network that the parity table compares: engines and precisions."""

from dataclasses import dataclass, replace

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
)


@dataclass(frozen=True)
class Way:
    """One way: its name in the table, the model as configured for it, and its conditions."""

    name: str
    model: Model
    conditions: Conditions


def ways_of(model: Model, conditions: Conditions, names: tuple[str, ...] | None) -> list[Way]:
    """The ways ``names`` of a model, all where that is None.

    A name is an engine, or an engine and a precision, as ``cpu/int8``: the values of
    ``model.provider`` and ``model.precision``. Without a precision, the model's own setting holds.
    For a model without these settings it is a device.
    """
    if "provider" not in model.options:
        return [Way(n, model, replace(conditions, device=n)) for n in names or DEVICE_WAYS]
    ways = []
    for name in names or ENGINE_WAYS:
        provider, _, precision = name.partition("/")
        chosen = {"provider": provider, **({"precision": precision} if precision else {})}
        configured = replace(model, options={**model.options, **chosen})
        ways.append(Way(name, configured, replace(conditions, device="auto")))
    return ways
