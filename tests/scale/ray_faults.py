"""Runs on a Ray cluster of two nodes of which parts are killed, against the run of one process."""

import json
import os
import signal
import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import Any

from tests.scale.ray_cluster import ENVIRONMENT, RayCluster, RayNode, command_line
from tests.support.held_model import wait_for
from tests.support.photos import make_folder
from tests.support.projects import own_model

TIMES = {"seconds", "model_seconds", "peak_rss_bytes", "rss_bytes", "session", "check"}
AT_ONCE = 10  # calls between two gates
# Waits at every tenth call, over all processes, until a test opens the gate of that number. With
# ``greedy`` a photo needs more memory than it may have.
GATED = """
import os, pathlib, time
FOLDER = pathlib.Path({folder!r})

class Model:
    def __init__(self, *, device):
        self.device = "cpu"
    def predict(self, image):
        with (FOLDER / "calls").open("ab") as calls:
            calls.write(b".")
            gate = calls.tell() // {at_once}
        while not (FOLDER / f"open-{{gate}}").exists():
            (FOLDER / f"held-{{gate}}-{{os.getpid()}}").touch()
            time.sleep(0.01)
        if (FOLDER / "greedy").exists() and image[30, 70, 0] == 40:
            b"." * (8 << 30)
        return (image[:, :, 0] < 128).astype("uint8") * 255
"""


def contents(run: Path) -> tuple[list[dict[str, Any]], dict[str, bytes], bytes]:
    """Lines without times, masks and scores."""
    return *lines_and_masks(run), (run / "scores.csv").read_bytes()


def lines_and_masks(run: Path) -> tuple[list[dict[str, Any]], dict[str, bytes]]:
    """Lines without times, and masks."""
    records = map(json.loads, (run / "predictions.jsonl").read_text().splitlines())
    kept = [{k: v for k, v in one.items() if k not in TIMES} for one in records]
    masks = {path.name: path.read_bytes() for path in (run / "masks").iterdir()}
    return kept, masks


class FaultyRun:
    """One model and its photos, in a copy of the project."""

    def __init__(self, project: Path, folder: Path, cluster: RayCluster, photos: int = 40) -> None:
        self._project, self._folder, self._cluster = project, folder, cluster
        own_model(project, "gated", GATED.format(folder=str(folder), at_once=AT_ONCE))
        names = [f"photo-{i:05}" for i in range(photos)]
        root = make_folder(folder / "photos", names)
        self._own = ["model=gated", "dataset=folder", f"dataset.root={root}", "threads=1"]
        self._remote = ["engine=ray", f"ray.address={cluster.address}"]
        self._photos = photos
        self._log = folder / "commands.log"

    def run_of(self, reports: str) -> Path:
        """The folder of a run."""
        return self._folder / reports / "photos" / "runs" / "gated"

    def local(self, *words: str) -> int:
        """The run of one process, in the reports ``local``."""
        for gate in range(self._photos // AT_ONCE + 2):
            (self._folder / f"open-{gate}").touch()
        code = self._start("local", *words).wait()
        for opened in self._folder.glob("open-*"):
            opened.unlink()
        (self._folder / "calls").unlink()
        return code

    def remote(self, *words: str) -> subprocess.Popen[bytes]:
        """Start or continue the run on the cluster, in the reports ``ray``."""
        return self._start("ray", *self._remote, *(words or ("workers=4",)))

    def _start(self, reports: str, *words: str) -> subprocess.Popen[bytes]:
        with self._log.open("ab") as log:
            return subprocess.Popen(
                [sys.executable, "-m", "evaluate", "eval", *self._own, *words,
                 "html=false", "plots=false", f"reports={self._folder / reports}"],
                cwd=self._project, env={**os.environ, **ENVIRONMENT}, stdout=log, stderr=log,
            )  # fmt: skip

    def wait_at(self, gate: int, models: int, process: subprocess.Popen[bytes]) -> None:
        """Wait until so many models are in a photo, at a gate."""
        wait_for(
            lambda: (
                len(list(self._folder.glob(f"held-{gate}-*"))) >= models
                or process.poll() is not None
            )
        )
        assert process.poll() is None, self._log.read_text()

    def open(self, *gates: int) -> None:
        """Let the models go on."""
        for gate in gates:
            (self._folder / f"open-{gate}").touch()

    def held(self, gate: int) -> list[int]:
        """The processes that wait at a gate, or did."""
        return [int(p.name.rpartition("-")[2]) for p in self._folder.glob(f"held-{gate}-*")]


def lose_machines(run: FaultyRun, cluster: RayCluster) -> None:
    """An actor and then its whole node are killed within photos: the run is that of one process."""
    assert run.local() == 0
    node = cluster.nodes[-1]
    run.open(0)
    process = run.remote("workers=3")
    run.wait_at(1, 3, process)
    os.kill(node.actors()[0], signal.SIGKILL)
    run.open(1)
    run.wait_at(2, 3, process)
    node.kill()
    run.open(*range(2, 20))
    assert process.wait() == 0
    assert contents(run.run_of("ray")) == contents(run.run_of("local"))


def kill_parts(run: FaultyRun, cluster: RayCluster) -> dict[str, int]:
    """A model's process, an actor, the command and a node are killed within photos.

    Returns the number of photos by status before failed ones are repeated. Then the run equals that
    of one process.
    """
    assert run.local() == 0
    node: RayNode = cluster.nodes[-1]
    run.open(0)
    process = run.remote()
    run.wait_at(1, 4, process)
    killed = next(pid for pid in cluster.head.model_processes() if pid in run.held(1))
    os.kill(killed, signal.SIGKILL)
    os.kill(node.actors()[0], signal.SIGKILL)
    run.open(1)
    run.wait_at(2, 4, process)
    process.kill()
    process.wait()
    wait_for(lambda: not any("evaluate.predict.keeper" in command_line(p) for p in run.held(2)))
    wait_for(lambda: not any(part.actors() for part in cluster.nodes))
    process = run.remote()
    run.wait_at(2, 8, process)
    run.open(2)
    run.wait_at(3, 4, process)
    node.kill()
    run.open(*range(3, 20))
    assert process.wait() == 3
    lines = (run.run_of("ray") / "predictions.jsonl").read_text().splitlines()
    status = Counter(json.loads(line)["status"] for line in lines)
    assert run.remote("workers=4", "retry=true").wait() == 0
    assert contents(run.run_of("ray")) == contents(run.run_of("local"))
    return dict(status)


def exceed_memory(run: FaultyRun, folder: Path) -> int:
    """Photos that need more than their limit fail alike on the cluster and here; how many."""
    (folder / "greedy").touch()
    words = ("memory_limit_gb=4", "limit=20")
    assert run.local(*words) == 3
    run.open(*range(20))
    assert run.remote("workers=4", *words).wait() == 3
    found = []
    for reports in ("local", "ray"):
        place = folder / reports / "photos-first20" / "runs" / "gated"
        found.append([(one["id"], one["status"]) for one in contents(place)[0]])
    assert found[0] == found[1]
    return sum(status == "out-of-memory" for _, status in found[0])
