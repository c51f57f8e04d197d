"""A finished run with its baseline, made once for all tests of this folder."""

import shutil
from pathlib import Path

import pytest

from tests.evaluate.gate.gate_folder import Gate
from tests.support.photos import make_folder


@pytest.fixture(scope="package")
def finished(tmp_path_factory: pytest.TempPathFactory) -> tuple[Gate, Path]:
    """A gate with a run and a baseline, and a copy of its folder for restoring."""
    root = tmp_path_factory.mktemp("gate")
    gate = Gate(root / "gate")
    make_folder(gate.folder, [f"p{i}" for i in range(10)])
    assert gate.command("eval").returncode == 0
    assert gate.command("baseline").returncode == 0
    shutil.copytree(gate.root, root / "finished")
    return gate, root / "finished"


@pytest.fixture
def gate(finished: tuple[Gate, Path]) -> Gate:
    """A finished run with its baseline, restored for each test."""
    gate, kept = finished
    shutil.rmtree(gate.root)
    shutil.copytree(kept, gate.root)
    return gate
