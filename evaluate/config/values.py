"""Values of settings, refused where they have no sense."""

import math

from evaluate.errors import SettingsError


def number(name: str, value: object) -> float:
    """A finite number from 0.

    Raises:
        SettingsError: ``value`` is none.
    """
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value < math.inf:
        raise SettingsError(f"{name}={value}: give a finite number, not below 0")
    return float(value)


def whole(name: str, value: object) -> int:
    """A whole number from 1.

    Raises:
        SettingsError: ``value`` is none.
    """
    if isinstance(value, bool) or not isinstance(value, int) or value < 1:
        raise SettingsError(f"{name}={value}: give a whole number from 1")
    return value


def flag(name: str, value: object) -> bool:
    """True or false.

    Raises:
        SettingsError: ``value`` is neither.
    """
    if not isinstance(value, bool):
        raise SettingsError(f"{name}={value}: give true or false")
    return value
