"""Another selection from the candidates that a run has kept: no inference, and its seconds.

The seconds are those of the run, as its own selecting is part of them; its photos must be those
that are asked about, and its licences bind here too.
"""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from models.prompting.candidates import read
from models.prompting.selection import checked_rule, select
from models.segmenter import ELSEWHERE, Prediction, Unavailable


class Reselect:
    """``run`` is the run's folder, ``select`` a rule of ``models.prompting.selection``."""

    def __init__(self, *, device: str, run: str, select: str) -> None:  # noqa: ARG002 - runs nothing
        self.device = ELSEWHERE
        self._rule = checked_rule(select)
        self._folder = _path(run, "candidates")
        if not _candidates(run):
            raise Unavailable(
                f"model.run={run} holds no candidates; name a run of a model that keeps them, "
                "such as reports/sample/runs/sam2-large"
            )
        self._seconds = _seconds(_path(run, "predictions.jsonl"))

    @classmethod
    def files(cls, config: Mapping[str, object]) -> list[Path]:
        """The candidates, and the times."""
        lines = _path(str(config["run"]), "predictions.jsonl")
        return [*_candidates(str(config["run"])), *([lines] if lines.is_file() else [])]

    @classmethod
    def origin(cls, config: Mapping[str, object]) -> Mapping[str, Any]:
        """The run's run.json; empty where it cannot be read."""
        try:
            about = json.loads(_path(str(config["run"]), "run.json").read_bytes())
        except (OSError, ValueError):
            return {}
        return about if isinstance(about, dict) else {}

    def recall(self, sample_id: str) -> tuple[Prediction | None, float | None]:
        """The candidate that the rule selects, 0 or 255, with all of them; the run's seconds.

        Raises:
            NoMask: there was none, or the rule turns all down.
            ValueError: the file is damaged.
        """
        path = self._folder / f"{sample_id}.json"
        if not path.is_file():
            return None, None
        candidates = read(path)
        alpha = select(candidates, self._rule).mask.astype(np.uint8) * 255
        return Prediction(alpha, candidates=candidates), self._seconds.get(sample_id)


def _path(run: str, name: str) -> Path:
    return Path(run).expanduser() / name


def _candidates(run: str) -> list[Path]:
    return sorted(_path(run, "candidates").glob("*.json"))


def _seconds(path: Path) -> dict[str, float | None]:
    """By photo, from its latest line; a last line that was cut off says nothing."""
    lines = path.read_bytes().split(b"\n")[:-1] if path.is_file() else []
    try:
        predictions = [json.loads(line) for line in lines]
        return {one["id"]: one["seconds"] for one in predictions}
    except (ValueError, KeyError, TypeError) as error:
        raise Unavailable(f"{path}: damaged ({error!r}); run its model again") from error
