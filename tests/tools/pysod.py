"""Starts PySODMetrics 1.6.2, which cannot share this project's environment, in one of its own."""

import json
import os
import subprocess
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Self

import numpy as np

from tests.evaluate.metrics.mask_pairs import Pair

WORKER = Path(__file__).with_name("pysod_worker.py")


class PySODMetrics:
    """A running worker; a context manager. ``python`` is its environment's interpreter."""

    def __init__(self, python: str, pairs: Mapping[str, Pair]) -> None:
        planes = {f"{name}/alpha": alpha for name, (alpha, _) in pairs.items()}
        planes |= {
            f"{name}/truth": truth.astype(np.uint8) * 255 for name, (_, truth) in pairs.items()
        }
        with tempfile.TemporaryDirectory() as folder:
            file = Path(folder) / "pairs.npz"
            np.savez(file, **planes)  # type: ignore[arg-type]
            self._worker = subprocess.Popen(
                [python, str(WORKER), str(file)],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                text=True,
                env=os.environ | {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"},
            )
            self.versions: dict[str, str] = json.loads(self._read())

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        assert self._worker.stdin
        self._worker.stdin.close()
        self._worker.wait()

    def ask(self, metric: str, name: str, *, stretched: bool = True) -> tuple[Any, float]:
        """A metric of a pair: its value, and the seconds that it took."""
        assert self._worker.stdin
        request = {"metric": metric, "name": name, "stretched": stretched}
        self._worker.stdin.write(json.dumps(request) + "\n")
        self._worker.stdin.flush()
        answer = json.loads(self._read())
        return answer["value"], answer["seconds"]

    def _read(self) -> str:
        assert self._worker.stdout
        line = self._worker.stdout.readline()
        if not line:
            raise SystemExit(f"{WORKER.name} ended; does its Python have pysodmetrics==1.6.2?")
        return line
