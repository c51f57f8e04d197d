"""Parsers of settings: each takes a setting's name and value, and refuses a value that is invalid.

All raise SettingsError, whose text names the setting, the value and what to give instead.
"""

import sys
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from datasets.listing.shard import Shard
from datasets.listing.typed_path import expanded
from datasets.parallel import available_cores
from evaluate.errors import SettingsError, did_you_mean

T = TypeVar("T")

LARGEST_FLOAT = sys.float_info.max  # of numbers that are not infinite
METRIC_SETS = ("core", "paper")
JOIN_WAYS = ("mean", "median", "vote")  # of models.ensemble
DEVICES = ("auto", "cpu", "mps", "cuda")


def number(name: str, value: object) -> float:
    """A finite number from 0."""
    if (
        isinstance(value, bool)
        or not isinstance(value, int | float)
        or not 0 <= value <= LARGEST_FLOAT
    ):
        raise SettingsError(f"{name}={value}: give a finite number, not below 0")
    return float(value)


def share(name: str, value: object) -> float:
    """A number from 0 to 1."""
    if (found := number(name, value)) > 1:
        raise SettingsError(f"{name}={value}: give a number from 0 to 1; 5 percent are 0.05")
    return found


def positive(name: str, value: object) -> float:
    """A finite number of seconds above 0."""
    if (seconds := number(name, value)) == 0:
        raise SettingsError(f"{name}=0: give seconds above 0")
    return seconds


def whole(name: str, value: object) -> int:
    """A whole number from 1."""
    if isinstance(value, bool) or not isinstance(value, int) or value < 1:
        raise SettingsError(f"{name}={value}: give a whole number from 1")
    return value


def level(name: str, value: object) -> int:
    """A level of an Alpha that background does not reach: a whole number from 1 to 255."""
    if (found := whole(name, value)) > 255:
        raise SettingsError(f"{name}={value}: give a whole number from 1 to 255")
    return found


def flag(name: str, value: object) -> bool:
    """True or false."""
    if not isinstance(value, bool):
        raise SettingsError(f"{name}={value}: give true or false")
    return value


def text(name: str, value: object) -> str:  # noqa: ARG001 - any value has a text
    """Any text; a number as it was typed."""
    return str(value)


def folder(name: str, value: object) -> Path:
    """A folder, which need not exist; ``~`` is the home folder."""
    if value in (None, ""):
        raise SettingsError(f"{name}={value}: give a folder")
    return expanded(str(value))


def ways(name: str, value: object) -> tuple[str, ...] | None:
    """Names of ways, with commas between them; None for auto."""
    names = tuple(part.strip() for part in str(value).split(","))
    if names == ("auto",):
        return None
    if not all(names) or len(set(names)) < len(names):
        raise SettingsError(f"{name}={value}: name each way once, as cpu,openvino,cpu/int8")
    return names


def optional(parse: Callable[[str, object], T]) -> Callable[[str, object], T | None]:
    """``parse``, and None for null."""

    def parse_unless_null(name: str, value: object) -> T | None:
        return None if value is None else parse(name, value)

    return parse_unless_null


def columns(name: str, value: object) -> str:
    """A set of columns that the table may have."""
    from evaluate.report.columns import CHOICES  # and numpy, which not every command waits for

    if str(value) not in CHOICES:
        hint = did_you_mean(str(value), CHOICES)
        raise SettingsError(f"{name}={value}: use {' or '.join(CHOICES)}{hint}")
    return str(value)


def metric_set(name: str, value: object) -> str:
    """A set of metrics, one of ``METRIC_SETS``."""
    if str(value) not in METRIC_SETS:
        hint = did_you_mean(str(value), METRIC_SETS)
        raise SettingsError(f"{name}={value}: use {' or '.join(METRIC_SETS)}{hint}")
    return str(value)


def join_way(name: str, value: object) -> str:
    """How an ensemble joins rows, one of ``JOIN_WAYS``."""
    if value not in JOIN_WAYS:
        hint = did_you_mean(str(value), JOIN_WAYS)
        raise SettingsError(f"{name}={value}: use {', '.join(JOIN_WAYS)}{hint}")
    return str(value)


def device(name: str, value: object) -> str:
    """The device a model runs on, one of ``DEVICES``."""
    if value not in DEVICES:
        raise SettingsError(f"{name}={value}: use {', '.join(DEVICES[:-1])} or {DEVICES[-1]}")
    return str(value)


def threads(name: str, value: object) -> int:
    """How many threads; ``auto`` is every core that this process may use."""
    return available_cores() if value == "auto" else whole(name, value)


def timing(name: str, value: object) -> str:
    """What runs beside the model, one of ``evaluate.predict.model.TIMINGS``."""
    from evaluate.predict.model import TIMINGS  # and numpy, which not every command waits for

    if value not in TIMINGS:
        raise SettingsError(f"{name}={value}: use {' or '.join(TIMINGS)}")
    return str(value)


def mask_store(name: str, value: object) -> str:
    """How masks are stored, one of ``evaluate.store.masks.writers.STORES``."""
    from evaluate.store.masks.writers import STORES  # and numpy, which not every command waits for

    if value not in STORES:
        raise SettingsError(f"{name}={value}: use {', '.join(STORES[:-1])} or {STORES[-1]}")
    return str(value)


def shard(name: str, value: object) -> Shard:
    """A shard, as 2/3."""
    number, _, of = str(value).partition("/")
    if not (number.isdecimal() and of.isdecimal() and 1 <= int(number) <= int(of)):
        raise SettingsError(f"{name}={value}: give its number and how many there are, as 2/3")
    return Shard(int(number), int(of))


def engine_name(name: str, value: object) -> str:
    """Where models run, one of ``evaluate.predict.pool.engine.ENGINES``."""
    from evaluate.predict.pool.engine import ENGINES  # and numpy, which not every command waits for

    if value not in ENGINES:
        raise SettingsError(f"{name}={value}: use {' or '.join(ENGINES)}")
    return str(value)


def drop(name: str, value: object) -> float | None:
    """A number from 0 to 1, or None for ``noise``."""
    return None if value == "noise" else share(name, value)


def tracker(name: str, value: object) -> str | None:  # noqa: ARG001 - the same for all parsers
    """Where rows are logged; its package must be installed. None for nowhere."""
    if value is None:
        return None
    from evaluate.report.tracking import tracking_package  # imports numpy, which is slow

    tracking_package(str(value))
    return str(value)
