"""Signals to a command whose model hangs: finished photos are kept, and no process is left."""

import os
import pty
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.evaluate.predict.faulty_model import TOOLS, is_alive
from tests.support.commands import Command, shown_on
from tests.support.held_model import wait_for
from tests.support.photos import make_folder
from tests.support.projects import own_model
from tests.support.runs import lines, read_scores

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="elsewhere daemons are not found")

# In its second photo, or while it loads, it starts what a model may start, notes all of their ids,
# and hangs or stops itself.
HANGS = (
    TOOLS
    + """
def stand():
    if not (FOLDER / "hang").exists():
        return
    note("program", subprocess.Popen(["sleep", "100000"]).pid)
    daemon("daemon")
    if native_fork() == 0:
        note("child")
        hang()
    wait_for("child")
    note("keeper", os.getppid())
    note("model")
    if {stops}:
        os.kill(os.getpid(), signal.SIGSTOP)
    hang()

class Model:
    def __init__(self, *, device):
        self.device = "cpu"
        self.calls = 0
        if {loading}:
            stand()
    def predict(self, image):
        self.calls += 1
        if self.calls == 2:
            stand()
        return (image[:, :, 0] < 128).astype("uint8") * 255
"""
)
STARTED = ("model", "keeper", "child", "daemon", "program")


class HangingCommand:
    """``make eval model=hangs`` over five photos, whose model has begun to hang."""

    def __init__(self, project: Path, folder: Path) -> None:
        self.project, self.folder = project, folder
        self.run = folder / "reports/photos/runs/hangs"
        root = make_folder(folder / "photos", list("abcde"))
        self.words = ("eval", "model=hangs", "dataset=folder", f"dataset.root={root}")
        self.arguments = [
            sys.executable, "-m", "evaluate", *self.words, f"reports={folder / 'reports'}",
            "html=false", "plots=false",
        ]  # fmt: skip
        self.pids: dict[str, int] = {}
        self.process: subprocess.Popen[bytes] | None = None

    def prepare(self, *, stops: bool, loading: bool) -> None:
        body = HANGS.replace("{folder!r}", repr(str(self.folder)))
        body = body.replace("{stops}", str(stops)).replace("{loading}", str(loading))
        own_model(self.project, "hangs", body)
        (self.folder / "hang").touch()

    def start(self, *, stops: bool = False, loading: bool = False) -> "subprocess.Popen[bytes]":
        self.prepare(stops=stops, loading=loading)
        with (self.folder / "errors").open("w") as errors:
            self.process = subprocess.Popen(
                self.arguments, cwd=self.project, stdout=subprocess.DEVNULL, stderr=errors,
            )  # fmt: skip
        self.wait_until_it_hangs()
        return self.process

    def wait_until_it_hangs(self) -> None:
        wait_for((self.folder / "model").exists)
        self.pids = {name: int((self.folder / name).read_text()) for name in STARTED}
        assert all(map(is_alive, self.pids.values()))

    def alive(self) -> list[str]:
        return [name for name, pid in self.pids.items() if is_alive(pid)]

    def close(self) -> None:
        if self.process is not None:
            self.process.kill()
            self.process.wait()
        for name in self.alive():
            os.kill(self.pids[name], signal.SIGKILL)


@pytest.fixture
def hanging(project: Path, tmp_path: Path) -> Iterator[HangingCommand]:
    hanging = HangingCommand(project, tmp_path)
    yield hanging
    hanging.close()


@pytest.mark.parametrize("stops", [False, True], ids=["hangs", "stopped"])
@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGSEGV])
def test_a_command_that_is_killed_leaves_no_process(
    hanging: HangingCommand, number: signal.Signals, stops: bool
) -> None:
    process = hanging.start(stops=stops)
    process.send_signal(number)
    assert process.wait() == -number
    wait_for(lambda: not hanging.alive())
    assert len(lines(hanging.run)) == 1


@pytest.mark.parametrize("loading", [False, True], ids=["predicting", "loading"])
@pytest.mark.parametrize(
    ("number", "said"),
    [
        (signal.SIGTERM, "ended by SIGTERM; the same command continues"),
        (signal.SIGHUP, "ended by SIGHUP; the same command continues"),
        (signal.SIGINT, "interrupted; finished photos are kept, the same command continues"),
    ],
)
def test_a_command_that_is_ended(
    hanging: HangingCommand, command: Command, number: signal.Signals, said: str, loading: bool
) -> None:
    process = hanging.start(stops=number == signal.SIGTERM, loading=loading)
    process.send_signal(number)
    assert process.wait() == 128 + number
    assert not hanging.alive()
    errors = (hanging.folder / "errors").read_text()
    assert errors.splitlines()[-1] == said
    assert "Traceback" not in errors
    assert len(lines(hanging.run)) == (not loading)
    (hanging.folder / "hang").unlink()
    done = command(*hanging.words, project=hanging.project)
    assert done.returncode == 0, done.stderr
    assert len(lines(hanging.run)) == 5
    assert {status for status, _ in read_scores(hanging.run).values()} == {"ok"}


def test_a_hangup_that_was_to_be_ignored_ends_nothing(hanging: HangingCommand) -> None:
    """As under nohup."""
    shell = ["sh", "-c", 'trap "" HUP; exec "$@"', "sh"]
    hanging.arguments = [*shell, *hanging.arguments]
    process = hanging.start()
    process.send_signal(signal.SIGHUP)
    process.send_signal(signal.SIGTERM)  # comes after, and ends it
    assert process.wait() == 128 + signal.SIGTERM


def test_ctrl_c_at_a_terminal(hanging: HangingCommand) -> None:
    """The terminal signals its foreground group, to which no process of the model belongs."""
    hanging.prepare(stops=False, loading=False)
    process, terminal = pty.fork()
    if process == 0:
        try:
            os.chdir(hanging.project)
            os.execv(hanging.arguments[0], hanging.arguments)  # noqa: S606
        finally:
            os._exit(9)
    hanging.wait_until_it_hangs()
    os.write(terminal, b"\x03")
    shown = shown_on(terminal)
    assert os.waitstatus_to_exitcode(os.waitpid(process, 0)[1]) == 130
    assert not hanging.alive()
    assert b"Traceback" not in shown
    assert b"interrupted; finished photos are kept" in shown


DIES = """
import os
class Model:
    def __init__(self, *, device):
        self.device = "cpu"
    def predict(self, image):
        os.kill(os.getpid(), 11)
"""


def test_a_model_that_dies_at_every_photo(command: Command, project: Path, tmp_path: Path) -> None:
    """It is given up after five; the same command goes on with the others, and ends with rows."""
    root = make_folder(tmp_path / "photos", list("abcdefg"))
    own_model(project, "dies", DIES)
    own = ("eval", "model=dies", "dataset=folder", f"dataset.root={root}")
    run = tmp_path / "reports/photos/runs/dies"
    done = command(*own, project=project)
    assert done.returncode == 2
    assert "dies: given up, as its process died at 5 photos in a row" in done.stderr
    assert "died by SIGSEGV; finished photos are kept, the same command" in done.stderr
    assert len(lines(run)) == 5
    done = command(*own, project=project)
    assert done.returncode == 3, done.stderr
    assert {status for status, _ in read_scores(run).values()} == {"crashed"}
    assert len(lines(run)) == 7
    assert command(*own, "retry=true", project=project).returncode == 2
