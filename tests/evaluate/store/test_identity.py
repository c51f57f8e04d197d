"""What a run's key depends on: every module of ours that its masks come through."""

import subprocess
import sys
from pathlib import Path

from tests.support.projects import own_model

MODEL = """\
from models.parts import helper
from models.parts.deeper.names import NAME

class Model:
    pass
"""
SOURCES = "from evaluate.store.identity import code; print(code('models.mine.Model')['sources'])"


def sources_hash(project: Path) -> str:
    command = [sys.executable, "-c", SOURCES]
    result = subprocess.run(command, cwd=project, capture_output=True, text=True, check=True)
    return result.stdout


def test_code_in_a_sub_package_is_in_the_key(project: Path) -> None:
    own_model(project, "mine", MODEL)
    parts = project / "models" / "parts"
    (parts / "deeper").mkdir(parents=True)
    files = ("__init__.py", "helper.py", "deeper/__init__.py", "deeper/names.py")
    for name in files:
        (parts / name).write_text("NAME = 1\n")
    (parts / "unused.py").write_text("NAME = 1\n")
    before = sources_hash(project)
    for name in files:
        (parts / name).write_text("NAME = 2\n")
        assert sources_hash(project) != before, name
        (parts / name).write_text("NAME = 1\n")
    (parts / "unused.py").write_text("NAME = 2\n")
    assert sources_hash(project) == before
