"""The parent's side of a worker process: starts it, sends requests, ends it, reports its death."""

import json
import os
import signal
import socket
import subprocess
import sys
from multiprocessing.connection import Connection
from typing import Any

from evaluate.store.identity import ROOT

THREAD_VARIABLES = (
    "OMP_NUM_THREADS",
    "OPENBLAS_NUM_THREADS",
    "MKL_NUM_THREADS",
    "VECLIB_MAXIMUM_THREADS",
    "NUMEXPR_NUM_THREADS",
)


class WorkerDied(Exception):
    """The process ended without an answer; the text gives the signal or exit code."""


class WorkerProcess:
    """One worker process; its thread counts are set before any library is imported."""

    def __init__(self, order: dict[str, Any], stderr: int | None = None) -> None:
        """Start the process, which loads the model of ``order`` (``evaluate.predict.worker``)."""
        ours, theirs = socket.socketpair()
        pinned = dict.fromkeys(THREAD_VARIABLES, str(order["threads"]))
        path = [str(ROOT), *filter(None, [os.environ.get("PYTHONPATH")])]
        with theirs:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "evaluate.predict.worker", str(theirs.fileno())],
                env={**os.environ, **pinned, "PYTHONPATH": os.pathsep.join(path)},
                stdin=subprocess.DEVNULL,
                stderr=stderr,
                pass_fds=[theirs.fileno()],
            )
        self._connection = Connection(ours.detach())
        self._send(order)

    def loaded(self) -> dict[str, Any]:
        """Wait for the model to load, however long its download takes."""
        return self._receive(None)

    def ask(self, request: dict[str, Any], timeout_s: float) -> dict[str, Any]:
        """Send a request and wait for its answer.

        Raises:
            TimeoutError: no answer within ``timeout_s``; the process has been killed.
            WorkerDied: the process ended instead.
        """
        self._send(request)
        return self._receive(timeout_s)

    def _send(self, message: dict[str, Any]) -> None:
        try:
            self._connection.send_bytes(json.dumps(message).encode())
        except OSError as error:
            raise WorkerDied(self._how_it_died()) from error

    def _receive(self, timeout_s: float | None) -> dict[str, Any]:
        try:
            if not self._connection.poll(timeout_s):
                self.close()
                raise TimeoutError
            answer: dict[str, Any] = json.loads(self._connection.recv_bytes())
        except (EOFError, ConnectionError) as error:
            raise WorkerDied(self._how_it_died()) from error
        return answer

    def _how_it_died(self) -> str:
        self._connection.close()
        code = self._process.wait()
        if code >= 0:
            return f"its process ended with exit code {code}"
        names = {s.value: s.name for s in signal.Signals}
        memory = " (often the system running out of memory)" if -code == signal.SIGKILL else ""
        return f"its process died by {names.get(-code, f'signal {-code}')}{memory}"

    def close(self) -> None:
        """Kill the process."""
        self._connection.close()
        self._process.kill()
        self._process.wait()
