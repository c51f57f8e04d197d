"""All targets. A new decoder or parser gets a line in one of these modules' ``TARGETS``."""

from tests.fuzz.target import Target
from tests.fuzz.targets import (
    datasets_files,
    pictures,
    remote,
    stored,
    stored_formats,
    typed,
    weights,
)

TARGETS: tuple[Target, ...] = (
    *pictures.TARGETS,
    *datasets_files.TARGETS,
    *stored.TARGETS,
    *stored_formats.TARGETS,
    *remote.TARGETS,
    *weights.TARGETS,
    *typed.TARGETS,
)


def target_named(name: str) -> Target:
    """The target of this name."""
    return next(target for target in TARGETS if target.name == name)
