"""The project, copies of it, and models that are added to a copy."""

import shutil
from pathlib import Path

import yaml

ROOT = Path(__file__).parents[2]


def copy_project(copy: Path) -> Path:
    """Copy what the commands need, with its compiled modules, to a folder."""
    copy.mkdir()
    shutil.copy(ROOT / "pyproject.toml", copy)
    unwanted = shutil.ignore_patterns("sample", "*.pyc.*")  # the latter: being written
    for part in ("conf", "datasets", "evaluate", "models"):
        shutil.copytree(ROOT / part, copy / part, ignore=unwanted)
    return copy


def own_model(project: Path, name: str, body: str) -> None:
    """Add a model the documented way: one file, one yaml."""
    (project / "models" / f"{name}.py").write_text(body)
    (project / "conf" / "model" / f"{name}.yaml").write_text(
        f"_target_: models.{name}.Model\nlabel: {name}\nwarmup: 0\n"
    )


def models_of_a_suite(name: str) -> list[str]:
    """What its yaml lists."""
    suite = yaml.safe_load((ROOT / "conf" / "suite" / f"{name}.yaml").read_text())
    listed: str = suite["hydra"]["sweeper"]["params"]["model"]
    return listed.split(",")
