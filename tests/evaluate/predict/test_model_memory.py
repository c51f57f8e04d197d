"""A model's memory is that of all its processes, shared pages once; NVML is optional."""

import os
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

from evaluate.predict.memory.meter import MemoryMeter, peak_rss_bytes, rss_bytes
from evaluate.predict.memory.nvml import nvml_bytes
from models.runtime import process_memory
from tests.evaluate.predict.faulty_model import FaultyModel

MIB = 2**20
# The model holds memory before it forks a child, which shares it and then makes as much of its own;
# and it starts a daemon, which leaves the tree by name, and makes as much.
TREE = """
self.kept = bytearray(os.urandom(2**20)) * 192
if native_fork() == 0:
    more = bytearray(os.urandom(2**20)) * 192
    note("child")
    hang()
wait_for("child")
if os.fork() == 0:
    os.setsid()
    if os.fork() == 0:
        more = bytearray(os.urandom(2**20)) * 192
        note("daemon")
        hang()
    os._exit(0)
os.wait()
wait_for("daemon")
"""


@pytest.mark.skipif(sys.platform != "linux", reason="needs /proc to find the child")
def test_all_processes_of_a_model_count(faulty: FaultyModel) -> None:
    alone = faulty.ask(faulty.process(predict="pass"), "good")
    tree = faulty.ask(faulty.process(predict="pass", load=TREE), "good")
    assert alone["status"] == tree["status"] == "ok"
    added = (tree["rss_bytes"] - alone["rss_bytes"]) / MIB
    # Libraries count by how many processes on the machine have them, which changes meanwhile.
    assert added == pytest.approx(3 * 192, abs=96)
    assert tree["peak_rss_bytes"] >= tree["rss_bytes"]


@pytest.mark.skipif(sys.platform != "linux", reason="needs /proc to find the child")
def test_a_single_process_is_measured_as_before(monkeypatch: pytest.MonkeyPatch) -> None:
    """No process is searched for children, no memory of others is read."""
    monkeypatch.setattr("evaluate.predict.memory.meter.has_children", lambda: False)
    monkeypatch.setattr(
        "evaluate.predict.memory.meter.descendants", lambda _: pytest.fail("searched")
    )
    monkeypatch.setattr(
        "evaluate.predict.memory.meter.memory_of", lambda _: pytest.fail("searched")
    )
    found = MemoryMeter().measure("cpu")
    assert found["rss_bytes"] == pytest.approx(rss_bytes(), rel=0.1)
    assert found["peak_rss_bytes"] == pytest.approx(peak_rss_bytes(), rel=0.1)


def test_children_are_noticed() -> None:
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as child:
        assert process_memory.has_children()
        held = process_memory.rss_by_ps(os.getpid())
        assert held is None or held > MIB  # None: no ps here
        child.communicate(b"\n")


def test_an_unreadable_process_counts_with_what_is_resident(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    readable = Path.read_text

    def refuses(self: Path, encoding: str) -> str:
        if self.name == "smaps_rollup":
            raise PermissionError
        return readable(self, encoding)

    monkeypatch.setattr(Path, "read_text", refuses)
    if sys.platform == "linux":
        assert process_memory.memory_of([os.getpid()]) > MIB
    assert process_memory.memory_of([2**30]) == 0  # no such process


class NvmlError(Exception):
    """As the library's."""


def nvml(listed: list[list[tuple[int, int | None]]], *, broken: bool = False) -> SimpleNamespace:
    """A stand-in for the library, with the processes (number, bytes) of each device."""

    def start() -> None:
        if broken:
            raise NvmlError

    return SimpleNamespace(
        NVMLError=NvmlError,
        nvmlInit=start,
        nvmlDeviceGetCount=lambda: len(listed),
        nvmlDeviceGetHandleByIndex=lambda index: index,
        nvmlDeviceGetComputeRunningProcesses=lambda index: [
            SimpleNamespace(pid=pid, usedGpuMemory=size) for pid, size in listed[index]
        ],
    )


@pytest.mark.parametrize(
    ("library", "found"),
    [
        (None, None),  # not installed
        (nvml([], broken=True), None),  # no driver
        (nvml([[(1, 100), (7, 5)], [(2, 30)]]), 130),  # 7: another program
        (nvml([[(7, 5)]]), None),
        (nvml([[(1, None)]]), None),  # not told by the system
    ],
)
def test_nvml_is_asked_if_it_is_there(
    library: SimpleNamespace | None, found: int | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "pynvml", library)
    assert nvml_bytes({1, 2}) == found
    assert MemoryMeter().measure("cpu")["peak_device_bytes"] is None or "torch" in sys.modules
