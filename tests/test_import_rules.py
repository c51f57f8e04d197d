"""The import rules of pyproject.toml refuse an import that runs against them."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.projects import ROOT

LINT = Path(sys.executable).with_name("lint-imports")


@pytest.mark.parametrize(
    ("module", "wrong", "contract"),
    [
        ("evaluate/predict/stage.py", "import evaluate.score.stage", "rooms of evaluate"),
        ("evaluate/metrics/iou.py", "import evaluate.store.scores", "rooms of evaluate"),
        ("models/otsu.py", "import evaluate.errors", "imports go down"),
        ("evaluate/report/publish.py", "import models.otsu", "evaluate imports no concrete model"),
    ],
)
def test_a_wrong_import_fails_the_check(
    tmp_path: Path, module: str, wrong: str, contract: str
) -> None:
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    for package in ("datasets", "models", "evaluate"):
        shutil.copytree(ROOT / package, tmp_path / package, ignore=shutil.ignore_patterns("sample"))
    source = tmp_path / module
    source.write_text(f"{source.read_text()}\n{wrong}\n")
    done = subprocess.run(
        [LINT, "--no-cache"], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert done.returncode == 1
    broken = [line for line in done.stdout.splitlines() if " BROKEN" in line]
    assert any(line.startswith(contract) for line in broken), done.stdout
