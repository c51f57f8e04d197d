"""A run's identity: everything that its masks and times depend on, and the hash of it.

A run is continued only if its identity is unchanged; otherwise a new run begins.
"""

import ast
import hashlib
import importlib.metadata
import json
import platform
import subprocess
import sys
import tomllib
from collections.abc import Mapping
from functools import cache
from importlib.util import find_spec, resolve_name
from pathlib import Path

from datasets.caching import cache as kept
from datasets.parallel import available_cores

ROOT = Path(__file__).parents[2]
OURS = ("datasets", "models", "evaluate")
VERSION: str = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]["version"]


def key(identity: Mapping[str, object]) -> str:
    """sha256 of an identity's canonical JSON, in hex."""
    return hashlib.sha256(json.dumps(identity, sort_keys=True).encode()).hexdigest()


def code(*targets: str) -> dict[str, object]:
    """Hash of this project's sources that a model and its steps use, and their packages' versions.

    ``targets`` are the dotted names of their classes and functions. The sources are found by
    following the import statements of the targets' modules and of the worker. So an edit of one
    model leaves the runs of all others valid.
    """
    pending = [*(target.rpartition(".")[0] for target in targets), "evaluate.predict.worker"]
    sources: dict[str, str] = {}
    packages: set[str] = set()
    while pending:
        module = pending.pop()
        spec = find_spec(module)
        if module in sources or spec is None or spec.origin is None:
            continue
        pending.extend(_packages_of(module))
        text = Path(spec.origin).read_text(encoding="utf-8")
        sources[module] = hashlib.sha256(text.encode()).hexdigest()
        package = module if spec.submodule_search_locations else module.rpartition(".")[0]
        for name in _imports(ast.parse(text), package):
            if name.split(".")[0] in OURS:
                pending.append(name)
            else:
                packages.add(name.split(".")[0])
    return {"sources": key(sources), "packages": _versions(packages)}


def _imports(tree: ast.Module, package: str) -> set[str]:
    names: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            origin = resolve_name("." * node.level + (node.module or ""), package)
            names.add(origin)
            if _is_package_of_ours(origin):  # otherwise the imported names are not modules
                names.update(f"{origin}.{alias.name}" for alias in node.names)
    return names


def _is_package_of_ours(name: str) -> bool:
    if name.partition(".")[0] not in OURS:
        return False
    spec = find_spec(name)
    return spec is not None and spec.submodule_search_locations is not None


def _packages_of(module: str) -> list[str]:
    """The parent packages of ``module``, which importing it runs first."""
    parts = module.split(".")
    return [".".join(parts[:end]) for end in range(1, len(parts))]


def _versions(packages: set[str]) -> dict[str, str]:
    """The versions of the distributions that have these packages.

    Finding them reads every distribution; an installation changes the time of its folder.
    """
    places = [Path(place) for place in sys.path]
    times = [(str(place), place.stat().st_mtime_ns) for place in places if place.is_dir()]
    installed = kept.key_of(times, sorted(packages))
    versions: dict[str, str] = kept.remembered(
        "versions", lambda: installed, lambda: _read_versions(packages)
    )
    return versions


def _read_versions(packages: set[str]) -> dict[str, str]:
    distributions = importlib.metadata.packages_distributions()
    names = {name for package in packages for name in distributions.get(package, ())}
    return {name: importlib.metadata.version(name) for name in sorted(names)}


@cache
def machine() -> dict[str, object]:
    """The properties of this computer that times depend on."""
    return {
        "system": f"{platform.system()} {platform.machine()}",
        "cpu": _cpu(),
        "cores": available_cores(),
        "python": platform.python_version(),
    }


def _cpu() -> str:
    info = Path("/proc/cpuinfo")
    if info.is_file():
        for line in info.read_text("utf-8", "replace").splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    if platform.system() == "Darwin":
        return _output("sysctl", "-n", "machdep.cpu.brand_string") or platform.processor()
    return platform.processor() or platform.machine()


def git() -> dict[str, object]:
    """The commit, and whether the working tree differs from it outside reports/; None if no git."""
    commit = _output("git", "rev-parse", "HEAD")
    status = _output("git", "status", "--porcelain", "--", ".", ":!reports")
    return {"commit": commit or None, "dirty": None if commit is None else bool(status)}


def _output(*command: str) -> str | None:
    try:
        done = subprocess.run(command, cwd=ROOT, capture_output=True, encoding="utf-8", check=True)
    except (OSError, ValueError, subprocess.CalledProcessError):
        return None
    return done.stdout.strip()
