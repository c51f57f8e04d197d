"""ONNX Runtime for browsers in a test's weights folder; npm downloads it once a machine."""

import shutil

from models.browser.runtime_package import runtime_file
from models.weights.weight_file import fetch

STORED = runtime_file().path  # in the user's folder: a test may set another one later


def provide_runtime() -> None:
    """Copy the package to ``$CUTOUTBENCH_HOME``."""
    if not STORED.is_file():
        stored = fetch(runtime_file())
        if stored == STORED:
            return
        STORED.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(stored, STORED)
    target = runtime_file().path
    if target != STORED:
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(STORED, target)
