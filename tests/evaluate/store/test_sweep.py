"""Files that a killed command left unfinished are removed by a later one, and no others."""

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from evaluate.store.atomic import ABANDONED_S, sweep, write_atomic
from tests.support.commands import Command


@pytest.fixture
def dead() -> int:
    """The id of a process that has ended."""
    done = subprocess.Popen([sys.executable, "-c", ""])
    done.wait()
    return done.pid


def left(path: Path, age_s: float = ABANDONED_S + 60) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("unfinished")
    os.utime(path, (time.time() - age_s,) * 2)
    return path


@pytest.mark.parametrize(
    "place", ["", "gate", "unable", "baselines", "baselines/otsu", "ab/a..b", "runs/otsu"]
)
def test_old_files_of_dead_processes_are_removed(tmp_path: Path, dead: int, place: str) -> None:
    folder = tmp_path / place
    gone = [left(folder / f".new-{dead}-ab12_x9z"), left(folder / ".new-ab12_x9z")]
    gone += [left(folder / f".new-{dead}.png")]
    kept = [
        left(folder / f".new-{dead}-ab12_x9z1", age_s=60),
        left(folder / ".new-1-ab12_x9z"),  # of another user
        left(folder / f".new-{os.getpid()}-ab12_x9z"),
        left(folder / ".new-notes.txt"),
        left(folder / ".newer"),
        left(folder / "comparison.md"),
        left(folder / f".new-{dead}-folder" / "x"),
    ]
    (folder / f".new-{dead}-link").symlink_to("nowhere")
    sweep(tmp_path)
    assert not any(path.exists() for path in gone)
    assert all(path.exists() for path in kept)
    assert (folder / f".new-{dead}-link").is_symlink()


def test_what_is_being_written_has_its_process_in_its_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    names: list[str] = []
    monkeypatch.setattr(os, "fsync", lambda _: names.extend(p.name for p in tmp_path.iterdir()))
    write_atomic(tmp_path / "a.json", b"{}")
    assert [name.startswith(f".new-{os.getpid()}-") for name in names] == [True]


def test_a_place_that_is_not_there_is_nothing_to_sweep(tmp_path: Path) -> None:
    sweep(tmp_path / "none")


def test_commands_sweep_where_they_write(
    command: Command, folder: Path, tmp_path: Path, dead: int
) -> None:
    gone = left(tmp_path / "reports" / "photos" / f".new-{dead}-ab12_x9z")
    kept = left(tmp_path / "reports" / "other" / f".new-{dead}-ab12_x9z")
    own = ("dataset=folder", f"dataset.root={folder}")
    assert command("run", "model=otsu", *own).returncode == 0
    assert not gone.exists()
    assert kept.exists()
