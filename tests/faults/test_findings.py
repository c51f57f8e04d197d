"""Faults that the campaign has found, each at the point where it was found."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from signal import SIGINT, SIGKILL

import pytest

from datasets.caching import cache
from evaluate.report.draw_once import draw_once
from tests.faults.commands import Ended
from tests.faults.stages import STAGES, Bench
from tests.faults.state import unfinished
from tests.faults.trial import finish
from tests.support.projects import ROOT

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="elsewhere a fork is not sound")


@pytest.fixture(scope="module")
def bench(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bench]:
    bench = Bench(tmp_path_factory.mktemp("findings"))
    yield bench
    bench.close()


def signalled(bench: Bench, name: str, call: str, number: int) -> Ended:
    """A stage that gets a signal after its first such call."""
    stage = bench.prepare(name)
    bench.restore(stage.template)
    at = stage.of("command").index(("after", call)) + 1
    ended = bench.run(bench.words(STAGES[name]), {"role": "command", "at": at, "signal": number})
    assert ended.fired
    return ended


def test_after_ctrl_c_nothing_more_is_scored_or_compared(bench: Bench) -> None:
    ended = signalled(bench, "score", "replace", SIGINT)
    assert ended.code == 130
    assert len([*bench.work.glob("reports/photos/runs/*/scores.json")]) == 0
    assert not (bench.work / "reports/photos/comparison.csv").exists()


def test_a_gate_that_was_interrupted_leaves_no_junit_file(bench: Bench) -> None:
    ended = signalled(bench, "gate", "mkdir", SIGINT)
    assert ended.code == 130
    assert not (bench.work / "reports/photos/gate/junit.xml").exists()


def test_a_folder_without_run_json_is_begun_again(bench: Bench) -> None:
    stage = bench.prepare("run")
    bench.restore(stage.template)
    bench.run_folder.mkdir(parents=True)
    (bench.run_folder / ".new-1-abcdefgh").touch()  # of run.json
    assert finish(bench, stage) is None  # and there is no .superseded


def test_unfinished_outlines_are_swept(bench: Bench) -> None:
    stage = bench.prepare("trace")
    points = [i for i, point in enumerate(stage.of("command"), 1) if point == ("before", "replace")]
    bench.restore(stage.template)
    order = {"role": "command", "at": points[-1], "signal": SIGKILL}
    assert bench.run(bench.words(stage.stage), order).fired
    assert any("outlines" in path for path in unfinished(bench.work))
    assert finish(bench, stage) is None


def test_short_memory_leaves_no_traceback(bench: Bench) -> None:
    stage = bench.prepare("verify")
    bench.restore(stage.template)
    order = {"role": "command", "at": 1, "limits": {"AS": 1 << 20}}
    ended = bench.run(bench.words(stage.stage), order)
    assert ended.fired
    assert ended.code in (0, 2)  # it may be just enough
    assert bool(ended.stderr) == (ended.code == 2)
    assert "Traceback" not in ended.stderr


IN_A_CALLBACK = """
import os, signal, time, weakref
from evaluate import __main__ as command
class Owned: ...
command._take_signals()
owned = Owned()
callback = weakref.ref(owned, lambda _: os.kill(os.getpid(), signal.{name}))
try:
    del owned
    time.sleep(100)
except (command.Terminated, KeyboardInterrupt) as end:
    print(type(end).__name__)
"""


@pytest.mark.parametrize(
    ("name", "raised"), [("SIGTERM", "Terminated"), ("SIGINT", "KeyboardInterrupt")]
)
def test_a_signal_within_a_callback_is_not_dropped(name: str, raised: str) -> None:
    done = subprocess.run(
        [sys.executable, "-c", IN_A_CALLBACK.format(name=name)],
        cwd=ROOT, capture_output=True, text=True, check=True, restore_signals=True,
    )  # fmt: skip
    assert (done.stdout, done.stderr) == (f"{raised}\n", "")


def test_a_picture_of_files_that_changed_meanwhile_is_drawn_again(tmp_path: Path) -> None:
    cache.use(tmp_path / "cache.sqlite")
    masks = ["whole"]

    def draw() -> tuple[None, dict[str, bytes]]:
        drawn = masks[0].encode()
        masks[0] = "removed" if len(calls) == 0 else masks[0]
        calls.append(1)
        return None, {"a.png": drawn}

    calls: list[int] = []
    draw_once("sheet", lambda: masks[0], tmp_path, draw)
    masks[0] = "whole"
    draw_once("sheet", lambda: masks[0], tmp_path, draw)
    draw_once("sheet", lambda: masks[0], tmp_path, draw)
    cache.use(None)
    assert len(calls) == 2
