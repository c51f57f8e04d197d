"""What the project's own files demand: Python, packages by extra, pinned versions."""

import re
import tomllib
from collections.abc import Collection
from functools import cache
from typing import Any

from evaluate.doctor.probe import PROJECT_FOLDER

Version = tuple[int, int]


def python_range() -> tuple[Version, Version]:
    """The first Python that pyproject.toml supports, and the first beyond those."""
    low, high = re.findall(r"(\d+)\.(\d+)", _project()["requires-python"])
    return (int(low[0]), int(low[1])), (int(high[0]), int(high[1]))


def core_packages() -> list[str]:
    """The packages that every command may need."""
    return [normalised(line) for line in _project()["dependencies"]]


def extras() -> dict[str, list[str]]:
    """The packages of each extra."""
    optional = _project()["optional-dependencies"]
    return {extra: [normalised(line) for line in lines] for extra, lines in optional.items()}


def pinned_versions(installed_extras: Collection[str]) -> dict[str, set[str]]:
    """The versions that the core's and these extras' files in requirements/ pin.

    A package may have one for each platform. What no installed extra needs, such as the setuptools
    that came with the environment, is not pinned by any of them.
    """
    pins: dict[str, set[str]] = {}
    for part in ("core", *installed_extras):
        text = (PROJECT_FOLDER / "requirements" / f"{part}.txt").read_text(encoding="utf-8")
        for name, version in re.findall(r"^([\w.-]+)(?:\[[^]]*\])?==([^\s;]+)", text, re.MULTILINE):
            pins.setdefault(normalised(name), set()).add(version)
    return pins


def normalised(requirement: str) -> str:
    """A package's name, without version and extras, as indexes compare names."""
    found = re.match(r"[\w.-]+", requirement)
    return re.sub(r"[-_.]+", "-", found[0] if found else "").lower()


@cache
def _project() -> dict[str, Any]:
    content = tomllib.loads((PROJECT_FOLDER / "pyproject.toml").read_text(encoding="utf-8"))
    return dict(content["project"])
