"""The lines of a run's predictions.jsonl by photo, read again when they are needed.

A million lines take gigabytes as objects; their places take a tenth.
"""

from typing import Any

from datasets.decoding.file_part import FilePart
from evaluate.store.masks.stored_masks import has_candidates, has_mask
from evaluate.store.run_folder import OK, PredictionRecord, Run, parse_prediction


class LineIndex:
    """``sessions`` are the run's processes as run.json lists them. Damaged lines are left out."""

    def __init__(self, run: Run) -> None:
        self.run = run
        self.sessions: list[dict[str, Any]] = run.about()["sessions"]
        self._places: dict[str, tuple[int, int]] = {}
        if not run.lines.is_file():
            return
        start = 0
        with run.lines.open("rb") as file:
            for line in file:
                if line.endswith(b"\n"):  # an incomplete last line has no newline
                    self._add(line, start)
                start += len(line)

    def _add(self, line: bytes, start: int) -> None:
        try:
            self._places[parse_prediction(line[:-1]).id] = start, len(line) - 1
        except (TypeError, ValueError):
            return

    def whole(self, id_: str) -> PredictionRecord | None:
        """A photo's line, if it has one and what it speaks of is stored as it was."""
        place = self._places.get(id_)
        if place is None:
            return None
        record = parse_prediction(FilePart(self.run.lines, *place).read_bytes())
        if record.candidates is not None and not has_candidates(self.run, record):
            return None
        return None if record.status == OK and not has_mask(self.run, record) else record
