"""Hydra's launchers give what a plain sweep gives, though each job has a process of its own."""

import importlib.util
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from evaluate.commands.session import Session
from evaluate.commands.steps.launched import _take_up
from evaluate.config.launchers import Launcher, invalid_launcher
from evaluate.exit_codes import CANNOT
from tests.support.commands import run_command
from tests.support.photos import make_folder

JOBS = ("model=otsu,background,u2netp", "weights.offline=true", "threads=1", "html=false")
ROWS = ("otsu", "background")


def test_launched_jobs_do_what_a_plain_sweep_does(tmp_path: Path, empty_home: Path) -> None:
    """Equal scores, exit code and reasons; seconds of jobs beside others are no latency."""
    photos = make_folder(tmp_path / "photos", ["a", "b"])
    jobs = ("eval", *JOBS, "plots=false", "dataset=folder", f"dataset.root={photos}")
    for name in ("basic", "joblib", "submitit_local"):
        reports = tmp_path / name
        done = run_command(*jobs, f"reports={reports}", f"hydra/launcher={name}")
        assert done.returncode == 3  # as u2netp has no weights
        assert done.stderr.count("Could not run: U2Netp (rembg): weights u2netp.onnx are") == 1
        for row in ROWS:
            files = [tmp_path / one / "photos/runs" / row / "scores.csv" for one in ("basic", name)]
            assert files[0].read_bytes() == files[1].read_bytes()
        table = (reports / "photos/comparison.csv").read_text().splitlines()
        assert sum("offline, " in line for line in table) == (0 if name == "basic" else len(ROWS))
        assert any("U2Netp" in line for line in table)
        assert not list(reports.glob(".launched-*"))


@pytest.mark.parametrize(
    ("command", "given", "said"),
    [
        ("eval", ["joblib"], "give threads=N"),
        ("eval", ["joblib", "threads=2"], ""),
        ("run", ["joblib", "hydra.launcher.n_jobs=1"], ""),
        ("score", ["submitit_slurm"], ""),
        ("eval", ["basic"], ""),
        ("trace", ["joblib", "threads=2"], "make trace launches no jobs"),
        ("eval", ["submitit", "threads=2"], "use joblib, submitit_local, submitit_slurm or basic"),
    ],
)
def test_what_a_launcher_needs(command: str, given: list[str], said: str) -> None:
    reason = invalid_launcher(command, [f"hydra/launcher={given[0]}", *given[1:]])
    assert said in (reason or "")
    assert bool(reason) == bool(said)


def test_without_its_package_one_line_says_how_to_install_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    there = importlib.util.find_spec

    def find(name: str) -> Any:
        return None if name == "submitit" else there(name)

    monkeypatch.setattr("evaluate.config.launchers.find_spec", find)
    reason = invalid_launcher("run", ["hydra/launcher=submitit_slurm", "threads=4"])
    assert reason == (
        "hydra/launcher=submitit_slurm: package 'submitit' is not installed; "
        "run: make install extra=slurm"
    )


def test_a_job_that_left_nothing_is_named(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    session = Session("eval", named=True, launcher=Launcher("joblib", ()))
    planned: Any = {0: SimpleNamespace(model=SimpleNamespace(label="Otsu"))}
    assert _take_up(session, planned, tmp_path)
    assert session.codes == [CANNOT]
    assert "Otsu: no result, as the job's process has died" in capsys.readouterr().err
