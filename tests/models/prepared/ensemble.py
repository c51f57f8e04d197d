"""Two runs that have stored one photo's mask each."""

import json
from pathlib import Path
from typing import Any

import numpy as np
from pytest_httpserver import HTTPServer

from datasets.pictures import encode_png


def prepare(options: dict[str, Any], folder: Path, server: HTTPServer) -> dict[str, Any]:
    runs = [folder / "a", folder / "b"]
    for run in runs:
        (run / "masks").mkdir(parents=True)
        (run / "masks" / "a.png").write_bytes(encode_png(np.full((3, 4), 200, np.uint8)))
        line = {"id": "a", "status": "ok", "seconds": 0.5}
        (run / "predictions.jsonl").write_text(json.dumps(line) + "\n")
    return {**options, "runs": [str(run) for run in runs]}
