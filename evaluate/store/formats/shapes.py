"""The shape of stored JSON, checked once where it is read, so that nothing behind it can stumble.

A shape is
    a type      that the value has; ``float`` is any finite number, ``int`` one of 64 bits
    None        null
    a tuple     of shapes, of which one fits
    [shape]     a list of any length of that shape
    {…}         an object with these names and any others; those that end in ? may be missing
    Each(shape) an object with any names
    ANY         whatever
"""

import sys
from dataclasses import dataclass
from typing import Any, TypeAlias

Shape: TypeAlias = Any
ANY = object
_LARGEST = 1 << 63


@dataclass(frozen=True)
class Each:
    """An object whose values all have one shape."""

    shape: Shape


def expect_shape(value: object, shape: Shape) -> None:
    """Check a decoded JSON value.

    Raises:
        ValueError: it has another shape; the text names the place.
    """
    if (place := _misfit(value, shape, "")) is not None:
        raise ValueError(f"{place or 'the content'} is missing or of another type")


def _misfit(value: Any, shape: Shape, place: str) -> str | None:
    """The first place that has another shape, None if all fits."""
    if isinstance(shape, tuple):
        misfits = [_misfit(value, one, place) for one in shape]
        return None if None in misfits else misfits[0]
    if isinstance(shape, list):
        inner: list[tuple[Any, Shape, str]] = [(value, list, place)]
        if isinstance(value, list):
            inner = [(one, shape[0], f"{place}[{i}]") for i, one in enumerate(value)]
    elif isinstance(shape, Each):
        inner = [(value, dict, place)]
        if isinstance(value, dict):
            inner = [(one, shape.shape, f"{place}.{name}") for name, one in value.items()]
    elif isinstance(shape, dict):
        if not isinstance(value, dict):
            return place
        if absent := [n for n in shape if not n.endswith("?") and n not in value]:
            return f"{place}.{absent[0]}"
        names = {name.removesuffix("?"): one for name, one in shape.items()}
        inner = [(value[n], one, f"{place}.{n}") for n, one in names.items() if n in value]
    else:
        return None if _is(value, shape) else place
    return next((found for part in inner if (found := _misfit(*part)) is not None), None)


def _is(value: object, kind: Shape) -> bool:
    if kind is ANY:
        return True
    if kind is None:
        return value is None
    if isinstance(value, bool):
        return kind is bool
    if kind is float:
        return isinstance(value, int | float) and abs(value) <= sys.float_info.max
    if kind is int:
        return isinstance(value, int) and abs(value) < _LARGEST
    return isinstance(value, kind)
