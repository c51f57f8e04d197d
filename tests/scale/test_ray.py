"""A run on a real Ray cluster whose parts are killed is the run of one process."""

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.scale.ray_cluster import RayCluster
from tests.scale.ray_faults import FaultyRun, lose_machines
from tests.support.commands import Command


@pytest.fixture
def cluster() -> Iterator[RayCluster]:
    cluster = RayCluster()
    yield cluster
    cluster.close()


@pytest.mark.skipif(sys.platform != "linux", reason="needs /proc to find the processes")
def test_lost_machines_change_nothing(project: Path, tmp_path: Path, cluster: RayCluster) -> None:
    """`python -m tests.scale.bench_ray` kills more."""
    lose_machines(FaultyRun(project, tmp_path, cluster, photos=30), cluster)


def test_without_ray_one_line_says_how_to_install_it(
    command: Command, folder: Path, tmp_path: Path
) -> None:
    (tmp_path / "ray.py").write_text("raise ModuleNotFoundError('ray', name='ray')\n")
    own = ("model=otsu", "dataset=folder", f"dataset.root={folder}", "threads=1")
    done = command("run", *own, "engine=ray", env={"PYTHONPATH": str(tmp_path)})
    assert done.returncode == 2
    assert "engine=ray: package 'ray' is not installed; run: make install extra=ray" in done.stderr
