"""Models that fail: each photo is a row with its reason, and the others go on."""

import re
from pathlib import Path

import pytest
from PIL import Image as Pillow

from tests.support.commands import Command
from tests.support.photos import make_folder, photo
from tests.support.projects import own_model
from tests.support.runs import lines, read_scores

RAISES = """
class Model:
    def __init__(self, *, device):
        self.device = "cpu"
    def predict(self, image):
        if image[30, 30, 0] == 40:
            {}
        return (image[:, :, 0] < 128).astype("uint8") * 255
"""


@pytest.mark.parametrize(
    ("fault", "status", "reason"),
    [
        ("raise KeyError('boom')", "error", "KeyError: 'boom'"),
        ("return image", "error", "predict returned uint8 of shape (120, 90, 3)"),
        ("return None", "error", "predict returned NoneType"),
        ("raise KeyboardInterrupt", "error", "KeyboardInterrupt"),
        ("raise MemoryError", "out-of-memory", "MemoryError"),
        ("raise RuntimeError('Invalid buffer size: 9 GB')", "out-of-memory", "Invalid buffer"),
        ("import os; os.kill(os.getpid(), 11)", "crashed", "died by SIGSEGV"),
        ("import os; os.kill(os.getpid(), 9)", "crashed", "died by SIGKILL (often"),
        ("import os; os._exit(7)", "crashed", "exit code 7"),
        ("raise SystemExit(5)", "crashed", "exit code 5"),
        ("import signal; signal.pause()", "timeout", "no answer in 10 s"),
    ],
)
def test_a_model_that_fails_on_one_photo(
    command: Command, project: Path, tmp_path: Path, fault: str, status: str, reason: str
) -> None:
    """The photo is a row with its reason; the others are predicted, in a new process if need be."""
    root = make_folder(tmp_path / "photos", ["a", "b", "c"])
    image, _ = photo()
    assert image[30, 30, 0] == 40
    own_model(project, "own", RAISES.format(fault))
    # only b's tool covers the pixel that triggers the fault
    for name, shift in (("a", 10), ("b", 0), ("c", 10)):
        shifted, mask = photo(shift=shift)
        Pillow.fromarray(shifted).save(root / "images" / f"{name}.png")
        Pillow.fromarray(mask).save(root / "masks" / f"{name}.png")
    limit = ("timeout_s=10",) if status == "timeout" else ()  # ample for the other photos
    own = ("dataset=folder", f"dataset.root={root}", *limit)
    done = command("eval", "model=own", *own, project=project)
    assert done.returncode == 3
    assert "Traceback" not in done.stderr
    assert reason in done.stderr
    assert f"own: 1 of 3 photos failed (1 {status})" in done.stderr
    scores = read_scores(tmp_path / "reports/photos/runs/own")
    assert scores == {"a": ("ok", "1.0"), "b": (status, "0.0"), "c": ("ok", "1.0")}
    assert "| own " in (tmp_path / "reports/photos/comparison.md").read_text()


@pytest.mark.parametrize(
    ("fault", "reason"),
    [
        ("raise RuntimeError('no such layer')", "RuntimeError: no such layer"),
        ("import os; os.kill(os.getpid(), 11)", "died by SIGSEGV while loading"),
    ],
)
def test_a_model_that_cannot_load_is_a_row_without_numbers(
    command: Command, project: Path, folder: Path, tmp_path: Path, fault: str, reason: str
) -> None:
    own_model(
        project, "own", f"class Model:\n    def __init__(self, *, device):\n        {fault}\n"
    )
    own = ("dataset=folder", f"dataset.root={folder}")
    assert command("eval", "model=otsu", *own, project=project).returncode == 0
    done = command("eval", "model=own", *own, project=project)
    assert done.returncode == 3
    assert reason in done.stderr
    lines = (tmp_path / "reports/photos/comparison.csv").read_text().splitlines()
    assert re.fullmatch(r"own,3,3(,N/A){8},(N/A|\d+ MiB),N/A,own,3,3,.*", lines[-1])


def test_a_model_that_did_not_load_is_tried_again(
    command: Command, project: Path, folder: Path, tmp_path: Path
) -> None:
    flag = tmp_path / "flag"
    own_model(
        project, "own", f"from pathlib import Path\nfrom models.otsu import Otsu\n"
        f"class Model(Otsu):\n    def __init__(self, *, device):\n"
        f"        Path({str(flag)!r}).read_text()\n        super().__init__(device=device)\n",
    )  # fmt: skip
    own = ("eval", "model=own", "dataset=folder", f"dataset.root={folder}")
    done = command(*own, project=project)
    assert done.returncode == 3
    assert "3 of 3 photos failed (3 load-failed)" in done.stderr
    flag.touch()
    done = command(*own, project=project)
    assert done.returncode == 0
    assert "100%" in done.stdout


def test_failed_photos_are_tried_again_when_asked(
    command: Command, project: Path, folder: Path, tmp_path: Path
) -> None:
    flag = tmp_path / "flag"
    own_model(project, "own", RAISES.format(f"open({str(flag)!r})"))
    own = ("eval", "model=own", "dataset=folder", f"dataset.root={folder}")
    assert "retry=true" in command(*own, project=project).stderr
    flag.touch()
    assert command(*own, project=project).returncode == 3
    assert command(*own, "retry=true", project=project).returncode == 0


@pytest.mark.parametrize("message", ["10%\\r20%", "two\\nlines", "\\ud800", 'a,b\\"c', "\\x00"])
def test_whatever_a_model_says_is_kept(
    command: Command, project: Path, folder: Path, tmp_path: Path, message: str
) -> None:
    own_model(project, "own", RAISES.format(f'raise ValueError("{message}")'))
    done = command("eval", "model=own", "dataset=folder", f"dataset.root={folder}", project=project)
    assert done.returncode == 3
    assert "Traceback" not in done.stderr
    scores = read_scores(tmp_path / "reports/photos/runs/own")
    assert set(scores) == {"a", "b", "c"}
    assert command("compare", "dataset=folder", f"dataset.root={folder}").returncode == 0


def test_a_model_that_cannot_be_imported(command: Command, project: Path, folder: Path) -> None:
    own = ("eval", "model=own", "dataset=folder", f"dataset.root={folder}")
    for body, message in (
        ("import nosuch\n", "own: package 'nosuch' is not installed"),
        ("class Model(:\n", "models.own.Model cannot be imported (SyntaxError"),
        ("class Other: ...\n", "models.own.Model cannot be imported (AttributeError"),
    ):
        own_model(project, "own", body)
        done = command(*own, project=project)
        assert done.returncode == 2
        assert message in done.stderr


def test_a_missing_package_names_the_command(command: Command, project: Path, folder: Path) -> None:
    own_model(
        project, "own", "class Model:\n    def __init__(self, *, device):\n        import nosuch\n"
    )
    yaml = project / "conf" / "model" / "own.yaml"
    yaml.write_text(yaml.read_text() + "extra: vision\n")
    done = command("eval", "model=own", "dataset=folder", f"dataset.root={folder}", project=project)
    assert done.returncode == 2
    assert "own: package 'nosuch' is not installed; run: make install extra=vision" in done.stderr


def test_what_a_model_prints_does_not_reach_standard_output(
    command: Command, project: Path, folder: Path
) -> None:
    own_model(project, "own", RAISES.format("print('chatter'); import os; os.system('echo more')"))
    done = command("eval", "model=own", "dataset=folder", f"dataset.root={folder}", project=project)
    assert done.returncode == 0
    assert "chatter" not in done.stdout
    assert "more" not in done.stdout
    assert "chatter" in done.stderr


STOPS = """
from pathlib import Path
from models.segmenter import Unavailable
class Model:
    def __init__(self, *, device):
        self.device = "cpu"
    def predict(self, image):
        if image[30, 30, 0] == 40 and not Path({mended!r}).exists():
            raise Unavailable("the account is empty; fill it")
        return (image[:, :, 0] < 128).astype("uint8") * 255
"""


def test_what_no_photo_would_survive_ends_the_run_and_keeps_what_is_done(
    command: Command, project: Path, tmp_path: Path
) -> None:
    """A key or an account at fault is no photo's failure: mended, the same command goes on."""
    root = make_folder(tmp_path / "photos", ["a", "b", "c"])
    for name, shift in (("a", 10), ("b", 0), ("c", 10)):
        shifted, mask = photo(shift=shift)
        Pillow.fromarray(shifted).save(root / "images" / f"{name}.png")
        Pillow.fromarray(mask).save(root / "masks" / f"{name}.png")
    own_model(project, "own", STOPS.format(mended=str(tmp_path / "mended")))
    own = ("eval", "model=own", "dataset=folder", f"dataset.root={root}")
    done = command(*own, project=project)
    assert done.returncode == 2
    assert "own: the account is empty; fill it" in done.stderr
    run = tmp_path / "reports" / "photos" / "runs" / "own"
    assert len(lines(run)) == 1
    (tmp_path / "mended").touch()
    done = command(*own, project=project)
    assert done.returncode == 0, done.stderr
    assert len(lines(run)) == 3
    assert {status for status, _ in read_scores(run).values()} == {"ok"}
