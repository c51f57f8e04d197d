"""A short form of ``make faults``: kills at chosen points and at random times."""

import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from random import Random
from typing import Any

import pytest

from tests.faults import kills, servers
from tests.faults.campaign import bad_trials
from tests.faults.servers import DownloadBench
from tests.faults.stages import Bench
from tests.faults.trial import Trials

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="elsewhere a fork is not sound")
STAGES = ("run", "eval of a changed model", "score", "compare", "baseline", "gate", "trace")


@pytest.fixture(scope="module")
def bench(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bench]:
    bench = Bench(tmp_path_factory.mktemp("kills"), names=STAGES)
    yield bench
    bench.close()


@pytest.mark.parametrize(
    ("draw", "count"),
    [
        (kills.at_points, 14),
        (kills.within_writes, 4),
        (kills.of_models, 2),
        (kills.of_models_writing, 2),
        (kills.at_random_times, 4),
        (kills.of_whole_commands, 2),
    ],
)
def test_kills(bench: Bench, draw: Callable[[Any, Random], Trials], count: int) -> None:
    assert bad_trials(draw(bench, Random(1)), count) == []


def test_a_download_is_killed(tmp_path: Path) -> None:
    bench = DownloadBench(tmp_path)
    assert bad_trials(servers.killed_downloads(bench, Random(1)), 8) == []
    bench.close()
