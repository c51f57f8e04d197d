"""Rules of the layout: one meaning per name, short files, small folders."""

import ast
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

from tests.support.projects import ROOT

MAX_LINES = 300
MAX_MODULES = 16
# Names that several modules define on purpose: commands, dataset forms, entry points, loggers and
# type variables.
REPEATED = {"run", "load", "main", "log", "T"}
# Catalogues: one module per model.
CATALOGUES = {"models", "tests/models", "tests/models/prepared"}


def sources(*folders: str) -> Iterator[Path]:
    for folder in folders:
        yield from sorted((ROOT / folder).rglob("*.py"))


def public_names(path: Path) -> Iterator[str]:
    """The functions, classes and constants that a module defines."""
    for node in ast.parse(path.read_text(encoding="utf-8")).body:
        names: list[str] = []
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            names = [node.name]
        elif isinstance(node, ast.Assign | ast.AnnAssign):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            names = [target.id for target in targets if isinstance(target, ast.Name)]
        yield from (name for name in names if not name.startswith("_"))


def test_a_public_name_is_defined_in_one_module() -> None:
    modules = defaultdict(list)
    for path in sources("datasets", "models", "evaluate"):
        if "render" in path.parts:  # a program that draws the built-in photos
            continue
        for name in public_names(path):
            modules[name].append(path.relative_to(ROOT).as_posix())
    repeated = {name: at for name, at in modules.items() if len(at) > 1 and name not in REPEATED}
    assert not repeated


def test_files_are_short() -> None:
    lengths = {
        path.relative_to(ROOT).as_posix(): len(path.read_text(encoding="utf-8").splitlines())
        for path in sources("datasets", "models", "evaluate", "tests")
    }
    assert not {path: lines for path, lines in lengths.items() if lines > MAX_LINES}


def test_folders_are_small() -> None:
    modules: dict[str, int] = defaultdict(int)
    for path in sources("datasets", "models", "evaluate", "tests"):
        if path.name != "__init__.py":
            modules[path.parent.relative_to(ROOT).as_posix()] += 1
    for folder in CATALOGUES:
        modules.pop(folder, None)
    assert not {folder: count for folder, count in modules.items() if count > MAX_MODULES}
