"""A short form of ``make faults``: disks, limits, clocks, two at once, files that change."""

import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from random import Random
from typing import Any

import pytest

from tests.faults import changes, disks, servers, twice
from tests.faults.campaign import bad_trials
from tests.faults.servers import DownloadBench
from tests.faults.stages import Bench
from tests.faults.trial import Trials

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="elsewhere a fork is not sound")
STAGES = ("eval", "score with the page's files", "audit", "baseline")


@pytest.fixture(scope="module")
def bench(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bench]:
    bench = Bench(tmp_path_factory.mktemp("surroundings"), names=STAGES)
    yield bench
    bench.close()


@pytest.mark.parametrize(
    ("draw", "count"),
    [
        (disks.refused_writes, 4),
        (disks.small_files, 4),
        (disks.clocks, 2),
        (disks.vanishing, 3),
        (disks.mounted, 2),
        (twice.two_at_once, 2),
        (changes.changing, 3),
    ],
)
def test_faults_around_a_command(
    bench: Bench, draw: Callable[[Any, Random], Trials], count: int
) -> None:
    if draw is disks.mounted and not disks.may_mount(bench.folder):
        pytest.skip("mounting is not allowed here")
    assert bad_trials(draw(bench, Random(1)), count) == []


def test_a_server_that_lies(tmp_path: Path) -> None:
    bench = DownloadBench(tmp_path)
    quick = (trial for trial in servers.flawed_servers(bench, Random(1)) if trial.text not in SLOW)
    assert bad_trials(quick, 6) == []
    bench.close()


SLOW = ("shorter than stated", "half a header")  # retried for 15 s
