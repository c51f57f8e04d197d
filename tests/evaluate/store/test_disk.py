"""Full or read-only disks, and damaged files."""

import hashlib
import json
import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from PIL import Image as Pillow
from pytest_httpserver import HTTPServer
from werkzeug import Request, Response

from models.segmenter import Unavailable
from models.weights.weight_file import WeightFile, fetch
from tests.support.commands import Command, run_command
from tests.support.photos import make_folder
from tests.support.runs import lines, rewrite

NAMES = [f"photo-{i:02}" for i in range(12)]


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of 200 kB."""
    place = tmp_path / "small"
    place.mkdir()
    if os.geteuid() != 0 or not shutil.which("mount"):
        pytest.skip("mounting needs root")
    mount = ["mount", "-t", "tmpfs", "-o", "size=200k", "tmpfs", str(place)]
    if subprocess.run(mount, capture_output=True, check=False).returncode:
        pytest.skip("mounting is not allowed here")
    yield place
    subprocess.run(["umount", str(place)], check=True)


def test_a_full_disk_ends_the_run_and_a_rerun_completes(tmp_path: Path, small_disk: Path) -> None:
    root = make_folder(tmp_path / "photos", NAMES)
    own = ("eval", "model=otsu", "dataset=folder", f"dataset.root={root}", f"reports={small_disk}")
    stuffing = small_disk / "stuffing"
    stuffing.write_bytes(bytes(160 * 1024))
    done = run_command(*own)
    assert done.returncode == 2
    assert "No space left on device" in done.stderr
    assert "run again" in done.stderr
    assert "Traceback" not in done.stderr
    run = small_disk / "photos" / "runs" / "otsu"
    kept = lines(run)
    assert all(json.loads(line) for line in kept)
    stuffing.unlink()
    run_command(*own)
    assert lines(run)[: len(kept)] == kept
    assert [json.loads(line)["id"] for line in lines(run)] == NAMES


def test_a_read_only_reports_folder_is_named(folder: Path, small_disk: Path) -> None:
    subprocess.run(["mount", "-o", "remount,ro", str(small_disk)], check=True)
    done = run_command(
        "eval", "model=otsu", "dataset=folder", f"dataset.root={folder}", f"reports={small_disk}"
    )
    assert done.returncode == 2
    assert str(small_disk) in done.stderr
    assert "Read-only file system" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("cut", [30, 60, 61])
def test_truncated_scores_are_refused(
    command: Command, folder: Path, tmp_path: Path, cut: int
) -> None:
    own = ("dataset=folder", f"dataset.root={folder}")
    command("eval", "model=otsu", *own)
    path = tmp_path / "reports" / "photos" / "runs" / "otsu" / "scores.csv"
    path.write_bytes(path.read_bytes()[:cut])
    for stage in (("compare",), ("baseline", "model=otsu")):
        done = command(*stage, *own)
        assert done.returncode == 2
        assert "scores.csv: damaged" in done.stderr
        assert "run: make eval model=otsu dataset=folder" in done.stderr


def test_a_damaged_line_costs_one_photo(command: Command, folder: Path, tmp_path: Path) -> None:
    own = ("eval", "model=otsu", "dataset=folder", f"dataset.root={folder}")
    command(*own)
    run = tmp_path / "reports" / "photos" / "runs" / "otsu"
    kept = lines(run)
    (run / "predictions.jsonl").write_text("\n".join([kept[0], kept[1][:40], kept[2]]) + "\n")
    done = command(*own)
    assert done.returncode == 0
    assert "predictions.jsonl: line 2 is damaged and left out" in done.stderr
    assert [json.loads(line)["id"] for line in lines(run)] == ["a", "c", "b"]


@pytest.mark.parametrize("name", ["run.json", "predictions.jsonl", "scores.csv", "scores.json"])
def test_damaged_files_are_named(command: Command, folder: Path, tmp_path: Path, name: str) -> None:
    own = ("dataset=folder", f"dataset.root={folder}")
    command("eval", "model=otsu", *own)
    command("eval", "model=background", *own)
    path = tmp_path / "reports" / "photos" / "runs" / "otsu" / name
    path.write_bytes(b"\xff{garbage\n" * 3)
    done = command("compare", *own)
    assert done.returncode == 3
    assert name in done.stderr
    assert "Background only" in done.stdout
    assert "Traceback" not in done.stderr


def test_a_stored_mask_of_another_size_is_refused(
    command: Command, folder: Path, tmp_path: Path
) -> None:
    own = ("dataset=folder", f"dataset.root={folder}")
    command("eval", "model=otsu", *own)
    run = tmp_path / "reports" / "photos" / "runs" / "otsu"
    Pillow.new("L", (45, 60)).save(run / "masks" / "a.png")
    rewrite(run)
    done = command("score", *own)
    assert done.returncode == 2
    assert "masks/a.png: has another size than its photo" in done.stderr


@pytest.mark.parametrize("when", ["before", "meanwhile"])
def test_weights_that_do_not_fit_on_the_disk_are_refused(
    small_disk: Path, httpserver: HTTPServer, monkeypatch: pytest.MonkeyPatch, when: str
) -> None:
    """A disk that is full before the download, and one that fills up during it."""
    data = bytes(150 * 1024)

    def stuff() -> None:
        (small_disk / "stuffing").write_bytes(bytes(100 * 1024))

    def answer(_: Request) -> Response:
        stuff()
        return Response(data)

    if when == "before":
        stuff()
    httpserver.expect_request("/data.bin").respond_with_handler(answer)
    monkeypatch.setenv("CUTOUTBENCH_HOME", str(small_disk))
    known_hash = f"sha256:{hashlib.sha256(data).hexdigest()}"
    file = WeightFile("own.bin", httpserver.url_for("/data.bin"), len(data), known_hash, "CC0")
    with pytest.raises(Unavailable) as caught:
        fetch(file)
    assert str(caught.value).startswith(f"{small_disk}: no space for own.bin (0.2 MB);")
    assert "export CUTOUTBENCH_HOME=DIR" in str(caught.value)
    assert len(httpserver.log) == (when == "meanwhile")
    assert not file.path.exists()
