"""A real Ray cluster of two nodes on this machine, each with processes of its own."""

import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
from pathlib import Path

from tests.support.held_model import wait_for

# For commands that use the cluster too. A node that is gone is noticed within seconds.
ENVIRONMENT = {
    "RAY_AUTH_MODE": "disabled",
    "RAY_health_check_initial_delay_ms": "0",
    "RAY_health_check_period_ms": "500",
    "RAY_health_check_timeout_ms": "5000",
    "RAY_health_check_failure_threshold": "3",
    "RAY_USAGE_STATS_ENABLED": "0",
}


def children(pid: int) -> list[int]:
    """A process's descendants, itself first."""
    found = [pid]
    for one in found:
        try:
            for task in Path(f"/proc/{one}/task").iterdir():
                found += map(int, (task / "children").read_text().split())
        except OSError:  # it has just ended
            continue
    return found


def command_line(pid: int) -> str:
    """The words of a process; empty if it has ended."""
    try:
        return Path(f"/proc/{pid}/cmdline").read_text().replace("\0", " ").strip()
    except OSError:
        return ""


class RayNode:
    """``ray start --block``, and all that it starts."""

    def __init__(self, folder: Path, *words: str) -> None:
        self._log = folder / f"node-{len(list(folder.glob('node-*')))}.log"
        with self._log.open("wb") as told:
            self.process = subprocess.Popen(
                [
                    *(str(Path(sys.executable).parent / "ray"), "start", "--block"),
                    *("--node-ip-address=127.0.0.1", "--object-store-memory=80000000"),
                    *("--disable-usage-stats", *words),
                ],
                env={**os.environ, **ENVIRONMENT}, stdout=told, stderr=told, start_new_session=True,
            )  # fmt: skip

    def wait(self) -> None:
        """Wait until it has joined."""
        wait_for(lambda: "block forever" in self.told or not self.is_alive)
        assert self.is_alive, self.told

    @property
    def told(self) -> str:
        """What it printed."""
        return self._log.read_text()

    @property
    def is_alive(self) -> bool:
        return self.process.poll() is None

    def actors(self) -> list[int]:
        """The processes of actors that have a model."""
        found = [pid for pid in children(self.process.pid) if "ActorModel" in command_line(pid)]
        return [pid for pid in found if len(children(pid)) > 1]

    def model_processes(self) -> list[int]:
        """The processes that models run in, without their keepers."""
        return [own[-1] for pid in self.actors() if len(own := children(pid)) > 2]

    def kill(self) -> None:
        """Take it away, as when a machine loses its power."""
        for pid in children(self.process.pid):
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                continue
        self.process.wait()


class RayCluster:
    """Two nodes of ``cores`` each."""

    def __init__(self, cores: int = 2) -> None:
        self._folder = Path(tempfile.mkdtemp(prefix="ray-"))  # its sockets need a short path
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        self._cores = f"--num-cpus={cores}"
        self.head = RayNode(
            self._folder, "--head", f"--port={port}", self._cores,
            "--include-dashboard=false", f"--temp-dir={self._folder}",
        )  # fmt: skip
        self.nodes = [self.head]
        try:
            self.head.wait()
            self.address = self.head.told.split("--address='")[1].split("'")[0]
            self.add()
        except BaseException:
            self.close()
            raise

    def add(self) -> RayNode:
        """Let one more node join."""
        self.nodes.append(RayNode(self._folder, f"--address={self.address}", self._cores))
        self.nodes[-1].wait()
        return self.nodes[-1]

    def close(self) -> None:
        for node in reversed(self.nodes):
            if node.is_alive:
                node.kill()
        shutil.rmtree(self._folder, ignore_errors=True)
