"""A model's process as the parent starts it: on Linux a small keeper, and its child with the model.

The keeper ends every process that the model left, those included that made a session of their own
or were stopped, as soon as the model's process ends, the parent dies, or the parent says so
(SIGTERM). Then it ends the way the model's process did. As a subreaper it becomes the parent of
each orphan among its descendants. It imports no library, so it is a cheap and safe fork.

Elsewhere there is no subreaper, and libraries may not be used after a fork: the model's process
ends its own process group once it sees that its parent is gone.
"""

import contextlib
import ctypes
import os
import resource
import select
import signal
import sys
import time
from pathlib import Path

PR_SET_PDEATHSIG = 1
PR_SET_CHILD_SUBREAPER = 36
KILLING_S = 5.0  # for processes that even SIGKILL does not end, such as in a driver's call
CHECK_PARENT_S = 0.5  # where the parent's death is not told by the system


def main() -> None:
    """Run the model's process on the socket whose descriptor and parent are the arguments."""
    channel, parent = int(sys.argv[1]), int(sys.argv[2])
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the parent's to handle
    os.dup2(2, 1)  # models may print, but stdout is for results
    if sys.platform == "linux":
        _keep(channel, parent)
    from evaluate.predict import worker

    worker.serve(channel)


def _keep(channel: int, parent: int) -> None:
    """Fork; returns in the child only."""
    wake, told = os.pipe()
    os.set_blocking(wake, False)
    os.set_blocking(told, False)
    signal.set_wakeup_fd(told, warn_on_full_buffer=False)
    ordered_to_end: list[int] = []
    signal.signal(signal.SIGCHLD, lambda *_: None)
    signal.signal(signal.SIGTERM, lambda number, _: ordered_to_end.append(number))
    _prctl(PR_SET_CHILD_SUBREAPER, 1)
    keeper = os.getpid()
    model = os.fork()
    if model == 0:
        signal.set_wakeup_fd(-1)
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        os.close(wake)
        os.close(told)
        os.setsid()  # a signal to its own group does not reach the keeper
        _prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
        if os.getppid() != keeper:
            os._exit(1)
        return
    os.close(channel)
    status = _wait(model, parent, wake, ordered_to_end)
    status = _end_children(model, wake) if status is None else status
    _end_children(model, wake)
    _end_like(status)


def _wait(model: int, parent: int, wake: int, ordered_to_end: list[int]) -> int | None:
    """Wait for the end of the model's process, and return its status; None: it is to be ended."""
    watched = [wake]
    with contextlib.suppress(OSError):  # an old kernel, or the parent is gone already
        watched.append(os.pidfd_open(parent))
    while not ordered_to_end and os.getppid() == parent:
        with contextlib.suppress(ChildProcessError):
            while (ended := os.waitpid(-1, os.WNOHANG))[0]:
                if ended[0] == model:
                    return ended[1]
        _drain(
            select.select(watched, [], [], None if len(watched) > 1 else CHECK_PARENT_S)[0], wake
        )
    return None


def _end_children(model: int, wake: int) -> int | None:
    """Kill all children and the orphans that become ours; returns the model's status if seen."""
    status = None
    end = time.monotonic() + KILLING_S
    while time.monotonic() < end:
        for child in _children() or [model]:
            with contextlib.suppress(ProcessLookupError):
                os.kill(child, signal.SIGKILL)
        try:
            ended = os.waitpid(-1, os.WNOHANG)
        except ChildProcessError:
            break
        if ended[0] == model:
            status = ended[1]
        if not ended[0]:
            _drain(select.select([wake], [], [], 0.05)[0], wake)
    return status


def _children() -> list[int]:
    path = Path(f"/proc/self/task/{os.getpid()}/children")
    with contextlib.suppress(OSError):
        return [int(pid) for pid in path.read_text("ascii").split()]
    return []


def _drain(ready: list[int], wake: int) -> None:
    if wake in ready:
        with contextlib.suppress(BlockingIOError):
            os.read(wake, 4096)


def _end_like(status: int | None) -> None:
    """End with the model's exit code or signal, from which the parent tells what happened."""
    if status is None:
        os._exit(1)
    code = os.waitstatus_to_exitcode(status)
    if code < 0:
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))  # one core file is enough
        with contextlib.suppress(OSError):  # SIGKILL has no handler
            signal.signal(-code, signal.SIG_DFL)
        os.kill(os.getpid(), -code)
    os._exit(code if code >= 0 else 128 - code)


def _prctl(option: int, value: int) -> None:
    """Call Linux's prctl; what it refuses is done without."""
    ctypes.CDLL(None, use_errno=True).prctl(option, value, 0, 0, 0)


if __name__ == "__main__":
    main()
