"""Networks converted to another precision: made once, kept beside the weights by hash.

The conversion runs in a process of its own (``models.runtime.convert``), whose memory and time are
not those of the model.
"""

import hashlib
import json
import logging
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np

from datasets.arrays import Image
from datasets.pictures import read_photo
from models.runtime.convert import FOR_BATCHES, FOR_TORCH, recipe
from models.segmenter import Unavailable
from models.weights.weight_file import count_as_fetching, home

log = logging.getLogger(__name__)

PRECISIONS = ("fp32", "fp16", "int8", "bf16")
CALIBRATION_FOLDER = Path(__file__).parents[2] / "datasets" / "sample" / "images"
CALIBRATED_ON = (  # built-in photos, one of each kind; no ground truth is used
    "chrome-4", "clutter-4", "crossing-4", "dim-4", "handle-4", "holes-4", "matte-4", "pale-4",
    "several-4", "shadow-4", "thin-4",
)  # fmt: skip


def converted(
    path: Path, precision: str, planes: Callable[[Image], Any]
) -> tuple[Path, dict[str, str]]:
    """The network at ``path`` in ``precision``, and what to record about it.

    ``precision`` may be another kind of conversion: ``FOR_BATCHES`` or ``FOR_TORCH``.
    ``planes`` gives the network's input for a photo (uint8 H×W×3).

    Raises:
        Unavailable: a package is missing, or the network cannot be converted.
    """
    if find_spec("onnx") is None:
        what = (
            "several photos in a call"
            if precision == FOR_BATCHES
            else f"model.precision={precision}"
        )
        raise Unavailable(
            f"{what}: the package onnx, which converts networks, is not installed; run: make "
            "install extra=quantize"
        )
    how = f"{recipe(precision)}, onnx {version('onnx')}, {_onnxruntime_version()}"
    if precision == FOR_TORCH:
        how += f", onnx2torch {version('onnx2torch')}, torch {version('torch')}"
    if precision == "int8":
        how += f", calibrated on the built-in photos {', '.join(CALIBRATED_ON)}"
    start = time.perf_counter()
    with path.open("rb") as file:
        source = hashlib.file_digest(file, "sha256").hexdigest()
    key = hashlib.sha256(f"{source} {how}".encode()).hexdigest()[:16]
    target = home() / "converted" / f"{path.stem}-{precision}-{key}.onnx"
    note = target.with_suffix(".json")
    if not note.is_file():
        log.warning("converting %s to %s, once, as %s", path.name, precision, target)
        _convert(path, target, precision, planes)
        about = {"of": f"sha256:{source}", "sha256": _sha256(target), "how": how}
        note.write_text(json.dumps(about, indent=1), "utf-8")
        count_as_fetching(time.perf_counter() - start)
    about = json.loads(note.read_text("utf-8"))
    if not target.is_file() or _sha256(target) != about["sha256"]:
        note.unlink()
        raise Unavailable(f"{target}: damaged; run again to convert it again")
    return target, {"converted": how, "sha256": about["sha256"]}


def _convert(path: Path, target: Path, precision: str, planes: Callable[[Image], Any]) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=target.parent) as name:
        folder = Path(name)
        if precision in ("int8", FOR_TORCH):
            for number, photo in enumerate(CALIBRATED_ON if precision == "int8" else ["several-4"]):
                (file,) = CALIBRATION_FOLDER.glob(f"{photo}.*")
                np.save(folder / f"{number}.npy", planes(read_photo(file)))
        command = [sys.executable, "-m", "models.runtime.convert", str(path), precision, name]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode:
            reason = (done.stderr.strip().splitlines() or ["it ended without an error message"])[-1]
            to = {FOR_BATCHES: "take several photos", FOR_TORCH: "run in PyTorch"}.get(
                precision, f"be converted to {precision}"
            )
            raise Unavailable(f"{path.name} cannot {to}: {reason[:300]}")
        (folder / "converted.onnx").replace(target)


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _onnxruntime_version() -> str:
    import onnxruntime

    return f"onnxruntime {onnxruntime.__version__}"
