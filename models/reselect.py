"""Select again from the candidates that a run has stored, without inference.

The seconds are those of the stored run, which include its own selection. That run's photos must
equal the dataset's, and its licences apply here too.
"""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from datasets.listing.typed_path import expanded
from models.prompting.candidates import read_candidates
from models.prompting.selection import checked_rule, select
from models.segmenter import ELSEWHERE, Prediction, Unavailable
from models.stored.run_files import files_of_run, latest_lines, packed_parts


class Reselect:
    """``run`` is the run's folder, ``select`` a rule of ``models.prompting.selection``."""

    def __init__(self, *, device: str, run: str, select: str) -> None:  # noqa: ARG002 - no model runs
        self.device = ELSEWHERE
        self._rule = checked_rule(select)
        self._folder = _path(run, "candidates")
        lines = latest_lines(expanded(run))
        self._packed = packed_parts(expanded(run), lines, "candidates")
        if not self._packed and not _candidates(run):
            raise Unavailable(
                f"model.run={run} has no candidates; give a run of a model that stores them, "
                "such as reports/sample/runs/sam2-large"
            )
        self._seconds = {line["id"]: line["seconds"] for line in lines}

    @classmethod
    def files(cls, config: Mapping[str, object]) -> list[Path]:
        """The stored candidates or packs, and the predictions.jsonl with the times."""
        return files_of_run(expanded(str(config["run"])), "candidates", ".json")

    @classmethod
    def origin(cls, config: Mapping[str, object]) -> Mapping[str, Any]:
        """The run's run.json; empty if it cannot be read."""
        try:
            run_json = json.loads(_path(str(config["run"]), "run.json").read_bytes())
        except (OSError, RecursionError, ValueError):
            return {}
        return run_json if isinstance(run_json, dict) else {}

    def recall(self, sample_id: str) -> tuple[Prediction | None, float | None]:
        """The selected candidate (uint8 H×W, 0 or 255) with all candidates, and the run's seconds.

        Raises:
            NoMask: there are no candidates, or the rule rejects all.
            ValueError: the file is damaged.
        """
        place = self._packed.get(sample_id, self._folder / f"{sample_id}.json")
        if isinstance(place, Path) and not place.is_file():
            return None, None
        candidates = read_candidates(place)
        alpha = select(candidates, self._rule).mask.astype(np.uint8) * 255
        return Prediction(alpha, candidates=candidates), self._seconds.get(sample_id)


def _path(run: str, name: str) -> Path:
    return expanded(run) / name


def _candidates(run: str) -> list[Path]:
    return sorted(_path(run, "candidates").glob("*.json"))
