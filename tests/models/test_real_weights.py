"""rembg's real networks on real photos: masks are those of rembg called directly.

The weights stay in the user's cache folder, so that only the first test session downloads them.
"""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from models.weights import npm_package
from tests.support.commands import Command
from tests.support.model_yamls import model_yaml
from tests.support.photos import TOOL_PHOTOS
from tests.support.projects import ROOT

NPM_HASH = npm_package.BUNDLES["medium"][1]


@pytest.mark.parametrize("settings", ["isnet model.source=npm", "u2net", "u2netp"])
def test_real_networks_equal_rembg_called_directly(
    command: Command, tmp_path: Path, settings: str
) -> None:
    """By the check that the README names. The release may be out of reach."""
    name, *more = settings.split()
    source = TOOL_PHOTOS if TOOL_PHOTOS.exists() else ROOT / "datasets" / "sample"
    root = tmp_path / "photos"
    for kind in ("images", "masks"):
        (root / kind).mkdir(parents=True)
        for path in sorted((source / kind).iterdir())[:3]:
            shutil.copy(path, root / kind)
    done = command("eval", f"model={name}", *more, "dataset=folder", f"dataset.root={root}")
    assert done.returncode == 0, done.stderr
    assert model_yaml(name)["label"] in done.stdout
    runs = tmp_path / "reports" / "photos" / "runs"
    (run,) = (path for path in runs.iterdir() if (path / "run.json").is_file())
    assert run.name == "+".join([name, *(word.removeprefix("model.") for word in more)])
    (session,) = json.loads((run / "run.json").read_text())["sessions"]
    expected = NPM_HASH if more else model_yaml(name)["weights"]["hash"]
    assert list(session["weights"].values()) == [expected]
    check = subprocess.run(
        [sys.executable, "-m", "tests.tools.by_hand", str(root), str(run)],
        cwd=ROOT, env={**os.environ, "NUMBA_DISABLE_JIT": "1"},  # as models/rembg.py, saves 40 s
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert check.returncode == 0, check.stdout + check.stderr
    assert check.stdout.startswith(sorted(p.stem for p in (root / "images").iterdir())[0])
