"""A model that waits in the call a test chose, so that the test knows how far a run is."""

import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

from tests.support.photos import make_folder
from tests.support.projects import own_model

NAMES = [f"photo-{i:02}" for i in range(12)]
# Logs each call. With HOLD_AT=n it writes ``held`` in its n-th call, or while loading where n is
# 0, and waits there until ``released`` exists: so a test knows where it is, however slow the
# machine.
LOGS = """
import os, pathlib, time
FOLDER = pathlib.Path({folder!r})

def note(word):
    with (FOLDER / "calls.log").open("a") as log:
        log.write(word + "\\n")

class Model:
    def __init__(self, *, device):
        self.device = "cpu"
        self.calls = 0
        self.hold()
    def hold(self):
        if os.environ.get("HOLD_AT") == str(self.calls):
            (FOLDER / "held").touch()
            while not (FOLDER / "released").exists():
                time.sleep(0.005)
    def predict(self, image):
        self.calls += 1
        note("begin")
        self.hold()
        note("end")
        return (image[:, :, 0] < 128).astype("uint8") * 255
"""


PATIENCE_S = 300  # so that what never comes fails instead of hanging; no test measures time by it


def wait_for(condition: Callable[[], bool]) -> None:
    """Wait until the condition holds, however long it takes on a busy machine."""
    end = time.monotonic() + PATIENCE_S
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.005)


class HeldModel:
    """A project whose model ``held`` logs its calls and waits where a test wants it to."""

    def __init__(self, project: Path, folder: Path) -> None:
        self.project = project
        self.folder = folder
        self.log = folder / "calls.log"
        self.own = ("dataset=folder", f"dataset.root={make_folder(folder / 'photos', NAMES)}")
        self._processes: list[subprocess.Popen[bytes]] = []
        own_model(project, "held", LOGS.format(folder=str(folder)))

    def start(
        self, reports: Path, *words: str, hold_at: int | None = None
    ) -> subprocess.Popen[bytes]:
        """``make eval model=held`` in a process of its own, to send signals to."""
        for name in ("held", "released"):
            (self.folder / name).unlink(missing_ok=True)
        words = words or ("model=held",)
        process = subprocess.Popen(
            [sys.executable, "-m", "evaluate", "eval", *words, *self.own, f"reports={reports}"],
            cwd=self.project, env={**os.environ, "HOLD_AT": str(hold_at)},
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip
        self._processes.append(process)
        return process

    def wait_until_held(self, process: subprocess.Popen[bytes]) -> None:
        """Wait until the model stands where ``hold_at`` says."""
        wait_for(lambda: (self.folder / "held").exists() or process.poll() is not None)
        assert process.poll() is None

    def release(self) -> None:
        """Let the model go on."""
        (self.folder / "released").touch()

    def close(self) -> None:
        """End every process."""
        for process in self._processes:
            process.kill()
            process.wait()
