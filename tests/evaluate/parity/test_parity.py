"""The parity table: one network several ways; a way that cannot run is a row with its reason."""

import json
from pathlib import Path
from typing import Any

import pytest
from PIL import Image as Pillow

from tests.support.commands import Command, make
from tests.support.networks import NETWORK
from tests.support.photos import make_folder, photo
from tests.support.projects import own_model

ENGINES = """
import numpy as np
from models.segmenter import NoMask, Unavailable
class Model:
    device = "cpu"
    def __init__(self, *, device, provider, precision):
        if provider == "cuda":
            raise Unavailable("model.provider=cuda: run: install it")
        self.runtime = {} if provider == "cpu" else {"provider": provider, "computes": precision}
        self.fault = {"bad": self.shift, "none": self.refuse, "hole": self.hole}.get(provider)
        self.precision = precision
    def predict(self, image):
        alpha = (image[:, :, 0] < 128).astype("uint8") * 255
        if self.fault:
            self.fault(alpha)
        return alpha
    def shift(self, alpha):
        alpha[:] = np.roll(alpha, 9, 1)
    def refuse(self, alpha):
        raise NoMask("none")
    def hole(self, alpha):
        y, x = (int(places.mean()) for places in np.nonzero(alpha))
        alpha[y - 30 : y + 30, x - 30 : x + 30] = 0
"""
BATCHES = """
from models.runtime.batching import gather_session
class Session:
    def run(self, names, feed):
        (photos,) = feed.values()
        return [(photos < 128) * (255 if len(photos) in (1, 2) else 0)]
class Model:
    device = "cpu"
    def __init__(self, *, device):
        self.session = Session()
        gather_session(self.session)
    def predict(self, image):
        return self.session.run(None, {"input": image[None, :, :, 0]})[0][0].astype("uint8")
"""
WAYS = "cpu,fast/bf16,bad,none,hole,cuda"


@pytest.fixture
def own(project: Path, tmp_path: Path) -> list[str]:
    """A model with engines, and two photos large enough for holes to count."""
    own_model(project, "own", ENGINES)
    with (project / "conf" / "model" / "own.yaml").open("a") as yaml:
        yaml.write("provider: auto\nprecision: null\n")
    root = make_folder(tmp_path / "photos", ["a", "b"])
    for name, shift in (("a", 0), ("b", 5)):
        for kind, picture in zip(("images", "masks"), photo(600, 800, shift), strict=True):
            Pillow.fromarray(picture).save(root / kind / f"{name}.png")
    return ["model=own", "dataset=folder", f"dataset.root={root}"]


def cells(stdout: str) -> dict[str, list[str]]:
    """The table's cells by way."""
    rows = [line.strip("| ").split("|") for line in stdout.splitlines() if line[:2] == "| "]
    return {row[0].strip(): [cell.strip() for cell in row[1:]] for row in rows}


def stored(folder: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((folder / "reports" / "photos" / "parity.json").read_text())
    return found


def test_every_way_is_a_row(
    command: Command, project: Path, own: list[str], tmp_path: Path
) -> None:
    done = command("parity", *own, f"ways={WAYS}", project=project)
    assert done.returncode == 3, done.stderr  # a named way cannot run, and one has no masks
    table = cells(done.stdout)
    assert table["cpu"][:4] == ["cpu", "reference", "–", "–"]
    assert table["fast/bf16"][:4] == ["cpu (fast bf16)", "1.0000", "1.0000 (a)", "0 of 2"]
    assert 0.5 < float(table["bad"][1]) < 1
    assert table["none"][1:4] == ["0.0000", "0.0000 (a)", "2 of 2"]
    assert table["none"][-1].startswith("2 failed: no-mask")
    assert table["hole"][3] == "2 of 2"
    assert set(table["cuda"][:-1]) == {"N/A"}
    assert "- cuda: model.provider=cuda: run: install it" in done.stdout
    for way in ("cpu", "fast/bf16", "bad"):
        seconds, faster, memory, load = table[way][4:8]
        assert seconds.endswith("s")
        assert float(faster) > 0
        assert memory.endswith("MiB")
        assert load.endswith("s")
    page = (tmp_path / "reports" / "photos" / "parity.md").read_text()
    assert done.stdout.splitlines()[4] in page
    ways = {way["name"]: way for way in stored(tmp_path)["own"]["ways"]}
    assert list(ways) == WAYS.split(",")
    assert ways["cpu"]["photos"] == ["a", "b"]
    assert ways["hole"]["shapes"] == [[1, 1], [1, 1]]
    assert ways["cuda"]["reason"]


def test_models_are_sections_of_one_page(
    command: Command, project: Path, own: list[str], tmp_path: Path
) -> None:
    assert command("parity", *own, "ways=cpu,fast", project=project).returncode == 0
    done = command("parity", "model=otsu", *own[1:], project=project)
    assert done.returncode == 0, done.stderr  # cuda and mps are missing, but nobody named them
    table = cells(done.stdout)
    assert table["cuda"][1] == "N/A"
    assert "- cuda, mps: " not in done.stdout  # two reasons: each names its device
    assert "device=mps is not available" in done.stdout
    assert list(stored(tmp_path)) == ["own", "otsu"]
    page = (tmp_path / "reports" / "photos" / "parity.md").read_text()
    assert page.index("## Otsu") < page.index("## own")


def test_several_photos_a_call_are_a_way(
    command: Command, project: Path, own: list[str], tmp_path: Path
) -> None:
    """Its seconds are in no column with those of single photos. Two photos, three a call: one is
    given again."""
    own_model(project, "many", BATCHES)
    ways = "ways=cpu,cpu/batch2,cpu/batch3"
    done = command("parity", "model=many", *own[1:], ways, project=project)
    assert done.returncode == 0, done.stderr
    main, _, batches = done.stdout.partition("Several photos a call:")
    assert cells(main)["cpu/batch2"][1:6] == ["1.0000", "1.0000 (a)", "0 of 2", "–", "–"]
    assert cells(main)["cpu/batch3"][1] == "0.0000"
    assert cells(batches)["cpu/batch3"][0] == "3"
    assert cells(batches)["cpu/batch2"][3] == "cpu"
    assert float(cells(batches)["cpu/batch2"][2]) > 0
    assert [way["batch"] for way in stored(tmp_path)["many"]["ways"]] == [1, 2, 3]
    done = command("parity", "model=otsu", *own[1:], "ways=cpu,cpu/batch2", project=project)
    assert done.returncode == 3, done.stderr
    assert "- cpu/batch2: it takes one photo a call" in done.stdout
    done = command("parity", "model=otsu", *own[1:], "ways=cpu/bf16", project=project)
    assert done.returncode == 2
    assert "ways=cpu/bf16: Otsu has no setting for bf16; a way is" in done.stderr


def test_another_model_is_a_way(command: Command, project: Path, own: list[str]) -> None:
    done = command(
        "parity", *own, "ways=cpu,fast", "against=otsu", "against.threshold=10", project=project
    )
    assert done.returncode == 0, done.stderr
    table = cells(done.stdout)
    assert [*table][2:] == ["cpu", "fast", "Otsu [threshold=10]"]  # below the head
    assert table["Otsu [threshold=10]"][1] == "0.0000"


@pytest.mark.parametrize(
    ("given", "reason"),
    [
        ("ways=cuda,cpu", "own: model.provider=cuda: run: install it"),
        ("ways=cpu,cpu", "ways=cpu,cpu: name each way once"),
        ("ways=cpu,", "name each way once"),
    ],
)
def test_what_cannot_be_compared_is_said(
    command: Command, project: Path, own: list[str], tmp_path: Path, given: str, reason: str
) -> None:
    done = command("parity", *own, given, project=project)
    assert done.returncode == 2
    assert reason in done.stderr
    assert not (tmp_path / "reports" / "photos" / "parity.json").exists()


def test_a_real_network_runs_its_ways(command: Command, tmp_path: Path, empty_home: Path) -> None:
    """A random network: fp32 and the file as it is give the same masks; the rest are rows too."""
    file = tmp_path / "net.onnx"
    file.write_bytes(NETWORK)
    root = make_folder(tmp_path / "photos", ["a", "b"])
    own = ("dataset=folder", f"dataset.root={root}", f"model.file={file}", "model.size=64")
    ways = "ways=cpu,cpu/int8,openvino,openvino/int8,cuda,coreml"
    done = command("parity", "model=onnx", *own, ways)
    assert done.returncode == 3, done.stderr
    table = cells(done.stdout)
    assert table["cpu"][1] == "reference"
    assert {"cpu/int8", "openvino", "openvino/int8", "cuda", "coreml"} < set(table)
    assert table["coreml"][1] == "N/A"


def test_make_passes_settings_on(tmp_path: Path) -> None:
    root = make_folder(tmp_path / "photos", ["a"])
    own = ("dataset=folder", f"dataset.root={root}", f"reports={tmp_path / 'reports'}")
    done = make("parity", "model=otsu", "ways=cpu", *own)
    assert done.returncode == 0, done.stderr
    assert "| cpu" in done.stdout
