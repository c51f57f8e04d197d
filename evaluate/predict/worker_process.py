"""The parent's side of a worker process: starts it, sends requests, ends it, reports its death."""

import contextlib
import os
import signal
import socket
import subprocess
import sys
import time
from multiprocessing.connection import wait
from typing import Any

from evaluate.predict.channel import Channel, InvalidMessage
from evaluate.predict.deadline import Deadline
from evaluate.store.identity import ROOT

THREAD_VARIABLES = (
    "OMP_NUM_THREADS",
    "OPENBLAS_NUM_THREADS",
    "MKL_NUM_THREADS",
    "VECLIB_MAXIMUM_THREADS",
    "NUMEXPR_NUM_THREADS",
)
STATUSES = {
    "ok", "unreadable", "no-mask", "error", "out-of-memory", "timeout",
    "load-failed", "unavailable", "missing-package", "disk",
}  # fmt: skip
ENDING_S = 10.0  # for a process to end once it was told to
CLOSED_S = 10.0  # for a process to end once it has closed its channel, as a dying one does
LOOK_S = 0.2  # where the process's end is not told by the system


class WorkerDied(Exception):
    """The process ended without an answer, or its answer is none; the text gives the reason."""


class WorkerProcess:
    """One worker process; its thread counts are set before any library is imported.

    It leads a session of its own, so no signal of the terminal reaches it, and everything that the
    model starts ends with it (``evaluate.predict.keeper``).
    """

    def __init__(self, order: dict[str, Any], stderr: int | None = None) -> None:
        """Start the process, which loads the model of ``order`` (``evaluate.predict.worker``).

        Raises:
            WorkerDied: it ended at once.
        """
        ours, theirs = socket.socketpair()
        pinned = dict.fromkeys(THREAD_VARIABLES, str(order["threads"]))
        path = [str(ROOT), *filter(None, [os.environ.get("PYTHONPATH")])]
        module = "evaluate.predict.keeper"
        with theirs:
            self._process = subprocess.Popen(
                [sys.executable, "-m", module, str(theirs.fileno()), str(os.getpid())],
                env={**os.environ, **pinned, "PYTHONPATH": os.pathsep.join(path)},
                stdin=subprocess.DEVNULL,
                stderr=stderr,
                pass_fds=[theirs.fileno()],
                start_new_session=True,
            )
        self._channel = Channel(ours)
        self._end = _end_descriptor(self._process.pid)
        self._abort_hint = ""
        if order["memory_limit_gb"] is not None:
            limit = f"memory_limit_gb={order['memory_limit_gb']:g}"
            self._abort_hint = f" (often a library out of memory under {limit})"
        self._number = 0
        self._send(order)

    def loaded(self, timeout_s: float) -> dict[str, Any]:
        """Wait for the model to load; the time that it fetches weights does not count.

        Raises:
            TimeoutError, WorkerDied: as ``ask``.
        """
        return self._receive(Deadline(timeout_s))

    def ask(self, request: dict[str, Any], timeout_s: float) -> dict[str, Any]:
        """Send a request and wait for its answer.

        Raises:
            TimeoutError: no answer within ``timeout_s``; the process has been ended.
            WorkerDied: the process ended instead, or sent something else, and has been ended.
        """
        deadline = Deadline(timeout_s)
        self._send(request)
        return self._receive(deadline)

    def stop(self) -> None:
        """Tell the process to end, from another thread than the one that waits for its answer."""
        with contextlib.suppress(ProcessLookupError, PermissionError):
            if sys.platform == "linux":
                self._process.terminate()  # the keeper ends the others, then itself
            else:
                os.killpg(self._process.pid, signal.SIGKILL)

    def close(self) -> None:
        """End the process and all that it has started."""
        self._channel.close()
        if self._process.returncode is None and sys.platform == "linux":
            self._process.terminate()  # the keeper ends the others, then itself
            self._await_end(ENDING_S)
        if self._process.returncode is None or sys.platform != "linux":
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait()
        if self._end is not None:
            os.close(self._end)
            self._end = None

    def _send(self, message: dict[str, Any]) -> None:
        """Requests are small: they fit into the socket's buffer, so sending never waits."""
        self._number += 1
        try:
            self._channel.send({**message, "number": self._number})
        except OSError as error:
            raise WorkerDied(self._how_it_ended()) from error

    def _receive(self, deadline: Deadline) -> dict[str, Any]:
        try:
            while True:
                message = self._channel.next_message()
                if message is None:
                    self._await_part(deadline)
                elif isinstance(message.get("fetching"), bool):
                    deadline.pause() if message["fetching"] else deadline.resume()
                elif message.get("status") in STATUSES and message.get("number") == self._number:
                    return message
                else:
                    raise InvalidMessage(repr(message)[:40])
        except InvalidMessage as error:
            self.close()
            raise WorkerDied(f"its process sent what is no answer: {error}") from error

    def _await_part(self, deadline: Deadline) -> None:
        """Read more of a message.

        Raises:
            TimeoutError: nothing has arrived, and no time is left.
            WorkerDied: nothing more will arrive.
        """
        while True:
            left = deadline.remaining_s()
            if self._end is None:
                left = LOOK_S if left is None else min(left, LOOK_S)
            own = self._channel.fileno()
            ready = wait([own] if self._end is None else [own, self._end], left)
            if own in ready:
                break
            if ready or (self._end is None and self._process.poll() is not None):
                raise WorkerDied(self._how_it_ended())
            if deadline.remaining_s() == 0:
                self.close()
                raise TimeoutError
        try:
            arrived = self._channel.fill()
        except ConnectionError:
            arrived = False
        if not arrived:
            raise WorkerDied(self._how_it_ended())

    def _how_it_ended(self) -> str:
        self._await_end(CLOSED_S)
        code = self._process.returncode
        self.close()
        if code is None:
            return "its process closed the channel that its answers come over"
        if code >= 0:
            return f"its process ended with exit code {code}"
        names = {s.value: s.name for s in signal.Signals}
        hint = ""
        if -code == signal.SIGKILL:
            hint = " (often the system running out of memory)"
        elif -code == signal.SIGABRT:
            hint = self._abort_hint
        return f"its process died by {names.get(-code, f'signal {-code}')}{hint}"

    def _await_end(self, limit_s: float) -> None:
        end = time.monotonic() + limit_s
        while self._process.poll() is None and (left := end - time.monotonic()) > 0:
            if self._end is None:
                time.sleep(min(left, 0.005))
            else:
                wait([self._end], left)


def _end_descriptor(pid: int) -> int | None:
    """A descriptor that is readable once the process has ended; None where there is no such."""
    if sys.platform == "linux":
        with contextlib.suppress(OSError):  # a kernel before 5.3
            return os.pidfd_open(pid)
    return None
