"""Hydra's launchers: each job of a sweep runs in a process of its own, here or on Slurm."""

from collections.abc import Sequence
from dataclasses import dataclass
from importlib.util import find_spec

from evaluate.errors import did_you_mean

LAUNCHES = ("eval", "table", "run", "score")  # the commands whose jobs may be launched
CHOICE, SETTING = "hydra/launcher=", "hydra.launcher."
BASIC = "basic"  # Hydra's default: one job after another in this process
JOBLIB = "joblib"
# Of each launcher its packages, and the extra that has them.
_PACKAGES = {
    JOBLIB: (("hydra_plugins.hydra_joblib_launcher", "joblib"), "joblib"),
    "submitit_local": (("hydra_plugins.hydra_submitit_launcher", "submitit"), "slurm"),
    "submitit_slurm": (("hydra_plugins.hydra_submitit_launcher", "submitit"), "slurm"),
}


@dataclass(frozen=True)
class Launcher:
    """The launcher ``name``, as the overrides ``words`` choose and set it."""

    name: str
    words: tuple[str, ...]

    @property
    def runs_several(self) -> bool:
        """Whether jobs may run at the same time, and so lengthen each other's seconds."""
        return f"{SETTING}n_jobs=1" not in self.words

    @property
    def shares_terminal(self) -> bool:
        """Whether jobs write to the terminal of this process, and not to logs of their own."""
        return self.name == JOBLIB


def chosen_launcher(overrides: Sequence[str]) -> Launcher | None:
    """The launcher that ``overrides`` choose; None for Hydra's own, which starts no process."""
    names = [word.removeprefix(CHOICE) for word in overrides if word.startswith(CHOICE)]
    if not names or names[-1] == BASIC:
        return None
    words = tuple(word for word in overrides if word.startswith((CHOICE, SETTING)))
    return Launcher(names[-1], words)


def invalid_launcher(command: str, overrides: Sequence[str]) -> str | None:
    """Why ``command`` cannot use the launcher that ``overrides`` choose; None if it can."""
    launcher = chosen_launcher(overrides)
    if launcher is None:
        return None
    given = f"{CHOICE}{launcher.name}"
    if launcher.name not in _PACKAGES:
        hint = did_you_mean(launcher.name, _PACKAGES)
        return f"{given}: use {', '.join(_PACKAGES)} or {BASIC}{hint}"
    if command not in LAUNCHES:
        return f"{given}: make {command} launches no jobs; it is for make {', '.join(LAUNCHES)}"
    packages, extra = _PACKAGES[launcher.name]
    for package in packages:
        if not _is_installed(package):
            name = package.rpartition(".")[2].replace("_", "-")
            return f"{given}: package '{name}' is not installed; run: make install extra={extra}"
    threads = [word for word in overrides if word.startswith("threads=") and word != "threads=auto"]
    if command != "score" and launcher.runs_several and not threads:
        return f"{given}: give threads=N, the cores that each job is to have"
    return None


def _is_installed(package: str) -> bool:
    try:
        return find_spec(package) is not None
    except ModuleNotFoundError:  # of its parent
        return False
