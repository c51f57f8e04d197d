"""What a run's folder records beside its photos: processes, and what is safely on the disk."""

import os
import time
from typing import Any

from evaluate.errors import CannotRun
from evaluate.store.masks.writers import MaskWriter
from evaluate.store.run_folder import Run

SYNC_S = 2.0  # a power cut loses the photos of so long at most; a kill loses none


class Commits:
    """Photos of a run that are stored, and soon on the disk: in groups, as waiting takes long."""

    def __init__(self, run: Run, writer: MaskWriter) -> None:
        self._run = run
        self._writer = writer
        self._ids: list[str] = []
        self._synced = time.monotonic()

    def add(self, id_: str) -> None:
        """Note a photo, and wait for the disk if the last time was ``SYNC_S`` ago."""
        self._ids.append(id_)
        if time.monotonic() - self._synced > SYNC_S:
            self.sync()

    def sync(self) -> None:
        """Wait until all of them are on the disk."""
        if self._ids:
            self._writer.sync(self._ids)
            self._run.sync_lines()
        self._ids.clear()
        self._synced = time.monotonic()


class Sessions:
    """The processes of a run that run.json lists; each is added with its first photo.

    ``load_before`` and ``load_during`` of each are the system's load average when predicting began,
    and the most of it until ``close``.
    """

    def __init__(self, run: Run) -> None:
        self._run = run
        self._known: dict[int, tuple[dict[str, Any], int]] = {}  # by identity, with their index
        self._before = self._during = os.getloadavg()[0]

    def index(self, session: dict[str, Any] | None) -> int | None:
        """The index of a process in run.json's ``sessions``; None of one that loaded no model.

        Raises:
            CannotRun: the run's earlier processes used another device or other weights.
        """
        self._during = max(self._during, os.getloadavg()[0])
        if session is None:
            return None
        if id(session) not in self._known:
            self._known[id(session)] = session, self._recorded(session)
        return self._known[id(session)][1]

    def close(self) -> None:
        """Record the loads."""
        if not self._known:
            return
        about = self._run.about()
        for _, index in self._known.values():
            about["sessions"][index] |= {
                "load_before": round(self._before, 2),
                "load_during": round(self._during, 2),
            }
        self._run.write_about(about)

    def _recorded(self, session: dict[str, Any]) -> int:
        about = self._run.about()
        recorded: list[dict[str, Any]] = about["sessions"]
        if session not in recorded:
            for part in ("device", "weights", "runtime"):
                before, now = ({} if not recorded else recorded[0]).get(part), session.get(part)
                if recorded and before != now:
                    raise CannotRun(
                        f"{about['label']}: begun with {part} {before} and would continue with "
                        f"{now}; delete {self._run.folder} to start again"
                    )
            recorded.append(session)
            self._run.write_about(about)
        return recorded.index(session)
