"""What is fuzzed: a decoder or parser, good inputs, and the property that every input must keep."""

from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

Check: TypeAlias = Callable[[bytes], object]
"""Reads an input. Any exception is a finding, as is too much processor time."""


@dataclass(frozen=True)
class Ready:
    """Good inputs, and the check of one input."""

    corpus: Sequence[bytes]
    check: Check


@dataclass(frozen=True)
class Target:
    """``prepare`` gets an empty folder of its own.

    ``share`` of the inputs relative to other targets: less for slow readers. ``guided``: half of
    the inputs are chosen by coverage, where atheris is installed. ``longest_s`` of processor time
    may one input take.
    """

    name: str
    prepare: Callable[[Path], Ready]
    share: float = 1.0
    guided: bool = False
    longest_s: float = 1.0


def only(read: Callable[[bytes], object], *errors: type[Exception]) -> Check:
    """The check that ``read`` raises nothing but ``errors``."""

    def check(data: bytes) -> None:
        with suppress(*errors):
            read(data)

    return check


def unchanged(
    read: Callable[[bytes], object], whole: bytes, *errors: type[Exception]
) -> Callable[[bytes], None]:
    """The check that damage to ``whole`` changes nothing of what ``read`` returns, or is refused.

    Inputs that are too long or too different still have to be refused.
    """
    expected = read(whole)

    def check(data: bytes) -> None:
        try:
            found = read(data)
        except errors:
            return
        assert found == expected, "damage changed a value in silence"

    return check


def from_file(path: Path, read: Callable[[Path], object]) -> Callable[[bytes], object]:
    """``read`` of bytes, by a file."""

    def through(data: bytes) -> object:
        path.write_bytes(data)
        return read(path)

    return through
