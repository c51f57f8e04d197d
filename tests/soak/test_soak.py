"""The soak finds what it looks for; and in short, that a command is seen through /proc."""

import sys
from pathlib import Path

import pytest

from tests.soak.drift import drifts
from tests.soak.photos import render_photos
from tests.soak.watch import Sample, watch

PHOTOS = 4000
MIB = 2**20


def samples(
    *,
    leaked_bytes: float = 0,
    slower: float = 0,
    busier: float = 0,
    lost: float = 0,
    process: int = 1,
) -> list[Sample]:
    """A command's samples, one in ten photos; what is leaked, slower and lost is a photo's."""
    found = []
    for done in range(10, PHOTOS, 10):
        wobble = done // 10 % 5  # descriptors that are open for moments; memory that comes and goes
        rss = [100 * MIB + wobble * MIB, 300 * MIB + wobble * MIB]
        descriptors = [7 + wobble, 4 + wobble]
        rss[process] += int(leaked_bytes * done)
        descriptors[process] += int(lost * done)
        cpu_s = 0.01 * done * (1 + slower * done)
        yardstick_s = 0.001 * (1 + busier * 2 * slower * done)
        found.append(
            Sample(done, cpu_s, yardstick_s, (rss[0], rss[1]), (descriptors[0], descriptors[1]))
        )
    return found


@pytest.mark.parametrize(
    ("fault", "found"),
    [
        ({}, set()),
        ({"leaked_bytes": 1024}, set()),  # results that are kept
        ({"leaked_bytes": 19200}, {"memory of the worker"}),  # a mask of 160×120
        ({"leaked_bytes": 19200, "process": 0}, {"memory of the parent"}),
        ({"slower": 1 / PHOTOS}, {"the same in times of a fixed computation"}),
        ({"slower": 1 / PHOTOS, "busier": 1}, set()),  # the machine is
        ({"lost": 0.001}, {"open descriptors of the worker"}),
        ({"lost": 0.001, "process": 0}, {"open descriptors of the parent"}),
    ],
)
def test_drift_is_found(fault: dict[str, float], found: set[str]) -> None:
    judged = drifts(samples(**fault), PHOTOS)  # type: ignore[arg-type]
    assert {one.name for one in judged if one.drifted} == found


def test_a_run_that_is_too_short_is_not_judged() -> None:
    with pytest.raises(ValueError, match="too few samples"):
        drifts(samples()[:20], PHOTOS)


@pytest.mark.skipif(sys.platform != "linux", reason="needs /proc to find the processes")
def test_both_processes_of_a_command_are_watched(tmp_path: Path) -> None:
    render_photos(tmp_path / "photos", 24)
    own = ["dataset=folder", f"dataset.root={tmp_path / 'photos'}", f"reports={tmp_path / 'r'}"]
    found = watch(["run", "model=grabcut", *own], "GrabCut")
    assert all(0 < sample.done < 24 for sample in found)
    assert any(  # not all: a process may end just before it is looked at
        all(size is not None and size > MIB for size in sample.rss_bytes)
        and all(count is not None and count > 2 for count in sample.descriptors)
        for sample in found
    )
    with pytest.raises(SystemExit, match="grabcutt"):
        watch(["run", "model=grabcutt", *own], "GrabCut")
