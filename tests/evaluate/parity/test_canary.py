"""The canary: one network run two ways, on two devices or by two models, must give the same."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image as Pillow

from tests.support.commands import Command, make
from tests.support.photos import make_folder, photo
from tests.support.projects import own_model

TWO_DEVICES = """
import sys
import numpy as np
from models.runtime.device import pick_device
from models.segmenter import NoMask
class Model:
    def __init__(self, *, device):
        self.device = pick_device(device, ["cuda", "cpu"])
    def predict(self, image):
        alpha = (image[:, :, 0] < 128).astype("uint8") * 255
        if self.device == "cuda":
            {}
        return alpha
"""
FALLS_BACK = (
    "import warnings; warnings.warn(\"The operator 'aten::x' is not currently supported on the "
    'MPS backend and will fall back to run on the CPU.")'
)


@pytest.fixture
def own(folder: Path) -> list[str]:
    """Three photos, and one photo with nothing on it: d."""
    Pillow.new("RGB", (90, 120), "white").save(folder / "images" / "d.png")
    Pillow.new("L", (90, 120)).save(folder / "masks" / "d.png")
    return ["dataset=folder", f"dataset.root={folder}"]


def rows(stdout: str) -> dict[str, str]:
    """The table's lines by photo."""
    return {line.split()[0]: line for line in stdout.splitlines() if line[1:3] == "  "}


@pytest.mark.parametrize(
    ("fault", "code", "end", "row"),
    [
        ("pass", 0, "agree: lowest IoU 1.0000 over 3 photos", "a      1.0000  0.00"),
        ("alpha = alpha // 2", 1, "DISAGREE: lowest IoU 0.0000", "a      0.0000"),
        ("alpha = np.roll(alpha, 9, 1)", 1, "DISAGREE: lowest IoU 0.5500", "a      0.5500"),
        (
            "alpha[:] = np.float32('nan') * np.ones(alpha.shape)",
            1,
            "DISAGREE",
            "own on cuda: all 0",
        ),
        ("alpha[:] = 255", 1, "DISAGREE: lowest IoU 0.0000", "own on cuda: all 255"),
        ("raise NoMask('none')", 1, "DISAGREE: lowest IoU 0.0000", "own on cuda: no-mask"),
        ("import os; os.abort()", 1, "DISAGREE: lowest IoU 0.0000", "own on cuda: crashed"),
    ],
)
def test_an_accelerator_is_held_against_the_cpu(
    command: Command, project: Path, own: list[str], fault: str, code: int, end: str, row: str
) -> None:
    own_model(project, "own", TWO_DEVICES.format(fault))
    done = command("canary", "model=own", *own, project=project)
    assert done.returncode == code, done.stderr
    assert "own on cuda against own on cpu" in done.stdout
    assert done.stdout.splitlines()[-1].startswith(end)
    assert "0.99 is required" in done.stdout
    assert row in rows(done.stdout)["a"]
    assert "own on cpu: all 0" in rows(done.stdout)["d"]


def test_warnings_are_kept(command: Command, project: Path, own: list[str]) -> None:
    nan = "np.full(3, np.nan, 'float32').astype('uint8')"
    own_model(project, "own", TWO_DEVICES.format(f"{FALLS_BACK}; {nan}; print('chatter')"))
    done = command("canary", "model=own", "device=cuda", *own, project=project)
    assert done.returncode == 0
    (fallback,) = (line for line in done.stdout.splitlines() if "fall back to run" in line)
    assert fallback.startswith("own on cuda said: ")
    assert "RuntimeWarning: invalid value encountered in cast" in done.stdout
    assert "chatter" not in done.stdout
    assert "chatter" in done.stderr
    assert "fall back to run" in done.stderr


def test_photos_without_a_tool_tell_nothing(
    command: Command, project: Path, own: list[str], folder: Path
) -> None:
    for name in "abc":
        Pillow.new("RGB", (90, 120), "white").save(folder / "images" / f"{name}.png")
    own_model(project, "own", TWO_DEVICES.format("pass"))
    done = command("canary", "model=own", *own, project=project)
    assert done.returncode == 2
    assert "every photo is inconclusive" in done.stderr
    assert "own on cpu: all 0" in done.stderr


def test_a_model_that_does_not_load_cannot_be_told(
    command: Command, project: Path, own: list[str]
) -> None:
    body = (
        "class Model:\n    def __init__(self, *, device):\n        raise RuntimeError('broken')\n"
    )
    own_model(project, "own", body)
    done = command("canary", "model=own", *own, project=project)
    assert done.returncode == 2
    assert done.stderr.splitlines()[-1] == "own: RuntimeError: broken (models/own.py, line 3)"


@pytest.mark.parametrize("device", ["auto", "cuda", "mps"])
def test_one_device_is_said(command: Command, device: str) -> None:
    done = command("canary", "model=otsu", f"device={device}")
    assert done.returncode == 2
    line = done.stderr.splitlines()[-1]  # a slow machine shows progress before it
    assert line.startswith("Otsu: only the CPU is available to it; run it where cuda or mps")
    assert line.endswith("or add against=NAME to compare it with another model")


def test_the_cpu_is_not_held_against_itself(command: Command) -> None:
    done = command("canary", "model=otsu", "device=cpu")
    assert done.returncode == 2
    assert "device=cpu: name an accelerator" in done.stderr


def test_another_model_with_settings_of_its_own(command: Command, folder: Path) -> None:
    own = ("model=otsu", "against=otsu", "dataset=folder", f"dataset.root={folder}")
    for threshold, code in (("100", 0), ("10", 1)):
        done = command("canary", *own, f"against.threshold={threshold}")
        assert f"Otsu on cpu against Otsu [threshold={threshold}] on cpu" in done.stdout
        assert done.returncode == code
    assert command("canary", *own, "against.threshold=10", "agree_iou=0").returncode == 0


def test_masks_made_elsewhere(command: Command, folder: Path, tmp_path: Path) -> None:
    """Such as those of the same model on another machine."""
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    own = ("dataset=folder", f"dataset.root={folder}")
    for name, shift in (("a", 0), ("b", 1)):
        Pillow.fromarray(photo(shift=shift)[1]).save(elsewhere / f"{name}.png")
    settings = ("against=precomputed", f"against.root={elsewhere}", "against.label=Elsewhere")
    done = command("canary", "model=otsu", *settings, *own, "limit=2")
    assert done.returncode == 0, done.stderr
    assert "Otsu on cpu against Elsewhere on elsewhere" in done.stdout
    done = command("canary", "model=otsu", *settings, *own)
    assert done.returncode == 1
    assert "Elsewhere on elsewhere: error" in rows(done.stdout)["c"]
    done = command("canary", "model=otsu", *settings[:1], *settings[2:], *own)
    assert done.returncode == 2
    assert "against.root is not given; add against.root=…" in done.stderr


def test_a_handful_is_taken_from_all_over_the_set(command: Command, tmp_path: Path) -> None:
    root = make_folder(tmp_path / "photos", [f"{i:02}" for i in range(23)])
    own = ("model=otsu", "against=otsu", "dataset=folder", f"dataset.root={root}")
    ids = [line.split()[0] for line in command("canary", *own).stdout.splitlines()[3:-1]]
    assert ids == ["00", "04", "08", "12", "16"]
    ids = [line.split()[0] for line in command("canary", *own, "limit=3").stdout.splitlines()[3:-1]]
    assert ids == ["00", "01", "02"]
    assert not (tmp_path / "reports").exists()


@pytest.mark.parametrize(("threshold", "code"), [("otsu", 0), ("10", 1), ("-5", 2)])
def test_make_passes_the_codes_on(tmp_path: Path, threshold: str, code: int) -> None:
    root = make_folder(tmp_path / "photos", ["a"])
    own = ("dataset=folder", f"dataset.root={root}", f"against.threshold={threshold}")
    done = make("canary", "model=otsu", "against=otsu", *own)
    assert done.returncode == code, done.stderr


def test_one_network_two_recipes(command: Command) -> None:
    """IS-Net as rembg runs it and as IMG.LY does: the same weights, other resizing."""
    done = command("canary", "model=isnet", "model.source=npm", "against=imgly", "limit=1")
    assert done.returncode == 0, done.stdout + done.stderr
    (shown,) = (float(line.split()[1]) for line in done.stdout.splitlines()[3:-1])
    assert 0.99 <= shown < 1
    assert np.isfinite(shown)
