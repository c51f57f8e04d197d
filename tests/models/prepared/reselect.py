"""A run that has stored one photo's candidates."""

from pathlib import Path
from typing import Any

import numpy as np
from pytest_httpserver import HTTPServer

from models.prompting.candidates import write_candidates
from models.segmenter import Candidate


def prepare(options: dict[str, Any], folder: Path, server: HTTPServer) -> dict[str, Any]:
    (folder / "candidates").mkdir()
    write_candidates(folder / "candidates" / "a.json", [Candidate(np.ones((3, 4), np.bool_), 0.5)])
    return {**options, "run": str(folder), "select": "score"}
